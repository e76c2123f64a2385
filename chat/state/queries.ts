/** The chat's queries: each reads one page at most. */
import { prefixEnd, type StoreReader } from '../../vm/index.ts';
import { type ChatAnswer, type ChatQuery, type Conversation, type Message, querySchema } from './commands.ts';
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
  sequenceOf,
  talkKey,
} from './keys.ts';
import { ACCOUNTS_PAGE, ACCOUNTS_SCAN, CONVERSATIONS_PAGE, MESSAGES_PAGE } from './limits.ts';
import { notLoggedIn, refused, userOf } from './refusals.ts';
import { literalPrefix, matchesWildcard } from './wildcard.ts';

/** Answers a query; one in the name of a login that has ended is refused. */
export function answer(query: ChatQuery, store: StoreReader): ChatAnswer {
  const parsed = querySchema.safeParse(query);
  if (!parsed.success) return refused('BadRequest', 'not a chat query');
  const asked = parsed.data;
  if (asked.type === 'account.password') {
    const account = record<Account>(store, accountKey(asked.name));
    return { type: asked.type, password: account?.password ?? null };
  }
  const name = userOf(store, asked.login);
  if (name === undefined) return notLoggedIn();
  switch (asked.type) {
    case 'login.owner': {
      const { createdAt } = record<Login>(store, loginKey(asked.login))!;
      return { type: asked.type, name, createdAt };
    }
    case 'account.list':
      return { type: asked.type, ...listAccounts(store, asked.pattern, asked.after) };
    case 'mailbox.page':
      return { type: asked.type, messages: mailboxPage(store, name, asked.after) };
    case 'conversation.list':
      return { type: asked.type, ...listConversations(store, name, asked.before) };
    case 'conversation.history':
      return { type: asked.type, ...history(store, name, asked.with, asked.before) };
  }
}

/**
 * One page of the accounts whose names match `pattern`, in order. `after`: the `next` of the page
 * before; null if it was the last.
 */
function listAccounts(store: StoreReader, pattern: string, after: string | undefined) {
  const prefix = accountKey(literalPrefix(pattern));
  // `!` sorts before every character of a name, so this is right behind the account `after`.
  const start = after === undefined ? prefix : `${accountKey(after)}!`;
  const names: string[] = [];
  let scanned = 0;
  let next: string | null = null;
  for (const [key] of store.range(start, prefixEnd(prefix))) {
    if (names.length === ACCOUNTS_PAGE || scanned === ACCOUNTS_SCAN) return { names, next };
    next = key.slice(accountKey('').length);
    if (matchesWildcard(pattern, next)) names.push(next);
    scanned++;
  }
  return { names, next: null };
}

function mailboxPage(store: StoreReader, name: string, after: number): Message[] {
  const [from, to] = [mailboxKey(name, after + 1), prefixEnd(`mailbox/${name}/`)];
  return Array.from(store.range(from, to, { limit: MESSAGES_PAGE }), ([, message]) => asMessage(message));
}

/** One page of a user's conversations, latest first. `before`: the `next` of the page before. */
function listConversations(store: StoreReader, name: string, before: number | undefined) {
  const head = record<number>(store, headKey(name)) ?? 0;
  const [from, to] = [recentKey(name, 0), recentKey(name, before ?? head + 1)];
  const conversations: Conversation[] = [];
  let next: number | null = null;
  for (const [key, other] of store.range(from, to, { reverse: true, limit: CONVERSATIONS_PAGE + 1 })) {
    if (conversations.length === CONVERSATIONS_PAGE) return { head, conversations, next };
    next = sequenceOf(key);
    const { read, unread } = record<ConversationState>(store, conversationKey(name, other as string))!;
    conversations.push({ with: other as string, last: messageAt(store, name, next), read, unread });
  }
  return { head, conversations, next: null };
}

/**
 * The last page of two users' messages, oldest first; or the last one before the place `before` in
 * the mailbox of `name`.
 */
function history(store: StoreReader, name: string, other: string, before: number | undefined) {
  const to = before === undefined ? prefixEnd(`talk/${name}/${other}/`) : talkKey(name, other, before);
  const keys = Array.from(
    store.range(talkKey(name, other, 0), to, { reverse: true, limit: MESSAGES_PAGE + 1 }),
    ([key]) => key,
  );
  const more = keys.length > MESSAGES_PAGE;
  const page = keys.slice(0, MESSAGES_PAGE).reverse();
  return { messages: page.map((key) => messageAt(store, name, sequenceOf(key))), more };
}

function messageAt(store: StoreReader, name: string, sequence: number): Message {
  return asMessage(store.get(mailboxKey(name, sequence)));
}

const asMessage = (value: unknown): Message => value as Message;
