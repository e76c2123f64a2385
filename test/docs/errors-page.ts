/** The page of the reference about error codes, made from their types. */
import { GENERATED, table } from './markdown.ts';
import { wordsOf } from './words.ts';

const FAMILIES = [
  {
    title: '`ReplicationError`',
    of: 'What `submit`, `read` and `openSession` reject with, in `tickraft`, `tickraft/client` and `tickraft/sim`.',
    lists: [['replication/errors.ts', 'ReplicationErrorCode']],
  },
  {
    title: '`LiveError`',
    of: 'Why a replica cannot start, or has stopped (`startReplica`, `onFailure`).',
    lists: [['vm/errors.ts', 'LiveErrorCode']],
  },
  {
    title: '`ChatError`',
    of: 'What the calls of `ChatClient` reject with, besides the codes of `ReplicationError`.',
    lists: [
      ['chat/errors.ts', 'RefusalCode'],
      ['chat/errors.ts', 'ChatErrorCode'],
    ],
  },
] as const;

/** `errors.md`. */
export function errorsPage(): string {
  const sections = FAMILIES.map(({ title, of, lists }) => {
    const words = lists.flatMap(([path, name]) => wordsOf(path, name));
    const rows = words.map(({ word, meaning }) => [`\`${word}\``, meaning]);
    return `## ${title}\n\n${of}\n\n${table(['code', 'meaning'], rows)}`;
  });
  return `# Errors

${GENERATED}

Every error has a \`code\` for programs and a \`message\` for people: one line that says what happened and what to do.

${sections.join('\n\n')}

## \`LogError\`

Why a log or a run folder cannot be read or written (\`tickraft/logs\`). It has no code; the message names the file.
`;
}
