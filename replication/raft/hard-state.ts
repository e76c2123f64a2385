/** Term, vote (Raft, Figure 2) and recovery: what a replica keeps on disk besides its log. */
import type { NodeId, Store, StoreReader } from '../../vm/index.ts';

/** Whether a replica's votes and acknowledgements count (`recovery.ts`). */
export type Recovery =
  /** Its disk was empty: it is new, or it has lost everything. */
  | 'new'
  /** It has lost something, and does not count until the leader has brought it up to date. */
  | 'recovering'
  | 'normal';

/** Durable: whoever changes it calls `saveHardState` in the same step. */
export interface HardState {
  /** The latest term that it has seen. */
  term: number;
  /** Whom it voted for in that term. */
  votedFor: NodeId | undefined;
  recovery: Recovery;
}

/** The record's key. */
export const HARD_STATE = 'raft';

/** Writes it as one record: a vote is never seen without its term. */
export function saveHardState({ term, votedFor, recovery }: HardState, disk: Store): void {
  disk.put(HARD_STATE, { recovery, term, votedFor: votedFor ?? null });
}

/**
 * What a disk holds of it. Up to data format 3 the recovery was called standing, and its states
 * otherwise.
 */
type StoredHardState = { term: number; votedFor: NodeId | null } & (
  | { recovery: Recovery }
  | { standing: keyof typeof FORMER_STATES }
);
const FORMER_STATES = { blank: 'new', learning: 'recovering', whole: 'normal' } as const;

/** Reads what `saveHardState` wrote; a disk without it is new. */
export function loadHardState(disk: StoreReader): HardState {
  const stored = disk.get(HARD_STATE) as StoredHardState | undefined;
  if (stored === undefined) return { term: 0, votedFor: undefined, recovery: 'new' };
  const recovery = 'recovery' in stored ? stored.recovery : FORMER_STATES[stored.standing];
  return { term: stored.term, votedFor: stored.votedFor ?? undefined, recovery };
}
