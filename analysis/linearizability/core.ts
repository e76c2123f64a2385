/**
 * A smallest illegal core: few operations of a history that show, by themselves, why it is not
 * linearizable.
 *
 * The history is cut at the earliest return that makes it illegal, and then, from the front, as far
 * as it stays illegal whatever the state was there. Of the rest, operations are left out as long as
 * it stays illegal. Only what a legal history could do without may be left out: a read; or all
 * operations that have to do with one value, since in a legal order what is left would still follow
 * its own write. So a core that is illegal shows that the whole history is; and nothing more of it
 * could be left out in this way.
 */
import type { Budget, Model, Operation } from './history.ts';
import { Search } from './search.ts';

/** Steps after which a candidate core counts as undecided and is not taken. */
const STEPS_PER_TRIAL = 1_000_000;

type IsIllegal<I, O> = (operations: readonly Operation<I, O>[]) => boolean;

/**
 * The core of an illegal history that is sorted by call; as much of it as the budget allows to
 * reduce. Those of its operations that returned only after what shows the breach never returned
 * here; those that were called before the core begins are `early`.
 */
export function smallestCore<S, I, O>(
  model: Model<S, I, O>,
  operations: readonly Operation<I, O>[],
  budget: Budget,
): readonly Operation<I, O>[] {
  const end = budget.now() + budget.ms;
  const isOver = () => budget.now() > end;
  const illegalFrom =
    (from: S): IsIllegal<I, O> =>
    (core) =>
      !isOver() && new Search(model, core, { from }).run(STEPS_PER_TRIAL, isOver) === 'not linearizable';
  const [fromInitial, fromUnknown] = [illegalFrom(model.initial), illegalFrom(model.unknown)];
  const prefix = shortestPrefix(operations, fromInitial);
  const fromAnyState = tellsAll(prefix) && fromUnknown(prefix);
  const isIllegal = fromAnyState ? fromUnknown : fromInitial;
  const window = fromAnyState ? shortestSuffix(prefix, isIllegal) : prefix;
  return leaveOutAll(model, window, isIllegal);
}

/**
 * Whether a core is illegal whatever the state was when it begins, and not only from the initial
 * state.
 */
export function isIllegalFromAnyState<S, I, O>(
  model: Model<S, I, O>,
  core: readonly Operation<I, O>[],
): boolean {
  const search = new Search(model, core, { from: model.unknown });
  return tellsAll(core) && search.run(STEPS_PER_TRIAL) === 'not linearizable';
}

/**
 * Whether all answers say something. One that does not may leave two states, and an unknown state
 * cannot be both.
 */
function tellsAll(operations: readonly Operation<unknown, unknown>[]): boolean {
  return operations.every(({ returnedAt, output }) => returnedAt === undefined || output !== undefined);
}

/**
 * The operations up to the earliest return that makes them illegal; those still open then never
 * returned.
 */
function shortestPrefix<I, O>(
  operations: readonly Operation<I, O>[],
  isIllegal: IsIllegal<I, O>,
): readonly Operation<I, O>[] {
  const returns = returnTimes(operations);
  let [low, high] = [0, returns.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isIllegal(cutAt(operations, returns[middle]!))) high = middle;
    else low = middle + 1;
  }
  return cutAt(operations, returns[high]!);
}

/** The operations after the latest return that leaves them illegal. */
function shortestSuffix<I, O>(
  operations: readonly Operation<I, O>[],
  isIllegal: IsIllegal<I, O>,
): readonly Operation<I, O>[] {
  const cuts = [Number.NEGATIVE_INFINITY, ...returnTimes(operations)];
  let [low, high] = [0, cuts.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (isIllegal(cutBefore(operations, cuts[middle]!))) low = middle;
    else high = middle - 1;
  }
  return cutBefore(operations, cuts[low]!);
}

function returnTimes(operations: readonly Operation<unknown, unknown>[]): number[] {
  const returns = operations.flatMap(({ returnedAt }) => (returnedAt === undefined ? [] : [returnedAt]));
  return returns.sort((a, b) => a - b);
}

/** Without what returned before; what was open then may have happened before. */
function cutBefore<I, O>(operations: readonly Operation<I, O>[], at: number): readonly Operation<I, O>[] {
  return operations
    .filter(({ returnedAt = Number.POSITIVE_INFINITY }) => returnedAt > at)
    .map((operation) => (operation.calledAt > at ? operation : { ...operation, early: true }));
}

function cutAt<I, O>(operations: readonly Operation<I, O>[], at: number): readonly Operation<I, O>[] {
  return operations
    .filter(({ calledAt }) => calledAt <= at)
    .map((operation) =>
      operation.returnedAt !== undefined && operation.returnedAt <= at
        ? operation
        : { ...operation, returnedAt: undefined, output: undefined },
    );
}

/** Leaves out reads and values until no more of either can go. */
function leaveOutAll<S, I, O>(
  model: Model<S, I, O>,
  operations: readonly Operation<I, O>[],
  isIllegal: IsIllegal<I, O>,
): readonly Operation<I, O>[] {
  const withoutValues = leaveOut(operations, valueGroups(model, operations), isIllegal);
  const reads = withoutValues
    .filter(({ input, output }) => model.isRead(input, output))
    .map((read) => [read]);
  const withoutReads = leaveOut(withoutValues, reads, isIllegal);
  // With fewer reads, more values are unused and can be left out.
  const useful = withoutUseless(model, withoutReads);
  return leaveOut(useful, valueGroups(model, useful), isIllegal);
}

/**
 * Leaves out operations that need not have happened and that no other could have noticed: they
 * leave a value that no other operation has to do with. Wherever it happened, an order is as good
 * without it.
 */
function withoutUseless<S, I, O>(
  model: Model<S, I, O>,
  operations: readonly Operation<I, O>[],
): readonly Operation<I, O>[] {
  const effects = operations.map(({ input, output }) => model.effect(input, output));
  // An operation that avoids a value, or does not say, may have noticed anything.
  if (effects.some((effect) => effect === undefined || effect.avoids !== undefined)) return operations;
  const noticed = (value: string | undefined, by: number) =>
    effects.some((effect, i) => i !== by && (effect?.sees === value || effect?.changes === value));
  const useful = operations.filter(
    ({ returnedAt, early }, i) => (returnedAt !== undefined && !early) || noticed(effects[i]?.leaves, i),
  );
  return useful.length === operations.length ? useful : withoutUseless(model, useful);
}

/**
 * Leaves out as many of the groups as it can: halves first, then smaller and smaller runs of them.
 */
function leaveOut<T>(
  all: readonly T[],
  groups: readonly T[][],
  stillIllegal: (rest: T[]) => boolean,
): readonly T[] {
  let kept = groups;
  let core = all;
  for (let size = Math.ceil(groups.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < kept.length; ) {
      const out = new Set(kept.slice(at, at + size).flat());
      const rest = core.filter((operation) => !out.has(operation));
      if (stillIllegal(rest)) {
        core = rest;
        kept = [...kept.slice(0, at), ...kept.slice(at + size)];
      } else at += size;
    }
  }
  return core;
}

/**
 * Operations that share a value, directly or through others. Those whose values cannot be told are
 * in no group.
 */
function valueGroups<S, I, O>(
  model: Model<S, I, O>,
  operations: readonly Operation<I, O>[],
): Operation<I, O>[][] {
  const groups = new Map<string, { readonly operations: Operation<I, O>[]; readonly values: string[] }>();
  for (const operation of operations) {
    const values = valuesOf(model, operation);
    if (values === undefined) return [];
    const merged = { operations: [operation], values: [...values] };
    for (const group of new Set(values.map((value) => groups.get(value)))) {
      if (group === undefined) continue;
      merged.operations.push(...group.operations);
      merged.values.push(...group.values);
    }
    for (const value of merged.values) groups.set(value, merged);
  }
  return [...new Set(groups.values())].map((group) => group.operations);
}

function valuesOf<S, I, O>(
  model: Model<S, I, O>,
  { input, output }: Operation<I, O>,
): readonly string[] | undefined {
  const effect = model.effect(input, output);
  // Of what avoids a value it is only known that it saw another one.
  if (effect === undefined || effect.avoids !== undefined) return undefined;
  return [effect.sees, effect.changes, effect.leaves].filter((value) => value !== undefined);
}
