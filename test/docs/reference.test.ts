/**
 * The reference agrees with the code: generated pages are up to date, and every command in the
 * documents exists.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { COMMANDS } from '../../commands.ts';
import { EVENT_KINDS } from '../../vm/event.ts';
import { documents, ROOT } from './documents.ts';
import { detailKeys, eventsPage } from './events-page.ts';

const REFERENCE = join(ROOT, 'docs/reference');

test('the generated pages are what `npm run docs` writes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tickraft-reference-'));
  try {
    const { status, stderr } = spawnSync(
      join(ROOT, 'node_modules/.bin/tsx'),
      [join(ROOT, 'test/docs/run.ts'), '--out', folder],
      { cwd: ROOT, encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '' } },
    );
    expect([status, stderr]).toEqual([0, '']);
    const pages = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) =>
      path.endsWith('.md'),
    );
    expect(pages.length).toBeGreaterThan(10);
    const stale = pages.filter((path) => readFileSync(join(folder, path), 'utf8') !== written(path));
    expect(stale).toEqual([]);
    // A page of an entry point that is no more.
    expect(readdirSync(join(REFERENCE, 'api')).sort()).toEqual(readdirSync(join(folder, 'api')).sort());
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 120_000);

function written(path: string): string {
  return readFileSync(join(REFERENCE, path), 'utf8');
}

test('every kind of event has its meaning', () => {
  expect(eventsPage()).not.toMatch(/^\| `\w+` \| +\|$/m);
});

test('every key of `detail` has its kinds of events and its meaning', () => {
  const keys = detailKeys();
  expect(keys.length).toBeGreaterThan(10);
  const unclear = keys.filter(({ events, meaning }) => {
    const [first = ''] = events.match(/(?<=^`)\w+(?=`)/) ?? [];
    return !(EVENT_KINDS as readonly string[]).includes(first) || meaning === '';
  });
  expect(unclear).toEqual([]);
});

describe('commands in the documents', () => {
  // The changelog is about the past.
  const pages = documents().filter((path) => path !== 'CHANGELOG.md');
  const said = pages.flatMap((path) => commandsIn(readFileSync(join(ROOT, path), 'utf8'), path));

  test.each(COMMANDS.map(({ name, load }) => [name, load] as const))(
    '%s has the flags that they use',
    async (name, load) => {
      const command = await load();
      const flagsOf = (second = '') => {
        const { options } = command.commands.find((one) => one.name() === second) ?? command;
        return options.flatMap(({ long }) => long ?? []).concat('--help');
      };
      const unknown = said
        .filter(({ words }) => words[0] === name)
        .flatMap(({ words, place }) =>
          words.flatMap((word) =>
            /^--[a-z]/.test(word) && !flagsOf(words[1]).includes(word) ? `${place} ${word}` : [],
          ),
        );
      expect(unknown).toEqual([]);
    },
  );

  test('all exist, and there are dozens', () => {
    const names = new Set([...COMMANDS.map(({ name }) => name), 'help']);
    const strange = said.filter(({ words }) => /^[a-z]+$/.test(words[0] ?? '') && !names.has(words[0]!));
    expect(strange.map(({ words, place }) => `${place} ${words.join(' ')}`)).toEqual([]);
    expect(said.length).toBeGreaterThan(60);
  });
});

/** What stands behind `npx tickraft`, to the end of the line, of the code or of the pipe. */
function commandsIn(
  text: string,
  path: string,
): { readonly words: readonly string[]; readonly place: string }[] {
  return text.split('\n').flatMap((line, i) =>
    [...line.matchAll(/npx tickraft ([a-z]+[^`|;&()]*)/g)].map((match) => ({
      words: match[1]!.trim().split(/\s+/),
      place: `${path}:${i + 1}`,
    })),
  );
}
