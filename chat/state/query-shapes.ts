/** The queries of the chat's state machine, and their answers. */
import { z } from 'zod';
import type { Refusal } from './commands.ts';
import { loginSchema, nameSchema, patternSchema, searchSchema, sequenceSchema } from './shapes.ts';
import type {
  Conversation,
  Invitation,
  LoginView,
  MailboxEntry,
  Message,
  MyRoom,
  Profile,
  Receipt,
  RoomEntry,
  RoomMessage,
  RoomSummary,
} from './views.ts';

const query = <T extends string, S extends z.ZodRawShape>(type: T, shape: S) =>
  z.strictObject({ type: z.literal(type), ...shape });
const byLogin = <T extends string, S extends z.ZodRawShape>(type: T, shape: S) =>
  query(type, { login: loginSchema, ...shape });

export const querySchema = z.discriminatedUnion('type', [
  /** For the server only: what a password is checked against. */
  query('account.password', { name: nameSchema }),
  /** For operators only: all accounts, also those that were disabled. */
  query('operator.accounts', { pattern: patternSchema, after: nameSchema.optional() }),
  byLogin('login.owner', {}),
  byLogin('login.list', {}),
  byLogin('account.self', {}),
  byLogin('account.profile', { name: nameSchema }),
  /** Names that match, in order, after `after`. */
  byLogin('account.list', { pattern: patternSchema, after: nameSchema.optional() }),
  /** Whom the account blocks. */
  byLogin('account.blocks', { after: nameSchema.optional() }),
  /** What follows `after` in the mailbox, oldest first. */
  byLogin('mailbox.page', { after: sequenceSchema }),
  /** How many messages wait to be delivered. */
  byLogin('mailbox.waiting', {}),
  /** The messages at these places of the mailbox. */
  byLogin('mailbox.messages', { places: z.array(z.int().min(1)).max(50) }),
  /** The conversations, latest first, whose last message is before `before`. */
  byLogin('conversation.list', { before: sequenceSchema.optional() }),
  /** The messages with one other account before `before`, the latest page of them, oldest first. */
  byLogin('conversation.history', { with: nameSchema, before: sequenceSchema.optional() }),
  /** The messages of the mailbox before `before` that hold `text`, latest first. */
  byLogin('message.search', { text: searchSchema, before: sequenceSchema.optional() }),
  /** Rooms that match and that the user may know of, in order, after `after`. */
  byLogin('room.list', { pattern: patternSchema, after: nameSchema.optional() }),
  /** The rooms that the user is in, and is invited to. */
  byLogin('room.mine', {}),
  byLogin('room.members', { room: nameSchema, after: nameSchema.optional() }),
  byLogin('room.history', { room: nameSchema, before: sequenceSchema.optional() }),
  byLogin('room.page', { room: nameSchema, after: sequenceSchema }),
  byLogin('room.search', { room: nameSchema, text: searchSchema, before: sequenceSchema.optional() }),
]);

/** A question to the replicated state. */
export type ChatQuery = z.infer<typeof querySchema>;

export type QueryOf<T extends ChatQuery['type']> = Extract<ChatQuery, { type: T }>;

/** An account as operators see it. */
export interface AccountView {
  readonly name: string;
  readonly createdAt: number;
  readonly state: 'active' | 'disabled' | 'deleted';
}

/** The answer to a query. `next` and `more` say where and whether another page follows. */
export type ChatAnswer =
  | { readonly type: 'account.password'; readonly password: string | null }
  | {
      readonly type: 'operator.accounts';
      readonly accounts: readonly AccountView[];
      readonly next: string | null;
    }
  | { readonly type: 'login.owner'; readonly name: string; readonly createdAt: number }
  | { readonly type: 'login.list'; readonly logins: readonly LoginView[] }
  | {
      readonly type: 'account.self';
      readonly profile: Profile;
      readonly settings: Readonly<Record<string, string>>;
    }
  | { readonly type: 'account.profile'; readonly profile: Profile }
  | { readonly type: 'account.list'; readonly people: readonly Profile[]; readonly next: string | null }
  | { readonly type: 'account.blocks'; readonly names: readonly string[]; readonly next: string | null }
  | { readonly type: 'mailbox.page'; readonly entries: readonly MailboxEntry[] }
  | { readonly type: 'mailbox.waiting'; readonly waiting: number }
  | { readonly type: 'mailbox.messages'; readonly messages: readonly Message[] }
  | {
      readonly type: 'conversation.list';
      /** The last sequence number of the mailbox, 0 if it is empty. */
      readonly head: number;
      readonly conversations: readonly Conversation[];
      readonly next: number | null;
    }
  | {
      readonly type: 'conversation.history';
      readonly messages: readonly Message[];
      readonly more: boolean;
      readonly receipt: Receipt;
      readonly deletedAccount: boolean;
    }
  | { readonly type: 'message.search'; readonly messages: readonly Message[]; readonly next: number | null }
  | { readonly type: 'room.list'; readonly rooms: readonly RoomSummary[]; readonly next: string | null }
  | {
      readonly type: 'room.mine';
      readonly rooms: readonly MyRoom[];
      readonly invitations: readonly Invitation[];
    }
  | { readonly type: 'room.members'; readonly members: readonly Profile[]; readonly next: string | null }
  | {
      readonly type: 'room.history';
      readonly messages: readonly RoomMessage[];
      readonly more: boolean;
      /** Of the senders, those whose accounts were deleted. */
      readonly deletedAccounts: readonly string[];
    }
  | { readonly type: 'room.page'; readonly entries: readonly RoomEntry[] }
  | { readonly type: 'room.search'; readonly messages: readonly RoomMessage[]; readonly next: number | null }
  | Refusal;

export type AnswerOf<T extends ChatAnswer['type']> = Extract<ChatAnswer, { type: T }>;
