/**
 * The file of a backup, version 1: lines of JSON in UTF-8, each ended by a newline.
 *
 *     {"backup":"tickraft","version":1,"application":"chat","cluster":"3f2a...","index":53,"term":2,...}
 *     [["applied",53],["cluster","3f2a..."],["m/...",...],...]
 *     ...
 *     {"end":{"pairs":1234,"sha256":"..."}}
 *
 * First what it is; then the pairs of the replicated data in the order of their keys, some 256 KiB
 * a line; last how many pairs there are, and the SHA-256 of all lines before. A file without that
 * line is cut off. So it is written and checked in one go, with one line in memory.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Value } from '../../vm/index.ts';

/** A key of the replicated data, and its value. */
export type Pair = readonly [string, Value];

/** The version of the format. */
export const VERSION = 1;
const NEWLINE = 10;
/** A longer line is damage. One pair may be large, but an entry of the log must hold it. */
const MAX_LINE_BYTES = 64 * 2 ** 20;

const headerSchema = z.object({
  backup: z.literal('tickraft'),
  version: z.number(),
  /** The name of the cluster, which its replicas share. */
  application: z.string(),
  /** The id of the cluster that was backed up. */
  cluster: z.string(),
  /** The last entry that the data covers, and its term. */
  index: z.int().min(1),
  term: z.int().min(1),
  /** Where and when it was taken. */
  replica: z.string(),
  createdAt: z.string(),
});
const endSchema = z.object({ end: z.object({ pairs: z.int(), sha256: z.string() }) });

/** What a backup says of itself. */
export type BackupHeader = z.infer<typeof headerSchema>;

/** A file that is no backup, or not a whole one. The message is one line and names the file. */
export class BackupError extends Error {}

/** Reads a backup that comes in pieces, and checks it. */
export class BackupParser {
  /** Known once the first line has come. */
  header: BackupHeader | undefined;
  /** How many pairs have come. */
  pairs = 0;
  readonly #file: string;
  readonly #hash = createHash('sha256');
  /** The beginning of a line. */
  #line: Buffer[] = [];
  #lineBytes = 0;
  #hasEnded = false;

  /** `file`: what the backup is called in messages. */
  constructor(file: string) {
    this.#file = file;
  }

  /** Takes the next piece. Returns the pairs that are complete with it; throws a `BackupError`. */
  push(piece: Buffer): Pair[] {
    const found: Pair[] = [];
    let at = 0;
    for (let end = piece.indexOf(NEWLINE); end >= 0; end = piece.indexOf(NEWLINE, at)) {
      this.#keep(piece.subarray(at, end));
      at = end + 1;
      const line = Buffer.concat(this.#line);
      this.#line = [];
      this.#lineBytes = 0;
      for (const pair of this.#take(line)) found.push(pair);
    }
    this.#keep(piece.subarray(at));
    return found;
  }

  /** All pieces have come. Throws a `BackupError` if the backup is not whole. */
  finish(): void {
    if (this.header === undefined) throw this.#isNone();
    if (this.#hasEnded && this.#lineBytes === 0) return;
    throw this.#hasEnded
      ? this.#isDamaged('there is something after its end')
      : new BackupError(`${this.#file} is cut off: its last line is missing`);
  }

  /** A copy: the reader may use its buffer again. */
  #keep(part: Buffer): void {
    if (part.length === 0) return;
    this.#line.push(Buffer.from(part));
    this.#lineBytes += part.length;
    if (this.#lineBytes > MAX_LINE_BYTES)
      throw this.header === undefined ? this.#isNone() : this.#isDamaged('it has a line without an end');
  }

  #take(line: Buffer): readonly Pair[] {
    if (this.#hasEnded) throw this.#isDamaged('there is something after its end');
    const value = this.#parse(line);
    if (this.header === undefined) {
      this.header = this.#readHeader(value);
      this.#hash.update(line).update('\n');
      return [];
    }
    if (!Array.isArray(value)) {
      this.#checkEnd(value);
      return [];
    }
    if (!value.every(isPair)) throw this.#isDamaged(`after pair ${this.pairs} comes something else`);
    this.#hash.update(line).update('\n');
    this.pairs += value.length;
    return value;
  }

  #parse(line: Buffer): unknown {
    try {
      return JSON.parse(line.toString());
    } catch {
      throw this.header === undefined
        ? this.#isNone()
        : this.#isDamaged(`what follows pair ${this.pairs} is no JSON`);
    }
  }

  #readHeader(value: unknown): BackupHeader {
    const version = (value as { version?: unknown } | null)?.version;
    const isOurs = (value as { backup?: unknown } | null)?.backup === 'tickraft';
    if (isOurs && typeof version === 'number' && version !== VERSION) {
      throw new BackupError(
        `${this.#file} is a backup of version ${version}, and this version of Tickraft reads version ${VERSION}: use the one that wrote it`,
      );
    }
    const parsed = headerSchema.safeParse(value);
    if (!parsed.success) throw this.#isNone();
    return parsed.data;
  }

  #checkEnd(value: unknown): void {
    const end = endSchema.safeParse(value).data?.end;
    if (end === undefined) throw this.#isDamaged(`after pair ${this.pairs} comes something else`);
    if (end.pairs !== this.pairs)
      throw this.#isDamaged(`it has ${this.pairs} pairs where ${end.pairs} were written`);
    if (end.sha256 !== this.#hash.digest('hex'))
      throw this.#isDamaged('its digest is not that of what was written');
    this.#hasEnded = true;
  }

  #isNone(): BackupError {
    return new BackupError(`${this.#file} is not a backup of Tickraft`);
  }

  #isDamaged(why: string): BackupError {
    return new BackupError(`${this.#file} is damaged: ${why}`);
  }
}

function isPair(value: unknown): value is Pair {
  return Array.isArray(value) && value.length === 2 && typeof value[0] === 'string';
}
