/**
 * The keys of the chat's data in the ordered store. Names hold no `/`, and numbers are padded, so a
 * range of keys is a range of names or of sequence numbers.
 *
 *     account/<name>                 Account
 *     login/<sha256 of the token>    Login
 *     head/<name>                    the last sequence number of the mailbox
 *     mailbox/<name>/<sequence>      Message
 *     talk/<name>/<other>/<sequence> how many messages `name` had received from `other` by then
 *     conversation/<name>/<other>    ConversationState
 *     recent/<name>/<sequence>       the other, at the conversation's last message
 */
import type { StoreReader, Value } from '../../vm/index.ts';

/** An account: its password's salted hash and its logins, oldest first. */
export type Account = {
  readonly password: string;
  readonly createdAt: number;
  readonly logins: readonly string[];
};

export type Login = { readonly name: string; readonly createdAt: number };

/**
 * What one side of a conversation needs for its counts; `last` and `read` are places in its
 * mailbox.
 */
export type ConversationState = {
  readonly last: number;
  readonly received: number;
  readonly read: number;
  readonly unread: number;
};

const number = (sequence: number): string => String(sequence).padStart(16, '0');

export const accountKey = (name: string): string => `account/${name}`;
export const loginKey = (login: string): string => `login/${login}`;
export const headKey = (name: string): string => `head/${name}`;
export const mailboxKey = (name: string, sequence: number): string => `mailbox/${name}/${number(sequence)}`;
export const talkKey = (name: string, other: string, sequence: number): string =>
  `talk/${name}/${other}/${number(sequence)}`;
export const conversationKey = (name: string, other: string): string => `conversation/${name}/${other}`;
export const recentKey = (name: string, sequence: number): string => `recent/${name}/${number(sequence)}`;

/** The part of a key after its last slash, as the number it is. */
export const sequenceOf = (key: string): number => Number(key.slice(key.lastIndexOf('/') + 1));

/** Reads a record that this state machine itself wrote under a key of that kind. */
export function record<T extends Value>(store: StoreReader, key: string): T | undefined {
  return store.get(key) as T | undefined;
}
