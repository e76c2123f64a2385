/**
 * Decides whether a client history is linearizable (Herlihy and Wing 1990): whether every operation could have
 * taken effect at one instant between its call and its return.
 *
 * Parts (keys) are independent and searched in turns, so that one hard part does not hide an easy violation in
 * another. What cannot be decided within the budget is `unknown`, never a guess.
 */
import { smallestCore } from './core.ts';
import type { Budget, Model, Operation } from './history.ts';
import { Search } from './search.ts';

/** The answer. */
export type Verdict<I, O> =
  | { readonly verdict: 'linearizable' }
  | { readonly verdict: 'violated'; readonly part: string; readonly core: readonly Operation<I, O>[] }
  | { readonly verdict: 'unknown'; readonly undecided: readonly string[] };

/** Steps between two looks at the clock. */
const TURN = 20_000;

/** Checks `operations`, in any order, against `model`. */
export function checkLinearizability<S, I, O>(
  model: Model<S, I, O>,
  operations: readonly Operation<I, O>[],
  budget: Budget,
): Verdict<I, O> {
  const end = budget.now() + budget.ms;
  const parts = partition(model, operations);
  let searches = [...parts].map(([part, own]) => ({ part, own, search: new Search(model, own) }));
  for (let turn = TURN; searches.length > 0; turn *= 2) {
    for (const { part, own, search } of searches) {
      if (search.run(turn) === 'not linearizable') {
        return {
          verdict: 'violated',
          part,
          core: smallestCore(model, own, { ...budget, ms: end - budget.now() }),
        };
      }
      if (budget.now() > end) break;
    }
    searches = searches.filter(({ search }) => search.state === 'searching');
    if (budget.now() > end && searches.length > 0) {
      return { verdict: 'unknown', undecided: searches.map(({ part }) => part) };
    }
  }
  return { verdict: 'linearizable' };
}

function partition<S, I, O>(
  model: Model<S, I, O>,
  operations: readonly Operation<I, O>[],
): Map<string, Operation<I, O>[]> {
  const parts = new Map<string, Operation<I, O>[]>();
  for (const operation of [...operations].sort((a, b) => a.calledAt - b.calledAt)) {
    const part = model.part(operation.input);
    const own = parts.get(part);
    if (own) own.push(operation);
    else parts.set(part, [operation]);
  }
  return parts;
}
