/**
 * The words of the key-value machine: what is asked of it, and how entries, commands and answers
 * are told.
 */
import { type Outcome, prefixEnd, type Value } from '../../vm/index.ts';
import { commandsIn } from '../core/batch.ts';
import type { KeyValueCommand } from '../core/key-value.ts';
import { MachineReader } from '../core/sessions.ts';
import type { LogEntryView, MembersChanged, ProtocolRequest } from '../protocol.ts';
import type { WrittenEntry } from '../sim/protocol.ts';

/** How scenarios write null. */
const NOTHING = 'nothing';
/** How they write a log without entries. */
export const EMPTY = 'empty';
/**
 * The longest text that `fill` makes, and from which length on a text is shown by its length alone.
 */
const LONGEST = 1_000_000;
const LONG = 100;
/** How the words that make requests are used. */
export const REQUEST_USAGES = [
  'put KEY VALUE',
  'fill KEY LENGTH',
  'delete KEY',
  'cas KEY EXPECTED VALUE',
  'append KEY TEXT',
  'get KEY [lease|stale]',
];

/** The request that the words make; undefined if they make none. */
export function readKeyValueRequest(words: readonly string[]): ProtocolRequest | undefined {
  const [type, first, second, third] = words;
  if (first === undefined) return undefined;
  const key = String(readValue(first));
  if (type === 'get' && words.length <= 3 && (second === undefined || isWeaker(second))) {
    return { type: 'read', query: { type, key }, consistency: second ?? 'linearizable' };
  }
  const command = readCommand(type, key, second, third);
  return command && words.length === command.length ? { type: 'submit', command: command.is } : undefined;
}

function isWeaker(word: string): word is 'lease' | 'stale' {
  return word === 'lease' || word === 'stale';
}

/** The command that the words make, and how many words it takes. */
function readCommand(
  type: string | undefined,
  key: string,
  second: string | undefined,
  third: string | undefined,
): { readonly is: KeyValueCommand; readonly length: number } | undefined {
  if (type === 'delete') return { is: { type, key }, length: 2 };
  if (second === undefined) return undefined;
  if (type === 'put') return { is: { type, key, value: readValue(second) }, length: 3 };
  if (type === 'fill') {
    const length = Number(second);
    const isRight = Number.isInteger(length) && length >= 1 && length <= LONGEST;
    return isRight ? { is: { type: 'put', key, value: 'x'.repeat(length) }, length: 3 } : undefined;
  }
  if (type === 'append') return { is: { type, key, value: second }, length: 3 };
  if (type !== 'cas' || third === undefined) return undefined;
  return { is: { type, key, expected: readValue(second), value: readValue(third) }, length: 4 };
}

/** A word as JSON, `nothing` as null; any other word is itself. */
function readValue(word: string): Value {
  if (word === NOTHING) return null;
  try {
    return JSON.parse(word) as Value;
  } catch {
    return word;
  }
}

/** A value in one word. */
export function valueText(value: unknown): string {
  if (value === null || value === undefined) return NOTHING;
  if (typeof value === 'string') return value.length > LONG ? `${value.length}-letters` : value;
  return JSON.stringify(value);
}

/** All that a state machine keeps in these data: `x=1 y=2`. */
export function dataText(data: ConstructorParameters<typeof MachineReader>[0]): string {
  const pairs = [...new MachineReader(data).range('', prefixEnd(''))];
  return pairs.map(([key, value]) => `${key}=${valueText(value)}`).join(' ') || EMPTY;
}

/** A log as scenarios write it: `1:noop 1:x=1`. */
export function logText(entries: readonly LogEntryView[]): string {
  return entries.map(entryText).join(' ') || EMPTY;
}

/** An entry as scenarios write it: `1:x=1`, or `1:x=1+y=2` with several commands. */
export function entryText({ term, label, content }: LogEntryView): string {
  const commands = commandsIn(content).map(({ command }) => commandText(command as KeyValueCommand));
  return `${term}:${commands.join('+') || label}`;
}

export function commandText(command: KeyValueCommand): string {
  if (command.type === 'delete') return `delete(${command.key})`;
  const value = valueText(command.value);
  if (command.type === 'append') return `${command.key}+=${value}`;
  if (command.type === 'put') return `${command.key}=${value}`;
  return `cas(${command.key},${valueText(command.expected)},${value})`;
}

/**
 * A value that was read, `ok` or `refused` for a change, who leads after a transfer, the entry that
 * changed the members or `already`, or the code of an error.
 */
export function answerText(outcome: Outcome): string {
  if (!outcome.ok) return outcome.code;
  const { config, already } = (outcome.value ?? {}) as Partial<MembersChanged>;
  if (config !== undefined) return already === true ? 'already' : `config-${config}`;
  const { done } = (outcome.value ?? {}) as { done?: unknown };
  if (typeof done !== 'boolean') return valueText(outcome.value);
  return done ? 'ok' : 'refused';
}

/**
 * Entries that no client asked for in this run: each puts its term under a key of its index,
 * `k3=2`.
 */
export function writtenEntries(terms: readonly number[]): WrittenEntry[] {
  return terms.map((term, i) => {
    const index = i + 1;
    return { index, term, command: { type: 'put', key: `k${index}`, value: term } };
  });
}
