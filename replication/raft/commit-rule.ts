/**
 * The rule by which a leader commits, as a function of what it knows: so that another rule than
 * Raft's own (`commit.ts`) can be tried, and seen to lose what was acknowledged.
 */
import type { NodeId } from '../../vm/index.ts';

/** What a leader knows when it decides what is committed. */
export interface LeaderKnowledge {
  readonly self: NodeId;
  readonly term: number;
  /** The last entry known to be committed so far; 0 for none. */
  readonly commitIndex: number;
  /** The last entry of its own log, on its disk or not. */
  readonly lastIndex: number;
  /** The last entry of its own log that is on its disk. */
  readonly durableIndex: number;
  /** The term of the entry at an index of its log; undefined if it has none there. */
  termOf(index: number): number | undefined;
  /**
   * For each of the others to whom it sends entries, voters and learners: up to which entry that
   * one's log is known to be the same as this leader's, on that one's disk.
   */
  readonly matchIndex: Readonly<Record<NodeId, number>>;
  /** Who votes. This leader may not be among them, while it removes itself. */
  readonly voters: readonly NodeId[];
  /** While the voters change: who voted before, and must agree too (Raft, 6). Otherwise empty. */
  readonly outgoing: readonly NodeId[];
}

/**
 * The index up to which all entries are committed. An index below `commitIndex` changes nothing;
 * one beyond `lastIndex` is an error.
 */
export type CommitRule = (leader: LeaderKnowledge) => number;
