/**
 * What the chat server does for each request. All it knows of replication is `submit` and `read` (and that a
 * client's changes run in a session).
 */
import type { Consistency, SessionTag } from '../replication/replication.ts';
import type { ChatAnswer, ChatCommand, ChatQuery, ChatResult, Refusal } from './commands.ts';
import { type ChatReplication, type Delivery, Follower, type Outlet } from './delivery.ts';
import { ChatError } from './errors.ts';
import { LOGIN_LIFETIME_MS, SESSIONS_PER_SOCKET } from './limits.ts';
import { hashPassword, loginOf, newToken, verifyPassword } from './passwords.ts';
import type { RequestName, RequestOf, Values } from './wire.ts';

/** One client's connection: who it is logged in as, and what it follows. */
export interface Caller {
  readonly outlet: Outlet;
  user?: { readonly name: string; readonly login: string } | undefined;
  follower?: Follower | undefined;
  sessions: number;
}

/** What a command did, if it was not refused. */
type Done = Exclude<ChatResult, Refusal>;
type Answered = Exclude<ChatAnswer, Refusal>;

/** A function for every request. */
export type Handlers = {
  readonly [K in RequestName]: (request: RequestOf<K>, caller: Caller) => Promise<Values[K]>;
};

/** What handlers work with. */
export interface HandlerOptions {
  readonly replication: ChatReplication;
  readonly consistency: Consistency;
  readonly delivery: Delivery;
}

/** The handlers of a server on this replica. */
export function chatHandlers({ replication, consistency, delivery }: HandlerOptions): Handlers {
  const submit = async <T extends Done['type']>(type: T, command: ChatCommand, tag?: SessionTag) =>
    granted<Done, T>(type, await replication.submit(command, tag));
  const read = async <T extends Answered['type']>(query: Extract<ChatQuery, { type: T }>) =>
    granted<Answered, T>(query.type as T, await replication.read(query, { consistency }));

  /** From here on the connection speaks for this login. */
  const become = (caller: Caller, user: Caller['user']) => {
    unfollow(caller, delivery);
    caller.user = user;
  };

  return {
    'session.open': async (_, caller) => {
      if (caller.sessions >= SESSIONS_PER_SOCKET)
        throw new ChatError('Overloaded', 'too many sessions opened');
      caller.sessions++;
      return { session: await replication.openSession() };
    },

    'account.create': async ({ name, password, tag }) => {
      const hashed = await hashPassword(password);
      const command = { type: 'account.create', name, password: hashed, createdAt: Date.now() } as const;
      await submit('account.created', command, tag);
      return { name };
    },

    'login.create': async ({ name, password }, caller) => {
      const known = await read({ type: 'account.password', name });
      if (!(await verifyPassword(password, known.password))) {
        throw new ChatError('WrongPassword', 'wrong name or password');
      }
      const token = newToken();
      const login = loginOf(token);
      await submit('login.created', { type: 'login.create', name, login, createdAt: Date.now() });
      become(caller, { name, login });
      return { name, token };
    },

    'login.resume': async ({ token }, caller) => {
      const login = loginOf(token);
      const { name, createdAt } = await read({ type: 'login.owner', login });
      if (Date.now() - createdAt > LOGIN_LIFETIME_MS)
        throw new ChatError('NotLoggedIn', 'the login has expired');
      become(caller, { name, login });
      return { name };
    },

    'login.end': async ({ tag }, caller) => {
      const { login } = userOf(caller);
      await submit('login.ended', { type: 'login.end', login }, tag);
      if (caller.user?.login === login) become(caller, undefined);
      return {};
    },

    'account.list': async ({ pattern, after }, caller) => {
      const { names, next } = await read({
        type: 'account.list',
        login: userOf(caller).login,
        pattern,
        after,
      });
      return { names, next };
    },

    'message.send': async ({ to, text, key, tag }, caller) => {
      const { login } = userOf(caller);
      const command = { type: 'message.send', login, to, text, key, sentAt: Date.now() } as const;
      const { sequence, sentAt } = await submit('message.sent', command, tag);
      return { sequence, sentAt };
    },

    'conversation.list': async ({ before }, caller) => {
      const answer = await read({ type: 'conversation.list', login: userOf(caller).login, before });
      return { head: answer.head, conversations: answer.conversations, next: answer.next };
    },

    'conversation.history': async ({ with: other, before }, caller) => {
      const { login } = userOf(caller);
      const answer = await read({ type: 'conversation.history', login, with: other, before });
      return { messages: answer.messages, more: answer.more };
    },

    'mailbox.read': async ({ with: other, upTo, tag }, caller) => {
      const { login } = userOf(caller);
      const done = await submit('mailbox.read', { type: 'mailbox.read', login, with: other, upTo }, tag);
      return { with: done.with, read: done.read, unread: done.unread };
    },

    'mailbox.follow': async ({ after }, caller) => {
      const user = userOf(caller);
      unfollow(caller, delivery);
      caller.follower = new Follower(replication, user, after, caller.outlet);
      delivery.add(caller.follower);
      return {};
    },

    cluster: async (_, caller) => {
      // A replica that takes over a snapshot applies no single commands, so news may come late: look now and then.
      caller.follower?.wake();
      return {};
    },
  };
}

/** Ends what the connection follows. */
export function unfollow(caller: Caller, delivery: Delivery): void {
  if (caller.follower) delivery.remove(caller.follower);
  caller.follower = undefined;
}

function userOf(caller: Caller): NonNullable<Caller['user']> {
  if (!caller.user) throw new ChatError('NotLoggedIn', 'log in first');
  return caller.user;
}

/** The result as the type that it has unless it is a refusal, which is thrown. */
function granted<V extends { readonly type: string }, T extends V['type']>(
  type: T,
  value: V | Refusal,
): Extract<V, { readonly type: T }> {
  if (value.type === 'refused') {
    const { code, message } = value as Refusal;
    throw new ChatError(code, message);
  }
  // A session remembers the result by its number alone.
  if (value.type !== type) throw new ChatError('BadRequest', 'the tag belongs to another request');
  return value as Extract<V, { readonly type: T }>;
}
