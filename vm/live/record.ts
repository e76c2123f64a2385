/**
 * How a value lies on disk: a CRC-32 over key and value, then the value as JSON in UTF-8. The key is in the
 * sum so that a record that turns up in the wrong place is caught too.
 */
import { crc32 } from 'node:zlib';
import type { Value } from '../store.ts';

const SUM_BYTES = 4;

/** The stored form of `value` under `key`. */
export function encodeRecord(key: Uint8Array, value: Value): Buffer {
  const json = JSON.stringify(value);
  const record = Buffer.allocUnsafe(SUM_BYTES + Buffer.byteLength(json));
  record.write(json, SUM_BYTES);
  record.writeUInt32LE(crc32(record.subarray(SUM_BYTES), crc32(key)), 0);
  return record;
}

/** The value in a record, or undefined when the record is not what was written under `key`. */
export function decodeRecord(key: Uint8Array, record: Buffer): Value | undefined {
  if (record.length <= SUM_BYTES) return undefined;
  const body = record.subarray(SUM_BYTES);
  if (crc32(body, crc32(key)) !== record.readUInt32LE(0)) return undefined;
  return JSON.parse(body.toString()) as Value;
}

/** The checksum that a record carries. */
export function sumOf(record: Buffer): number {
  return record.readUInt32LE(0);
}
