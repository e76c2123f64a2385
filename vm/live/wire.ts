/**
 * Messages as they travel between machines: those of one step to one peer are one binary frame.
 *
 *     byte 0        version of the layout, 1
 *     bytes 1-4     CRC-32 of all that follows, little-endian, as all numbers
 *     bytes 5-8     length of the head
 *     the head      JSON: a list of [id, Lamport clock, vector clock or null, message, text lengths]
 *     the texts     in the order of the head: what `Packing` has taken out of the messages
 *
 * A leader sends the same entries to all its followers: a large text is encoded once for all of
 * them.
 */
import { crc32 } from 'node:zlib';
import type { NodeId, Vector } from '../clock.ts';
import type { Envelope, Packing } from '../program.ts';

const VERSION = 1;
const HEAD_AT = 9;
/** Text that is shorter is encoded each time. */
const LARGE = 256;

/** An envelope in the head. The link knows the sender. */
type Wire = readonly [
  id: string,
  lamport: number,
  vector: Vector | null,
  body: unknown,
  lengths: readonly number[],
];

/** The form of ids, which become words in logs. */
const ID = /^[\w.-]{1,100}$/;

/** Makes frames of envelopes: one for all links of a machine, which share what it has encoded. */
export class FrameEncoder {
  readonly #packing: Packing<unknown> | undefined;
  /** Large texts that were encoded in this turn of the event loop. */
  readonly #encoded = new Map<string, Buffer>();

  constructor(packing: Packing<unknown> | undefined) {
    this.#packing = packing;
  }

  encode(envelopes: readonly Envelope<unknown>[]): Buffer {
    const parts: Buffer[] = [];
    const wires = envelopes.map(({ id, lamport, vector, body }): Wire => {
      const { light, texts } = this.#packing?.unload(body) ?? { light: body, texts: [] };
      const own = texts.map((text) => this.#encodeText(text));
      parts.push(...own);
      return [id, lamport, vector ?? null, light, own.map(({ length }) => length)];
    });
    const head = Buffer.from(JSON.stringify(wires));
    const frame = Buffer.concat([Buffer.alloc(HEAD_AT), head, ...parts]);
    frame.writeUInt8(VERSION);
    frame.writeUInt32LE(head.length, 5);
    frame.writeUInt32LE(crc32(frame.subarray(5)), 1);
    return frame;
  }

  #encodeText(text: string): Buffer {
    if (text.length < LARGE) return Buffer.from(text);
    const known = this.#encoded.get(text);
    if (known !== undefined) return known;
    const bytes = Buffer.from(text);
    if (this.#encoded.size === 0) setImmediate(() => this.#encoded.clear());
    this.#encoded.set(text, bytes);
    return bytes;
  }
}

/**
 * The envelopes that `peer` sent, each undefined that is malformed; one undefined for a malformed
 * frame. Only envelopes are checked: this runs for every message, and bodies are checked by the
 * program.
 */
export function decodeFrame<M>(
  peer: NodeId,
  frame: unknown,
  packing: Packing<M> | undefined,
): (Envelope<M> | undefined)[] {
  if (!Buffer.isBuffer(frame) || frame.length < HEAD_AT || frame.readUInt8() !== VERSION) return [undefined];
  if (crc32(frame.subarray(5)) !== frame.readUInt32LE(1)) return [undefined];
  let at = HEAD_AT + frame.readUInt32LE(5);
  const wires = parse(frame.subarray(HEAD_AT, at));
  if (!Array.isArray(wires)) return [undefined];
  return wires.map((wire: unknown) => {
    const lengths: unknown = Array.isArray(wire) ? wire[4] : undefined;
    if (!Array.isArray(lengths)) return undefined;
    const texts: string[] = [];
    for (const length of lengths as unknown[]) {
      if (!Number.isSafeInteger(length) || (length as number) < 0) return undefined;
      texts.push(frame.toString('utf8', at, at + (length as number)));
      at += length as number;
    }
    return fromWire(peer, wire as unknown[], texts, packing);
  });
}

function fromWire<M>(
  peer: NodeId,
  [id, lamport, vector, light]: readonly unknown[],
  texts: readonly string[],
  packing: Packing<M> | undefined,
): Envelope<M> | undefined {
  if (typeof id !== 'string' || !ID.test(id) || !Number.isSafeInteger(lamport) || (lamport as number) < 0)
    return undefined;
  if (typeof vector !== 'object' || Array.isArray(vector)) return undefined;
  const body = load(light, texts, packing);
  if (body === null || body === undefined) return undefined;
  const clock = { lamport: lamport as number, vector: (vector as Vector | null) ?? undefined };
  return { id, from: peer, ...clock, body: body as M };
}

function load(light: unknown, texts: readonly string[], packing: Packing<never> | undefined): unknown {
  if (packing === undefined) return light;
  try {
    return packing.load({ light, texts });
  } catch {
    return undefined;
  }
}

function parse(json: Buffer): unknown {
  try {
    return JSON.parse(json.toString());
  } catch {
    return undefined;
  }
}
