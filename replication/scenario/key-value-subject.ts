/** Replication protocols as subjects of scenarios: over the key-value machine, with every invariant checked. */
import type { Outcome } from '../../vm/program.ts';
import type { Value, Write } from '../../vm/store.ts';
import { type KeyValueCommand, keyValueMachine } from '../core/key-value.ts';
import type { SessionWindow } from '../core/session-window.ts';
import { queryMachine } from '../core/sessions.ts';
import { InvariantChecker } from '../invariants/checker.ts';
import { describeViolation } from '../invariants/violations.ts';
import type { LogEntryView, Protocol, ProtocolRequest } from '../protocol.ts';
import type { Position } from '../state-machine.ts';
import type { Subject, SubjectEntry, SubjectSession, WrittenLog } from './subject.ts';

/** An entry to write on a disk before a run. */
export interface WrittenEntry extends Position {
  readonly command: KeyValueCommand;
}

/** The records of a protocol that has reached `term` and has these entries in its log. */
export type DiskOf = (term: number, entries: readonly WrittenEntry[]) => readonly Write[];

/** How scenarios write null. */
const NOTHING = 'nothing';
/** The longest text that `fill` makes, and from which length on a text is shown by its length alone. */
const LONGEST = 1_000_000;
const LONG = 100;
const USAGES = [
  'put KEY VALUE',
  'fill KEY LENGTH',
  'delete KEY',
  'cas KEY EXPECTED VALUE',
  'append KEY TEXT',
  'get KEY [lease|stale]',
];

/** The subject of one run. `protocol` replicates `keyValueMachine`. */
export function scenarioSubject(
  protocol: Protocol<unknown, unknown>,
  diskOf: DiskOf,
  openWindow: (session: string) => SessionWindow,
): Subject {
  const checker = new InvariantChecker(protocol);
  return {
    program: protocol as Subject['program'],
    leaderRole: protocol.leaderRole,
    view: protocol.view,
    entry(state, index) {
      const entry = protocol.entry(state, index);
      return entry && describeEntry(entry);
    },
    usages: USAGES,
    request: readRequest,
    transfer: (to): ProtocolRequest => ({ type: 'transfer', to }),
    openSession: (name): ProtocolRequest => ({ type: 'open-session', nonce: name }),
    session: (id) => subjectSession(openWindow(id)),
    command: (command) => describeCommand(command as KeyValueCommand),
    answer: describeAnswer,
    value: (data, key) => describeValue(queryMachine(keyValueMachine, data, { type: 'get', key })),
    disk: (log) => diskOf(log.term, writtenEntries(log)),
    check: {
      observer: checker.observer,
      watch: (world) => checker.watch(world as Parameters<typeof checker.watch>[0]),
      violation: () => checker.violations[0] && describeViolation(checker.violations[0]),
    },
  };
}

function subjectSession(window: SessionWindow): SubjectSession {
  return {
    get isFull() {
      return window.isFull;
    },
    take: () => window.take(),
    tagged(request, sequence) {
      const body = request as ProtocolRequest;
      return body.type === 'submit' ? { ...body, tag: window.tag(sequence) } : body;
    },
    answered: (sequence) => window.answered(sequence),
  };
}

/** The request that the words make; undefined if they make none. */
function readRequest(words: readonly string[]): ProtocolRequest | undefined {
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

function describeValue(value: unknown): string {
  if (value === null || value === undefined) return NOTHING;
  if (typeof value === 'string') return value.length > LONG ? `${value.length}-letters` : value;
  return JSON.stringify(value);
}

function describeEntry({ term, label, content }: LogEntryView): SubjectEntry {
  // Entries of any protocol that applies through `../core/sessions.ts` carry their command.
  const { command } = content as { command?: KeyValueCommand };
  return { term, label, text: command === undefined ? label : describeCommand(command) };
}

function describeCommand(command: KeyValueCommand): string {
  if (command.type === 'delete') return `delete(${command.key})`;
  const value = describeValue(command.value);
  if (command.type === 'append') return `${command.key}+=${value}`;
  if (command.type === 'put') return `${command.key}=${value}`;
  return `cas(${command.key},${describeValue(command.expected)},${value})`;
}

/** A value that was read, `ok` or `refused` for a change, who leads after a transfer, or the code of an error. */
function describeAnswer(outcome: Outcome): string {
  if (!outcome.ok) return outcome.code;
  const { done } = (outcome.value ?? {}) as { done?: unknown };
  if (typeof done !== 'boolean') return describeValue(outcome.value);
  return done ? 'ok' : 'refused';
}

/** Entries that no client asked for in this run: each puts its term under a key of its index, `k3=2`. */
function writtenEntries({ terms }: WrittenLog): WrittenEntry[] {
  return terms.map((term, i) => {
    const index = i + 1;
    return { index, term, command: { type: 'put', key: `k${index}`, value: term } };
  });
}
