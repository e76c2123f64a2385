/**
 * The handshake: how a program introduces itself when it connects to a machine, and whether it is
 * admitted.
 *
 * The greeting is in a header of the upgrade request, so that nobody can send a frame who was not
 * admitted, and no page can try: pages cannot set headers of a WebSocket, and name their origin.
 * Without a secret only processes of the same computer are admitted.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import type { NodeId } from '../clock.ts';
import { LiveError } from '../errors.ts';
import { printable } from '../printable.ts';
import { difference, type Identity, mayBelong, type Start } from './identity.ts';

/** The path of the peers' own Socket.IO server. */
export const PEER_PATH = '/peer';
/** The HTTP status for a member that is no part of the same cluster: `Conflict`. */
export const DISAGREES = 409;
/** Members of a cluster, at most. */
const MAX_MEMBERS = 100;
/**
 * The header that holds a client's greeting: JSON in base64url, as a header may hold little else.
 */
const HEADER = 'x-tickraft-greeting';
/**
 * The header that holds a peer's greeting. It has another name with every change of what peers say
 * to each other: versions that do not understand each other do not connect. Up to data format 3 it
 * was `HEADER`.
 */
const PEER_HEADER = 'x-tickraft-peer-7';
const FORMER_PEER_HEADERS = [HEADER, 'x-tickraft-peer-4', 'x-tickraft-peer-5', 'x-tickraft-peer-6'];

/** A machine and the run it belongs to. */
export interface Membership extends Identity {
  readonly start: Start;
  /** Shared by all machines of the run. */
  readonly secret?: string | undefined;
}

/** A name, short enough to be read, and to keep greetings short. */
const name = z.string().min(1).max(200);

const greetingSchema = z.object({
  from: name,
  to: name,
  cluster: name,
  clusterId: name.optional(),
  version: z.int().min(0),
  /** With a roster of version 0 all members, and otherwise only the sender. */
  members: z
    .array(z.object({ id: name, url: name, incarnation: z.int().min(0).optional() }))
    .max(MAX_MEMBERS),
  start: z.object({ serial: name, boot: z.int().min(1), nonce: name }),
  secret: z.string().optional(),
});

/** A peer's greeting. */
export type Greeting = z.infer<typeof greetingSchema>;

/** The greeting of `self` to `peer`. */
export function greeting(
  { self, cluster, clusterId, version, members, start, secret }: Membership,
  peer: NodeId,
): Greeting {
  const told = version === 0 ? [...members] : members.filter(({ id }) => id === self);
  return { from: self, to: peer, cluster, clusterId, version, members: told, start, secret };
}

/** Whether a caller is admitted. */
export type Admission =
  | { readonly peer: Identity & Pick<Membership, 'start'> }
  /** `disagrees`: the peer that says it is a member, and does not belong to the same cluster. */
  | { readonly refused: string; readonly disagrees?: NodeId };

/** The headers that carry a client's greeting. */
export function greetingHeaders(said: object): Record<string, string> {
  return { [HEADER]: encode(said) };
}

/** The headers that carry a peer's greeting. */
export function peerHeaders(said: object): Record<string, string> {
  return { [PEER_HEADER]: encode(said) };
}

/** The client's greeting in a request; undefined if it has none that can be read. */
export function greetingOf({ headers }: IncomingMessage): unknown {
  return decode(headers[HEADER]);
}

/** The peer's greeting in a request; undefined if it has none that can be read. */
export function peerGreetingOf({ headers }: IncomingMessage): unknown {
  return decode(headers[PEER_HEADER]);
}

/** Whether a request is that of a peer whose version is older than this one. */
export function isOfFormerVersion({ headers }: IncomingMessage): boolean {
  return (
    headers[PEER_HEADER] === undefined && FORMER_PEER_HEADERS.some((name) => headers[name] !== undefined)
  );
}

function encode(said: object): string {
  return Buffer.from(JSON.stringify(said)).toString('base64url');
}

function decode(header: string | string[] | undefined): unknown {
  try {
    return JSON.parse(Buffer.from(String(header), 'base64url').toString());
  } catch {
    return undefined;
  }
}

/** The address that a request comes from, as text for people. */
export function addressOf({ socket }: IncomingMessage): string {
  return socket.remoteAddress ?? 'nowhere';
}

/** Whether a request was made by a page: browsers say the page's origin, and programs have none. */
export function isFromPage({ headers }: IncomingMessage): boolean {
  return headers.origin !== undefined;
}

/**
 * Who is admitted, or why not. `address` is the caller's IP address; `said` is the greeting as it
 * came.
 */
export function admit(membership: Membership, said: unknown, address: string): Admission {
  const { self, secret } = membership;
  // The secret comes first: a caller without it learns nothing about the run.
  const parsed = greetingSchema.safeParse(said);
  if (!parsed.success) return { refused: 'the greeting is not that of a peer of this version' };
  const { from, to, secret: shown, clusterId, ...rest } = parsed.data;
  if (secret === undefined) {
    if (!isLoopback(address)) return { refused: `${self} has no secret set, so it admits local peers only` };
  } else if (shown === undefined) return { refused: `${self} requires the cluster's secret` };
  else if (!isSameSecret(secret, shown)) return { refused: `${self} has another secret` };
  const peer = { self: from, clusterId, ...rest };
  const why = difference(membership, peer);
  if (why !== undefined) return { refused: printable(why, LINE_SHOWN), disagrees: from };
  if (to !== self) return { refused: `this is ${self}, not ${printable(to, NAME_SHOWN)}`, disagrees: from };
  if (!mayBelong(membership, peer))
    return { refused: `${self} has no peer ${printable(from, NAME_SHOWN)}`, disagrees: from };
  return { peer };
}

/** The most characters shown of a name from outside, and of a whole line with such names. */
const NAME_SHOWN = 64;
const LINE_SHOWN = 4_000;

/** Whether an IP address is this computer's own. */
export function isLoopback(address: string): boolean {
  return address === '::1' || /^(::ffff:)?127\./.test(address);
}

/** Compares secrets in constant time. */
export function isSameSecret(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

/**
 * The secret, if it is valid or there is none. Throws a `LiveError` for an empty one, which anybody
 * could send.
 */
export function checkSecret(secret: string | undefined): string | undefined {
  if (secret?.trim() === '')
    throw new LiveError('SecretEmpty', 'the secret is empty: give one, or leave the option out');
  return secret;
}
