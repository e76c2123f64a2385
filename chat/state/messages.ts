/**
 * Direct messages: sending, changing and taking back one's own, and reading them page by page.
 *
 * Every user has a mailbox, a gap-free sequence of all that they received and sent, and of the
 * changes to it; a device that knows the last sequence number it has seen can ask for what follows,
 * from any replica, and miss nothing.
 */
import { prefixEnd, type Store, type StoreReader } from '../../vm/index.ts';
import { blockedBy } from './blocks.ts';
import type { ChatResult, CommandOf, Refusal } from './commands.ts';
import {
  type ConversationState,
  conversationKey,
  headKey,
  mailboxKey,
  recentKey,
  record,
  type StoredMessage,
  sequenceOf,
  talkKey,
} from './keys.ts';
import { CONVERSATIONS_PAGE, MESSAGES_PAGE } from './limits.ts';
import { enqueue, receiptOf } from './marks.ts';
import { pay } from './rate.ts';
import { isDeleted, isRefusal, notLoggedIn, reachable, unknownMessage, userOf } from './refusals.ts';
import { searchBack } from './search.ts';
import {
  type Conversation,
  isMessage,
  type MailboxEntry,
  type Message,
  type MessageChange,
} from './views.ts';

export function sendMessage(command: CommandOf<'message.send'>, store: Store): ChatResult {
  const { to, text, key, sentAt, version } = command;
  const from = userOf(store, command.login);
  if (from === undefined) return notLoggedIn();
  const recipient = reachable(store, to);
  if (isRefusal(recipient)) return recipient;
  const message = { from, to, text, key, sentAt };
  const refusal = version && (blockedBy(store, to, from) ?? pay(store, from, sentAt));
  if (refusal) return refusal;
  // A message to oneself is put into the mailbox once.
  if (version === undefined || to === from) {
    const sequence = post(store, from, message);
    if (to !== from) post(store, to, message);
    return { type: 'message.sent', from, to, sequence, sentAt };
  }
  const nth = (record<ConversationState>(store, conversationKey(to, from))?.received ?? 0) + 1;
  const copy = headOf(store, to) + 1;
  const sequence = post(store, from, { ...message, nth, copy });
  enqueue(store, to, post(store, to, { ...message, nth, copy: sequence }));
  return { type: 'message.sent', from, to, sequence, sentAt, nth };
}

/** Appends a message to `name`'s mailbox and updates the conversation. */
function post(store: Store, name: string, message: Omit<StoredMessage, 'sequence'>): number {
  const sequence = append(store, name, message);
  const other = message.from === name ? message.to : message.from;
  const before = record<ConversationState>(store, conversationKey(name, other));
  const incoming = message.from === name ? 0 : 1;
  const received = (before?.received ?? 0) + incoming;
  store.put(talkKey(name, other, sequence), received);
  if (before) store.delete(recentKey(name, before.last));
  store.put(recentKey(name, sequence), other);
  const after: ConversationState = {
    last: sequence,
    received,
    read: before?.read ?? 0,
    unread: (before?.unread ?? 0) + incoming,
  };
  store.put(conversationKey(name, other), after);
  return sequence;
}

/** Appends an entry to `name`'s mailbox. Returns its place. */
function append(
  store: Store,
  name: string,
  entry: Omit<StoredMessage, 'sequence'> | Omit<MessageChange, 'sequence'>,
): number {
  const sequence = headOf(store, name) + 1;
  store.put(headKey(name), sequence);
  store.put(mailboxKey(name, sequence), { sequence, ...entry });
  return sequence;
}

export function editMessage(command: CommandOf<'message.edit'>, store: Store): ChatResult {
  const { login, with: to, sequence, text, at } = command;
  const found = ownMessages(store, login, to, [sequence]);
  if (isRefusal(found)) return found;
  const refusal = blockedBy(store, to, found.from) ?? pay(store, found.from, at);
  return refusal ?? change(store, to, found, { change: 'edit', text, at });
}

export function deleteMessages(command: CommandOf<'message.delete'>, store: Store): ChatResult {
  const { login, with: to, sequences, at } = command;
  const found = ownMessages(store, login, to, sequences);
  if (isRefusal(found)) return found;
  const refusal = pay(store, found.from, at, sequences.length);
  return refusal ?? change(store, to, found, { change: 'delete', text: '', at });
}

interface Own {
  readonly from: string;
  readonly messages: readonly StoredMessage[];
}

/** Those messages, if the login's user has written them all to `to`, and they still stand there. */
function ownMessages(
  store: StoreReader,
  login: string,
  to: string,
  sequences: readonly number[],
): Own | Refusal {
  const from = userOf(store, login);
  if (from === undefined) return notLoggedIn();
  const messages = sequences.map((sequence) => record<StoredMessage>(store, mailboxKey(from, sequence)));
  const areOwn = messages.every(
    (message): message is StoredMessage =>
      message !== undefined &&
      isMessage(message) &&
      message.from === from &&
      message.to === to &&
      message.deletedAt === undefined &&
      // The other's copy of what the first version sent is not known.
      (message.copy !== undefined || to === from),
  );
  return areOwn ? { from, messages } : unknownMessage();
}

type Changed = Pick<MessageChange, 'change' | 'text' | 'at'>;

/** Changes the messages on both sides, where a change follows them in the mailbox. */
function change(store: Store, to: string, { from, messages }: Own, changed: Changed): ChatResult {
  let sequence = 0;
  for (const message of messages) {
    sequence = changeOne(store, from, to, message.sequence, changed);
    if (to !== from) changeOne(store, to, from, message.copy!, changed);
  }
  return { type: 'message.changed', from, to, sequence };
}

function changeOne(store: Store, name: string, other: string, of: number, changed: Changed): number {
  const { text, at } = changed;
  const mark = changed.change === 'edit' ? { editedAt: at } : { deletedAt: at };
  const message = record<StoredMessage>(store, mailboxKey(name, of))!;
  store.put(mailboxKey(name, of), { ...message, text, ...mark });
  return append(store, name, { with: other, of, ...changed });
}

export function mailboxPage(store: StoreReader, name: string, after: number): MailboxEntry[] {
  const [from, to] = [mailboxKey(name, after + 1), prefixEnd(`mailbox/${name}/`)];
  return Array.from(store.range(from, to, { limit: MESSAGES_PAGE }), ([, entry]) => seen(entry));
}

/** The messages at these places of the mailbox. */
export function messagesAt(store: StoreReader, name: string, places: readonly number[]): Message[] {
  return places
    .map((place) => store.get(mailboxKey(name, place)))
    .filter((entry) => entry !== undefined)
    .map(seen)
    .filter(isMessage);
}

/** One page of a user's conversations, latest first. `before`: the `next` of the page before. */
export function listConversations(store: StoreReader, name: string, before: number | undefined) {
  const head = headOf(store, name);
  const [from, to] = [recentKey(name, 0), recentKey(name, before ?? head + 1)];
  const conversations: Conversation[] = [];
  let next: number | null = null;
  for (const [key, other] of store.range(from, to, { reverse: true, limit: CONVERSATIONS_PAGE + 1 })) {
    if (conversations.length === CONVERSATIONS_PAGE) return { head, conversations, next };
    next = sequenceOf(key);
    conversations.push(conversationOf(store, name, other as string, next));
  }
  return { head, conversations, next: null };
}

function conversationOf(store: StoreReader, name: string, other: string, last: number): Conversation {
  const { read, unread } = record<ConversationState>(store, conversationKey(name, other))!;
  const [latest] = messagesAt(store, name, [last]);
  return {
    ...{ with: other, last: latest!, read, unread, receipt: receiptOf(store, name, other) },
    ...(isDeleted(store, other) && { deletedAccount: true }),
  };
}

/**
 * The last page of two users' messages, oldest first; or the last one before the place `before` in
 * the mailbox of `name`.
 */
export function history(store: StoreReader, name: string, other: string, before: number | undefined) {
  const to = before === undefined ? prefixEnd(`talk/${name}/${other}/`) : talkKey(name, other, before);
  const places = Array.from(
    store.range(talkKey(name, other, 0), to, { reverse: true, limit: MESSAGES_PAGE + 1 }),
    ([key]) => sequenceOf(key),
  );
  const page = places.slice(0, MESSAGES_PAGE).reverse();
  return {
    messages: messagesAt(store, name, page),
    more: places.length > MESSAGES_PAGE,
    receipt: receiptOf(store, name, other),
    deletedAccount: isDeleted(store, other),
  };
}

/** The messages of the mailbox that hold `text`, latest first. */
export function searchMessages(store: StoreReader, name: string, text: string, before: number | undefined) {
  const end = before === undefined ? prefixEnd(`mailbox/${name}/`) : mailboxKey(name, before);
  return searchBack(store, [mailboxKey(name, 0), end], text, (value) => {
    const entry = seen(value);
    return isMessage(entry) ? entry : undefined;
  });
}

/** The last place of a mailbox, 0 if it is empty. */
function headOf(store: StoreReader, name: string): number {
  return record<number>(store, headKey(name)) ?? 0;
}

/** An entry without what only this state machine is to know. */
function seen(value: unknown): MailboxEntry {
  const { copy: _, ...entry } = value as StoredMessage;
  return entry;
}
