/** The whole state of a replica, in parts. Plain data. */
import type { Context, NodeId } from '../../vm/index.ts';
import type { StateMachine } from '../state-machine.ts';
import type { CommitRule } from './commit-rule.ts';
import type { EffectiveConfiguration } from './effective.ts';
import { type Losses, NO_LOSSES } from './election-timeout.ts';
import type { HardState } from './hard-state.ts';
import type { Leadership } from './leadership.ts';
import type { Log } from './log.ts';
import type { RaftMessage, RequestVote } from './messages.ts';
import { newReads, newRequests, type Reads, type Requests } from './pending.ts';
import type { RaftSettings } from './settings.ts';

/** What a replica is: what is durable, what all have, and what only a leader has. */
export interface RaftState {
  /** Term, vote and recovery. Durable. */
  readonly hard: HardState;
  /** The entries, which are durable, and how far they are committed and applied. */
  readonly log: Log;
  /** Who belongs to the cluster. */
  readonly cluster: Cluster;
  /** Who leads, and who is to. */
  readonly election: Election;
  /** A leader's bookkeeping: there only while this replica leads (`isLeading`). */
  leadership: Leadership | undefined;
  /** Requests and reads that are not answered yet. */
  readonly requests: Requests;
  readonly reads: Reads;
  /** Snapshots on their way, out and in. */
  readonly snapshot: Snapshot;
  /** The digest of the data that this replica takes or has taken (`check.ts`). */
  check: Check | undefined;
  /** The number of this start of a recovering replica; undefined until it is needed. */
  incarnation: number | undefined;
  /** The clock at the last tick, with the time for which this replica has been delayed since. */
  tickedAt: number;
}

/** The fields above and below that are ticks of the replica's clock. */
export const TIME_FIELDS = [
  ...['timeoutAt', 'leaderHeardAt', 'votedAt', 'tickedAt', 'quorumCheckedAt', 'handOverAt', 'askedAt'],
  ...['heardAt', 'sentAt', 'againAt', 'deadline', 'since', 'until'],
] as const;

/** The cluster. */
export interface Cluster {
  /** Its id as of what is applied. */
  id: string | undefined;
  /** The members that count until a configuration is in the log (`effective.ts`). */
  readonly founders: EffectiveConfiguration;
  /** Peers whose links are closed, as far as is known. */
  unlinked: readonly NodeId[];
  /** Whether a row says which members the replica began with. */
  isNoted: boolean;
}

/** A replica's part in its term. A pre-candidate asks for a term without having taken it. */
export type Role = 'follower' | 'pre-candidate' | 'candidate' | 'leader';

/** Elections (`election.ts`, `failover.ts`). */
export interface Election {
  /** Only `setRole` changes it, and `RaftState.leadership` with it. */
  role: Role;
  /** Who leads this term, if that is known. */
  leader: NodeId | undefined;
  /** When the election timeout ends, and when a leader was last heard from (ticks). */
  timeoutAt: number;
  leaderHeardAt: number;
  /** Answers to the campaign, or to the question for pre-votes, under way. */
  votes: Record<NodeId, boolean>;
  /**
   * Answers to the last campaign, while this replica asks for pre-votes because it took too long:
   * late ones may win the term yet.
   */
  lateVotes: Record<NodeId, boolean>;
  /** How many campaigns in a row failed: this replica neither won nor found a leader. */
  failed: number;
  /** Leaders lost of late, before the one that is followed or missing now. */
  losses: Losses;
  /** The term of the last leader, unless it handed leadership over. */
  ledTerm: number | undefined;
  /** The leader of this term is missing, and no other was heard from since. */
  failover: Failover | undefined;
  /** Whether it hands leadership over whenever it has it (`drain.ts`). */
  drained: boolean;
  /** The last pre-vote refused since the leader was heard, which is the only reason for it. */
  askedEarly: { readonly from: NodeId; readonly request: RequestVote } | undefined;
}

/** The leader is missing, and what this replica does about it (`failover.ts`). */
export interface Failover {
  /** The missing leader, if it is known. */
  readonly leader: NodeId | undefined;
  readonly term: number;
  /**
   * Whether its link has closed; otherwise it was silent for too long, and may be heard from again.
   */
  readonly isClosed: boolean;
  /** The tick from which elections go by timeouts again. */
  readonly until: number;
  /** When this replica voted since. */
  readonly votedAt: number;
}

/** Snapshots on their way (`snapshot/snapshot.ts`). */
export interface Snapshot {
  /**
   * The frozen view of the data that followers are being sent. It is kept until it is released, by
   * a former leader too.
   */
  view: { readonly index: number; readonly term: number } | undefined;
  /** What is on its way in. Durable. */
  receiving: Receiving | undefined;
  /** Whether `incoming` may hold something that no snapshot in progress needs. */
  leftovers: boolean;
}

/**
 * A snapshot being received: its last entry, the term of the leader that sends it, and the key that
 * its next page must begin with. Before that key `incoming` holds exactly what the snapshot does;
 * from there on, leftovers of others.
 */
export interface Receiving {
  readonly index: number;
  readonly lastTerm: number;
  readonly term: number;
  readonly next: string;
}

/** A check that a replica makes or has made (`check.ts`). Never changed in place. */
export interface Check {
  /** The entry as of which the data is digested. */
  readonly index: number;
  /** The key to go on from; undefined once all is digested. */
  readonly next: string | undefined;
  /** The digest of the pages so far. */
  readonly digest: string;
}

/** What a replica finds on its disk when it starts. */
interface Durable {
  readonly hard: HardState;
  readonly log: Log;
  readonly clusterId: string | undefined;
  readonly founders: EffectiveConfiguration;
  readonly receiving: Receiving | undefined;
}

/** A replica that starts: a follower that has heard nobody yet. */
export function initialState(
  { peers, now }: Context<RaftMessage>,
  { hard, log, clusterId, founders, receiving }: Durable,
): RaftState {
  return {
    hard,
    log,
    cluster: { id: clusterId, founders, unlinked: peers, isNoted: false },
    election: {
      role: 'follower',
      leader: undefined,
      timeoutAt: 0,
      leaderHeardAt: Number.NEGATIVE_INFINITY,
      votes: {},
      lateVotes: {},
      failed: 0,
      losses: NO_LOSSES,
      ledTerm: undefined,
      failover: undefined,
      drained: false,
      askedEarly: undefined,
    },
    leadership: undefined,
    requests: newRequests(),
    reads: newReads(),
    snapshot: { view: undefined, receiving, leftovers: true },
    check: undefined,
    incarnation: undefined,
    tickedAt: now,
  };
}

/** One replica's Raft: what every handler works with. */
export interface RaftReplica {
  readonly state: RaftState;
  readonly ctx: Context<RaftMessage>;
  readonly settings: RaftSettings;
  readonly machine: StateMachine<unknown, unknown, unknown, unknown>;
  /** What is committed, if not by Raft's own rule. */
  readonly commitRule?: CommitRule | undefined;
}

/** A replica that leads: the parameter of whatever only a leader may do. */
export interface LeadingReplica extends RaftReplica {
  readonly state: RaftState & { leadership: Leadership };
}

/** Whether a replica leads. */
export function isLeading(replica: RaftReplica): replica is LeadingReplica {
  return replica.state.leadership !== undefined;
}
