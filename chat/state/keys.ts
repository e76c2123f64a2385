/**
 * The keys of the chat's data in the ordered store. Names hold no `/`, and numbers are padded, so a
 * range of keys is a range of names or of sequence numbers.
 *
 *     account/<name>                   Account
 *     look/<skeleton>                  the account that looks like that
 *     looks                            there once every account has its `look`
 *     login/<sha256 of the token>      Login
 *     block/<name>/<other>             `name` takes nothing from `other`
 *     rate/<name>                      when the account may write at its full rate again
 *     head/<name>                      the last sequence number of the mailbox
 *     mailbox/<name>/<sequence>        StoredMessage or MessageChange
 *     talk/<name>/<other>/<sequence>   how many messages `name` had received from `other` by then
 *     conversation/<name>/<other>      ConversationState
 *     recent/<name>/<sequence>         the other, at the conversation's last message
 *     queue/<name>                     Queue
 *     incoming/<name>/<n>              the place in the mailbox of the nth message that was queued
 *     room/<room>                      Room
 *     roomlook/<skeleton>              the room that looks like that
 *     post/<room>/<sequence>           RoomEntry
 *     said/<room>/<sequence>           how many messages the room had by then, at each message
 *     member/<room>/<name>             Member
 *     seat/<room>/<n>                  the member who was the nth to come in
 *     inside/<name>/<room>             `name` is a member
 *     invitation/<name>/<room>         StoredInvitation
 */
import { prefixEnd, type StoreReader, type Value } from '../../vm/index.ts';
import type { Message } from './views.ts';

/** An account: its password's salted hash and its logins, oldest first. */
export type Account = {
  readonly password: string;
  readonly createdAt: number;
  readonly logins: readonly string[];
  readonly display?: string;
  readonly settings?: Readonly<Record<string, string>>;
  readonly disabled?: true;
  /** Its name stays taken, so that nobody else can be taken for it. */
  readonly deletedAt?: number;
};

export type Login = { readonly name: string; readonly createdAt: number };

/** A message, and where the recipient's mailbox has it. */
export type StoredMessage = Message & { readonly copy?: number };

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

/**
 * How many messages have been queued for an account, how many of them delivered, and up to which
 * place of its mailbox.
 */
export type Queue = { readonly queued: number; readonly delivered: number; readonly place: number };

export type Room = {
  readonly owner: string;
  readonly topic: string;
  readonly isPrivate: boolean;
  readonly createdAt: number;
  /** The last place in its log, its messages, its members, and the seats given so far. */
  readonly head: number;
  readonly messages: number;
  readonly members: number;
  readonly seats: number;
};

/** Read up to this place of the room's log, of so many messages. */
export type Member = { readonly seat: number; readonly read: number; readonly seen: number };

export type StoredInvitation = { readonly by: string; readonly at: number };

const number = (sequence: number): string => String(sequence).padStart(16, '0');

export const accountKey = (name: string): string => `account/${name}`;
export const lookKey = (skeleton: string): string => `look/${skeleton}`;
export const LOOKS_KEY = 'looks';
export const loginKey = (login: string): string => `login/${login}`;
export const blockKey = (name: string, other: string): string => `block/${name}/${other}`;
export const rateKey = (name: string): string => `rate/${name}`;
export const headKey = (name: string): string => `head/${name}`;
export const mailboxKey = (name: string, sequence: number): string => `mailbox/${name}/${number(sequence)}`;
export const talkKey = (name: string, other: string, sequence: number): string =>
  `talk/${name}/${other}/${number(sequence)}`;
export const conversationKey = (name: string, other: string): string => `conversation/${name}/${other}`;
export const recentKey = (name: string, sequence: number): string => `recent/${name}/${number(sequence)}`;
export const queueKey = (name: string): string => `queue/${name}`;
export const incomingKey = (name: string, n: number): string => `incoming/${name}/${number(n)}`;
export const roomKey = (room: string): string => `room/${room}`;
export const roomLookKey = (skeleton: string): string => `roomlook/${skeleton}`;
export const postKey = (room: string, sequence: number): string => `post/${room}/${number(sequence)}`;
export const saidKey = (room: string, sequence: number): string => `said/${room}/${number(sequence)}`;
export const memberKey = (room: string, name: string): string => `member/${room}/${name}`;
export const seatKey = (room: string, n: number): string => `seat/${room}/${number(n)}`;
export const insideKey = (name: string, room: string): string => `inside/${name}/${room}`;
export const invitationKey = (name: string, room: string): string => `invitation/${name}/${room}`;

/** The part of a key after its last slash. */
export const lastPart = (key: string): string => key.slice(key.lastIndexOf('/') + 1);

/** The part of a key after its last slash, as the number it is. */
export const sequenceOf = (key: string): number => Number(lastPart(key));

/** Reads a record that this state machine itself wrote under a key of that kind. */
export function record<T>(store: StoreReader, key: string): T | undefined {
  return store.get(key) as unknown as T | undefined;
}

/** How many keys begin with a prefix that ends in a slash, at most `limit`. */
export function countOf(store: StoreReader, prefix: string, limit: number): number {
  let count = 0;
  for (const _ of store.range(prefix, prefixEnd(prefix), { limit })) count++;
  return count;
}

/**
 * A page of the last parts of keys with a prefix, in order and after `after`: those that `passes`
 * says something of. At most `scan` keys are looked at. `next` continues it.
 */
export function pageOf<T>(
  store: StoreReader,
  prefix: string,
  { after, most, scan = Number.POSITIVE_INFINITY, from = prefix, to = prefixEnd(prefix) }: PageOptions,
  passes: (name: string, value: Value) => T | undefined,
): { readonly items: readonly T[]; readonly next: string | null } {
  // `!` sorts before every character of a name, so this is right behind `after`.
  const start = after === undefined ? from : `${prefix}${after}!`;
  const items: T[] = [];
  let scanned = 0;
  let next: string | null = null;
  for (const [key, value] of store.range(start, to)) {
    if (items.length === most || scanned === scan) return { items, next };
    next = key.slice(prefix.length);
    const item = passes(next, value);
    if (item !== undefined) items.push(item);
    scanned++;
  }
  return { items, next: null };
}

/** What a page is of. */
export interface PageOptions {
  readonly after: string | undefined;
  readonly most: number;
  readonly scan?: number;
  readonly from?: string;
  readonly to?: string;
}
