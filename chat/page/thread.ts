/**
 * The page's state of one conversation, with a person or in a room: immutable plain data. A room's
 * is called by its name with `#` before it, which no name of a person has.
 */
import { ROOM_SIGN } from '../client/read-marker.ts';
import type { Conversation, MyRoom, Receipt } from '../state/views.ts';
import type { ReceiptNews } from '../wire.ts';

/** A message, from a person or in a room. */
export interface Line {
  readonly sequence: number;
  readonly from: string;
  readonly text: string;
  readonly key: string;
  readonly sentAt: number;
  readonly nth?: number;
  readonly editedAt?: number;
  readonly deletedAt?: number;
}

/**
 * A message being sent, until it appears in the mailbox. `sent`: a majority has it. `doubtful`: it
 * may or may not have been sent.
 */
export interface Outgoing {
  readonly key: string;
  readonly text: string;
  readonly state: 'pending' | 'sent' | 'failed' | 'doubtful';
  readonly error?: string;
}

export interface Thread {
  readonly with: string;
  /** Of all messages, the last one; undefined for a conversation that has not begun. */
  readonly last: Line | undefined;
  readonly unread: number;
  /** The place up to which it had been read when it was opened; undefined if all had been. */
  readonly newAfter: number | undefined;
  readonly read: number;
  /** The latest messages without gaps, as far back as they have been loaded. */
  readonly messages: readonly Line[];
  /** Whether `messages` has been loaded at all, and whether earlier ones exist. */
  readonly loaded: boolean;
  readonly more: boolean;
  readonly outgoing: readonly Outgoing[];
  /** What became of one's own messages to a person. */
  readonly receipt: Receipt;
  readonly deletedAccount: boolean;
  /** Of a room: what it is. */
  readonly room: MyRoom | undefined;
  /** Of a room: the senders whose accounts were deleted. */
  readonly deletedAccounts: readonly string[];
}

/** The most messages kept of a conversation that is not open. */
const KEPT = 50;

export const isRoom = (id: string): boolean => id.startsWith(ROOM_SIGN);
export const roomId = (room: string): string => `${ROOM_SIGN}${room}`;
/** The room's name in the id of its conversation. */
export const roomOf = (id: string): string => id.slice(ROOM_SIGN.length);

export function emptyThread(other: string): Thread {
  return {
    ...{ with: other, last: undefined, unread: 0, newAfter: undefined, read: 0 },
    ...{ messages: [], loaded: false, more: false, outgoing: [] },
    ...{ receipt: { delivered: 0, read: 0 }, deletedAccount: false, room: undefined, deletedAccounts: [] },
  };
}

/**
 * The first message of somebody else that came after what was read when the conversation was
 * opened, if there is one.
 */
export function firstNew({ messages, newAfter }: Thread, self: string | undefined): Line | undefined {
  if (newAfter === undefined) return undefined;
  return messages.find(({ from, sequence }) => sequence > newAfter && from !== self);
}

/** Applies the server's summary of the conversation, unless newer messages have been seen since. */
export function withSummary(thread: Thread, summary: Conversation): Thread {
  const { last, unread, read, deletedAccount = false } = summary;
  const receipt = latest(thread.receipt, summary.receipt);
  if (thread.last && thread.last.sequence > last.sequence) return { ...thread, receipt, deletedAccount };
  return { ...thread, last, unread, read, receipt, deletedAccount };
}

/** The same of a room. */
export function withRoom(thread: Thread, room: MyRoom): Thread {
  const { last, unread, read } = room;
  if (thread.last && thread.last.sequence > (last?.sequence ?? 0)) return { ...thread, room };
  return { ...thread, room, last: last ?? undefined, unread, read };
}

/**
 * A message was delivered; it replaces the outgoing one with its key. `isIncoming`: whether it
 * counts as unread.
 */
export function withMessage(
  thread: Thread,
  message: Line,
  isIncoming = message.from === thread.with,
): Thread {
  const outgoing = thread.outgoing.filter(({ key }) => key !== message.key);
  const messages = placed(thread, message);
  // A summary may have counted it already.
  if (thread.last && message.sequence <= thread.last.sequence) return { ...thread, outgoing, messages };
  const unread = isIncoming ? thread.unread + 1 : thread.unread;
  return { ...thread, outgoing, messages, last: message, unread };
}

/** A message was edited or deleted. */
export function withChange(
  thread: Thread,
  { of, change, text, at }: { of: number; change: 'edit' | 'delete'; text: string; at: number },
): Thread {
  const mark = change === 'edit' ? { text, editedAt: at } : { text: '', deletedAt: at };
  const changed = <T extends Line | undefined>(line: T): T =>
    line?.sequence === of ? { ...line, ...mark } : line;
  return { ...thread, messages: thread.messages.map(changed), last: changed(thread.last) };
}

/** More of one's own messages were delivered, or read. */
export function withReceipt(thread: Thread, news: ReceiptNews): Thread {
  return { ...thread, receipt: latest(thread.receipt, news) };
}

/** What is read has been delivered, and nothing is ever undone. */
function latest(one: Receipt, other: Partial<Receipt>): Receipt {
  const read = Math.max(one.read, other.read ?? 0);
  return { read, delivered: Math.max(one.delivered, other.delivered ?? 0, read) };
}

/** What became of one's own message to a person; undefined where it is not known. */
export function fateOf({ receipt, deletedAccount }: Thread, { nth }: Line): Fate | undefined {
  if (nth === undefined) return undefined;
  if (nth <= receipt.read) return 'read';
  if (nth <= receipt.delivered) return 'delivered';
  return deletedAccount ? 'refused' : 'stored';
}

/** `refused`: the account was deleted before it was delivered. */
export type Fate = 'stored' | 'delivered' | 'read' | 'refused';

/**
 * Adds the message to those loaded, unless it is among them or belongs to a part that is not
 * loaded.
 */
function placed({ messages, loaded, more }: Thread, message: Line): readonly Line[] {
  const known = messages.some(({ sequence }) => sequence === message.sequence);
  const tooOld = more && message.sequence < (messages[0]?.sequence ?? 0);
  if (!loaded || known || tooOld) return messages;
  return [...messages, message].sort((a, b) => a.sequence - b.sequence);
}

/** A page of history. */
export interface HistoryPage {
  readonly messages: readonly Line[];
  readonly more: boolean;
  readonly receipt?: Receipt;
  readonly deletedAccount?: boolean;
  readonly deletedAccounts?: readonly string[];
}

/** A page of history, before what is loaded. */
export function withHistory(thread: Thread, page: HistoryPage): Thread {
  const first = thread.messages[0]?.sequence ?? Number.POSITIVE_INFINITY;
  const earlier = page.messages.filter(({ sequence }) => sequence < first);
  const messages = [...earlier, ...thread.messages];
  const { receipt = {}, deletedAccount = thread.deletedAccount, deletedAccounts = [] } = page;
  return {
    ...{ ...thread, messages, last: thread.last ?? messages.at(-1), loaded: true, more: page.more },
    ...{ receipt: latest(thread.receipt, receipt), deletedAccount },
    deletedAccounts: [...new Set([...thread.deletedAccounts, ...deletedAccounts])],
  };
}

/** The conversation as it is kept while another is open. */
export function folded(thread: Thread): Thread {
  const closed = { ...thread, newAfter: undefined };
  if (thread.messages.length <= KEPT) return closed;
  return { ...closed, messages: thread.messages.slice(-KEPT), more: true };
}

export function withOutgoing(thread: Thread, outgoing: Outgoing): Thread {
  const index = thread.outgoing.findIndex(({ key }) => key === outgoing.key);
  return {
    ...thread,
    outgoing: index < 0 ? [...thread.outgoing, outgoing] : thread.outgoing.with(index, outgoing),
  };
}

/** Sets the state of an outgoing message, unless it has appeared in the mailbox meanwhile. */
export function withOutcome(thread: Thread, outgoing: Outgoing): Thread {
  return thread.outgoing.some(({ key }) => key === outgoing.key) ? withOutgoing(thread, outgoing) : thread;
}
