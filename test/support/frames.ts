/** Frames between machines, made by hand after the layout that `vm/live/wire.ts` documents. */
import { crc32 } from 'node:zlib';

/** A frame with this head, however wrong, and these texts, that passes its checksum. */
export function frameOf(head: unknown, ...texts: readonly string[]): Buffer {
  const json = Buffer.from(JSON.stringify(head) ?? 'undefined');
  const length = Buffer.alloc(4);
  length.writeUInt32LE(json.length);
  return checked(Buffer.concat([length, json, ...texts.map((text) => Buffer.from(text))]));
}

/** A frame with this content, that passes its checksum. */
export function checked(content: Buffer, version = 1): Buffer {
  const start = Buffer.alloc(5);
  start.writeUInt8(version);
  start.writeUInt32LE(crc32(content), 1);
  return Buffer.concat([start, content]);
}

/** The ids of the messages in a frame. */
export function idsIn(frame: Buffer): string[] {
  const head = JSON.parse(frame.toString('utf8', 9, 9 + frame.readUInt32LE(5))) as [id: string][];
  return head.map(([id]) => id);
}
