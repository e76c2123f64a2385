/**
 * The values that the keys of a history have had, and which of two is certainly older. Every value
 * must have been written once; a key of which that is not so is left out.
 *
 * A key that nothing but appends ever changes is a list: an older value of it is a beginning of the
 * newer one. Any other is a register: its value is older than another if the change that wrote it
 * was acknowledged before the other change was asked for.
 */
import type { Value } from '../../vm/index.ts';
import type { Operation } from '../linearizability/history.ts';
import type { KeyAnswer, KeyOperation } from '../linearizability/models.ts';

/** An operation of a client. Times are in any one unit, on one clock. */
export type KeyCall = Operation<KeyOperation, KeyAnswer>;

/** Why a history does not keep a guarantee. */
export interface Breach {
  readonly key: string;
  /** In one line. */
  readonly message: string;
  /** The operations that show it, in the order of their calls. */
  readonly operations: readonly KeyCall[];
}

/** What happened to one key. */
export interface KeyHistory {
  readonly key: string;
  readonly isList: boolean;
  /** In the order of their calls. */
  readonly calls: readonly KeyCall[];
  /** Whether `a` is certainly an older value than `b`. */
  isOlder(a: Value, b: Value): boolean;
  /** What the call left the key as; undefined if that is not known, or if it changed nothing. */
  leftBy(call: KeyCall): Value | undefined;
  /** The elements of a list's value; undefined if they cannot be told apart. */
  elements(value: Value): readonly string[] | undefined;
}

/** What the call found the key to hold; undefined if it does not tell. */
export function found({ output }: Pick<KeyCall, 'output'>): Value | undefined {
  return output?.type === 'value' ? output.value : output?.previous;
}

/** Whether it is an acknowledged change. */
export function isAcknowledged({ input, output, returnedAt }: KeyCall): boolean {
  return input.type !== 'read' && output?.type === 'done' && returnedAt !== undefined;
}

/** Whether `a` was over before `b` was asked for. */
export function isBefore(a: KeyCall, b: KeyCall): boolean {
  return a.returnedAt !== undefined && a.returnedAt <= b.calledAt;
}

/** The element that a call appends; undefined for any other. */
export function elementOf({ input }: KeyCall): string | undefined {
  if (input.type === 'append') return input.value;
  return input.type === 'push' ? JSON.stringify(input.value) : undefined;
}

/** All keys whose values are unique, in the order in which they were first asked about. */
export function keyHistories(calls: readonly KeyCall[]): KeyHistory[] {
  const byKey = new Map<string, KeyCall[]>();
  for (const call of [...calls].sort((a, b) => a.calledAt - b.calledAt)) {
    const own = byKey.get(call.input.key);
    if (own === undefined) byKey.set(call.input.key, [call]);
    else own.push(call);
  }
  return [...byKey].flatMap(([key, own]) => listOf(key, own) ?? registerOf(key, own) ?? []);
}

/**
 * Elements of a text: each letters and then digits, so that any text of them comes apart in one
 * way.
 */
const ELEMENT = /[a-z]+\d+/gi;
const ONE_ELEMENT = /^[a-z]+\d+$/i;

function listOf(key: string, calls: readonly KeyCall[]): KeyHistory | undefined {
  const changes = calls.filter(({ input }) => input.type !== 'read');
  const appended = changes.flatMap((call) => elementOf(call) ?? []);
  const isText = changes.every(({ input }) => input.type === 'append' && ONE_ELEMENT.test(input.value));
  const isArray = changes.every(({ input }) => input.type === 'push');
  if (changes.length === 0 || !(isText || isArray)) return undefined;
  if (new Set(appended).size < appended.length) return undefined;
  const split = (value: Value) => {
    if (value === null) return [];
    if (Array.isArray(value)) return value.map((one) => JSON.stringify(one));
    const parts = typeof value === 'string' ? (value.match(ELEMENT) ?? []) : undefined;
    return parts?.join('') === value ? parts : undefined;
  };
  // A value is looked at as often as there are calls.
  const known = new Map<Value, readonly string[] | undefined>();
  const elements = (value: Value) => {
    if (!known.has(value)) known.set(value, split(value));
    return known.get(value);
  };
  const isOlder = (a: Value, b: Value) => {
    const [one, other] = [elements(a), elements(b)];
    if (one === undefined || other === undefined || one.length >= other.length) return false;
    return one.every((element, i) => element === other[i]);
  };
  let whole: readonly Value[] | undefined;
  const leftBy = (call: KeyCall): Value | undefined => {
    const element = elementOf(call);
    if (element === undefined) return undefined;
    whole ??= longest(calls, elements);
    const before = found(call);
    const value = before === undefined ? whole.find((one) => elements(one)?.includes(element)) : before;
    const parts = value === undefined ? undefined : elements(value);
    if (parts === undefined) return undefined;
    const left = before === undefined ? parts.slice(0, parts.indexOf(element) + 1) : [...parts, element];
    return isText ? left.join('') : left.map((one) => JSON.parse(one) as Value);
  };
  return { key, isList: true, calls, isOlder, leftBy, elements };
}

/**
 * Values that somebody found, without those that are the beginning of another, the longest first.
 */
function longest(
  calls: readonly KeyCall[],
  elements: (value: Value) => readonly string[] | undefined,
): readonly Value[] {
  const seen = new Map<string, { readonly value: Value; readonly text: string }>();
  for (const call of calls) {
    const value = found(call);
    const parts = value === undefined ? undefined : elements(value);
    if (parts !== undefined) seen.set(parts.join('\n'), { value: value!, text: `${parts.join('\n')}\n` });
  }
  const kept: { readonly value: Value; readonly text: string }[] = [];
  for (const one of [...seen.values()].sort((a, b) => b.text.length - a.text.length))
    if (!kept.some(({ text }) => text.startsWith(one.text))) kept.push(one);
  return kept.map(({ value }) => value);
}

/** The values of a list that somebody found and that are the beginning of no other. */
export function branches({ calls, elements }: KeyHistory): readonly (readonly string[])[] {
  return longest(calls, elements).map((value) => elements(value)!);
}

function registerOf(key: string, calls: readonly KeyCall[]): KeyHistory | undefined {
  const writers = new Map<string, KeyCall>();
  for (const call of calls) {
    const { input, output } = call;
    if (input.type === 'read' || output?.type === 'mismatch') continue;
    if (input.type !== 'write' && input.type !== 'cas') return undefined;
    const value = JSON.stringify(input.value);
    if (input.value === null || writers.has(value)) return undefined;
    writers.set(value, call);
  }
  const isOlder = (a: Value, b: Value) => {
    const newer = writers.get(JSON.stringify(b));
    if (newer === undefined) return false;
    if (a === null) return true;
    const older = writers.get(JSON.stringify(a));
    return older !== undefined && isBefore(older, newer);
  };
  const leftBy = ({ input, output }: KeyCall) =>
    (input.type === 'write' || input.type === 'cas') && output?.type === 'done' ? input.value : undefined;
  return { key, isList: false, calls, isOlder, leftBy, elements: () => undefined };
}

/** What a call is, for messages: `p's append a "p1"`. */
export function told({ client, input }: KeyCall): string {
  const value = 'value' in input ? ` ${JSON.stringify(input.value)}` : '';
  return `${client}'s ${input.type === 'push' ? 'append' : input.type} ${input.key}${value}`;
}
