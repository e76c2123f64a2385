/**
 * What has been delivered to an account and read by it. Undelivered messages are queued: the nth
 * that was queued is at a known place of the mailbox, so taking the oldest costs no search. Senders
 * see both by counts within the conversation, which tell them nothing about the rest of the
 * mailbox.
 */
import type { Store, StoreReader } from '../../vm/index.ts';
import type { ChatResult, CommandOf, ResultOf } from './commands.ts';
import {
  type ConversationState,
  conversationKey,
  incomingKey,
  mailboxKey,
  type Queue,
  queueKey,
  record,
  type StoredMessage,
  talkKey,
} from './keys.ts';
import { MESSAGES_AT_ONCE } from './limits.ts';
import { notLoggedIn, userOf } from './refusals.ts';
import type { Receipt } from './views.ts';

const EMPTY: Queue = { queued: 0, delivered: 0, place: 0 };

const queueOf = (store: StoreReader, name: string): Queue => record<Queue>(store, queueKey(name)) ?? EMPTY;

/** A message for `name` waits at that place of the mailbox. */
export function enqueue(store: Store, name: string, place: number): void {
  const queue = queueOf(store, name);
  const queued = queue.queued + 1;
  store.put(incomingKey(name, queued), place);
  store.put(queueKey(name), { ...queue, queued });
}

/** How many messages wait to be delivered. */
export function waiting(store: StoreReader, name: string): number {
  const { queued, delivered } = queueOf(store, name);
  return queued - delivered;
}

export function takeMessages({ login, count }: CommandOf<'mailbox.take'>, store: Store): ChatResult {
  const name = userOf(store, login);
  if (name === undefined) return notLoggedIn();
  return deliver(store, name, Number.POSITIVE_INFINITY, count);
}

/** A device may have more at once than one command marks: then the next one goes on. */
export function markDelivered({ login, upTo }: CommandOf<'mailbox.delivered'>, store: Store): ChatResult {
  const name = userOf(store, login);
  if (name === undefined) return notLoggedIn();
  return deliver(store, name, upTo, MESSAGES_AT_ONCE);
}

/** Delivers the oldest messages that wait, up to a place of the mailbox and at most `count`. */
function deliver(store: Store, name: string, upTo: number, count: number): ResultOf<'mailbox.delivered'> {
  const queue = queueOf(store, name);
  const taken: number[] = [];
  for (let n = queue.delivered + 1; n <= queue.queued && taken.length < count; n++) {
    const place = record<number>(store, incomingKey(name, n))!;
    if (place > upTo) break;
    taken.push(place);
  }
  const after = { ...queue, delivered: queue.delivered + taken.length, place: taken.at(-1) ?? queue.place };
  if (taken.length > 0) store.put(queueKey(name), after);
  const senders = new Set(taken.map((place) => record<StoredMessage>(store, mailboxKey(name, place))!.from));
  return {
    ...{ type: 'mailbox.delivered', name, place: after.place, taken },
    waiting: after.queued - after.delivered,
    senders: [...senders].map((from) => ({
      name: from,
      delivered: receivedBy(store, name, from, after.place),
    })),
  };
}

export function markRead(command: CommandOf<'mailbox.read'>, store: Store): ChatResult {
  const name = userOf(store, command.login);
  if (name === undefined) return notLoggedIn();
  const other = command.with;
  const before = record<ConversationState>(store, conversationKey(name, other));
  if (!before) return { type: 'mailbox.read', name, with: other, read: 0, unread: 0, seen: 0 };
  // The read mark never goes backwards, and not past the last message.
  const read = Math.max(before.read, Math.min(command.upTo, before.last));
  const seen = receivedBy(store, name, other, read);
  const unread = before.received - seen;
  store.put(conversationKey(name, other), { ...before, read, unread });
  return { type: 'mailbox.read', name, with: other, read, unread, seen };
}

/** What became of the messages of `name` to `other`. */
export function receiptOf(store: StoreReader, name: string, other: string): Receipt {
  const theirs = record<ConversationState>(store, conversationKey(other, name));
  if (!theirs || other === name) return { delivered: 0, read: 0 };
  const read = theirs.received - theirs.unread;
  return { read, delivered: Math.max(read, receivedBy(store, other, name, queueOf(store, other).place)) };
}

/** How many messages `name` had received from `other` up to that place of the mailbox. */
function receivedBy(store: StoreReader, name: string, other: string, sequence: number): number {
  const [from, to] = [talkKey(name, other, 0), talkKey(name, other, sequence + 1)];
  for (const [, received] of store.range(from, to, { reverse: true, limit: 1 })) return received as number;
  return 0;
}
