/** Envelopes as they travel between machines. */
import type { NodeId, Vector } from '../clock.ts';
import type { Envelope } from '../program.ts';

/**
 * An envelope on the wire: id, Lamport clock, vector clock (null: none), body. The link knows the
 * sender.
 */
export type Wire = readonly [id: string, lamport: number, vector: Vector | null, body: unknown];

/** The form of ids, which become words in logs. */
const ID = /^[\w.-]{1,100}$/;

/** The wire form of `envelope`. */
export function toWire({ id, lamport, vector, body }: Envelope<unknown>): Wire {
  return [id, lamport, vector ?? null, body];
}

/**
 * The envelope that `peer` sent, or undefined when it is malformed. Only the envelope is checked:
 * this runs for every message, and bodies are checked by the program.
 */
export function fromWire<M>(peer: NodeId, wire: unknown): Envelope<M> | undefined {
  if (!Array.isArray(wire) || wire.length !== 4) return undefined;
  const [id, lamport, vector, body] = wire as unknown[];
  if (typeof id !== 'string' || !ID.test(id) || !Number.isSafeInteger(lamport) || (lamport as number) < 0)
    return undefined;
  if (typeof vector !== 'object' || Array.isArray(vector)) return undefined;
  if (body === null || body === undefined) return undefined;
  const clock = { lamport: lamport as number, vector: (vector as Vector | null) ?? undefined };
  return { id, from: peer, ...clock, body: body as M };
}
