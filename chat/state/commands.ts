/**
 * The commands, queries and answers of the chat's replicated state machine.
 *
 * Everything that must be decided once is decided before a command is submitted: times, password
 * hashes, login tokens. A login is known here by the SHA-256 of its token, so the replicated state,
 * the log and the snapshots hold nothing that logs anybody in. Every action is made in the name of
 * a login, and the state machine itself looks up its account.
 */
import { z } from 'zod';
import { NAME_RULE, NAME_RULE_TEXT, PATTERN_RULE, TEXT_MAX } from './limits.ts';

export const nameSchema = z.string().regex(NAME_RULE, NAME_RULE_TEXT);

/**
 * Text of a message. A lone surrogate is refused: it would not survive UTF-8, and replicas would
 * differ.
 */
export const textSchema = z
  .string()
  .max(TEXT_MAX, `at most ${TEXT_MAX} characters`)
  .refine((text) => /\S/.test(text), 'at least something')
  .refine((text) => !/\p{Surrogate}/u.test(text), 'well-formed Unicode only');

/** Chosen by the sending client, to recognise its own messages. */
export const keySchema = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, '1 to 64 letters, digits, _ or -');

export const patternSchema = z.string().regex(PATTERN_RULE, 'letters of names, * and ?, at most 32');

/** A place in a mailbox: 0 is before its first message. */
export const sequenceSchema = z.int().min(0);

const loginSchema = z.string().regex(/^[0-9a-f]{64}$/);
const timeSchema = z.int().min(0);

export const commandSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('account.create'),
    name: nameSchema,
    /** A salted hash in the format of `chat/server/passwords.ts`. */
    password: z.string().max(512),
    /** Milliseconds since 1970, as all times here. */
    createdAt: timeSchema,
  }),
  z.strictObject({
    type: z.literal('login.create'),
    name: nameSchema,
    /** SHA-256 of the token, in hexadecimal. */
    login: loginSchema,
    createdAt: timeSchema,
  }),
  z.strictObject({ type: z.literal('login.end'), login: loginSchema }),
  z.strictObject({
    type: z.literal('message.send'),
    login: loginSchema,
    to: nameSchema,
    text: textSchema,
    key: keySchema,
    sentAt: timeSchema,
  }),
  /** The login's user has read the conversation up to this place of their mailbox. */
  z.strictObject({
    type: z.literal('mailbox.read'),
    login: loginSchema,
    with: nameSchema,
    upTo: sequenceSchema,
  }),
]);

/** A change to the replicated state. */
export type ChatCommand = z.infer<typeof commandSchema>;

export const querySchema = z.discriminatedUnion('type', [
  /** For the server only: what a password is checked against. */
  z.strictObject({ type: z.literal('account.password'), name: nameSchema }),
  z.strictObject({ type: z.literal('login.owner'), login: loginSchema }),
  /** Names that match, in order, after `after`. */
  z.strictObject({
    type: z.literal('account.list'),
    login: loginSchema,
    pattern: patternSchema,
    after: nameSchema.optional(),
  }),
  /** The messages that follow `after` in the mailbox, oldest first. */
  z.strictObject({ type: z.literal('mailbox.page'), login: loginSchema, after: sequenceSchema }),
  /** The conversations, latest first, whose last message is before `before`. */
  z.strictObject({
    type: z.literal('conversation.list'),
    login: loginSchema,
    before: sequenceSchema.optional(),
  }),
  /** The messages with one other account before `before`, the latest page of them, oldest first. */
  z.strictObject({
    type: z.literal('conversation.history'),
    login: loginSchema,
    with: nameSchema,
    before: sequenceSchema.optional(),
  }),
]);

/** A question to the replicated state. */
export type ChatQuery = z.infer<typeof querySchema>;

/**
 * A message as its sender or recipient sees it. Both have it in their mailbox, each at a sequence
 * number of their own: mailboxes count from 1 without gaps.
 */
export interface Message {
  readonly sequence: number;
  readonly from: string;
  readonly to: string;
  readonly text: string;
  readonly key: string;
  /** Milliseconds since 1970 on the clock of the server that took the message. */
  readonly sentAt: number;
}

/** One user's view of what they exchange with another. */
export interface Conversation {
  readonly with: string;
  readonly last: Message;
  /** Read up to this place of the mailbox. */
  readonly read: number;
  /** Received messages after that place. */
  readonly unread: number;
}

/** A refused command or query; nothing changed. */
export interface Refusal {
  readonly type: 'refused';
  readonly code: 'NameTaken' | 'UnknownAccount' | 'NotLoggedIn' | 'BadRequest';
  readonly message: string;
}

/** The result of a command. */
export type ChatResult =
  | { readonly type: 'account.created'; readonly name: string }
  | { readonly type: 'login.created'; readonly name: string }
  /** `name` is null if there was no such login. */
  | { readonly type: 'login.ended'; readonly name: string | null }
  /** `sequence` counts in the sender's mailbox. */
  | {
      readonly type: 'message.sent';
      readonly from: string;
      readonly to: string;
      readonly sequence: number;
      readonly sentAt: number;
    }
  | {
      readonly type: 'mailbox.read';
      readonly name: string;
      readonly with: string;
      readonly read: number;
      readonly unread: number;
    }
  | Refusal;

/** The answer to a query. `next` and `more` say where and whether another page follows. */
export type ChatAnswer =
  | { readonly type: 'account.password'; readonly password: string | null }
  | { readonly type: 'login.owner'; readonly name: string; readonly createdAt: number }
  | { readonly type: 'account.list'; readonly names: readonly string[]; readonly next: string | null }
  | { readonly type: 'mailbox.page'; readonly messages: readonly Message[] }
  | {
      readonly type: 'conversation.list';
      /** The last sequence number of the mailbox, 0 if it is empty. */
      readonly head: number;
      readonly conversations: readonly Conversation[];
      readonly next: number | null;
    }
  | { readonly type: 'conversation.history'; readonly messages: readonly Message[]; readonly more: boolean }
  | Refusal;
