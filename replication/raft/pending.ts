/** What a replica keeps of requests and reads until they are answered. */
import type { NodeId } from '../../vm/index.ts';
import type { ChangeMembers } from '../protocol.ts';
import type { ForwardBody } from './messages.ts';

/**
 * Requests of this replica's own clients, and those that other replicas pass on to it while it
 * leads.
 */
export interface Requests {
  /** How many of this replica's own clients are not answered yet, reads included. */
  outstanding: number;
  /** Proposals in this replica's log that somebody waits for, in the order of their indexes. */
  waiting: Waiting[];
  /** What this replica passes on to the leader, or keeps until there is one, by id. */
  readonly forwarded: Record<string, Forwarded>;
  /** The leader and term that `forwarded` was last passed on under. */
  forwardedUnder: string;
  /**
   * The latest attempt of each request that another replica has passed on and this one has not
   * answered yet (`servingKey`).
   */
  readonly serving: Record<string, number>;
  /**
   * The transfer of leadership under way. It outlives the leadership, for it is done once another
   * replica leads.
   */
  transfer: LeadershipTransfer | undefined;
  /** Changes of the members that somebody waits for, while this replica leads. */
  changes: PendingChange[];
}

/** A change of the members that somebody waits for (`membership.ts`). */
export interface PendingChange {
  /** Who asked for it, as in `Waiting`. */
  readonly id: string;
  readonly from: NodeId | undefined;
  readonly deadline: number;
  readonly body: ChangeMembers;
  /** The entry with which it began; undefined until it has. */
  index: number | undefined;
}

/** A proposal in this replica's log whose caller waits for it. */
export interface Waiting {
  readonly index: number;
  /** The place of its first command in the entry. */
  readonly place: number;
  readonly term: number;
  readonly deadline: number;
  readonly body: ForwardBody;
  readonly id: string;
  /** The replica that forwarded it; undefined for a client of this one. */
  readonly from: NodeId | undefined;
  /** Whether an earlier attempt of it may have been applied. */
  readonly tried: boolean;
}

/** A request of this replica's own clients that waits for a leader's answer. */
export interface Forwarded {
  readonly id: string;
  readonly body: ForwardBody;
  readonly deadline: number;
  /**
   * To whom it was last sent, and in which term; undefined while it is to be sent to the leader.
   */
  sentTo: NodeId | undefined;
  sentTerm: number;
  /** How many times it was sent. */
  attempt: number;
  /**
   * Whether the last attempt may have an effect: it has left, and no answer says that it failed.
   */
  open: boolean;
  /** Whether an earlier attempt may have been applied. */
  tried: boolean;
  /** When it is sent to the same leader again, without an answer (ticks). */
  againAt: number;
}

/** A transfer of leadership (`transfer.ts`). */
export interface LeadershipTransfer {
  readonly to: NodeId;
  /** Whether it was asked for this target. */
  readonly isNamed: boolean;
  readonly deadline: number;
  /** Who waits for it, as in `Waiting`; nobody if the leader wants it itself. */
  readonly askers: Pick<Waiting, 'id' | 'from'>[];
  /** Whether `to` has been asked to campaign. */
  asked: boolean;
}

/** No requests yet. */
export function newRequests(): Requests {
  return {
    outstanding: 0,
    waiting: [],
    forwarded: {},
    forwardedUnder: '',
    serving: {},
    transfer: undefined,
    changes: [],
  };
}

/** Keeps `waiting` in the order of indexes: a log that was cut in between may use one again. */
export function addWaiting(waiting: Waiting[], added: Waiting): void {
  let at = waiting.length;
  while (at > 0 && waiting[at - 1]!.index > added.index) at--;
  waiting.splice(at, 0, added);
}

/** Reads that wait for a read index, or until it is applied (`reads.ts`). */
export interface Reads {
  /** Those of this replica's own clients, by id. */
  readonly pending: Record<string, PendingRead>;
  /**
   * Those whose index this replica is asked for as leader, its own clients' included. A former
   * leader hands them back.
   */
  rounds: ReadRound[];
  /** The number of the latest round; it goes on from one term to the next. */
  round: number;
}

/** A read of this replica's own clients. */
export interface PendingRead {
  readonly query: unknown;
  readonly deadline: number;
  /** Answered once this index is applied; undefined until a leader has sent it. */
  index: number | undefined;
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

/** No reads yet. */
export function newReads(): Reads {
  return { pending: {}, rounds: [], round: 0 };
}
