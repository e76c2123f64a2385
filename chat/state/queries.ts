/**
 * The chat's queries: each reads one page at most, in the name of a login, and only what its
 * account may see.
 */
import type { StoreReader } from '../../vm/index.ts';
import { auditAccounts, listAccounts, listLogins } from './accounts.ts';
import { listBlocks } from './blocks.ts';
import { type Login, loginKey, record } from './keys.ts';
import { waiting } from './marks.ts';
import { history, listConversations, mailboxPage, messagesAt, searchMessages } from './messages.ts';
import { type ChatAnswer, type ChatQuery, type QueryOf, querySchema } from './query-shapes.ts';
import { accountOf, isRefusal, notLoggedIn, profileOf, refused, unknownAccount, userOf } from './refusals.ts';
import { insideOf } from './room-log.ts';
import { listMembers } from './room-members.ts';
import { roomHistory, roomPage, searchRoom } from './room-messages.ts';
import { listRooms, myRooms } from './rooms.ts';

/** Answers a query; one in the name of a login that has ended is refused. */
export function answer(query: ChatQuery, store: StoreReader): ChatAnswer {
  const parsed = querySchema.safeParse(query);
  if (!parsed.success) return refused('BadRequest', 'not a chat query');
  const asked = parsed.data;
  switch (asked.type) {
    case 'account.password': {
      const account = accountOf(store, asked.name);
      const isUsed = account?.deletedAt === undefined;
      return { type: asked.type, password: isUsed ? (account?.password ?? null) : null };
    }
    case 'operator.accounts':
      return { type: asked.type, ...auditAccounts(store, asked) };
    case 'room.members':
    case 'room.history':
    case 'room.page':
    case 'room.search':
      return ofRoom(asked, store);
    default: {
      const name = userOf(store, asked.login);
      return name === undefined ? notLoggedIn() : ofUser(asked, name, store);
    }
  }
}

type RoomQuery = QueryOf<'room.members' | 'room.history' | 'room.page' | 'room.search'>;

/** What only members of a room may ask. */
function ofRoom(asked: RoomQuery, store: StoreReader): ChatAnswer {
  const inside = insideOf(store, asked.login, asked.room);
  if (isRefusal(inside)) return inside;
  switch (asked.type) {
    case 'room.members':
      return { type: asked.type, ...listMembers(store, asked.room, asked.after) };
    case 'room.history':
      return { type: asked.type, ...roomHistory(store, asked.room, asked.before) };
    case 'room.page':
      return { type: asked.type, entries: roomPage(store, asked.room, asked.after) };
    case 'room.search':
      return { type: asked.type, ...searchRoom(store, asked.room, asked.text, asked.before) };
  }
}

type UserQuery = Exclude<ChatQuery, RoomQuery | QueryOf<'account.password' | 'operator.accounts'>>;

function ofUser(asked: UserQuery, name: string, store: StoreReader): ChatAnswer {
  switch (asked.type) {
    case 'login.owner': {
      const { createdAt } = record<Login>(store, loginKey(asked.login))!;
      return { type: asked.type, name, createdAt };
    }
    case 'login.list':
      return { type: asked.type, logins: listLogins(store, name, asked.login) };
    case 'account.self': {
      const settings = accountOf(store, name)!.settings ?? {};
      return { type: asked.type, profile: profileOf(store, name), settings };
    }
    case 'account.profile': {
      const isKnown = accountOf(store, asked.name) !== undefined;
      return isKnown
        ? { type: asked.type, profile: profileOf(store, asked.name) }
        : unknownAccount(asked.name);
    }
    case 'account.list':
      return { type: asked.type, ...listAccounts(store, asked) };
    case 'account.blocks':
      return { type: asked.type, ...listBlocks(store, name, asked.after) };
    case 'mailbox.page':
      return { type: asked.type, entries: mailboxPage(store, name, asked.after) };
    case 'mailbox.waiting':
      return { type: asked.type, waiting: waiting(store, name) };
    case 'mailbox.messages':
      return { type: asked.type, messages: messagesAt(store, name, asked.places) };
    case 'conversation.list':
      return { type: asked.type, ...listConversations(store, name, asked.before) };
    case 'conversation.history':
      return { type: asked.type, ...history(store, name, asked.with, asked.before) };
    case 'message.search':
      return { type: asked.type, ...searchMessages(store, name, asked.text, asked.before) };
    case 'room.list':
      return { type: asked.type, ...listRooms(store, name, asked) };
    case 'room.mine':
      return { type: asked.type, ...myRooms(store, name) };
  }
}
