/**
 * Stale reads: reads of a value that another one had replaced before the read was asked for, and
 * how old it was: for how long, at least, a newer one had been acknowledged or found by somebody.
 */
import type { Value } from '../../vm/index.ts';
import { found, isBefore, type KeyCall, type KeyHistory, keyHistories } from './versions.ts';

/** A read of an old value. */
export interface StaleRead {
  readonly read: KeyCall;
  /** The first call to return that had written or found a newer value. */
  readonly newer: KeyCall;
  /** From the return of that one to the call of the read, in the unit of the history. */
  readonly age: number;
}

/** All that there certainly were, in the order of their calls. */
export function staleReads(calls: readonly KeyCall[]): StaleRead[] {
  const all = keyHistories(calls).flatMap(staleOf);
  return all.sort((a, b) => a.read.calledAt - b.read.calledAt);
}

function staleOf(history: KeyHistory): StaleRead[] {
  const known = history.calls
    .filter(({ returnedAt }) => returnedAt !== undefined)
    .map((call) => ({ call, values: valuesOf(history, call) }))
    .sort((a, b) => a.call.returnedAt! - b.call.returnedAt!);
  return history.calls.flatMap((read) => {
    const value = read.input.type === 'read' ? found(read) : undefined;
    if (value === undefined) return [];
    for (const { call, values } of known) {
      if (!isBefore(call, read)) break;
      if (values.some((other) => history.isOlder(value, other)))
        return [{ read, newer: call, age: read.calledAt - call.returnedAt! }];
    }
    return [];
  });
}

/** The values that the key is known to have had once the call was over. */
function valuesOf(history: KeyHistory, call: KeyCall): readonly Value[] {
  const [before, after] = [found(call), history.leftBy(call)];
  return [before, after].filter((value) => value !== undefined);
}
