/**
 * The commands of the chat's replicated state machine, and their results.
 *
 * Everything that must be decided once is decided before a command is submitted: times, password
 * hashes, login tokens. A login is known here by the SHA-256 of its token, so the replicated state,
 * the log and the snapshots hold nothing that logs anybody in. Every action is made in the name of
 * a login, and the state machine itself looks up its account; those that begin with `operator.`
 * come from whoever has the cluster's secret, and the chat's own server makes none.
 */
import { z } from 'zod';
import {
  countSchema,
  displaySchema,
  keySchema,
  loginIdSchema,
  loginSchema,
  nameSchema,
  sequenceSchema,
  sequencesSchema,
  settingsSchema,
  textSchema,
  timeSchema,
  topicSchema,
} from './shapes.ts';
import type { RoomEntry } from './views.ts';

/**
 * In a log that the first version of the chat wrote it is absent, and the command does what it did
 * then: on other replicas it may have been applied by that version.
 */
const versionSchema = z.literal(2).optional();

/** A salted hash in the format of `chat/server/passwords.ts`. */
const passwordSchema = z.string().max(512);

const command = <T extends string, S extends z.ZodRawShape>(type: T, shape: S) =>
  z.strictObject({ type: z.literal(type), ...shape });
const byLogin = <T extends string, S extends z.ZodRawShape>(type: T, shape: S) =>
  command(type, { login: loginSchema, ...shape });
const inRoom = <T extends string, S extends z.ZodRawShape>(type: T, shape: S) =>
  byLogin(type, { room: nameSchema, at: timeSchema, ...shape });

export const commandSchema = z.discriminatedUnion('type', [
  command('account.create', {
    name: nameSchema,
    password: passwordSchema,
    createdAt: timeSchema,
    version: versionSchema,
  }),
  /** The login's account gets a new password, and its other logins end. */
  byLogin('account.password', { password: passwordSchema }),
  /** What is left out stays. */
  byLogin('account.change', { display: displaySchema.optional(), settings: settingsSchema.optional() }),
  byLogin('account.block', { name: nameSchema, blocked: z.boolean() }),
  byLogin('account.delete', { at: timeSchema }),
  command('login.create', { name: nameSchema, login: loginSchema, createdAt: timeSchema }),
  byLogin('login.end', {}),
  /** Ends another login of the same account. */
  byLogin('login.revoke', { id: loginIdSchema }),

  byLogin('message.send', {
    to: nameSchema,
    text: textSchema,
    key: keySchema,
    sentAt: timeSchema,
    version: versionSchema,
  }),
  /** Of one's own messages to `with`, at that place of one's own mailbox. */
  byLogin('message.edit', {
    with: nameSchema,
    sequence: z.int().min(1),
    text: textSchema,
    at: timeSchema,
  }),
  /** All of them or none. */
  byLogin('message.delete', { with: nameSchema, sequences: sequencesSchema, at: timeSchema }),
  /** The login's user has read the conversation up to this place of their mailbox. */
  byLogin('mailbox.read', { with: nameSchema, upTo: sequenceSchema }),
  /** One of the user's devices has all of their mailbox up to this place. */
  byLogin('mailbox.delivered', { upTo: sequenceSchema }),
  /** Takes the oldest `count` of the user's undelivered messages: they count as delivered. */
  byLogin('mailbox.take', { count: countSchema }),

  inRoom('room.create', { topic: topicSchema, isPrivate: z.boolean() }),
  inRoom('room.join', {}),
  inRoom('room.leave', {}),
  inRoom('room.invite', { name: nameSchema }),
  inRoom('room.decline', {}),
  inRoom('room.remove', { name: nameSchema }),
  inRoom('room.topic', { topic: topicSchema }),
  inRoom('room.owner', { name: nameSchema }),
  inRoom('room.send', { text: textSchema, key: keySchema }),
  inRoom('room.edit', { sequence: z.int().min(1), text: textSchema }),
  inRoom('room.delete', { sequences: sequencesSchema }),
  byLogin('room.read', { room: nameSchema, upTo: sequenceSchema }),

  command('operator.disable', { name: nameSchema, disabled: z.boolean() }),
  command('operator.delete', { name: nameSchema, at: timeSchema }),
]);

/** A change to the replicated state. */
export type ChatCommand = z.infer<typeof commandSchema>;

export type CommandOf<T extends ChatCommand['type']> = Extract<ChatCommand, { type: T }>;

/** Why the state machine refuses. */
export type StateRefusalCode =
  | 'NameTaken'
  | 'UnknownAccount'
  | 'DeletedAccount'
  | 'DisabledAccount'
  | 'NotLoggedIn'
  | 'Blocked'
  | 'UnknownMessage'
  | 'UnknownRoom'
  | 'NotAMember'
  | 'NotAllowed'
  | 'LimitReached'
  | 'TooFast'
  | 'BadRequest';

/** A refused command or query; nothing changed. */
export interface Refusal {
  readonly type: 'refused';
  readonly code: StateRefusalCode;
  readonly message: string;
}

/** The result of a command. */
export type ChatResult =
  | { readonly type: 'account.created'; readonly name: string }
  | { readonly type: 'account.changed'; readonly name: string }
  /** `ended`: whether logins of the account have ended. */
  | { readonly type: 'account.secured'; readonly name: string; readonly ended: boolean }
  | {
      readonly type: 'account.blocked';
      readonly name: string;
      readonly other: string;
      readonly blocked: boolean;
    }
  | { readonly type: 'account.deleted'; readonly name: string; readonly entries: readonly RoomEntry[] }
  | { readonly type: 'login.created'; readonly name: string }
  /** `name` is null if there was no such login. */
  | { readonly type: 'login.ended'; readonly name: string | null }
  /** `sequence` counts in the sender's mailbox, `nth` the sender's messages to that recipient. */
  | {
      readonly type: 'message.sent';
      readonly from: string;
      readonly to: string;
      readonly sequence: number;
      readonly sentAt: number;
      readonly nth?: number;
    }
  /** Both have a change in their mailbox. */
  | {
      readonly type: 'message.changed';
      readonly from: string;
      readonly to: string;
      readonly sequence: number;
    }
  /** `seen`: how many of the other's messages have been read. */
  | {
      readonly type: 'mailbox.read';
      readonly name: string;
      readonly with: string;
      readonly read: number;
      readonly unread: number;
      readonly seen: number;
    }
  /**
   * The mailbox of `name` is delivered up to `place`. `taken`: the places of the messages that this
   * command delivered, oldest first. `waiting`: how many messages still wait. `senders`: who is to
   * be told, and how many of their messages have been delivered.
   */
  | {
      readonly type: 'mailbox.delivered';
      readonly name: string;
      readonly place: number;
      readonly taken: readonly number[];
      readonly waiting: number;
      readonly senders: readonly { readonly name: string; readonly delivered: number }[];
    }
  /** What the command added to the room's log, without texts of messages. */
  | {
      readonly type: 'room.changed';
      readonly name: string;
      readonly room: string;
      readonly entries: readonly RoomEntry[];
      /** Who has come in or gone, or was invited: what they may follow has changed. */
      readonly affected: readonly string[];
    }
  | {
      readonly type: 'room.read';
      readonly name: string;
      readonly room: string;
      readonly read: number;
      readonly unread: number;
    }
  | Refusal;

/** What a command did. */
export type ResultOf<T extends ChatResult['type']> = Extract<ChatResult, { type: T }>;
