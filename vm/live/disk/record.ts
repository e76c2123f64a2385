/**
 * How a value is stored: a CRC-32 over key and value, then the value as JSON in UTF-8. The key is
 * in the sum so that a record in the wrong place is detected too.
 */
import { crc32 } from 'node:zlib';
import type { Value } from '../../store.ts';

/** Bytes of the checksum before a value. */
export const SUM_BYTES = 4;
/** The shortest record: a checksum and a digit. */
export const MIN_RECORD_BYTES = SUM_BYTES + 1;
const NO_SUM = Buffer.alloc(SUM_BYTES);

/** A key and its record, as they are stored. */
export interface Stored {
  readonly key: Buffer;
  readonly record: Buffer;
}

/** One record put, or (without `record`) removed. */
export interface Change {
  readonly key: Buffer;
  readonly record?: Buffer;
}

/** The stored form of `value` under `key`. */
export function encodeRecord(key: string, value: Value): Stored {
  const json = JSON.stringify(value);
  const keyBytes = Buffer.byteLength(key);
  // One allocation and one checksum run: this is done for every write.
  const bytes = Buffer.allocUnsafe(keyBytes + SUM_BYTES + Buffer.byteLength(json));
  bytes.write(key);
  bytes.writeUInt32LE(0, keyBytes);
  bytes.write(json, keyBytes + SUM_BYTES);
  bytes.writeUInt32LE(crc32(bytes), keyBytes);
  return { key: bytes.subarray(0, keyBytes), record: bytes.subarray(keyBytes) };
}

/** The value in a record, or undefined when the record is not what was written under `key`. */
export function decodeRecord(key: Uint8Array, record: Buffer): Value | undefined {
  if (record.length < MIN_RECORD_BYTES) return undefined;
  const body = record.subarray(SUM_BYTES);
  if (crc32(body, crc32(NO_SUM, crc32(key))) !== sumOf(record)) return undefined;
  return JSON.parse(body.toString()) as Value;
}

/** The checksum that a record carries. */
export function sumOf(record: Buffer): number {
  return record.readUInt32LE(0);
}
