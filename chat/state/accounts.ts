/** Accounts: their names, passwords and logins, and what they say of themselves. */
import { prefixEnd, type Store, type StoreReader } from '../../vm/index.ts';
import type { ChatResult, CommandOf } from './commands.ts';
import {
  type Account,
  accountKey,
  LOOKS_KEY,
  type Login,
  lastPart,
  loginKey,
  lookKey,
  pageOf,
  record,
} from './keys.ts';
import { ACCOUNTS_PAGE, ACCOUNTS_SCAN, LOGINS_PER_ACCOUNT } from './limits.ts';
import { skeletonOf } from './names.ts';
import type { AccountView, QueryOf } from './query-shapes.ts';
import { accountOf, nameTaken, notLoggedIn, refused, unknownAccount, userOf } from './refusals.ts';
import { leaveAllRooms } from './room-members.ts';
import type { LoginView, Profile } from './views.ts';
import { literalPrefix, matchesWildcard } from './wildcard.ts';

/** How much of a login's hash names it to other devices of its account. */
const LOGIN_ID_LENGTH = 16;

export function createAccount(command: CommandOf<'account.create'>, store: Store): ChatResult {
  const { name, password, createdAt, version } = command;
  const known = accountOf(store, name);
  // A sign-up salts its hash by a key of its own: the same hash is the same sign-up, sent again.
  if (known && (known.password !== password || known.deletedAt !== undefined)) return nameTaken(name);
  if (known) return { type: 'account.created', name };
  if (version !== undefined) {
    noteAllLooks(store);
    const look = lookKey(skeletonOf(name));
    if (store.get(look) !== undefined) return nameTaken(name);
    store.put(look, name);
  }
  store.put(accountKey(name), { password, createdAt, logins: [] } satisfies Account);
  return { type: 'account.created', name };
}

/** Notes the looks of accounts that were made before there was such a thing; once. */
function noteAllLooks(store: Store): void {
  if (store.get(LOOKS_KEY) !== undefined) return;
  const names = Array.from(store.range('account/', prefixEnd('account/')), ([key]) => lastPart(key));
  for (const name of names) {
    const look = lookKey(skeletonOf(name));
    if (store.get(look) === undefined) store.put(look, name);
  }
  store.put(LOOKS_KEY, true);
}

export function createLogin(command: CommandOf<'login.create'>, store: Store): ChatResult {
  const { name, login, createdAt } = command;
  const account = accountOf(store, name);
  if (!account || account.deletedAt !== undefined) return unknownAccount(name);
  if (account.disabled) return refused('DisabledAccount', 'this account was disabled by an operator');
  const logins = [...account.logins.filter((other) => other !== login), login];
  for (const old of logins.splice(0, logins.length - LOGINS_PER_ACCOUNT)) store.delete(loginKey(old));
  store.put(loginKey(login), { name, createdAt } satisfies Login);
  store.put(accountKey(name), { ...account, logins });
  return { type: 'login.created', name };
}

export function endLogin({ login }: CommandOf<'login.end'>, store: Store): ChatResult {
  const name = userOf(store, login);
  if (name === undefined) return { type: 'login.ended', name: null };
  endLogins(store, name, (other) => other === login);
  return { type: 'login.ended', name };
}

export function revokeLogin({ login, id }: CommandOf<'login.revoke'>, store: Store): ChatResult {
  const name = userOf(store, login);
  if (name === undefined) return notLoggedIn();
  endLogins(store, name, (other) => other.startsWith(id));
  return { type: 'login.ended', name };
}

/** Ends those logins of an account. */
function endLogins(store: Store, name: string, which: (login: string) => boolean): Account {
  const account = accountOf(store, name)!;
  for (const login of account.logins.filter(which)) store.delete(loginKey(login));
  const after = { ...account, logins: account.logins.filter((login) => !which(login)) };
  store.put(accountKey(name), after);
  return after;
}

export function changePassword({ login, password }: CommandOf<'account.password'>, store: Store): ChatResult {
  const name = userOf(store, login);
  if (name === undefined) return notLoggedIn();
  const account = endLogins(store, name, (other) => other !== login);
  store.put(accountKey(name), { ...account, password });
  return { type: 'account.secured', name, ended: true };
}

export function changeAccount(command: CommandOf<'account.change'>, store: Store): ChatResult {
  const { login, display, settings } = command;
  const name = userOf(store, login);
  if (name === undefined) return notLoggedIn();
  const changes = { ...(display !== undefined && { display }), ...(settings !== undefined && { settings }) };
  store.put(accountKey(name), { ...accountOf(store, name)!, ...changes });
  return { type: 'account.changed', name };
}

export function deleteOwnAccount({ login, at }: CommandOf<'account.delete'>, store: Store): ChatResult {
  const name = userOf(store, login);
  return name === undefined ? notLoggedIn() : deleteAccount(name, at, store);
}

export function deleteByOperator({ name, at }: CommandOf<'operator.delete'>, store: Store): ChatResult {
  const account = accountOf(store, name);
  if (!account) return unknownAccount(name);
  if (account.deletedAt !== undefined) return { type: 'account.deleted', name, entries: [] };
  return deleteAccount(name, at, store);
}

/**
 * What it wrote stays, under a deleted account. What was queued for it and not delivered never will
 * be, which its senders see by the receipts. Its rooms get another owner, and its name stays taken.
 */
function deleteAccount(name: string, at: number, store: Store): ChatResult {
  const { createdAt } = endLogins(store, name, () => true);
  const entries = leaveAllRooms(store, name, at);
  const deleted: Account = { password: '', createdAt, logins: [], deletedAt: at };
  store.put(accountKey(name), deleted);
  return { type: 'account.deleted', name, entries };
}

export function disableAccount(command: CommandOf<'operator.disable'>, store: Store): ChatResult {
  const { name, disabled } = command;
  const known = accountOf(store, name);
  if (!known || known.deletedAt !== undefined) return unknownAccount(name);
  const { disabled: _, ...account } = disabled ? endLogins(store, name, () => true) : known;
  store.put(accountKey(name), disabled ? { ...account, disabled } : account);
  return { type: 'account.secured', name, ended: disabled };
}

/** The account's logins, oldest first. */
export function listLogins(store: StoreReader, name: string, current: string): LoginView[] {
  return accountOf(store, name)!.logins.map((login) => ({
    id: login.slice(0, LOGIN_ID_LENGTH),
    createdAt: record<Login>(store, loginKey(login))!.createdAt,
    current: login === current,
  }));
}

/**
 * One page of the accounts whose names match `pattern`, in order. `after`: the `next` of the page
 * before; null if it was the last.
 */
export function listAccounts(store: StoreReader, { pattern, after }: Listed) {
  const { items: people, next } = accountsPage<Profile>(store, { pattern, after }, (name, account) =>
    account.deletedAt === undefined ? { name, display: account.display ?? '' } : undefined,
  );
  return { people, next };
}

/** The same for operators: all accounts, and the state of each. */
export function auditAccounts(store: StoreReader, { pattern, after }: QueryOf<'operator.accounts'>) {
  const { items: accounts, next } = accountsPage<AccountView>(store, { pattern, after }, (name, account) => {
    const { createdAt, deletedAt, disabled } = account;
    const living = disabled ? 'disabled' : 'active';
    return { name, createdAt, state: deletedAt === undefined ? living : 'deleted' };
  });
  return { accounts, next };
}

type Listed = Pick<QueryOf<'account.list'>, 'pattern' | 'after'>;

function accountsPage<T>(
  store: StoreReader,
  { pattern, after }: Listed,
  view: (name: string, account: Account) => T | undefined,
) {
  const from = accountKey(literalPrefix(pattern));
  const range = { after, most: ACCOUNTS_PAGE, scan: ACCOUNTS_SCAN, from, to: prefixEnd(from) };
  return pageOf(store, accountKey(''), range, (name, value) =>
    matchesWildcard(pattern, name) ? view(name, value as Account) : undefined,
  );
}
