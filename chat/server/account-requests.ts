/**
 * Requests about accounts and logins. Whoever changes what protects an account gives its password.
 */
import { Rates } from '../../vm/live/pressure/index.ts';
import { ChatError } from '../errors.ts';
import {
  LOGIN_LIFETIME_MS,
  PASSWORD_TRIES,
  SESSION_OPENINGS,
  SESSIONS_PER_ACCOUNT,
  SESSIONS_PER_SOCKET,
} from '../state/limits.ts';
import { nameTaken } from '../state/refusals.ts';
import type { RequestName } from '../wire.ts';
import {
  askerOf,
  type Backend,
  type Caller,
  type HandlerOptions,
  type HandlersOf,
  unfollow,
  userOf,
} from './handlers.ts';
import { hasSalt, loginOf, newSalt, newToken, Passwords, saltOf } from './passwords.ts';
import { Tries } from './tries.ts';

type AccountRequest = Extract<RequestName, 'session.open' | `account.${string}` | `login.${string}`>;

/** The handlers of these requests. */
export function accountHandlers(
  backend: Backend,
  { replication, delivery }: HandlerOptions,
): HandlersOf<AccountRequest> {
  const passwords = new Passwords();
  const tries = new Tries(PASSWORD_TRIES);
  const openings = new Rates({ ...SESSION_OPENINGS, keys: 10_000 });

  /** From here on the connection belongs to this login. */
  const become = (caller: Caller, user: Caller['user']) => {
    unfollow(caller, delivery);
    caller.user = user;
  };

  /** Throws `WrongPassword` unless it is the account's password, and `TooManyTries` to guessers. */
  const checkPassword = async (caller: Caller, name: string, password: string) => {
    const attempt = tries.begin(name, caller.address, Date.now());
    try {
      const known = await backend.read({ type: 'account.password', name });
      const isRight = await passwords.verify(askerOf(caller, name), password, known.password);
      if (!isRight) throw new ChatError('WrongPassword', 'wrong name or password');
      attempt.succeeded();
    } catch (error) {
      if (!(error instanceof ChatError && error.code === 'WrongPassword')) attempt.withdrawn();
      throw error;
    }
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
      const known = await backend.read({ type: 'account.password', name });
      // Taken by another sign-up: no hash is needed to find out.
      if (known.password !== null && !hasSalt(known.password, salt))
        throw new ChatError('NameTaken', nameTaken(name).message);
      const hashed = await passwords.hash(askerOf(caller, name), password, salt);
      const account = { name, password: hashed, createdAt: Date.now(), version: 2 } as const;
      await backend.submit('account.created', { type: 'account.create', ...account });
      return { name };
    },

    'login.create': async ({ name, password }, caller) => {
      await checkPassword(caller, name, password);
      const token = newToken();
      const login = loginOf(token);
      await backend.submit('login.created', { type: 'login.create', name, login, createdAt: Date.now() });
      become(caller, { name, login });
      return { name, token };
    },

    'login.resume': async ({ token }, caller) => {
      const login = loginOf(token);
      const { name, createdAt } = await backend.read({ type: 'login.owner', login });
      if (Date.now() - createdAt > LOGIN_LIFETIME_MS)
        throw new ChatError('NotLoggedIn', 'the login has expired');
      become(caller, { name, login });
      return { name };
    },

    'login.end': async ({ tag }, caller) => {
      const { login } = userOf(caller);
      await backend.submit('login.ended', { type: 'login.end', login }, tag);
      if (caller.user?.login === login) become(caller, undefined);
      return {};
    },

    'login.list': (_, caller) => backend.page(caller, { type: 'login.list' }),

    'login.revoke': async ({ id, tag }, caller) => {
      const { login } = userOf(caller);
      await backend.submit('login.ended', { type: 'login.revoke', login, id }, tag);
      return {};
    },

    'account.list': (asked, caller) => backend.page(caller, { type: 'account.list', ...asked }),
    'account.profile': ({ name }, caller) => backend.page(caller, { type: 'account.profile', name }),
    'account.self': (_, caller) => backend.page(caller, { type: 'account.self' }),
    'account.blocks': (asked, caller) => backend.page(caller, { type: 'account.blocks', ...asked }),

    'account.change': async ({ tag, ...changes }, caller) => {
      const { login } = userOf(caller);
      await backend.submit('account.changed', { type: 'account.change', login, ...changes }, tag);
      return {};
    },

    'account.password': async ({ old, password, tag }, caller) => {
      const { name, login } = userOf(caller);
      await checkPassword(caller, name, old);
      const hashed = await passwords.hash(askerOf(caller, name), password, newSalt());
      const command = { type: 'account.password', login, password: hashed } as const;
      await backend.submit('account.secured', command, tag);
      return {};
    },

    'account.block': async ({ name, blocked, tag }, caller) => {
      const { login } = userOf(caller);
      await backend.submit('account.blocked', { type: 'account.block', login, name, blocked }, tag);
      return {};
    },

    'account.delete': async ({ password, tag }, caller) => {
      const { name, login } = userOf(caller);
      await checkPassword(caller, name, password);
      await backend.submit('account.deleted', { type: 'account.delete', login, at: Date.now() }, tag);
      if (caller.user?.login === login) become(caller, undefined);
      return {};
    },
  };
}
