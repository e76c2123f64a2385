/**
 * The face of the replication layer. An application holds one of these on every replica and needs
 * nothing else: `submit` changes the replicated state, `read` reads it.
 */
import type { NodeId, Outcome } from '../vm/index.ts';
import type { ConfigurationView } from './members.ts';

/**
 * A client session (Raft dissertation, 6.3): commands of one session with the same sequence number
 * apply once, however often and through whichever replica they are submitted.
 */
export interface SessionTag {
  /** What `openSession` returned: unique and unguessable. */
  readonly session: string;
  /** Counts the commands of the session from 1; a retry keeps its number. */
  readonly sequence: number;
  /** All commands numbered below this have been answered; their kept results may go. */
  readonly acknowledged: number;
}

/** One command or several of one client, in order. Frozen or never changed: it is shared. */
export interface Batch {
  /** The commands: an array in JSON. */
  readonly commands: string;
  /** How many they are. */
  readonly count: number;
  /**
   * The tag of the first command, if they are of a session: those after it have the sequence
   * numbers after its own.
   */
  readonly tag?: SessionTag | undefined;
}

/** The owner of a session. A client may have many connections and sessions, and is one owner. */
export interface SessionOwner {
  /** Distinguishes owners. There is no `/` in it. */
  readonly name: string;
  /**
   * The most sessions it may have; one more ends that of its own which was unused for the longest.
   */
  readonly most: number;
}

/** How fresh a read must be. */
export type Consistency =
  /**
   * Sees every command acknowledged before the read began (ReadIndex, Raft dissertation 6.4). The
   * default.
   */
  | 'linearizable'
  /**
   * The same, answered without asking the others, as long as the replicas' clocks run at similar
   * rates (dissertation 6.4.1; for Raft, `raft/lease.ts` says how well they must). `Rejected` where
   * the protocol was not set up for it.
   */
  | 'lease'
  /** What this replica has applied so far: correct, but maybe stale. */
  | 'stale';

/** One committed command as it was applied on this replica. */
export interface AppliedCommand<C, R> {
  readonly index: number;
  /** Its place among the commands of the entry `index`, counted from 0. */
  readonly place: number;
  readonly term: number;
  readonly command: C;
  readonly result: R;
}

/** A replica and where to reach it. */
export interface ReplicaAddress {
  readonly id: NodeId;
  /** `http://host:port`. */
  readonly url: string;
}

/** The status of a replica, and what it knows of its cluster. */
export interface ReplicaStatus {
  readonly id: NodeId;
  readonly pid: number;
  readonly protocol: string;
  readonly role: string;
  readonly term: number;
  /** Undefined while no leader is known. */
  readonly leader: NodeId | undefined;
  /** There if the protocol has no leaders: any replica serves. */
  readonly leaderless?: true | undefined;
  readonly commit: number;
  readonly applied: number;
  readonly lastIndex: number;
  /**
   * Whether its votes and acknowledgements count: those of a replica that lost its data count once
   * it has it back.
   */
  readonly recovery: 'new' | 'recovering' | 'normal';
  /** While `full`, there is no space to write: the replica acknowledges nothing. */
  readonly disk: 'ok' | 'full';
  /** Whether an operator has taken it out of use: it hands leadership over, and is not ready. */
  readonly draining: boolean;
  /**
   * The cluster's id, chosen when it was bootstrapped. Undefined while this replica does not know
   * it.
   */
  readonly cluster: string | undefined;
  /** The members of the cluster as this replica knows them. */
  readonly replicas: readonly ReplicaAddress[];
  /** Which of them vote, and the log entry that says so; undefined if the protocol has no such. */
  readonly configuration?: ConfigurationView | undefined;
  /** Of a leader: what each learner that is to vote is doing (`catching-up`, `checking`, ...). */
  readonly learning?: Readonly<Record<NodeId, string>> | undefined;
}

/**
 * The replication layer as one replica's application sees it. All errors are `ReplicationError`s.
 */
export interface Replication<C, R, Q, A> {
  /**
   * Resolves with the state machine's result once the command is committed and applied. Any replica
   * may be asked. Without a tag the command runs in a session of this replica's own, so its
   * internal retries apply once.
   */
  submit(command: C, tag?: SessionTag): Promise<R>;
  /**
   * Submits several commands of one client in one piece, and resolves with the outcome of each.
   * Whoever calls it has checked the commands. Rejects if what became of them is the same for all.
   */
  submitBatch(batch: Batch): Promise<readonly Outcome[]>;
  /**
   * Opens a session for a client of the application. One that has an `owner` counts as one of its
   * sessions.
   */
  openSession(owner?: SessionOwner): Promise<string>;
  /** Answers a query from the replicated state. */
  read(query: Q, options?: { readonly consistency?: Consistency }): Promise<A>;
  /**
   * Calls `listener` for every command applied on this replica from now on, in order. Returns a
   * function that unsubscribes it.
   */
  onApplied(listener: (applied: AppliedCommand<C, R>) => void): () => void;
  /**
   * Calls `listener` when this replica has taken over another's data, or a part of it, as of a log
   * entry: commands up to it were not reported one by one. Returns a function that unsubscribes it.
   */
  onInstalled(listener: (index: number) => void): () => void;
  status(): ReplicaStatus;
}

/**
 * How many sessions there may be and what is kept of each. The same on every replica, or their data
 * would differ.
 */
export interface SessionLimits {
  /**
   * The most client sessions; opening one more expires the one unused for the longest stretch of
   * the log.
   */
  readonly maxSessions: number;
  /** The most results kept for a client that never says it has them. */
  readonly maxKeptResults: number;
  /**
   * A session's last use is noted to within this many entries: exact enough to expire it, cheap
   * enough to keep.
   */
  readonly sessionUseGrain: number;
}
