/**
 * A smallest illegal core: the few operations of a history that show, by themselves, why it is not linearizable.
 *
 * First the history is cut at the earliest return that makes it illegal. Then operations are left out as long as
 * the rest stays illegal. Only what a legal history could do without may be left out: a read; or all operations
 * that have to do with one value, since in a legal order what is left would still follow its own write. So a core
 * that is illegal shows that the whole history is.
 */
import type { Budget, Model, Operation } from './history.ts';
import { Search } from './search.ts';

/** Steps after which a candidate core counts as undecided and is not taken. */
const STEPS_PER_TRIAL = 1_000_000;

/** The core of an illegal history, sorted by call; as much of it as the budget allows to reduce. */
export function smallestCore<S, I, O>(
  model: Model<S, I, O>,
  operations: readonly Operation<I, O>[],
  budget: Budget,
): readonly Operation<I, O>[] {
  const end = budget.now() + budget.ms;
  const illegal = (core: readonly Operation<I, O>[]) =>
    new Search(model, core).run(STEPS_PER_TRIAL) === 'not linearizable';
  const prefix = shortestPrefix(operations, illegal);
  const inTime = (core: readonly Operation<I, O>[]) => budget.now() <= end && illegal(core);
  const withoutValues = leaveOut(prefix, valueGroups(model, prefix), inTime);
  const reads = withoutValues.filter(({ input }) => model.isRead(input)).map((read) => [read]);
  const withoutReads = leaveOut(withoutValues, reads, inTime);
  // With fewer reads, more values stand alone.
  return leaveOut(withoutReads, valueGroups(model, withoutReads), inTime);
}

/** The operations up to the earliest return that makes them illegal; those still open then never returned. */
function shortestPrefix<I, O>(
  operations: readonly Operation<I, O>[],
  illegal: (core: readonly Operation<I, O>[]) => boolean,
): readonly Operation<I, O>[] {
  const returns = operations.flatMap(({ returnedAt }) => (returnedAt === undefined ? [] : [returnedAt]));
  returns.sort((a, b) => a - b);
  let [low, high] = [0, returns.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (illegal(cutAt(operations, returns[middle]!))) high = middle;
    else low = middle + 1;
  }
  return cutAt(operations, returns[low]!);
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

/** Leaves out as many of the groups as it can: halves first, then smaller and smaller runs of them. */
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

/** Operations that share a value, directly or through others. Those whose values cannot be told are in no group. */
function valueGroups<S, I, O>(
  model: Model<S, I, O>,
  operations: readonly Operation<I, O>[],
): Operation<I, O>[][] {
  const groups = new Map<string, { readonly operations: Operation<I, O>[]; readonly values: string[] }>();
  for (const operation of operations) {
    const values = model.values(operation.input, operation.output);
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
