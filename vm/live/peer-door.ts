/**
 * The door between machines: who may come in, and which of their messages are well formed.
 *
 * A peer says who it is, whom it means to reach, which run it belongs to and the run's secret. Without a secret
 * only processes of the same computer are let in.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { NodeId, Vector } from '../clock.ts';
import type { Envelope } from '../program.ts';

/** The path of the peers' own Socket.IO server: its size limit is not for strangers. */
export const PEER_PATH = '/peer';

/** What a machine knows about the run it belongs to. */
export interface Membership {
  readonly self: NodeId;
  readonly peers: readonly NodeId[];
  /** The name of the cluster or run: machines of another one are refused. */
  readonly cluster: string;
  /** Shared by all machines of the run. */
  readonly secret?: string | undefined;
}

/** What a peer says when it connects. */
export interface Greeting {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly cluster: string;
  readonly secret?: string | undefined;
}

const greetingSchema = z.object({
  from: z.string(),
  to: z.string(),
  cluster: z.string(),
  secret: z.string().optional(),
});

/** What `self` says to `peer`. */
export function greeting({ self, cluster, secret }: Membership, peer: NodeId): Greeting {
  return { from: self, to: peer, cluster, secret };
}

/** Who has come in, or why they may not. `address` is the caller's IP address; `said` is what they sent. */
export function admit(
  { self, peers, cluster, secret }: Membership,
  said: unknown,
  address: string,
): { readonly peer: NodeId } | { readonly refused: string } {
  // The secret comes first: whoever does not have it learns nothing about the run.
  const parsed = greetingSchema.safeParse(said);
  if (!parsed.success) return { refused: 'this is not how a peer introduces itself' };
  const { from, to, cluster: theirs, secret: shown } = parsed.data;
  if (secret === undefined) {
    if (!isLoopback(address)) return { refused: `${self} has no secret set, so it takes local peers only` };
  } else if (shown === undefined) return { refused: `${self} asks for the cluster's secret` };
  else if (!isSameSecret(secret, shown)) return { refused: `${self} has another secret` };
  if (theirs !== cluster) return { refused: `${self} belongs to ${cluster}, not to ${theirs}` };
  if (to !== self) return { refused: `this is ${self}, not ${to}` };
  if (!peers.includes(from)) return { refused: `${self} has no peer ${from}` };
  return { peer: from };
}

/** Whether an IP address is this computer's own. */
export function isLoopback(address: string): boolean {
  return address === '::1' || /^(::ffff:)?127\./.test(address);
}

/** Compares secrets in a time that does not tell where they differ. */
export function isSameSecret(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

/** An envelope on its way: id, Lamport clock, vector clock (null: none), body. Who sent it, the link knows. */
export type Wire = readonly [id: string, lamport: number, vector: Vector | null, body: unknown];

/** The wire form of `envelope`. */
export function toWire({ id, lamport, vector, body }: Envelope<unknown>): Wire {
  return [id, lamport, vector ?? null, body];
}

/**
 * The envelope that `peer` sent, or undefined when it is malformed. Only the envelope is checked: this runs for
 * every message, and what bodies mean is the program's business.
 */
export function fromWire<M>(peer: NodeId, wire: unknown): Envelope<M> | undefined {
  if (!Array.isArray(wire) || wire.length !== 4) return undefined;
  const [id, lamport, vector, body] = wire as unknown[];
  if (typeof id !== 'string' || !Number.isSafeInteger(lamport) || (lamport as number) < 0) return undefined;
  if (typeof vector !== 'object' || Array.isArray(vector)) return undefined;
  if (body === null || body === undefined) return undefined;
  const clock = { lamport: lamport as number, vector: (vector as Vector | null) ?? undefined };
  return { id, from: peer, ...clock, body: body as M };
}
