/**
 * Socket.IO's parser at `/client`: requests are one binary frame, in which commands are not a part
 * of JSON, so that nobody on their way escapes them or looks into them.
 *
 *     byte 0        version of the layout, 1
 *     bytes 1-4     the number that the acknowledgement repeats, little-endian, as all numbers
 *     bytes 5-8     length of the head
 *     the head      JSON: the requests; a submit has `bytes`, the length of its commands, instead of
 *                   the commands
 *     the texts     the commands, in the order of the head
 *
 * All else is what Socket.IO's own parser makes of it. It takes requests as text, too.
 */
import { Decoder, Encoder, type Packet, PacketType } from 'socket.io-parser';
import { CLIENT_NAMESPACE, REQUESTS, type WireRequest } from '../failover/wire.ts';

const VERSION = 1;
const HEAD_AT = 9;

/** A frame of requests. */
function encodeRequests(number: number, requests: readonly WireRequest[]): Buffer {
  const texts: Buffer[] = [];
  const light = requests.map((request) => {
    if (request.type !== 'submit') return request;
    const { commands, ...rest } = request.batch;
    const text = Buffer.from(commands);
    texts.push(text);
    return { type: request.type, batch: { ...rest, bytes: text.length } };
  });
  const head = Buffer.from(JSON.stringify(light));
  const start = Buffer.alloc(HEAD_AT);
  start.writeUInt8(VERSION);
  start.writeUInt32LE(number, 1);
  start.writeUInt32LE(head.length, 5);
  return Buffer.concat([start, head, ...texts]);
}

/**
 * The number of a frame and its requests, which are whatever the head says. Throws where a frame is
 * not of this layout.
 */
function decodeRequests(frame: Buffer): { readonly number: number; readonly requests: unknown } {
  if (frame.length < HEAD_AT || frame.readUInt8() !== VERSION) throw new Error('not a frame of requests');
  let at = HEAD_AT + frame.readUInt32LE(5);
  const requests = JSON.parse(frame.toString('utf8', HEAD_AT, at)) as unknown;
  for (const request of Array.isArray(requests) ? (requests as Light[]) : []) {
    const batch = request?.batch;
    if (typeof batch?.bytes !== 'number') continue;
    const end = at + batch.bytes;
    if (!Number.isSafeInteger(end) || end < at || end > frame.length)
      throw new Error('a frame of requests is shorter than it says');
    batch.commands = frame.toString('utf8', at, end);
    at = end;
  }
  return { number: frame.readUInt32LE(1), requests };
}

/** What may be a request in a head. */
type Light = { readonly batch?: { readonly bytes?: unknown; commands?: string } } | null;

class ClientEncoder extends Encoder {
  override encode(packet: Packet): unknown[] {
    const { type, nsp, id, data } = packet;
    if (type === PacketType.EVENT && id !== undefined && data[0] === REQUESTS) {
      return [encodeRequests(id, data[1] as WireRequest[])];
    }
    // As Socket.IO's own, but for a search for binary data, of which there is none in replies.
    if (type === PacketType.ACK) return [`${type}${nsp},${id}${JSON.stringify(data)}`];
    return super.encode(packet);
  }
}

class ClientDecoder extends Decoder {
  /** Throws for what is no packet; the connection is then closed. */
  override add(received: unknown): void {
    if (Buffer.isBuffer(received)) {
      const { number, requests } = decodeRequests(received);
      const data = [REQUESTS, requests];
      this.emitReserved('decoded', { type: PacketType.EVENT, nsp: CLIENT_NAMESPACE, id: number, data });
    } else super.add(received);
  }
}

/** For the option `parser` of both sides. */
export const clientParser = { Encoder: ClientEncoder, Decoder: ClientDecoder };
