/**
 * The chat as a replicated state machine: a deterministic reducer over the ordered store.
 *
 * Every user has a mailbox, a gap-free sequence of all that they received and sent; a device that
 * knows the last sequence number it has seen can ask for what follows, from any replica, and miss
 * nothing. Beside it are small indexes for the conversations and their unread counts, all updated
 * by the command that changes them, so that no command and no query costs more than a page.
 *
 * Left out: deleting accounts and messages, groups.
 */
import type { StateMachine } from '../../replication/index.ts';
import type { Store } from '../../vm/index.ts';
import {
  type ChatAnswer,
  type ChatCommand,
  type ChatQuery,
  type ChatResult,
  commandSchema,
  type Message,
  type Refusal,
} from './commands.ts';
import {
  type Account,
  accountKey,
  type ConversationState,
  conversationKey,
  headKey,
  type Login,
  loginKey,
  mailboxKey,
  recentKey,
  record,
  talkKey,
} from './keys.ts';
import { LOGINS_PER_ACCOUNT } from './limits.ts';
import { answer } from './queries.ts';
import { nameTaken, notLoggedIn, refused, userOf } from './refusals.ts';

type CommandOf<T extends ChatCommand['type']> = Extract<ChatCommand, { type: T }>;

/** The state machine that a chat replica runs. */
export const chatStateMachine: StateMachine<ChatCommand, ChatResult, ChatQuery, ChatAnswer> = {
  name: 'chat',
  /** Checks the command's shape too: a malformed command in the log must not stop the replicas. */
  apply(command, store) {
    const parsed = commandSchema.safeParse(command);
    return parsed.success ? apply(parsed.data, store) : refused('BadRequest', 'not a chat command');
  },
  query: answer,
};

function apply(command: ChatCommand, store: Store): ChatResult {
  switch (command.type) {
    case 'account.create':
      return createAccount(command, store);
    case 'login.create':
      return createLogin(command, store);
    case 'login.end':
      return endLogin(command, store);
    case 'message.send':
      return sendMessage(command, store);
    case 'mailbox.read':
      return markRead(command, store);
  }
}

function createAccount(command: CommandOf<'account.create'>, store: Store): ChatResult {
  const { name, password, createdAt } = command;
  const known = record<Account>(store, accountKey(name));
  // A sign-up salts its hash by a key of its own: the same hash is the same sign-up, sent again.
  if (known && known.password !== password) return nameTaken(name);
  if (known) return { type: 'account.created', name };
  const account: Account = { password, createdAt, logins: [] };
  store.put(accountKey(name), account);
  return { type: 'account.created', name };
}

function createLogin(command: CommandOf<'login.create'>, store: Store): ChatResult {
  const { name, login, createdAt } = command;
  const account = record<Account>(store, accountKey(name));
  if (!account) return unknownAccount(name);
  const logins = [...account.logins.filter((other) => other !== login), login];
  for (const old of logins.splice(0, logins.length - LOGINS_PER_ACCOUNT)) store.delete(loginKey(old));
  const created: Login = { name, createdAt };
  store.put(loginKey(login), created);
  store.put(accountKey(name), { ...account, logins });
  return { type: 'login.created', name };
}

function endLogin({ login }: CommandOf<'login.end'>, store: Store): ChatResult {
  const name = userOf(store, login);
  if (name === undefined) return { type: 'login.ended', name: null };
  const account = record<Account>(store, accountKey(name))!;
  store.delete(loginKey(login));
  store.put(accountKey(name), { ...account, logins: account.logins.filter((other) => other !== login) });
  return { type: 'login.ended', name };
}

function sendMessage(command: CommandOf<'message.send'>, store: Store): ChatResult {
  const { to, text, key, sentAt } = command;
  const from = userOf(store, command.login);
  if (from === undefined) return notLoggedIn();
  if (store.get(accountKey(to)) === undefined) return unknownAccount(to);
  const sequence = post(store, from, { from, to, text, key, sentAt });
  // A message to oneself is put into the mailbox once.
  if (to !== from) post(store, to, { from, to, text, key, sentAt });
  return { type: 'message.sent', from, to, sequence, sentAt };
}

/** Appends a message to `name`'s mailbox and updates the conversation. */
function post(store: Store, name: string, message: Omit<Message, 'sequence'>): number {
  const sequence = (record<number>(store, headKey(name)) ?? 0) + 1;
  store.put(headKey(name), sequence);
  store.put(mailboxKey(name, sequence), { sequence, ...message });

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

function markRead(command: CommandOf<'mailbox.read'>, store: Store): ChatResult {
  const name = userOf(store, command.login);
  if (name === undefined) return notLoggedIn();
  const other = command.with;
  const before = record<ConversationState>(store, conversationKey(name, other));
  if (!before) return { type: 'mailbox.read', name, with: other, read: 0, unread: 0 };
  // The read mark never goes backwards, and not past the last message.
  const read = Math.max(before.read, Math.min(command.upTo, before.last));
  const unread = before.received - receivedBy(store, name, other, read);
  store.put(conversationKey(name, other), { ...before, read, unread });
  return { type: 'mailbox.read', name, with: other, read, unread };
}

/** How many messages `name` had received from `other` up to that place of the mailbox. */
function receivedBy(store: Store, name: string, other: string, sequence: number): number {
  const [from, to] = [talkKey(name, other, 0), talkKey(name, other, sequence + 1)];
  for (const [, received] of store.range(from, to, { reverse: true, limit: 1 })) return received as number;
  return 0;
}

function unknownAccount(name: string): Refusal {
  return refused('UnknownAccount', `there is no account ${name}`);
}
