/**
 * How a log lies in its files, byte by byte. Numbers are little-endian; a checksum is a CRC-32.
 *
 * A segment file is made of zeros before it is used. It begins with a header of 64 bytes:
 *
 *      0   8  "tickraft" in ASCII      8   4  1, the version of this layout     12   4  checksum of
 * bytes 16 to 63: the salt of the segment     16   8  number of the segment: 1, 2, ... in the order
 * of their making, never used again     24   8  sequence number of the last group before this
 * segment; 0 if there is none     32   4  checksum of that group; 0 if there is none     36   4  0
 * 40  16  identity of the disk that the log belongs to     56   8  0
 *
 * Then follow groups, each at a multiple of 8, up to the first place that holds none:
 *
 *      0   4  "LOG" in ASCII, and the byte 255      4   4  bytes of the group with this header, up
 * to the end of its last record      8   4  checksum of all that follows in the group, continued
 * from the segment's salt     12   4  checksum of the group before, be it in the segment before; 0
 * for the first of all     16   8  sequence number of the group: one more than that of the group
 * before     24      records
 *
 * A record is one key put or deleted:
 *
 *      0   4  checksum of all that follows in the record, which says which one of a group is
 * damaged      4   1  bit 0: a deletion; bit 1: it only passes through the log
 * (`LogRecord.passing`)      5   1  0      6   2  bytes of the key      8   4  bytes of the value;
 * 0 for a deletion     12      the key in UTF-8, then the value as JSON in UTF-8
 *
 * The salt covers the segment's number, so groups of another segment are never taken for its own.
 * The byte 255 is not in UTF-8, so no text in a value looks like a group.
 */
import type { Value } from '../store.ts';

/** What a host does better than plain code. */
export interface Codec {
  /** The CRC-32 of bytes, continued from that of bytes before them. */
  crc32(bytes: Uint8Array, before: number): number;
  /** UTF-8. */
  encode(text: string): Uint8Array;
  decode(bytes: Uint8Array): string;
}

/** One key put, or (value undefined) deleted. */
export interface LogRecord {
  readonly key: string;
  readonly value: Value | undefined;
  /**
   * It only passes through the log, on its way to a database; if not, the log keeps the key's last
   * value itself.
   */
  readonly passing: boolean;
}

/** What the header of a segment says. */
export interface SegmentHeader {
  readonly number: number;
  /** Of the last group before the segment; 0 if there is none. */
  readonly sequence: number;
  readonly checksum: number;
  readonly identity: Uint8Array;
}

/** What the header of a group says; it may be damaged. */
export interface GroupHeader {
  /** Where the group begins in its segment, where it ends, and where the next one begins. */
  readonly at: number;
  readonly end: number;
  readonly next: number;
  readonly checksum: number;
  /** The checksum of the group before. */
  readonly previous: number;
  readonly sequence: number;
}

/** A record as it lies in a group. Its value is read when it is needed. */
export interface FoundRecord {
  readonly key: string;
  readonly json: Uint8Array | undefined;
  readonly passing: boolean;
  readonly bytes: number;
  readonly isWhole: boolean;
}

export const HEADER_BYTES = 64;
const IDENTITY_BYTES = 16;
const SALT_AT = 12;
const SALTED_FROM = 16;
const VERSION = 1;
const SEGMENT_MAGIC = [0x74, 0x69, 0x63, 0x6b, 0x72, 0x61, 0x66, 0x74];

const GROUP_HEADER_BYTES = 24;
const GROUP_MAGIC = 0xff474f4c;
const GROUP_SUMMED_FROM = 12;
const ALIGNMENT = 8;
/** What a disk writes as a whole or not at all, at least. */
const SECTOR_BYTES = 512;

const RECORD_HEADER_BYTES = 12;
const RECORD_SUMMED_FROM = 4;
const DELETION = 1;
const PASSING = 2;

/** The header of a segment. */
export function encodeHeader(header: SegmentHeader, codec: Codec): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES);
  const view = viewOf(bytes);
  bytes.set(SEGMENT_MAGIC);
  view.setUint32(8, VERSION, true);
  putWhole(view, 16, header.number);
  putWhole(view, 24, header.sequence);
  view.setUint32(32, header.checksum, true);
  bytes.set(header.identity, 40);
  view.setUint32(SALT_AT, codec.crc32(bytes.subarray(SALTED_FROM), 0), true);
  return bytes;
}

/** What the header of a segment says; undefined if it is not one. */
export function decodeHeader(segment: Uint8Array, codec: Codec): SegmentHeader | undefined {
  if (segment.length < HEADER_BYTES || SEGMENT_MAGIC.some((byte, at) => segment[at] !== byte))
    return undefined;
  const view = viewOf(segment);
  if (view.getUint32(8, true) !== VERSION) return undefined;
  if (codec.crc32(segment.subarray(SALTED_FROM, HEADER_BYTES), 0) !== saltOf(segment)) return undefined;
  return {
    number: wholeAt(view, 16),
    sequence: wholeAt(view, 24),
    checksum: view.getUint32(32, true),
    identity: segment.slice(40, 40 + IDENTITY_BYTES),
  };
}

/** The salt of a segment, given its first bytes. */
export function saltOf(segment: Uint8Array): number {
  return viewOf(segment).getUint32(SALT_AT, true);
}

/** A group without its checksum, and the bytes of each of its records. */
export interface EncodedGroup {
  readonly bytes: Uint8Array;
  readonly recordBytes: readonly number[];
}

/** A group that follows one with the checksum `previous`. `sealGroup` completes it. */
export function encodeGroup(
  records: readonly LogRecord[],
  sequence: number,
  previous: number,
  codec: Codec,
): EncodedGroup {
  const parts = records.map(({ key, value }) => {
    const json = value === undefined ? undefined : codec.encode(JSON.stringify(value));
    return { key: codec.encode(key), json };
  });
  const recordBytes = parts.map(({ key, json }) => RECORD_HEADER_BYTES + key.length + (json?.length ?? 0));
  const end = recordBytes.reduce((sum, bytes) => sum + bytes, GROUP_HEADER_BYTES);
  const bytes = new Uint8Array(aligned(end));
  const view = viewOf(bytes);
  view.setUint32(0, GROUP_MAGIC, true);
  view.setUint32(4, end, true);
  view.setUint32(12, previous, true);
  putWhole(view, 16, sequence);
  let at = GROUP_HEADER_BYTES;
  for (const [i, { key, json }] of parts.entries()) {
    const recordEnd = at + recordBytes[i]!;
    bytes[at + 4] = (json === undefined ? DELETION : 0) | (records[i]!.passing ? PASSING : 0);
    view.setUint16(at + 6, key.length, true);
    view.setUint32(at + 8, json?.length ?? 0, true);
    bytes.set(key, at + RECORD_HEADER_BYTES);
    if (json !== undefined) bytes.set(json, at + RECORD_HEADER_BYTES + key.length);
    view.setUint32(at, codec.crc32(bytes.subarray(at + RECORD_SUMMED_FROM, recordEnd), 0), true);
    at = recordEnd;
  }
  return { bytes, recordBytes };
}

/** Gives a group its checksum, in a segment with this salt, and returns it. */
export function sealGroup(group: Uint8Array, salt: number, codec: Codec): number {
  const view = viewOf(group);
  const checksum = codec.crc32(group.subarray(GROUP_SUMMED_FROM, view.getUint32(4, true)), salt);
  view.setUint32(8, checksum, true);
  return checksum;
}

/** The header of the group at `at`; undefined if there is no group. */
export function groupAt(segment: Uint8Array, at: number): GroupHeader | undefined {
  if (at + GROUP_HEADER_BYTES > segment.length) return undefined;
  const view = viewOf(segment);
  if (view.getUint32(at, true) !== GROUP_MAGIC) return undefined;
  const bytes = view.getUint32(at + 4, true);
  if (bytes < GROUP_HEADER_BYTES || at + bytes > segment.length) return undefined;
  return {
    at,
    end: at + bytes,
    next: at + aligned(bytes),
    checksum: view.getUint32(at + 8, true),
    previous: view.getUint32(at + 12, true),
    sequence: wholeAt(view, at + 16),
  };
}

/** Whether a group is what was written there, in a segment with this salt. */
export function isGroupWhole(
  segment: Uint8Array,
  { at, end, checksum }: GroupHeader,
  salt: number,
  codec: Codec,
): boolean {
  return codec.crc32(segment.subarray(at + GROUP_SUMMED_FROM, end), salt) === checksum;
}

/** Whether there is a whole group anywhere behind `at`, in a segment with this salt. */
export function isGroupBehind(segment: Uint8Array, at: number, salt: number, codec: Codec): boolean {
  for (let behind = at + ALIGNMENT; behind < segment.length; behind += ALIGNMENT) {
    if (segment[behind + 3] !== GROUP_MAGIC >>> 24) continue;
    const group = groupAt(segment, behind);
    if (group !== undefined && isGroupWhole(segment, group, salt, codec)) return true;
  }
  return false;
}

/**
 * Whether what lies at `at` may be no group yet, or one that a crash has torn: of a write that was
 * under way, some sector is still as it was made, zero. Damage by itself does not look so (etcd's
 * write-ahead log tells them apart like this, too).
 */
export function isEndOrTorn(segment: Uint8Array, at: number): boolean {
  // Length and magic number lie in one sector: if that was written, both are there.
  const end = groupAt(segment, at)?.end ?? sectorEnd(at);
  for (let from = at; from < end; from = sectorEnd(from)) {
    const part = segment.subarray(from, Math.min(sectorEnd(from), end));
    if (part.every((byte) => byte === 0)) return true;
  }
  return false;
}

/** The records of a group; undefined if it cannot be told where they begin. */
export function recordsOf(segment: Uint8Array, group: GroupHeader, codec: Codec): FoundRecord[] | undefined {
  const view = viewOf(segment);
  const found: FoundRecord[] = [];
  let at = group.at + GROUP_HEADER_BYTES;
  while (at < group.end) {
    if (at + RECORD_HEADER_BYTES > group.end) return undefined;
    const keyEnd = at + RECORD_HEADER_BYTES + view.getUint16(at + 6, true);
    const end = keyEnd + view.getUint32(at + 8, true);
    if (end > group.end) return undefined;
    const flags = segment[at + 4]!;
    found.push({
      key: codec.decode(segment.subarray(at + RECORD_HEADER_BYTES, keyEnd)),
      json: (flags & DELETION) !== 0 ? undefined : segment.subarray(keyEnd, end),
      passing: (flags & PASSING) !== 0,
      bytes: end - at,
      isWhole: codec.crc32(segment.subarray(at + RECORD_SUMMED_FROM, end), 0) === view.getUint32(at, true),
    });
    at = end;
  }
  return found;
}

/** The value of a record that is whole. */
export function recordValue({ json }: FoundRecord, codec: Codec): Value | undefined {
  return json && (JSON.parse(codec.decode(json)) as Value);
}

/** Where the sector ends that has the byte at `at`. */
function sectorEnd(at: number): number {
  return at - (at % SECTOR_BYTES) + SECTOR_BYTES;
}

/** Bytes that something takes where the next thing is to be aligned. */
function aligned(bytes: number): number {
  return bytes + ((ALIGNMENT - (bytes % ALIGNMENT)) % ALIGNMENT);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A whole number of 64 bits, of which JavaScript has 53. */
function putWhole(view: DataView, at: number, value: number): void {
  view.setUint32(at, value % 2 ** 32, true);
  view.setUint32(at + 4, Math.floor(value / 2 ** 32), true);
}

function wholeAt(view: DataView, at: number): number {
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;
}
