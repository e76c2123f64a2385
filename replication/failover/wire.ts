/**
 * The protocol between clients and replicas over Socket.IO, at the path `/client`: the event
 * `requests` carries a list of requests (`../client/client-parser.ts` has its binary form) and is
 * acknowledged with their outcomes, in the same order, once all are known. The first reply teaches
 * the client the replicas and their leader, and so does each in which they have changed.
 */
import { z } from 'zod';
import type { Outcome } from '../../vm/index.ts';
import type { ReplicaAddress, SessionTag } from '../replication.ts';

/** The path of the clients' own Socket.IO server, and the namespace there. */
export const CLIENT_PATH = '/client';
export const CLIENT_NAMESPACE = '/client';
/** The event that carries requests. */
export const REQUESTS = 'requests';

const tagSchema = z.object({
  session: z.string().min(1).max(200),
  sequence: z.int().min(1),
  acknowledged: z.int().min(0),
});

/** Requests in one frame, at most. */
export const MAX_BATCH = 5_000;

/** The shape of a request. What commands and queries hold is the application's to check. */
export const wireRequestSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('submit'),
    /** One command or several (`core/batch.ts`). */
    batch: z.object({
      commands: z.string(),
      count: z.int().min(1).max(MAX_BATCH),
      tag: tagSchema.optional(),
    }),
  }),
  z.object({ type: z.literal('open-session') }),
  z.object({
    type: z.literal('read'),
    query: z.unknown(),
    consistency: z.enum(['linearizable', 'lease', 'stale']),
  }),
  z.object({ type: z.literal('status') }),
]);

/** A request as it is sent. */
export type WireRequest = z.infer<typeof wireRequestSchema>;

/** One request of a client, as it is sent alone. */
export type ClientRequest =
  /** `command` is in JSON already. */
  | { readonly type: 'submit'; readonly command: string; readonly tag: SessionTag }
  | Exclude<WireRequest, { type: 'submit' }>;

/**
 * Requests as they are sent together: what is submitted in one session, one after the other, as
 * one.
 */
export function pack(requests: readonly ClientRequest[]): WireRequest[] {
  const packed: WireRequest[] = [];
  let commands: string[] = [];
  let first: SessionTag | undefined;
  const close = () => {
    if (first === undefined) return;
    const batch = { commands: `[${commands.join(',')}]`, count: commands.length, tag: first };
    packed.push({ type: 'submit', batch });
    first = undefined;
  };
  for (const request of requests) {
    if (request.type !== 'submit') {
      close();
      packed.push(request);
      continue;
    }
    const { command, tag } = request;
    if (first === undefined || !follows(first, commands.length, tag)) {
      close();
      [first, commands] = [tag, []];
    }
    commands.push(command);
  }
  close();
  return packed;
}

/**
 * Whether `tag` is that of the command after `count` others, of which the first has the tag
 * `first`.
 */
function follows(first: SessionTag, count: number, tag: SessionTag): boolean {
  return (
    tag.session === first.session &&
    tag.sequence === first.sequence + count &&
    tag.acknowledged === first.acknowledged
  );
}

/** Bytes of one request, at most: of a command or a query in JSON, and what is around it. */
export const MAX_REQUEST_BYTES = 2 ** 20 - 2 ** 12;
/** Bytes of several requests in one batch, at most. */
export const MAX_BATCH_BYTES = 2 ** 19;
/**
 * Bytes of one frame, at most: a replica breaks the connection over a larger one. Where it is text,
 * commands are text in JSON, in which each quote and backslash of theirs takes two bytes.
 */
export const MAX_FRAME_BYTES = 2 * MAX_REQUEST_BYTES + 2 ** 13;

/** The replicas a client may turn to, and the leader among them while one is known. */
export interface Cluster {
  readonly replicas: readonly ReplicaAddress[];
  /** The leader's id. */
  readonly leader?: string | undefined;
  /** There if nobody ever leads: any replica serves. */
  readonly leaderless?: true | undefined;
  /** The members, while some are no plain voters: there are learners, or a change is under way. */
  readonly changing?: ChangingMembers | undefined;
}

/** Members as a server counts them. */
export interface ChangingMembers {
  readonly voters: readonly string[];
  readonly learners: readonly string[];
  /** The voters before, while a change of several of them is under way. */
  readonly outgoing?: readonly string[] | undefined;
  /** What each learner that is to vote is doing; only the leader knows. */
  readonly learning?: Readonly<Record<string, string>> | undefined;
}

/** The acknowledgement of a frame. */
export interface ClientReply {
  /** Left out where it is what the last reply over this connection said. */
  readonly cluster?: Cluster | undefined;
  /** What became of the requests, and of each command of theirs, in their order. */
  readonly outcomes: readonly Outcome[];
}

/** Events from a client. */
export interface ClientEvents {
  requests: (requests: readonly WireRequest[], acknowledge: (reply: ClientReply) => void) => void;
}

/** A client's greeting. */
export interface ClientGreeting {
  /** The cluster's secret, where it has one. */
  readonly secret?: string | undefined;
}
