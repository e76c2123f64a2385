/** Why an order cannot be continued: the explanation of a history that is not linearizable. */
import type { Model, Operation } from './history.ts';
import { Search } from './search.ts';

/** An order that respects time and is legal, and why it stops. */
export interface DeadEnd<I, O> {
  /** Sorted as they happen. */
  readonly order: readonly Operation<I, O>[];
  /** The state after them, as a sentence. */
  readonly state: string;
  /** Those that could come next by their times, but could not have answered as they did. */
  readonly refused: readonly Operation<I, O>[];
}

/** Steps after which the longest order found so far is taken. */
const STEPS = 300_000;

/** How far an order of `operations`, sorted by call, goes from `from`, and why it stops. */
export function deadEnd<S, I, O>(
  model: Model<S, I, O>,
  operations: readonly Operation<I, O>[],
  from: S,
): DeadEnd<I, O> {
  const search = new Search(model, operations, { from, toTheEnd: true });
  search.run(STEPS);
  const order = search.longest.map((operation) => operations[operation]!);
  const step = (state: S, { input, output }: Operation<I, O>) => model.step(state, input, output);
  const state = order.reduce((state, operation) => step(state, operation)?.state ?? state, from);
  const done = new Set(order);
  const left = operations.filter(
    (operation) => !done.has(operation) && operation.returnedAt !== undefined && !operation.early,
  );
  const firstReturn = Math.min(...left.map(({ returnedAt }) => returnedAt!));
  const refused = left.filter(
    (operation) => operation.calledAt <= firstReturn && step(state, operation) === undefined,
  );
  return { order, state: model.describeState(state), refused };
}
