/**
 * What a replica keeps because it leads. It is made anew when a replica becomes leader and is gone
 * when it steps down, so nothing that was learned in one term is used in another.
 */
import type { NodeId } from '../../vm/index.ts';
import type { EffectiveConfiguration } from './effective.ts';
import { newProgress, type Progress } from './progress.ts';

/** A leader's bookkeeping, volatile (Raft, Figure 2: state on leaders). */
export interface Leadership {
  /** What it knows of each follower. */
  readonly progress: Record<NodeId, Progress>;
  /** The last index of its own log that is durable, as far as it was told in this term. */
  durableIndex: number;
  /** The last index for which it has called `whenDurable`. */
  markedIndex: number;
  /**
   * When it last checked that it reaches a majority (ticks), and the index that must be durable at
   * the next check.
   */
  quorumCheckedAt: number;
  durableDue: number;
  lease: Lease;
  /** The index of the configuration whose members `progress` has. */
  configuredAt: number;
  /** Whether some that were removed still have to hear of it. */
  isLeft: boolean;
  /** Whether it has tried to transfer leadership because it loses its vote. */
  hasHandedOver: boolean;
  /** When it next tries to hand over because it is drained (ticks). */
  handOverAt: number;
}

/** Until when it may answer reads by itself (`lease.ts`). */
export interface Lease {
  /** The round that would extend it, 0 if none, and when that was asked for (ticks). */
  readonly round: number;
  readonly askedAt: number;
  /** Until when it runs (ticks). */
  readonly until: number;
  /** Whether it is over for this term. */
  readonly over: boolean;
}

const NO_LEASE: Lease = {
  round: 0,
  askedAt: Number.NEGATIVE_INFINITY,
  until: Number.NEGATIVE_INFINITY,
  over: false,
};

/**
 * The bookkeeping of a new leader whose log ends at `last`. `now`: its clock, from which on the
 * silence of its followers is counted.
 */
export function newLeadership(
  self: NodeId,
  { index, everyone, configuration }: EffectiveConfiguration,
  last: number,
  now: number,
): Leadership {
  const followers = everyone.filter((peer) => peer !== self);
  return {
    progress: Object.fromEntries(followers.map((peer) => [peer, newProgress(last + 1, now)])),
    configuredAt: index,
    isLeft: configuration.leaving !== undefined,
    hasHandedOver: false,
    handOverAt: 0,
    durableIndex: 0,
    markedIndex: last,
    quorumCheckedAt: now,
    durableDue: 0,
    lease: NO_LEASE,
  };
}

/**
 * The first entry that this leader has proposed since the last call; undefined if none. `last`: the
 * last index of its log.
 */
export function takeProposed(leadership: Leadership, last: number): number | undefined {
  if (last <= leadership.markedIndex) return undefined;
  const first = leadership.markedIndex + 1;
  leadership.markedIndex = last;
  return first;
}
