/** Decides a history in the simplest way: by a search through every order that respects time. */
import type { Model, Operation } from '../../../analysis/linearizability/history.ts';

/** Whether some order explains all answers, from `state` on. For a handful of operations only. */
export function hasOrder<S, I, O>(
  model: Model<S, I, O>,
  operations: readonly Operation<I, O>[],
  state: S = model.initial,
): boolean {
  if (operations.every(({ returnedAt, early }) => returnedAt === undefined || early)) return true;
  const firstReturn = Math.min(...operations.map(({ returnedAt }) => returnedAt ?? Number.POSITIVE_INFINITY));
  return operations.some((operation) => {
    if (operation.calledAt > firstReturn) return false;
    const rest = operations.filter((other) => other !== operation);
    // It may have happened before all this.
    if (operation.early && hasOrder(model, rest, state)) return true;
    const after = model.step(state, operation.input, operation.output);
    return after !== undefined && hasOrder(model, rest, after.state);
  });
}
