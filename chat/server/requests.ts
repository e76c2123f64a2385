/**
 * What the chat server does for each request. All it knows of replication is `submit` and `read`
 * (and that a client's changes run in a session).
 *
 * Reads for a request are linearizable, or by a lease. Only delivery reads what this replica has
 * applied: it may come late, but is never wrong (`delivery.ts`).
 */
import type { Consistency, SessionTag } from '../../replication/index.ts';
import { Rates, Shares } from '../../vm/live/pressure/index.ts';
import { ChatError } from '../errors.ts';
import type { ChatAnswer, ChatCommand, ChatQuery, ChatResult, Refusal } from '../state/commands.ts';
import {
  LOGIN_LIFETIME_MS,
  PAGE_READS,
  PASSWORD_TRIES,
  SESSION_OPENINGS,
  SESSIONS_PER_ACCOUNT,
  SESSIONS_PER_SOCKET,
} from '../state/limits.ts';
import { nameTaken } from '../state/refusals.ts';
import type { RequestName, RequestOf, Values } from '../wire.ts';
import { type ChatReplication, type Delivery, Follower, type FollowerRead, type Outlet } from './delivery.ts';
import { type ChatAsker, inTurn } from './in-turn.ts';
import { hasSalt, loginOf, newToken, Passwords, saltOf } from './passwords.ts';
import { Tries } from './tries.ts';

/** One client's connection: who it is logged in as, and what it follows. */
export interface Caller {
  readonly outlet: Outlet;
  /** Its address. */
  readonly address: string;
  /** Whether the connection has ended. */
  readonly isGone: () => boolean;
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
  const passwords = new Passwords();
  const tries = new Tries(PASSWORD_TRIES);
  const openings = new Rates({ ...SESSION_OPENINGS, keys: 10_000 });
  const pages = new Shares(PAGE_READS);
  const submit = async <T extends Done['type']>(type: T, command: ChatCommand, tag?: SessionTag) =>
    granted<Done, T>(type, await replication.submit(command, tag));
  const read = async <T extends Answered['type']>(query: Extract<ChatQuery, { type: T }>) =>
    granted<Answered, T>(query.type as T, await replication.read(query, { consistency }));
  /** Pages are large, or read many records: at most this many at once. */
  const readPage = <T extends Answered['type']>(caller: Caller, query: Extract<ChatQuery, { type: T }>) =>
    inTurn(pages, askerOf(caller, userOf(caller).name), () => read<T>(query));

  /** From here on the connection belongs to this login. */
  const become = (caller: Caller, user: Caller['user']) => {
    unfollow(caller, delivery);
    caller.user = user;
  };

  return {
    'session.open': async (_, caller) => {
      const { name } = userOf(caller);
      if (caller.sessions >= SESSIONS_PER_SOCKET || !openings.take(caller.address, Date.now()))
        throw new ChatError('Overloaded', 'too many sessions opened');
      caller.sessions++;
      return { session: await replication.openSession({ name, most: SESSIONS_PER_ACCOUNT }) };
    },

    'account.create': async ({ name, password, key }, caller) => {
      const salt = saltOf(name, key);
      const known = await read({ type: 'account.password', name });
      // Taken by another sign-up: no hash is needed to find out.
      if (known.password !== null && !hasSalt(known.password, salt))
        throw new ChatError('NameTaken', nameTaken(name).message);
      const hashed = await passwords.hash(askerOf(caller, name), password, salt);
      const command = { type: 'account.create', name, password: hashed, createdAt: Date.now() } as const;
      await submit('account.created', command);
      return { name };
    },

    'login.create': async ({ name, password }, caller) => {
      const attempt = tries.begin(name, caller.address, Date.now());
      try {
        const known = await read({ type: 'account.password', name });
        const isRight = await passwords.verify(askerOf(caller, name), password, known.password);
        if (!isRight) throw new ChatError('WrongPassword', 'wrong name or password');
        attempt.succeeded();
      } catch (error) {
        if (!(error instanceof ChatError && error.code === 'WrongPassword')) attempt.withdrawn();
        throw error;
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
      const { login } = userOf(caller);
      const { names, next } = await readPage(caller, { type: 'account.list', login, pattern, after });
      return { names, next };
    },

    'message.send': async ({ to, text, key, tag }, caller) => {
      const { login } = userOf(caller);
      const command = { type: 'message.send', login, to, text, key, sentAt: Date.now() } as const;
      const { sequence, sentAt } = await submit('message.sent', command, tag);
      return { sequence, sentAt };
    },

    'conversation.list': async ({ before }, caller) => {
      const { login } = userOf(caller);
      const answer = await readPage(caller, { type: 'conversation.list', login, before });
      return { head: answer.head, conversations: answer.conversations, next: answer.next };
    },

    'conversation.history': async ({ with: other, before }, caller) => {
      const { login } = userOf(caller);
      const answer = await readPage(caller, { type: 'conversation.history', login, with: other, before });
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
      const readFor: FollowerRead = (query, consistency) =>
        inTurn(pages, askerOf(caller, user.name), () => replication.read(query, { consistency }));
      caller.follower = new Follower(readFor, user, after, caller.outlet);
      delivery.add(caller.follower);
      return {};
    },

    cluster: async (_, caller) => {
      // A replica that installs a snapshot applies no single commands, so changes may be missed:
      // poll from time to time.
      caller.follower?.wake();
      return {};
    },
  };
}

/** Stops following. */
export function unfollow(caller: Caller, delivery: Delivery): void {
  if (caller.follower) delivery.remove(caller.follower);
  caller.follower = undefined;
}

function userOf(caller: Caller): NonNullable<Caller['user']> {
  if (!caller.user) throw new ChatError('NotLoggedIn', 'log in first');
  return caller.user;
}

function askerOf({ address, isGone }: Caller, account: string): ChatAsker {
  return { address, account, isGone };
}

/** The result, typed; throws a refusal. */
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
