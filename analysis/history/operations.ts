/**
 * Makes operations of calls, given the shape of their values.
 *
 * `:ok` ended well. `:fail` never happened. After `:info`, or with no end at all, an operation may
 * have happened at any time, or never. A read without an answer says nothing and is left out.
 */
import type { Value } from '../../vm/index.ts';
import type { KeyAnswer, KeyOperation } from '../linearizability/models.ts';
import type { Call } from './calls.ts';
import type { FailedCas, HistoryEvent, HistoryOperation } from './events.ts';
import { Misfit, type Part, type ShapeName, shortly, split } from './split.ts';

/** How calls are to be read. */
export interface Reading {
  readonly shape: ShapeName;
  readonly failedCas: FailedCas;
  /** The user chose this shape: unusual values are read in their most common meaning. */
  readonly isSaid: boolean;
}

/** The contents of calls in a shape; or the first line that does not have it. */
export function operationsOf(
  calls: readonly Call[],
  reading: Reading,
): { readonly operations: readonly HistoryOperation[]; readonly leftOut: number } | Misfit {
  const told = calls.map((call) => tell(call, reading));
  const misfit = earliest(told.filter((one) => one instanceof Misfit));
  if (misfit !== undefined) return misfit;
  const all = told.filter((one): one is Told => one !== undefined && !(one instanceof Misfit));
  const isOfLists = areLists(all, reading.isSaid);
  if (isOfLists instanceof Misfit) return isOfLists;
  const operations = all.map((one) => operationOf(one, isOfLists));
  operations.sort((a, b) => a.calledAt - b.calledAt);
  return { operations, leftOut: calls.length - operations.length };
}

/** How a compare-and-set is written in each shape. */
const CAS: Readonly<Record<ShapeName, string>> = {
  plain: '[old new]',
  tuple: '[key [old new]]',
  triple: '[key old new]',
  txn: 'a micro-operation',
};

/** What a call says. Undefined values: it never ended, or the end says nothing. */
interface Told {
  readonly call: Call;
  readonly part: Part;
  readonly answer: { readonly end: HistoryEvent; readonly at: number; readonly seen: Value } | undefined;
}

/**
 * Whether a call is a read that says nothing: without a value and without an answer, it has every
 * shape.
 */
export function isSilent({ invoke, end }: Call): boolean {
  return isBlank(invoke) && end?.type !== 'ok';
}

function isBlank({ f, value }: HistoryEvent): boolean {
  return value === null && ['read', 'get', ''].includes(f);
}

/** Undefined: it never happened, or says nothing. */
function tell(call: Call, { shape, failedCas, isSaid }: Reading): Told | Misfit | undefined {
  const { invoke, end, endAt } = call;
  if (isSilent(call)) return undefined;
  const isOk = end?.type === 'ok';
  const asked = split(shape, isOk && isSaid && isBlank(invoke) ? end : invoke);
  if (asked instanceof Misfit) return asked;
  if (asked.type === 'cas' && !(Array.isArray(asked.value) && asked.value.length === 2)) {
    return new Misfit(invoke.line, `a cas of ${shortly(invoke.value)} is not ${CAS[shape]}`);
  }
  if (isOk) return answeredBy(call, asked, { end, at: endAt!, shape, isSaid });
  const isMismatch = end?.type === 'fail' && asked.type === 'cas' && failedCas === 'mismatch';
  if (isMismatch) return { call, part: asked, answer: { end, at: endAt!, seen: null } };
  return end?.type === 'fail' || asked.type === 'read' ? undefined : { call, part: asked, answer: undefined };
}

interface Ending {
  readonly end: HistoryEvent;
  readonly at: number;
  readonly shape: ShapeName;
  readonly isSaid: boolean;
}

/**
 * An end must be of what was called: a read answers a value where none was asked for, and a change
 * says again what it changed, or nothing. Where it does not, its values mean something else:
 * versions, say.
 */
function answeredBy(call: Call, asked: Part, { end, at, shape, isSaid }: Ending): Told | Misfit {
  const { invoke } = call;
  const isRead = asked.type === 'read';
  if (!isRead && (isSaid || end.value === null)) {
    return { call, part: asked, answer: { end, at, seen: asked.value } };
  }
  const told = split(shape, end);
  if (told instanceof Misfit) return told;
  const key = shape === 'plain' && end.key === undefined ? asked.key : told.key;
  const isSame = JSON.stringify(asked.value) === JSON.stringify(told.value);
  const isOpen = isRead && (isSaid || asked.value === null);
  if (key === asked.key && told.type === asked.type && (isSame || isOpen)) {
    return { call, part: asked, answer: { end, at, seen: told.value } };
  }
  const what = `a ${invoke.f || 'transaction'} of ${shortly(invoke.value)} (line ${invoke.line})`;
  return new Misfit(end.line, `${what} ends with ${shortly(end.value)}`);
}

/** Whether keys hold lists, and appends put elements behind them, and not texts. */
function areLists(all: readonly Told[], isSaid: boolean): boolean | Misfit {
  const seen = all.filter(({ part, answer }) => part.type === 'read' && (answer?.seen ?? null) !== null);
  const set = all.filter(({ part }) => part.type === 'write' || part.type === 'cas');
  const appends = all.filter(({ part }) => part.type === 'append');
  const plainRead = seen.find(({ answer }) => !Array.isArray(answer!.seen));
  if (appends.length === 0) {
    if (isSaid || plainRead !== undefined || seen.length === 0 || set.length === 0) return false;
    // What a register holds is what was written to it.
    const single = set.find(({ part }) => !setsList(part));
    if (single === undefined || set.some(({ part }) => setsList(part))) return false;
    const { end } = seen[0]!.answer!;
    return new Misfit(
      end.line,
      `reads see lists or sets, ${shortly(end.value)}, but single values are written (line ${single.call.invoke.line}): that is not a register`,
    );
  }
  const listRead = seen.find(({ answer }) => Array.isArray(answer!.seen));
  const otherAppend = appends.find(({ part }) => typeof part.value !== 'string');
  const isOfLists = listRead !== undefined || otherAppend !== undefined;
  if (!isOfLists) return false;
  const odd =
    plainRead?.answer?.end ?? set.find(({ part }) => part.type === 'cas' || !setsList(part))?.call.invoke;
  if (odd === undefined) return true;
  const { line } = (listRead ?? otherAppend!).call.invoke;
  return new Misfit(
    odd.line,
    `a ${odd.f} of ${shortly(odd.value)} does not fit appends to lists (line ${line})`,
  );
}

/** Whether a write or a compare-and-set leaves a list. */
function setsList({ type, value }: Part): boolean {
  return Array.isArray(type === 'cas' ? (value as readonly Value[])[1] : value);
}

function operationOf({ call, part, answer }: Told, isOfLists: boolean): HistoryOperation {
  const { invoke, at } = call;
  const input = inputOf(part, isOfLists);
  return {
    client: invoke.process,
    calledAt: at,
    calledLine: invoke.line,
    returnedAt: answer?.at,
    returnedLine: answer?.end.line,
    input,
    output:
      answer === undefined ? undefined : answerOf(input, answer.end, withoutEmpty(answer.seen, isOfLists)),
  };
}

function inputOf({ type, key, value }: Part, isOfLists: boolean): KeyOperation {
  switch (type) {
    case 'read':
      return { type, key };
    case 'write':
      return { type, key, value: withoutEmpty(value, isOfLists) };
    case 'append':
      return isOfLists ? { type: 'push', key, value } : { type, key, value: value as string };
    case 'cas': {
      const [expected, next] = (value as readonly Value[]).map((one) => withoutEmpty(one, isOfLists));
      return { type, key, expected: expected!, value: next! };
    }
  }
}

/** The empty list is nothing, where keys hold lists. */
function withoutEmpty(value: Value, isOfLists: boolean): Value {
  return isOfLists && Array.isArray(value) && value.length === 0 ? null : value;
}

function answerOf(input: KeyOperation, { type }: HistoryEvent, seen: Value): KeyAnswer {
  if (type === 'fail') return { type: 'mismatch' };
  return input.type === 'read' ? { type: 'value', value: seen } : { type: 'done' };
}

function earliest(misfits: readonly Misfit[]): Misfit | undefined {
  return misfits.reduce<Misfit | undefined>(
    (first, one) => (first === undefined || one.line < first.line ? one : first),
    undefined,
  );
}
