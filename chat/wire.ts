/**
 * The protocol between chat clients and servers over Socket.IO, in the namespace `/chat`.
 *
 * A request is an event with one object and an acknowledgement. Requests that change the replicated
 * state carry the client's session tag, so that one sent again, even through another replica,
 * happens once (or a key of their own, before there is an account). Every reply teaches the client
 * the replicas and their leader. The server pushes a follower's mailbox in pages and waits for the
 * acknowledgement of each. Entries of rooms are pushed to all members alike; whoever finds a place
 * missing asks for it.
 */
import { z } from 'zod';
import type { Cluster } from '../replication/failover/index.ts';
import type { ChatErrorCode } from './errors.ts';
import { PASSWORD_MAX, PASSWORD_MIN } from './state/limits.ts';
import type { AnswerOf, ChatAnswer } from './state/query-shapes.ts';
import {
  countSchema,
  displaySchema,
  keySchema,
  loginIdSchema,
  nameSchema,
  patternSchema,
  searchSchema,
  sequenceSchema,
  sequencesSchema,
  settingsSchema,
  textSchema,
  topicSchema,
} from './state/shapes.ts';
import type { MailboxEntry, Message, Receipt, RoomEntry } from './state/views.ts';

export type { Cluster };

const tagSchema = z.strictObject({
  session: z.string().regex(/^[A-Za-z0-9_-]{1,100}$/, 'not a session'),
  sequence: z.int().min(1),
  acknowledged: z.int().min(0),
});

const newPasswordSchema = z
  .string()
  .min(PASSWORD_MIN, `at least ${PASSWORD_MIN} characters`)
  .max(PASSWORD_MAX, `at most ${PASSWORD_MAX} characters`);

const oldPasswordSchema = z.string().max(PASSWORD_MAX);

const tokenSchema = z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'not a login token');

const ask = <S extends z.ZodRawShape>(shape: S) => z.strictObject(shape);
const change = <S extends z.ZodRawShape>(shape: S) => z.strictObject({ ...shape, tag: tagSchema });
const inRoom = <S extends z.ZodRawShape>(shape: S) => change({ room: nameSchema, ...shape });

/** The shape of every request. */
export const requestSchemas = {
  /** Opens a session for the changes of the user who is logged in. */
  'session.open': ask({}),
  /**
   * Carries no tag, since sessions are for those who have an account: `key` is random, and one sent
   * again under the same key is the same sign-up.
   */
  'account.create': ask({ name: nameSchema, password: newPasswordSchema, key: keySchema }),
  /** Logs in this socket. Carries no tag: a retry is a login of its own, with its own token. */
  'login.create': ask({ name: nameSchema, password: oldPasswordSchema }),
  /** Logs in this socket with a token of an earlier login. */
  'login.resume': ask({ token: tokenSchema }),
  /** Ends this socket's login everywhere. */
  'login.end': change({}),
  'login.list': ask({}),
  /** Ends a login of another device. */
  'login.revoke': change({ id: loginIdSchema }),
  'account.list': ask({ pattern: patternSchema, after: nameSchema.optional() }),
  'account.profile': ask({ name: nameSchema }),
  /** What the user has said of themselves, and their settings. */
  'account.self': ask({}),
  'account.change': change({ display: displaySchema.optional(), settings: settingsSchema.optional() }),
  /** Ends all other logins. */
  'account.password': change({ old: oldPasswordSchema, password: newPasswordSchema }),
  'account.block': change({ name: nameSchema, blocked: z.boolean() }),
  'account.blocks': ask({ after: nameSchema.optional() }),
  'account.delete': change({ password: oldPasswordSchema }),
  'message.send': change({ to: nameSchema, text: textSchema, key: keySchema }),
  'message.edit': change({ with: nameSchema, sequence: z.int().min(1), text: textSchema }),
  'message.delete': change({ with: nameSchema, sequences: sequencesSchema }),
  'message.search': ask({ text: searchSchema, before: sequenceSchema.optional() }),
  'conversation.list': ask({ before: sequenceSchema.optional() }),
  'conversation.history': ask({ with: nameSchema, before: sequenceSchema.optional() }),
  'mailbox.read': change({ with: nameSchema, upTo: sequenceSchema }),
  'mailbox.waiting': ask({}),
  /** Takes the oldest undelivered messages. */
  'mailbox.take': change({ count: countSchema }),
  /** What follows `after` in the mailbox, one page. Delivers nothing. */
  'mailbox.page': ask({ after: sequenceSchema }),
  /**
   * From now on this socket gets all that follows `after` in the mailbox, in order, which counts as
   * delivered; and what is said in the user's rooms.
   */
  'mailbox.follow': ask({ after: sequenceSchema }),
  'room.create': inRoom({ topic: topicSchema, isPrivate: z.boolean() }),
  'room.join': inRoom({}),
  'room.leave': inRoom({}),
  'room.invite': inRoom({ name: nameSchema }),
  'room.decline': inRoom({}),
  'room.remove': inRoom({ name: nameSchema }),
  'room.topic': inRoom({ topic: topicSchema }),
  'room.owner': inRoom({ name: nameSchema }),
  'room.send': inRoom({ text: textSchema, key: keySchema }),
  'room.edit': inRoom({ sequence: z.int().min(1), text: textSchema }),
  'room.delete': inRoom({ sequences: sequencesSchema }),
  'room.read': inRoom({ upTo: sequenceSchema }),
  'room.list': ask({ pattern: patternSchema, after: nameSchema.optional() }),
  'room.mine': ask({}),
  'room.members': ask({ room: nameSchema, after: nameSchema.optional() }),
  'room.history': ask({ room: nameSchema, before: sequenceSchema.optional() }),
  'room.page': ask({ room: nameSchema, after: sequenceSchema }),
  'room.search': ask({ room: nameSchema, text: searchSchema, before: sequenceSchema.optional() }),
  /** Asks only for what every reply carries. */
  cluster: ask({}),
} as const;

export type RequestName = keyof typeof requestSchemas;

/**
 * What is wrong with a request, in one line that never repeats its values. Checked by clients
 * before they send, and by servers.
 */
export function flawOf(name: RequestName, request: unknown): string | undefined {
  const issue = requestSchemas[name].safeParse(request).error?.issues[0];
  if (issue === undefined) return undefined;
  const where = issue.path.join('.');
  return (where === '' ? issue.message : `${where}: ${issue.message}`).slice(0, 200);
}

/** What a request of that name holds. */
export type RequestOf<K extends RequestName> = z.infer<(typeof requestSchemas)[K]>;

/** The requests that change something, and carry a tag. */
export type ChangeName = {
  [K in RequestName]: RequestOf<K> extends { readonly tag: unknown } ? K : never;
}[RequestName];

/** A login: its token is a secret that identifies its holder. */
export interface Login {
  readonly name: string;
  readonly token: string;
}

type Nothing = Record<string, never>;
/** An answer of the state machine as it is. */
type Answer<T extends ChatAnswer['type']> = Omit<AnswerOf<T>, 'type'>;

/** What a change in a room has come to: the place of the last entry in its log. */
export interface RoomPlace {
  readonly room: string;
  /** 0 if nothing was to be done, or nothing of it shows in the log. */
  readonly sequence: number;
}

/** The answer to a successful request of that name. */
export interface Values {
  'session.open': { readonly session: string };
  'account.create': { readonly name: string };
  'login.create': Login;
  'login.resume': { readonly name: string };
  'login.end': Nothing;
  'login.list': Answer<'login.list'>;
  'login.revoke': Nothing;
  'account.list': Answer<'account.list'>;
  'account.profile': Answer<'account.profile'>;
  'account.self': Answer<'account.self'>;
  'account.change': Nothing;
  'account.password': Nothing;
  'account.block': Nothing;
  'account.blocks': Answer<'account.blocks'>;
  'account.delete': Nothing;
  'message.send': { readonly sequence: number; readonly sentAt: number; readonly nth?: number };
  'message.edit': { readonly sequence: number };
  'message.delete': { readonly sequence: number };
  'message.search': Answer<'message.search'>;
  'conversation.list': Answer<'conversation.list'>;
  'conversation.history': Answer<'conversation.history'>;
  'mailbox.read': ReadMark;
  'mailbox.waiting': Answer<'mailbox.waiting'>;
  'mailbox.take': { readonly messages: readonly Message[]; readonly waiting: number };
  'mailbox.page': Answer<'mailbox.page'>;
  'mailbox.follow': Nothing;
  'room.create': RoomPlace;
  'room.join': RoomPlace;
  'room.leave': RoomPlace;
  'room.invite': RoomPlace;
  'room.decline': RoomPlace;
  'room.remove': RoomPlace;
  'room.topic': RoomPlace;
  'room.owner': RoomPlace;
  'room.send': RoomPlace & { readonly sentAt: number };
  'room.edit': RoomPlace;
  'room.delete': RoomPlace;
  'room.read': RoomMark;
  'room.list': Answer<'room.list'>;
  'room.mine': Answer<'room.mine'>;
  'room.members': Answer<'room.members'>;
  'room.history': Answer<'room.history'>;
  'room.page': Answer<'room.page'>;
  'room.search': Answer<'room.search'>;
  cluster: Nothing;
}

/** How far a conversation has been read, by all of the reader's devices together. */
export interface ReadMark {
  readonly with: string;
  readonly read: number;
  readonly unread: number;
}

/** The same of a room. */
export interface RoomMark {
  readonly room: string;
  readonly read: number;
  readonly unread: number;
}

/** Something has become of messages to `with`; what is left out is as it was. */
export type ReceiptNews = { readonly with: string } & Partial<Receipt>;

/** The acknowledgement of a request. */
export type Reply<T> = Cluster &
  (
    | { readonly ok: true; readonly value: T }
    | { readonly ok: false; readonly code: ChatErrorCode; readonly message: string }
  );

/** Events from a client. */
export type ClientEvents = {
  [K in RequestName]: (request: RequestOf<K>, acknowledge: (reply: Reply<Values[K]>) => void) => void;
};

/** Events from a server. */
export interface ServerEvents {
  /** The first event on a connection: which replica this is. */
  welcome: (hello: Cluster & { readonly server: string }) => void;
  /**
   * What comes next in the followed mailbox, in order and without gaps; the next page waits for the
   * acknowledgement.
   */
  mailbox: (page: { readonly entries: readonly MailboxEntry[] }, acknowledge: () => void) => void;
  /** Another of the user's devices may have read a conversation. */
  read: (mark: ReadMark) => void;
  /** The same of a room. */
  roomRead: (mark: RoomMark) => void;
  receipt: (news: ReceiptNews) => void;
  /** The next entry of a room. Some may be missing before it. */
  room: (entry: RoomEntry) => void;
  /** The rooms that this socket follows from now on, and the last place of each. */
  rooms: (heads: Readonly<Record<string, number>>) => void;
  /** The rooms or the invitations of the user have changed. */
  membership: () => void;
  /** An account was deleted: what was queued for it is not going to be delivered. */
  accountDeleted: (account: { readonly name: string }) => void;
  /** The socket's login has ended elsewhere. */
  loggedOut: () => void;
}
