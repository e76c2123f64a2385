/** Shared by commands and queries: looking up a login's account, and refusals. */
import type { StoreReader } from '../../vm/index.ts';
import type { Refusal } from './commands.ts';
import { type Login, loginKey, record } from './keys.ts';

/** The account that the login belongs to; undefined if it has ended or never existed. */
export function userOf(store: StoreReader, login: string): string | undefined {
  return record<Login>(store, loginKey(login))?.name;
}

export function refused(code: Refusal['code'], message: string): Refusal {
  return { type: 'refused', code, message };
}

export function nameTaken(name: string): Refusal {
  return refused('NameTaken', `the name ${name} is taken`);
}

export function notLoggedIn(): Refusal {
  return refused('NotLoggedIn', 'not logged in, or logged out elsewhere');
}
