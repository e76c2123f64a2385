/** What a leader sees of its cluster: the input of a decision. Times are in ticks of its clock. */
import type { NodeId } from '../../vm/index.ts';
import type { MemberRole } from '../members.ts';

/** A member, as its leader sees it. */
export interface Member {
  readonly id: NodeId;
  readonly role: MemberRole;
  /**
   * What it is to be. A learner that is to be a voter is learning; one that is to stay a learner is
   * a reader: it serves clients and reads.
   */
  readonly want: MemberRole;
  /** Where it runs: replicas of one zone may fail together. */
  readonly zone?: string | undefined;
  /** How long it has not been heard from; 0 for the leader itself. */
  readonly silentTicks: number;
  /** Whether this leader has heard from it at all. */
  readonly isHeard: boolean;
  /** For how long it has been healthy without a break. */
  readonly healthyTicks: number;
  /** Whether it was in the leader's term when it was last heard from. */
  readonly isSameTerm: boolean;
  /** How many entries it is behind the leader. */
  readonly lag: number;
  readonly disk: 'ok' | 'full';
  readonly isDraining: boolean;
  /** Of a learner: whether its data was compared with the leader's, and is the same. */
  readonly isChecked: boolean;
}

/** A replica that was asked for and is no member yet. */
export interface Starting {
  readonly want: MemberRole;
  readonly zone?: string | undefined;
}

/** The load of the replicas in a window of time, each a mean over the replicas that serve. */
export interface LoadWindow {
  readonly clients: number;
  readonly readsPerSecond: number;
  /** The part of the time in which the event loop was busy, from 0 to 1. */
  readonly eventLoop: number;
  /** The part of the queues' capacity that was in use, from 0 to 1. */
  readonly queue: number;
}

/** What a leader sees. */
export interface View {
  readonly leader: NodeId;
  /**
   * How long it has led. It has watched the others no longer than that, so this bounds every other
   * time.
   */
  readonly leaderTicks: number;
  /** Whether it has committed an entry of its own term: the election is over. */
  readonly isSettled: boolean;
  /** Whether a change of the configuration is under way: not committed, or joint. */
  readonly isChanging: boolean;
  readonly isTransferring: boolean;
  readonly isPaused: boolean;
  /** All members, the leader included. */
  readonly members: readonly Member[];
  readonly starting: readonly Starting[];
  /** Whether there is something that starts replicas. */
  readonly canStart: boolean;
  /**
   * How many replicas in a row were started and came to nothing: they could not be started, or were
   * given up before they were heard of. And how long ago the last one did.
   */
  readonly failedStarts: number;
  readonly sinceFailedTicks: number;
  /** How many readers there are to be, by the last decision; undefined before the first. */
  readonly desiredReaders: number | undefined;
  /** The windows of load that this leader has seen, oldest first. */
  readonly windows: readonly LoadWindow[];
  /** How long ago the number of readers was last changed. */
  readonly sinceScaledTicks: number;
}
