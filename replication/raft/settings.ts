/** Raft's settings. `timing.ts` makes them of milliseconds. */
import { DEFAULT_SESSION_LIMITS } from '../core/sessions.ts';
import type { SessionLimits } from '../replication.ts';

/** Settings. Times are in ticks of the replica's own clock. */
export interface RaftSettings extends SessionLimits {
  /** How often a leader sends every follower at least a heartbeat. */
  readonly heartbeatTicks: number;
  /** A follower that heard no leader for a time drawn from [low, high] starts an election. */
  readonly electionTicks: readonly [number, number];
  /**
   * How long a lost leader is remembered: where several were lost within such a time, the range
   * above is wider at its top (`election-timeout.ts`). 0: not at all.
   */
  readonly rememberLossTicks: number;
  /**
   * How long a leader may answer `lease` reads without asking the others, once a majority has
   * answered it; 0: no leases. Less than the shortest election timeout, by as much as clocks may
   * differ (`lease.ts`).
   */
  readonly leaseTicks: number;
  /**
   * Whether a follower with nothing under way is sent a new commit index at once, and not with the
   * next heartbeat.
   */
  readonly tellCommits: boolean;
  /**
   * Whether followers whose link to their leader closes campaign one after the other, at once, and
   * keep asking (`failover.ts`). Otherwise each draws a short random wait.
   */
  readonly quickFailover: boolean;
  /**
   * The id that this replica gives to a new cluster if it is the first to lead it. Default: it
   * gives none.
   */
  readonly newClusterId?: string | undefined;
  /**
   * Where the replicas are that the cluster was founded with: `http://host:port` by id. Default:
   * that is not known.
   */
  readonly addresses?: Readonly<Record<string, string>> | undefined;
  /**
   * Whether a leader tells a follower how far it has acknowledged its log, so that one whose disk
   * was set back to an older copy of itself notices (`recovery.ts`).
   */
  readonly tellAcknowledged: boolean;
  /** How long a request may wait for its answer before it fails. */
  readonly requestTicks: number;
  /**
   * The most commands in one entry: those that reach a leader in one step share one, or several. A
   * client's batch stays whole, even a larger one.
   */
  readonly maxCommandsPerEntry: number;
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
  /**
   * The oldest applied entries of a log with more entries than this, or of about more bytes, are
   * dropped (dissertation, 5).
   */
  readonly maxLogEntries: number;
  /** See `maxLogEntries`; bytes are estimated. */
  readonly maxLogBytes: number;
  /** The most bytes of data in one page of a snapshot, roughly; a larger pair is sent alone. */
  readonly maxBytesPerPage: number;
}

export const DEFAULT_SETTINGS: RaftSettings = {
  heartbeatTicks: 1,
  electionTicks: [15, 30],
  rememberLossTicks: 0,
  leaseTicks: 0,
  tellCommits: false,
  quickFailover: false,
  tellAcknowledged: false,
  requestTicks: 500,
  maxCommandsPerEntry: 1_000,
  maxEntriesPerAppend: 1_000,
  maxBytesPerAppend: 2 ** 20,
  maxAppendsInFlight: 8,
  maxWaiting: 20_000,
  ...DEFAULT_SESSION_LIMITS,
  maxLogEntries: 10_000,
  maxLogBytes: 16 * 2 ** 20,
  maxBytesPerPage: 2 ** 16,
};

/**
 * For machines of 1 to 6 ticks a second, for a class to watch: even the slowest leader sends
 * heartbeats in time.
 */
export const CLASS_SETTINGS = {
  heartbeatTicks: 2,
  electionTicks: [20, 40],
} as const satisfies Partial<RaftSettings>;
