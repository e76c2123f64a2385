/**
 * Decides whether a client history is linearizable (Herlihy and Wing 1990): whether every operation
 * could have taken effect at one instant between its call and its return.
 *
 * Parts (keys) are independent and searched in turns, so that one hard part does not hide an easy
 * violation in another. What cannot be decided within the budget is `unknown`, never a guess.
 */
import { isIllegalFromAnyState, smallestCore } from './core.ts';
import type { Budget, Model, Operation } from './history.ts';
import { Search } from './search.ts';

/** The verdict. */
export type LinearizabilityVerdict<I, O> =
  | { readonly verdict: 'linearizable' }
  | {
      readonly verdict: 'violated';
      readonly part: string;
      /**
       * The smallest illegal core, and whether it is illegal whatever the state was when it begins.
       */
      readonly core: readonly Operation<I, O>[];
      readonly fromAnyState: boolean;
    }
  | {
      readonly verdict: 'unknown';
      readonly undecided: readonly string[];
      readonly because: 'time' | 'memory';
      /**
       * Of the undecided parts: how many operations, and of how many of them a legal order was
       * found.
       */
      readonly operations: number;
      readonly ordered: number;
    };

/** Steps of a part's first turn; each turn is twice as long as the one before. */
const TURN = 20_000;

/** The default memory limit, in bytes. */
const BYTES = 512 * 2 ** 20;

/** Checks `operations`, in any order, against `model`. */
export function checkLinearizability<S, I, O>(
  model: Model<S, I, O>,
  operations: readonly Operation<I, O>[],
  budget: Budget,
): LinearizabilityVerdict<I, O> {
  const { now, bytes = BYTES } = budget;
  const end = now() + budget.ms;
  let open = partition(model, operations).map((own) => ({ own, search: new Search(model, own) }));
  let used = 0;
  for (let turn = TURN; open.length > 0; turn *= 2) {
    for (const { own, search } of open) {
      const others = used - search.bytes;
      search.run(turn, () => now() > end || others + search.bytes > bytes);
      if (search.state === 'not linearizable') {
        return violated(model, own, { ...budget, ms: end - now() });
      }
      used = others + (search.state === 'searching' ? search.bytes : 0);
      if (now() > end || used > bytes) break;
    }
    open = open.filter(({ search }) => search.state === 'searching');
    if (open.length === 0) break;
    if (used > bytes) return unknown(model, open, 'memory');
    if (now() > end) return unknown(model, open, 'time');
  }
  return { verdict: 'linearizable' };
}

function violated<S, I, O>(
  model: Model<S, I, O>,
  own: readonly Operation<I, O>[],
  budget: Budget,
): LinearizabilityVerdict<I, O> {
  const core = smallestCore(model, own, budget);
  return {
    verdict: 'violated',
    part: model.part(own[0]!.input),
    core,
    fromAnyState: isIllegalFromAnyState(model, core),
  };
}

function unknown<S, I, O>(
  model: Model<S, I, O>,
  open: readonly { readonly own: readonly Operation<I, O>[]; readonly search: Search<S, I, O> }[],
  because: 'time' | 'memory',
): LinearizabilityVerdict<I, O> {
  return {
    verdict: 'unknown',
    undecided: open.map(({ own }) => model.part(own[0]!.input)),
    because,
    operations: open.reduce((sum, { own }) => sum + own.length, 0),
    ordered: open.reduce((sum, { search }) => sum + search.longest.length, 0),
  };
}

/** The operations of each part, sorted by call. */
function partition<S, I, O>(
  model: Model<S, I, O>,
  operations: readonly Operation<I, O>[],
): readonly Operation<I, O>[][] {
  const parts = new Map<string, Operation<I, O>[]>();
  for (const operation of [...operations].sort((a, b) => a.calledAt - b.calledAt)) {
    const part = model.part(operation.input);
    const own = parts.get(part);
    if (own) own.push(operation);
    else parts.set(part, [operation]);
  }
  return [...parts.values()];
}
