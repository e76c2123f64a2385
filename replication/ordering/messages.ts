/** The messages that leader and followers exchange, whatever makes one the leader. */
import type { NodeId, Outcome, Value } from '../../vm/index.ts';
import type { Batch, SessionOwner } from '../replication.ts';
import type { Entry, Position } from './log.ts';

/** A request as it is passed on to the leader. */
export type RequestBody =
  /** `single`: asked for one command, and answered with its outcome alone. */
  | { readonly type: 'submit'; readonly batch: Batch; readonly single: boolean }
  | { readonly type: 'open-session'; readonly nonce: string; readonly owner?: SessionOwner | undefined }
  | { readonly type: 'read'; readonly query: unknown };

/** A key with its value. */
export type Pair = readonly [string, Value];

/** The leadership that a message is of, and the round of questions that it belongs to. */
interface OfLeadership {
  /** The term, or a number that the leader has drawn: no two leaderships share it. */
  readonly epoch: number;
  /** An answer repeats the round: it shows that the follower was there after it had begun. */
  readonly round: number;
}

/** The leader's entries after `prev`; none in a heartbeat. */
export interface Update extends OfLeadership {
  readonly type: 'Update';
  readonly prev: Pick<Position, 'index' | 'by'>;
  readonly entries: readonly Entry[];
  readonly commit: number;
  /** The name under which the leader orders entries. */
  readonly by: string;
  /** Where the leader's log ends, and whether it waits for this follower before it acknowledges. */
  readonly last: number;
  readonly counted: boolean;
}

/** The answer: durable when it leaves. */
export interface Updated extends OfLeadership {
  readonly type: 'Updated';
  readonly ok: boolean;
  /** The last entry that is the leader's; if not `ok`, what is committed here. */
  readonly index: number;
  readonly by: string;
  /**
   * The number of this start of a replica that has lost something (`primary-backup/recovery.ts`).
   */
  readonly recovering?: number | undefined;
}

/** A page of the whole state as of `to`: all pairs from the key `from` up to `next`. */
export interface Copy extends OfLeadership {
  readonly type: 'Copy';
  readonly to: Position;
  readonly from: string;
  readonly pairs: readonly Pair[];
  readonly next: string | undefined;
}

/** Which page comes next; undefined once the state is that of the leader. */
export interface Copied extends OfLeadership {
  readonly type: 'Copied';
  readonly index: number;
  readonly next: string | undefined;
  readonly recovering?: number | undefined;
}

/** A request passed on. `attempt` counts how often. */
export interface Forward {
  readonly type: 'Forward';
  readonly id: string;
  readonly attempt: number;
  readonly body: RequestBody;
}

/** Its outcome; of commands in a batch a list of them. */
export interface ForwardReply {
  readonly type: 'ForwardReply';
  readonly id: string;
  readonly attempt: number;
  readonly outcome: Outcome;
}

/** All of them. */
export type OrderingMessage = Update | Updated | Copy | Copied | Forward | ForwardReply;

/** Another replica that passed a request on; undefined for a client of this one. */
export type Asker = NodeId | undefined;
