/** What is watched of a replica in a protocol whose leader orders commands (`ordering/`). */
import type { NodeId } from '../../../vm/index.ts';
import type { OrderingState } from '../../ordering/state.ts';
import { LeaderWatch } from '../http/leader-watch.ts';
import type { Follower } from '../http/vitals.ts';
import type { Attendant, Attended } from './live-protocol.ts';

/** A healthy follower is at most so far behind. */
const MOST_LAG = 250;

/**
 * Attends to such a replica. `termOf`: its term, 0 without terms; `isAlive`: whether a leader takes
 * a follower for alive.
 */
export function attendOrdered<S extends OrderingState>(
  replica: Attended,
  termOf: (state: S) => number,
  isAlive: (state: S, peer: NodeId) => boolean,
): Attendant {
  const watch = new LeaderWatch(replica.took);
  const state = () => replica.state() as S;
  return {
    step(present) {
      const ordering = present as S;
      const { leader, leading, receiving } = ordering;
      watch.step(leader, termOf(ordering), leading?.view !== undefined, receiving !== undefined);
    },
    vitals: () => ({
      isReceiving: state().receiving !== undefined,
      configuration: undefined,
      configIndex: undefined,
      followers: followersOf(state(), isAlive),
      leaderChanges: watch.leaderChanges,
      autopilot: undefined,
    }),
    autopilot: undefined,
  };
}

/** A leader's followers; undefined for others. */
function followersOf<S extends OrderingState>(
  state: S,
  isAlive: (state: S, peer: NodeId) => boolean,
): Follower[] | undefined {
  const { leading, log } = state;
  if (leading === undefined) return undefined;
  const last = log.base.index + log.entries.length;
  return Object.entries(leading.followers).map(([id, { match = 0, recovering }]) => {
    const lag = last - match;
    return { id, lag, isHealthy: lag <= MOST_LAG && recovering === undefined && isAlive(state, id) };
  });
}
