/** The invariants of a replication protocol, and how a violation is described. */
import type { NodeId } from '../../vm/index.ts';

/** What must hold (Raft, Figure 3, and what clients are promised). */
export type InvariantName =
  /** At most one leader in a term. */
  | 'election-safety'
  /** A leader never overwrites or deletes entries of its log. */
  | 'leader-append-only'
  /** Two logs with an entry of the same index and term are equal up to it. */
  | 'log-matching'
  /** A leader has every entry that was committed in an earlier term. */
  | 'leader-completeness'
  /** All replicas commit the same entry at an index, and never another one later. */
  | 'committed-never-changes'
  /**
   * All replicas apply the same command with the same result at an index; equal logs make equal
   * data.
   */
  | 'state-machine-safety'
  /**
   * Terms never fall, not even over a restart; commit and applied index never fall while a replica
   * runs.
   */
  | 'never-falls'
  /** A replica votes once in a term, also over a restart. */
  | 'one-vote-a-term'
  /** What was durable before a crash is there after it. */
  | 'durability'
  /** A leader has the votes of a quorum of the members that it counts, and of no one else. */
  | 'elected-by-quorum'
  /** What a leader commits, a quorum of the members that it counts has on disk. */
  | 'committed-by-quorum'
  /**
   * Quorums of the members before a change share a member with those after it, and so do those of
   * any two replicas that could be elected at the same time.
   */
  | 'configurations-overlap'
  /** A replica counts by the last configuration in its log, which is what the entry says. */
  | 'counts-by-its-log'
  /** A replica that knows that it has no vote does not lead. */
  | 'voters-lead'
  /** A learner is given a vote only if its copy was found to be that of its leader. */
  | 'checked-before-vote'
  /** What a caller is told of its change of the members is so. */
  | 'change-as-told'
  /** A command of a client session applies at one index only. */
  | 'exactly-once'
  /** A command of an open client session is not refused: it runs, or has run. */
  | 'session-lives';

/** A broken invariant: which, and what was seen where and when. */
export interface Violation {
  readonly invariant: InvariantName;
  readonly node: NodeId;
  readonly term: number;
  /** The log index it is about, if it is about one. */
  readonly index: number | undefined;
  /** Virtual microseconds. */
  readonly timeUs: number;
  /** What was seen, as text. */
  readonly message: string;
}

/** How a check reports what it found; the caller knows which replica, when and in which term. */
export type Report = (invariant: InvariantName, index: number | undefined, message: string) => void;

/** A violation in one line. */
export function describeViolation({ invariant, node, term, index, timeUs, message }: Violation): string {
  const where = index === undefined ? `term ${term}` : `term ${term}, index ${index}`;
  return `${invariant} violated by ${node} (${where}) at ${timeUs / 1000} ms: ${message}`;
}
