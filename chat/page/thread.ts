/** The page's state of one conversation: immutable plain data. */
import type { Conversation, Message } from '../state/commands.ts';

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
  readonly last: Message | undefined;
  readonly unread: number;
  /** The latest messages without gaps, as far back as they have been loaded. */
  readonly messages: readonly Message[];
  /** Whether `messages` has been loaded at all, and whether earlier ones exist. */
  readonly loaded: boolean;
  readonly more: boolean;
  readonly outgoing: readonly Outgoing[];
}

/** The most messages kept of a conversation that is not open. */
const KEPT = 50;

export function emptyThread(other: string): Thread {
  return { with: other, last: undefined, unread: 0, messages: [], loaded: false, more: false, outgoing: [] };
}

/** Applies the server's summary of the conversation, unless newer messages have been seen since. */
export function withSummary(thread: Thread, { last, unread }: Conversation): Thread {
  if (thread.last && thread.last.sequence > last.sequence) return thread;
  return { ...thread, last, unread };
}

/** A message was delivered; it replaces the outgoing one with its key. */
export function withMessage(thread: Thread, message: Message): Thread {
  const outgoing = thread.outgoing.filter(({ key }) => key !== message.key);
  const messages = placed(thread, message);
  // A summary may have counted it already.
  if (thread.last && message.sequence <= thread.last.sequence) return { ...thread, outgoing, messages };
  const unread = message.from === thread.with ? thread.unread + 1 : thread.unread;
  return { ...thread, outgoing, messages, last: message, unread };
}

/**
 * Adds the message to those loaded, unless it is among them or belongs to a part that is not
 * loaded.
 */
function placed({ messages, loaded, more }: Thread, message: Message): readonly Message[] {
  const known = messages.some(({ sequence }) => sequence === message.sequence);
  const tooOld = more && message.sequence < (messages[0]?.sequence ?? 0);
  if (!loaded || known || tooOld) return messages;
  return [...messages, message].sort((a, b) => a.sequence - b.sequence);
}

/** A page of history, before what is loaded. */
export function withHistory(thread: Thread, page: { messages: readonly Message[]; more: boolean }): Thread {
  const first = thread.messages[0]?.sequence ?? Number.POSITIVE_INFINITY;
  const earlier = page.messages.filter(({ sequence }) => sequence < first);
  const messages = [...earlier, ...thread.messages];
  return { ...thread, messages, last: thread.last ?? messages.at(-1), loaded: true, more: page.more };
}

/** The conversation as it is kept while another is open. */
export function folded(thread: Thread): Thread {
  if (thread.messages.length <= KEPT) return thread;
  return { ...thread, messages: thread.messages.slice(-KEPT), more: true };
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
