/**
 * The protocol between chat clients and servers over Socket.IO, in the namespace `/chat`.
 *
 * A request is an event with one object and an acknowledgement. Requests that change the replicated
 * state carry the client's session tag, so that one sent again, even through another replica,
 * happens once (or a key of their own, before there is an account). Every reply teaches the client
 * the replicas and their leader. The server pushes a follower's mailbox in pages and waits for the
 * acknowledgement of each.
 */
import { z } from 'zod';
import type { Cluster } from '../replication/failover/index.ts';
import type { ChatErrorCode } from './errors.ts';
import {
  type Conversation,
  keySchema,
  type Message,
  nameSchema,
  patternSchema,
  sequenceSchema,
  textSchema,
} from './state/commands.ts';
import { PASSWORD_MAX, PASSWORD_MIN } from './state/limits.ts';

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

const tokenSchema = z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'not a login token');

/** The shape of every request. */
export const requestSchemas = {
  /** Opens a session for the changes of the user who is logged in. */
  'session.open': z.strictObject({}),
  /**
   * Carries no tag, since sessions are for those who have an account: `key` is random, and one sent
   * again under the same key is the same sign-up.
   */
  'account.create': z.strictObject({ name: nameSchema, password: newPasswordSchema, key: keySchema }),
  /** Logs in this socket. Carries no tag: a retry is a login of its own, with its own token. */
  'login.create': z.strictObject({ name: nameSchema, password: z.string().max(PASSWORD_MAX) }),
  /** Logs in this socket with a token of an earlier login. */
  'login.resume': z.strictObject({ token: tokenSchema }),
  /** Ends this socket's login everywhere. */
  'login.end': z.strictObject({ tag: tagSchema }),
  'account.list': z.strictObject({ pattern: patternSchema, after: nameSchema.optional() }),
  'message.send': z.strictObject({ to: nameSchema, text: textSchema, key: keySchema, tag: tagSchema }),
  'conversation.list': z.strictObject({ before: sequenceSchema.optional() }),
  'conversation.history': z.strictObject({ with: nameSchema, before: sequenceSchema.optional() }),
  'mailbox.read': z.strictObject({ with: nameSchema, upTo: sequenceSchema, tag: tagSchema }),
  /** From now on this socket gets all that follows `after` in the mailbox, in order. */
  'mailbox.follow': z.strictObject({ after: sequenceSchema }),
  /** Asks only for what every reply carries. */
  cluster: z.strictObject({}),
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

/** A login: its token is a secret that identifies its holder. */
export interface Login {
  readonly name: string;
  readonly token: string;
}

/** The answer to a successful request of that name. */
export interface Values {
  'session.open': { readonly session: string };
  'account.create': { readonly name: string };
  'login.create': Login;
  'login.resume': { readonly name: string };
  'login.end': Record<string, never>;
  'account.list': { readonly names: readonly string[]; readonly next: string | null };
  'message.send': { readonly sequence: number; readonly sentAt: number };
  'conversation.list': {
    readonly head: number;
    readonly conversations: readonly Conversation[];
    readonly next: number | null;
  };
  'conversation.history': { readonly messages: readonly Message[]; readonly more: boolean };
  'mailbox.read': ReadMark;
  'mailbox.follow': Record<string, never>;
  cluster: Record<string, never>;
}

/** How far a conversation has been read, by all of the reader's devices together. */
export interface ReadMark {
  readonly with: string;
  readonly read: number;
  readonly unread: number;
}

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
   * The next messages of the followed mailbox, in order and without gaps; the next page waits for
   * the acknowledgement.
   */
  mailbox: (page: { readonly messages: readonly Message[] }, acknowledge: () => void) => void;
  /** Another of the user's devices may have read a conversation. */
  read: (mark: ReadMark) => void;
  /** The socket's login has ended elsewhere. */
  loggedOut: () => void;
}
