/**
 * Finds out what the values of a history mean, by all of the file: a wrong guess would make a wrong
 * verdict. A shape is taken only if every call of a client has it and no other shape is possible;
 * else the file is refused, and the user may choose one.
 *
 * What tells them apart: jepsen.independent calls a read with `[key nil]`, a register with `nil`. A
 * transaction is a list of micro-operations. `[key old new]` is not Jepsen's, and could as well be
 * something else: it is read only where it is said.
 */
import type { Call } from './calls.ts';
import { HistoryError } from './error.ts';
import type { FailedCas, History, HistoryEvent } from './events.ts';
import { isSilent, operationsOf } from './operations.ts';
import { atTheirTimes, disagreement, type HistoryOrder } from './order.ts';
import {
  isKnown,
  isMicro,
  isTagged,
  isTuple,
  Misfit,
  SHAPE_MEANS,
  type ShapeName,
  shortly,
  unknownFunction,
} from './split.ts';

/** The flags for what a history's file may leave open. */
export interface Said {
  readonly failedCas: FailedCas;
  readonly shape?: ShapeName | undefined;
  readonly order?: HistoryOrder | undefined;
}

/**
 * The operations of calls, and how their values were read. Throws a HistoryError where that cannot
 * be told.
 */
export function readCalls(
  calls: readonly Call[],
  file: string,
  { failedCas, shape: said, order }: Said,
): Pick<History, 'operations' | 'leftOut' | 'readAs' | 'byTime'> {
  const inOrder = [...calls].sort((a, b) => a.invoke.line - b.invoke.line);
  const read = (shape: ShapeName, ofThem = calls) =>
    operationsOf(ofThem, { shape, failedCas, isSaid: said !== undefined });
  const timed = order === 'lines' ? undefined : atTheirTimes(calls);
  if (order === 'time' && timed === undefined) {
    throw new HistoryError(file, undefined, '--order time needs a :time at every event');
  }
  if (calls.length === 0) return { operations: [], leftOut: 0 };
  const keyed = keysInMaps(inOrder, file, said);
  const { shape, because } =
    said === undefined ? shapeOf(inOrder, keyed, read, file) : { shape: said, because: '--shape says so' };
  const told = read(shape, order === 'time' ? timed : calls);
  if (told instanceof Misfit) throw new HistoryError(file, told.line, told.what);
  const line = order === undefined && timed !== undefined ? disagreement(calls) : undefined;
  const other = line === undefined ? undefined : read(shape, timed);
  const byTime =
    line === undefined || other === undefined || other instanceof Misfit ? undefined : { ...other, line };
  return { ...told, byTime, readAs: { shape, means: SHAPE_MEANS[shape], because } };
}

type Read = (shape: ShapeName) => ReturnType<typeof operationsOf>;

interface Decision {
  readonly shape: ShapeName;
  readonly because: string;
}

function shapeOf(calls: readonly Call[], keyed: boolean, read: Read, file: string): Decision {
  const fits = (shape: ShapeName): Misfit | undefined => {
    const told = read(shape);
    return told instanceof Misfit ? told : undefined;
  };
  const refuse = ({ line, what }: Misfit, more = ''): never => {
    throw new HistoryError(file, line, `${what}${more}`);
  };
  const micro = calls.find(({ invoke }) => isMicro(invoke.value));
  if (micro !== undefined) {
    const misfit = fits('txn');
    if (misfit === undefined)
      return { shape: 'txn', because: 'every call is a list with one micro-operation' };
    const isMixed = misfit.line !== micro.invoke.line && !misfit.isKnown;
    return refuse(
      misfit,
      isMixed
        ? `, but line ${micro.invoke.line} calls micro-operations${saying('plain')} if they are values`
        : '',
    );
  }
  const unknown = calls.find(({ invoke }) => !isKnown(invoke.f))?.invoke;
  if (unknown !== undefined) return refuse(new Misfit(unknown.line, unknownFunction(unknown.f)));
  const notPlain = fits('plain');
  if (keyed)
    return notPlain === undefined ? { shape: 'plain', because: 'keys are in :key' } : refuse(notPlain);
  const notTuple = fits('tuple');
  const asks = calls.filter(({ invoke }) => asksForKey(invoke));
  if (asks.length > 0) {
    const because = `reads are called with [key nil], the first in line ${asks[0]!.invoke.line}, and every value has a key`;
    if (notTuple === undefined) return { shape: 'tuple', because };
    const hint =
      fits('triple') === undefined ? ': use --shape triple if it is [key old new]' : saying('tuple', 'plain');
    return refuse(
      notTuple,
      `, but line ${asks[0]!.invoke.line} reads ${shortly(asks[0]!.invoke.value)}${hint}`,
    );
  }
  if (notPlain !== undefined) {
    if (notTuple !== undefined)
      return refuse(
        notPlain,
        fits('triple') === undefined ? ': use --shape triple if it is [key old new]' : '',
      );
    return {
      shape: 'tuple',
      because: `as values of one register they make no sense: ${notPlain.what} (line ${notPlain.line})`,
    };
  }
  if (notTuple !== undefined) return { shape: 'plain', because: `${notTuple.what} (line ${notTuple.line})` };
  const pair = calls.find(({ invoke }) => isTuple(invoke))?.invoke;
  if (pair === undefined) return { shape: 'plain', because: 'nothing in it indicates another shape' };
  const what = `cannot tell whether ${shortly(pair.value)} is [key value] or the value of a register`;
  return refuse(new Misfit(pair.line, what), saying('tuple', 'plain'));
}

function saying(...shapes: readonly ShapeName[]): string {
  return `: say ${shapes.map((shape) => `--shape ${shape}`).join(' or ')}`;
}

/**
 * Whether a call can only be of jepsen.independent: a read of `[key nil]`, or a tuple that is
 * tagged as one.
 */
function asksForKey(invoke: HistoryEvent): boolean {
  if (!isTuple(invoke)) return false;
  return isTagged(invoke) || (['read', 'get'].includes(invoke.f) && invoke.value[1] === null);
}

/** Whether keys stand in `:key`: of all calls or of none. */
function keysInMaps(calls: readonly Call[], file: string, said: ShapeName | undefined): boolean {
  const keyed = calls.find(({ invoke }) => invoke.key !== undefined)?.invoke;
  if (keyed === undefined) return false;
  const other = calls.find((call) => call.invoke.key === undefined && !isSilent(call))?.invoke;
  if (other !== undefined) {
    throw new HistoryError(file, other.line, `this call has no :key, but that in line ${keyed.line} has one`);
  }
  if (said !== undefined && said !== 'plain') {
    throw new HistoryError(file, keyed.line, `keys are in :key here, which does not fit --shape ${said}`);
  }
  return true;
}
