/** The kind of an event in logs of others, in SQL. */
import { ROW_KINDS, type RowKind } from '../../logs/format/index.ts';
import { literal } from '../run/database.ts';

/**
 * Words that indicate the kind, anywhere in the text. A receive may mention the send, so it is
 * looked for first.
 */
const WORDS: readonly (readonly [RowKind, string])[] = [
  ['receive', 'receive[sd]?|receiving|recv|recvd|rcv|rcvd|reception|incoming|inbound|delivered'],
  ['send', 'sends?|sent|sending|broadcasts?|broadcasting|multicasts?|outgoing|outbound'],
  ['internal', 'internal|local|compute|computation|step'],
];

/** What is written together with such a word: `sendboth`, `msgreceived`. */
const BEFORE = '(?:msgs?|messages?)?';
const BEHIND = '(?:to)?(?:both|all|each|one|two|many|others?|msgs?|messages?|events?)?';

function within(word: string): string {
  return `(?:^|[^a-z])${BEFORE}(?:${word})${BEHIND}(?:[^a-z]|$)`;
}

/** The kind that a text tells by a word in it, as `eventKind` does in SQL. */
export function kindByWord(text: string): RowKind | undefined {
  const words = text.replaceAll(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
  const own = ROW_KINDS.find((kind) => kind === words);
  return own ?? WORDS.find(([, word]) => new RegExp(within(word)).test(words))?.[0];
}

/** In `--events`: all other texts. */
const ANY_OTHER = '*';

/**
 * SQL for the kind that the column `text` tells: as `told` maps it, our own name for it, or by a
 * word in it; null if nothing tells.
 */
export function eventKind(text: string, told: Readonly<Record<string, RowKind>>): string {
  const { [ANY_OTHER]: other, ...exact } = told;
  const mapped = Object.entries(exact).map(
    ([theirs, kind]) => `WHEN ${text} = ${literal(theirs)} THEN ${literal(kind)}`,
  );
  // sendBoth, ReceiveMessage
  const words = `lower(regexp_replace(${text}, '([a-z])([A-Z])', '\\1 \\2', 'g'))`;
  const byWord = WORDS.map(
    ([kind, word]) => `WHEN regexp_matches(${words}, ${literal(within(word))}) THEN ${literal(kind)}`,
  );
  return `CASE ${mapped.join(' ')}
    WHEN regexp_full_match(lower(${text}), '${ROW_KINDS.join('|')}') THEN lower(${text})
    ${byWord.join(' ')} ${other === undefined ? '' : `ELSE ${literal(other)}`} END`;
}

/** Kinds that a column of their own may tell, each with a yes or no. */
export const FLAGS = ['send', 'receive', 'internal'] as const;
export type Flag = (typeof FLAGS)[number];

const YES = "regexp_full_match(lower(text), '0*[1-9]\\d*(\\.0*)?|true|yes|y|t|x')";
const NO = "regexp_full_match(lower(text), '0+(\\.0*)?|false|no|n|f|-')";

/** SQL for whether the column `text` of a flag says yes; null if it says neither yes nor no. */
export function flagged(text: string): string {
  return `CASE WHEN ${text} IS NULL THEN false WHEN ${YES.replace('text', text)} THEN true WHEN ${NO.replace('text', text)} THEN false END`;
}
