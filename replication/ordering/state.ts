/** The state that a protocol with a leader has, and what its functions are given. Plain data. */
import type { Context, NodeId } from '../../vm/index.ts';
import type { SessionLimits } from '../replication.ts';
import type { StateMachine } from '../state-machine.ts';
import type { Log, Position } from './log.ts';
import type { Asker, OrderingMessage, RequestBody } from './messages.ts';

/** Settings that all these protocols have. Times are in ticks of the replica's own clock. */
export interface OrderingSettings extends SessionLimits {
  /** How often a leader sends every follower at least a heartbeat. */
  readonly heartbeatTicks: number;
  /** How long a request may wait for its answer before it fails. */
  readonly requestTicks: number;
  /** The most requests that may wait in one replica; more are refused as Overloaded. */
  readonly maxWaiting: number;
  /** A longer log drops what is applied: who lacks it copies the whole state. */
  readonly maxLogEntries: number;
  /** The most entries in one message, and about the most bytes in one page of a copy. */
  readonly maxEntriesPerUpdate: number;
  readonly maxBytesPerPage: number;
}

/** The fields of what follows that are ticks of the replica's clock. */
export const ORDERING_TIMES = ['heardAt', 'carriedAt', 'toldAt', 'sentAt', 'deadline', 'againAt'] as const;

/** A replica's part in the ordering. */
export interface OrderingState {
  readonly log: Log;
  /** Whom it takes for the leader: itself while `leading` is there. */
  leader: NodeId | undefined;
  /** A leader's bookkeeping. */
  leading: Leading | undefined;
  /** The copy of another's state on its way in. */
  receiving: Receiving | undefined;
  /** The leader whose state was copied last, in which leadership, and as of which entry. */
  copied: { readonly from: NodeId; readonly epoch: number; readonly index: number } | undefined;
  readonly requests: Requests;
  /** The number of this start of a replica that has lost something, once it is needed. */
  incarnation: number | undefined;
}

/** What a leader keeps account of. */
export interface Leading {
  readonly epoch: number;
  /** The name under which it orders entries, and their term. */
  readonly by: string;
  readonly term: number;
  /** Its own log is on disk up to here. */
  durable: number;
  /** The last index that it has asked to be told durable. */
  marked: number;
  /** Counts the rounds of questions whether it still leads. */
  round: number;
  reads: Reading[];
  readonly followers: Record<NodeId, Follower>;
  /** The frozen state that followers copy. */
  view: Position | undefined;
}

/** What a leader knows of another replica. */
export interface Follower {
  /** Whether it is believed to be alive. A protocol decides when it no longer is. */
  alive: boolean;
  heardAt: number;
  /** Its log is durably the leader's up to here; undefined while that is not known. */
  match: number | undefined;
  /** Whether entries are on their way, and since when. */
  inFlight: boolean;
  carriedAt: number;
  /** When it was sent anything last, and the round that it was told. */
  toldAt: number | undefined;
  toldRound: number;
  /** The latest round that it has answered. */
  round: number;
  /** The page that it wants of the whole state; undefined while none is wanted. */
  copy: { readonly from: string; sentAt: number | undefined } | undefined;
  /** The start of it that has lost something, and the entry with which that is made good. */
  recovering: { readonly incarnation: number; readonly index: number } | undefined;
}

/** A copy on its way in, and the key to go on from. */
export interface Receiving {
  readonly to: Position;
  readonly next: string;
}

/** A read that waits until the leader has been confirmed. */
export interface Reading {
  readonly id: string;
  readonly from: Asker;
  readonly query: unknown;
  readonly deadline: number;
  readonly round: number;
}

/** Requests that are not answered yet. */
export interface Requests {
  /** How many of this replica's own clients. */
  outstanding: number;
  /** Proposals in this replica's log, in the order of their indexes. */
  waiting: Waiting[];
  /** What is passed on to the leader, or kept until there is one, by id. */
  readonly kept: Record<string, Kept>;
  /** The latest attempt of each request of another replica that is under way here. */
  readonly serving: Record<string, number>;
}

/** A proposal in the log. */
export interface Waiting {
  readonly index: number;
  readonly by: string;
  readonly id: string;
  readonly from: Asker;
  readonly body: RequestBody;
  readonly deadline: number;
  /** Whether an earlier attempt of it may have been applied. */
  readonly tried: boolean;
}

/** A request of this replica's own client. */
export interface Kept {
  readonly id: string;
  readonly body: RequestBody;
  readonly deadline: number;
  /** Whom it was last sent to; undefined while it is to be sent. */
  sentTo: NodeId | undefined;
  attempt: number;
  /** Whether the last attempt may have an effect, and whether an earlier one may. */
  open: boolean;
  tried: boolean;
  /** When it is sent again without an answer. */
  againAt: number;
}

/** What every function here is given. */
export interface OrderingReplica {
  readonly state: OrderingState;
  readonly ctx: Context<OrderingMessage>;
  readonly settings: OrderingSettings;
  readonly machine: StateMachine<unknown, unknown, unknown, unknown>;
  /** Whether what is committed never changes: a copy of an earlier state is then a late one. */
  readonly oneHistory: boolean;
}

/** A replica that leads. */
export type LeadingReplica = OrderingReplica & { readonly state: { readonly leading: Leading } };

export function isLeading(replica: OrderingReplica): replica is LeadingReplica {
  return replica.state.leading !== undefined;
}

/** A replica that has just started with this log. */
export function orderingState(log: Log): OrderingState {
  return {
    log,
    leader: undefined,
    leading: undefined,
    receiving: undefined,
    copied: undefined,
    requests: { outstanding: 0, waiting: [], kept: {}, serving: {} },
    incarnation: undefined,
  };
}

/** Settings as far as no protocol says otherwise. */
export const ORDERING_SETTINGS = {
  heartbeatTicks: 1,
  requestTicks: 500,
  maxWaiting: 20_000,
  maxLogEntries: 10_000,
  maxEntriesPerUpdate: 1_000,
  maxBytesPerPage: 2 ** 16,
} as const;
