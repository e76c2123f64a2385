/** How a client is made, and what it tells by itself. */
import type { ConnectionState } from '../../replication/failover/index.ts';
import type { Message, MessageChange, RoomEntry } from '../state/views.ts';
import type { Cluster, ReadMark, ReceiptNews, RoomMark } from '../wire.ts';

/** How a client finds its servers. */
export interface ChatClientOptions {
  /** Addresses to try first, as `http://host:port`; the others are learned from the server. */
  readonly servers: readonly string[];
  /**
   * How long to look for a server, and how long to wait for an answer to anything but `send`, in
   * milliseconds. Default: 15,000.
   */
  readonly timeoutMs?: number;
}

/** What a client tells by itself. */
export type ChatClientEvents = {
  /** The next message of the followed mailbox, received or sent: each once, in order. */
  message: Message;
  /** A message was edited or deleted: in its place among the messages of the mailbox. */
  change: MessageChange;
  /** The next entry of one of the user's rooms: each once, in order for each room. */
  room: RoomEntry;
  /** How far one of this user's devices has read a conversation. */
  read: ReadMark;
  /** The same of a room. */
  roomRead: RoomMark;
  /** More of the user's messages to somebody were delivered, or read. */
  receipt: ReceiptNews;
  /** The user's rooms or invitations have changed. */
  membership: undefined;
  /** Somebody's account was deleted. */
  accountDeleted: { readonly name: string };
  connection: ConnectionState;
  cluster: Cluster;
  /** The login has ended elsewhere. */
  loggedOut: undefined;
};
