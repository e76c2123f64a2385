/** Raft's settings and state: plain data. `messages.ts` has the messages. */
import type { NodeId } from '../../vm/clock.ts';
import type { Context } from '../../vm/program.ts';
import { DEFAULT_SESSION_LIMITS } from '../core/sessions.ts';
import type { SessionLimits } from '../replication.ts';
import type { StateMachine } from '../state-machine.ts';
import type { Entry, ForwardBody, RaftMessage, RequestVote } from './messages.ts';
import type { Progress } from './progress.ts';

/** Settings. Times are in ticks of the replica's own clock. */
export interface RaftSettings extends SessionLimits {
  /** How often a leader sends every follower at least a heartbeat. */
  readonly heartbeatTicks: number;
  /** A follower that heard no leader for a time drawn from [low, high] starts an election. */
  readonly electionTicks: readonly [number, number];
  /**
   * How long a leader may answer `lease` reads without asking the others, once a majority has
   * answered it; 0: no leases. Less than the shortest election timeout, by as much as clocks may
   * differ (`lease.ts`).
   */
  readonly leaseTicks: number;
  /** Whether a follower with nothing under way is sent a new commit index at once, and not with the next heartbeat. */
  readonly tellCommits: boolean;
  /**
   * Whether followers whose link to their leader closes campaign one after the other, at once, and keep asking
   * (`failover.ts`). Otherwise each draws a short random wait.
   */
  readonly quickFailover: boolean;
  /**
   * The id that this replica gives to a new cluster if it is the first to lead it. Default: it
   * gives none.
   */
  readonly newClusterId?: string | undefined;
  /**
   * Whether a leader tells a follower how far it has acknowledged its log, so that one whose disk was set back to an older
   * copy of itself notices (`recovery.ts`).
   */
  readonly tellAcknowledged: boolean;
  /** How long a request may wait for its answer before it fails. */
  readonly requestTicks: number;
  /** The most entries in one AppendEntries. */
  readonly maxEntriesPerAppend: number;
  /** The most bytes of entries in one AppendEntries, roughly; a larger entry is sent alone. */
  readonly maxBytesPerAppend: number;
  /**
   * The most AppendEntries with entries that may be on their way to a follower without an answer
   * (pipelining).
   */
  readonly maxAppendsInFlight: number;
  /** The most requests that may wait in one replica; more are refused as Overloaded. */
  readonly maxWaiting: number;
  /** The oldest applied entries of a log with more entries than this, or of about more bytes, are dropped (dissertation, 5). */
  readonly maxLogEntries: number;
  /** See `maxLogEntries`; bytes are estimated. */
  readonly maxLogBytes: number;
  /** The most bytes of data in one page of a snapshot, roughly; a larger pair is sent alone. */
  readonly maxBytesPerPage: number;
}

export const DEFAULT_SETTINGS: RaftSettings = {
  heartbeatTicks: 1,
  electionTicks: [15, 30],
  leaseTicks: 0,
  tellCommits: false,
  quickFailover: false,
  tellAcknowledged: false,
  requestTicks: 500,
  maxEntriesPerAppend: 1_000,
  maxBytesPerAppend: 2 ** 20,
  maxAppendsInFlight: 8,
  maxWaiting: 20_000,
  ...DEFAULT_SESSION_LIMITS,
  maxLogEntries: 10_000,
  maxLogBytes: 16 * 2 ** 20,
  maxBytesPerPage: 2 ** 16,
};

/** For machines of 1 to 6 ticks a second, for a class to watch: even the slowest leader sends heartbeats in time. */
export const CLASS_SETTINGS = {
  heartbeatTicks: 2,
  electionTicks: [20, 40],
} as const satisfies Partial<RaftSettings>;

/** A replica's part in its term. A pre-candidate asks for a term without having taken it. */
export type Role = 'follower' | 'pre-candidate' | 'candidate' | 'leader';

/** Whether a replica's votes and acknowledgements count (`recovery.ts`). */
export type Recovery =
  /** Its disk was empty: it is new, or it has lost everything. */
  | 'new'
  /** It has lost something, and does not count until the leader has brought it up to date. */
  | 'recovering'
  | 'normal';

/** A request of this replica's own clients that waits for a leader's answer. */
export interface Forwarded {
  readonly id: string;
  readonly body: ForwardBody;
  readonly deadline: number;
  /** To whom it was last sent, and in which term; undefined while it is to be sent to the leader. */
  sentTo: NodeId | undefined;
  sentTerm: number;
  /** How many times it was sent. */
  attempt: number;
  /** Whether the last attempt may have an effect: it has left, and no answer says that it failed. */
  open: boolean;
  /** Whether an earlier attempt may have been applied. */
  tried: boolean;
  /** When it is sent to the same leader again, without an answer (ticks). */
  againAt: number;
}

/** A proposal in this replica's log whose caller waits for it. */
export interface Waiting {
  readonly index: number;
  readonly term: number;
  readonly deadline: number;
  readonly body: ForwardBody;
  readonly id: string;
  /** The replica that forwarded it; undefined for a client of this one. */
  readonly from: NodeId | undefined;
  /** Whether an earlier attempt of it may have been applied. */
  readonly tried: boolean;
}

/** A read round that waits for a majority to confirm this leader (dissertation, 6.4). */
export interface ReadRound {
  readonly id: string;
  readonly from: NodeId | undefined;
  readonly deadline: number;
  /** The commit index when it was asked; undefined until the leader has committed in its term. */
  index: number | undefined;
  round: number;
}

/** A read of this replica's own clients. */
export interface PendingRead {
  readonly query: unknown;
  readonly deadline: number;
  /** Answered once this index is applied; undefined until a leader has sent it. */
  index: number | undefined;
}

/**
 * A snapshot being received: its last entry, the term of the leader that sends it, and the key that its next page must begin
 * with. Before that key `incoming` holds exactly what the snapshot does; from there on, leftovers of others.
 */
export interface Receiving {
  readonly index: number;
  readonly lastTerm: number;
  readonly term: number;
  readonly next: string;
}

/** The leader is missing, and what this replica does about it (`failover.ts`). */
export interface Failover {
  /** The missing leader, if it is known. */
  readonly leader: NodeId | undefined;
  readonly term: number;
  /** Whether its link has closed; otherwise it was silent for too long, and may be heard from again. */
  readonly isClosed: boolean;
  /** The tick from which elections go by timeouts again. */
  readonly until: number;
  /** When this replica voted since. */
  readonly votedAt: number;
}

/** The whole state of a replica. */
export interface RaftState {
  // Durable (paper, Figure 2).
  term: number;
  votedFor: NodeId | undefined;
  recovery: Recovery;
  /** The entry before the first one in memory. */
  base: { index: number; term: number };
  /** entries[i] has index base.index + 1 + i. */
  entries: Entry[];
  receiving: Receiving | undefined;
  // Volatile.
  /** Whether `incoming` may hold something that no snapshot in progress needs. */
  leftovers: boolean;
  /** About how many bytes each entry is, and all of them. */
  sizes: number[];
  logBytes: number;
  /** The first entry of each record of the log on disk, and the first entry not yet on disk (`log-storage.ts`). */
  recordStarts: number[];
  unwrittenFrom: number | undefined;
  commit: number;
  applied: number;
  /** The cluster's id as of what is applied. */
  clusterId: string | undefined;
  role: Role;
  leader: NodeId | undefined;
  /** All voting members, this replica included. */
  voters: readonly NodeId[];
  /** When the next election starts, and when a leader was last heard from (ticks). */
  electionAt: number;
  leaderHeardAt: number;
  /** The clock at the last tick, with the time for which this replica has been delayed since. */
  tickedAt: number;
  /** The leader of this term is missing, and no other was heard from since: `failover.ts`. */
  failover: Failover | undefined;
  /** The last pre-vote refused since the leader was heard, which is the only reason for it: `failover.ts`. */
  askedEarly: { readonly from: NodeId; readonly request: RequestVote } | undefined;
  /** Peers whose links are closed, as far as is known. */
  unlinked: readonly NodeId[];
  /** The number of this start of a recovering replica; undefined until it is needed. */
  incarnation: number | undefined;
  /** How many campaigns in a row failed: this replica neither won nor found a leader. */
  failedElections: number;
  /** Answers to the campaign under way. */
  votes: Record<NodeId, boolean>;
  // Leaders only.
  /** The frozen view of the data that followers are being sent. */
  view: { readonly index: number; readonly term: number } | undefined;
  progress: Record<NodeId, Progress>;
  /** The last index of the leader's own log that is durable. */
  durableIndex: number;
  /** The last index for which it has called `whenDurable`. */
  markedIndex: number;
  /** When the leader last checked that it reaches a majority, and the index that must be durable at the next check. */
  quorumCheckedAt: number;
  durableDue: number;
  /** The round that would extend the lease, when it was asked for, until when the lease runs (ticks), and whether it is over for this term. */
  lease: { readonly round: number; readonly askedAt: number; readonly until: number; readonly over: boolean };
  transfer:
    | { to: NodeId; deadline: number; id: string; from: NodeId | undefined; asked: boolean }
    | undefined;
  // Requests.
  /** Requests of this replica's own clients that are not answered yet. */
  outstanding: number;
  /** The leader and term that `forwarded` was last passed on under. */
  forwardedUnder: string;
  waiting: Waiting[];
  forwarded: Record<string, Forwarded>;
  /** The latest attempt of each request that another replica has passed on and this one has not answered yet (`servingKey`). */
  serving: Record<string, number>;
  reads: Record<string, PendingRead>;
  rounds: ReadRound[];
  round: number;
}

/** One replica's Raft: what every handler works with. */
export interface RaftReplica {
  readonly state: RaftState;
  readonly ctx: Context<RaftMessage>;
  readonly settings: RaftSettings;
  readonly machine: StateMachine<unknown, unknown, unknown, unknown>;
}
