/**
 * The protocol between clients and replicas over Socket.IO, at the path `/client`: the event
 * `requests` carries a list of requests and is acknowledged with their outcomes, in the same order,
 * once all are known. Every reply teaches the client the replicas and their leader.
 */
import { z } from 'zod';
import type { Outcome } from '../../vm/index.ts';
import type { ReplicaAddress } from '../replication.ts';

/** The path of the clients' own Socket.IO server. */
export const CLIENT_PATH = '/client';

const tagSchema = z.object({
  session: z.string().min(1).max(200),
  sequence: z.int().min(1),
  acknowledged: z.int().min(0),
});

/** The shape of a request. What commands and queries hold is the application's to check. */
export const clientRequestSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('submit'), command: z.unknown(), tag: tagSchema.optional() }),
  z.object({ type: z.literal('open-session') }),
  z.object({
    type: z.literal('read'),
    query: z.unknown(),
    consistency: z.enum(['linearizable', 'lease', 'stale']),
  }),
  z.object({ type: z.literal('status') }),
]);

/** One request of a client. */
export type ClientRequest = z.infer<typeof clientRequestSchema>;

/** Requests in one batch, at most. */
export const MAX_BATCH = 5_000;

/** Bytes of one frame, at most: a replica breaks the connection over a larger one. */
export const MAX_FRAME_BYTES = 2 ** 20;
/** Bytes of one request, at most: a frame holds it and what is around it. */
export const MAX_REQUEST_BYTES = MAX_FRAME_BYTES - 2 ** 12;
/** Bytes of several requests in one batch, at most. */
export const MAX_BATCH_BYTES = MAX_FRAME_BYTES / 2;

/** The replicas a client may turn to, and the leader among them while one is known. */
export interface Cluster {
  readonly replicas: readonly ReplicaAddress[];
  /** The leader's id. */
  readonly leader?: string | undefined;
}

/** The acknowledgement of a batch. */
export interface ClientReply extends Cluster {
  /** What became of the requests, in their order. */
  readonly outcomes: readonly Outcome[];
}

/** Events from a client. */
export interface ClientEvents {
  requests: (requests: readonly ClientRequest[], acknowledge: (reply: ClientReply) => void) => void;
}

/** A client's greeting. */
export interface ClientGreeting {
  /** The cluster's secret, where it has one. */
  readonly secret?: string | undefined;
}
