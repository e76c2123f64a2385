/** Shared by commands and queries: looking up a login's account, and refusals. */
import type { StoreReader } from '../../vm/index.ts';
import type { Refusal } from './commands.ts';
import { type Account, accountKey, type Login, loginKey, record } from './keys.ts';
import type { Profile } from './views.ts';

/** The account that the login belongs to; undefined if it has ended or never existed. */
export function userOf(store: StoreReader, login: string): string | undefined {
  return record<Login>(store, loginKey(login))?.name;
}

/** The account of that name, deleted or not. */
export function accountOf(store: StoreReader, name: string): Account | undefined {
  return record<Account>(store, accountKey(name));
}

/** The account of that name, if something can be sent to it; else why not. */
export function reachable(store: StoreReader, name: string): Account | Refusal {
  const account = accountOf(store, name);
  if (!account) return unknownAccount(name);
  if (account.deletedAt !== undefined)
    return refused('DeletedAccount', `the account ${name} was deleted: nothing can be sent to it any more`);
  return account;
}

/** Whether the account of that name was deleted. */
export function isDeleted(store: StoreReader, name: string): boolean {
  return accountOf(store, name)?.deletedAt !== undefined;
}

/** A person as others see them; of a deleted account only the name. */
export function profileOf(store: StoreReader, name: string): Profile {
  return { name, display: accountOf(store, name)?.display ?? '' };
}

export function refused(code: Refusal['code'], message: string): Refusal {
  return { type: 'refused', code, message };
}

/** Whether it is a refusal. */
export function isRefusal(value: object): value is Refusal {
  return 'type' in value && value.type === 'refused';
}

export function nameTaken(name: string): Refusal {
  return refused('NameTaken', `the name ${name} is taken, or looks like one that is: choose another`);
}

export function notLoggedIn(): Refusal {
  return refused('NotLoggedIn', 'not logged in, or logged out elsewhere');
}

export function unknownAccount(name: string): Refusal {
  return refused('UnknownAccount', `there is no account ${name}`);
}

export function unknownMessage(): Refusal {
  return refused('UnknownMessage', 'there is no such message of yours: it may have been deleted');
}

export function limitReached(what: string): Refusal {
  return refused('LimitReached', what);
}
