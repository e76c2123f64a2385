/**
 * The tally of a database: of each space, how many records it holds and the sum of their checksums, stored with every
 * transaction. Each record's own checksum tells when a record is not what was written; the tally tells when one
 * is missing, which a broken page inside LMDB's tree can bring about without any error.
 */
import type { Database } from './database.ts';
import { decodeRecord, encodeRecord, type Stored, sumOf } from './record.ts';

const TALLY = 'mtally';
/** Sums wrap here, far below where doubles lose whole numbers. */
const SUM_LIMIT = 2 ** 48;

/** How many records, and the sum of their checksums. */
type Sums = readonly [count: number, sum: number];

/** The tally of one open database. */
export class Tally {
  readonly #db: Database;
  /** By the first byte of the stored keys that are counted. */
  #sums: Map<number, Sums>;
  /** The stored keys of the records that were not what was written there when all were read. */
  readonly damaged: readonly Buffer[];
  /** What else was wrong then, in words; undefined if nothing. */
  readonly mismatch: string | undefined;

  /** Reads every record whose stored key starts with one of `prefixes` (ASCII characters) and compares. */
  constructor(db: Database, prefixes: readonly string[]) {
    this.#db = db;
    const damaged: Buffer[] = [];
    this.#sums = new Map(prefixes.map((prefix) => [prefix.charCodeAt(0), readSums(db, prefix, damaged)]));
    this.damaged = damaged;
    this.mismatch = this.#compare();
  }

  /** Counts a change of `key` to `record` (undefined: its deletion), before it is made, if `key` is one that counts. */
  change(key: Buffer, record: Buffer | undefined): void {
    const sums = this.#sums.get(key[0]!);
    if (sums === undefined) return;
    let [count, sum] = sums;
    const old = this.#db.getBinaryFast(key);
    if (old) {
      count--;
      sum += SUM_LIMIT - sumOf(old);
    }
    if (record) {
      count++;
      sum += sumOf(record);
    }
    this.#sums.set(key[0]!, [count, sum % SUM_LIMIT]);
  }

  /** The tally's own record, to be stored with what it counts. */
  record(): Stored {
    const named = [...this.#sums].map(([byte, sums]) => [String.fromCharCode(byte), sums]);
    return encodeRecord(TALLY, Object.fromEntries(named));
  }

  /** What has been counted so far; set back when a transaction was given up. */
  get sums(): Map<number, Sums> {
    return new Map(this.#sums);
  }

  set sums(sums: Map<number, Sums>) {
    this.#sums = sums;
  }

  #compare(): string | undefined {
    const key = Buffer.from(TALLY);
    const record = this.#db.get(key);
    const stored = (record ? decodeRecord(key, record) : {}) as Record<string, Sums> | undefined;
    if (stored === undefined) return 'its tally fails its checksum';
    for (const [byte, [count, sum]] of this.#sums) {
      const [written, writtenSum] = stored[String.fromCharCode(byte)] ?? [0, 0];
      if (count !== written) return `it holds ${count} records where ${written} were written`;
      // Which checksums the damaged ones had is not known.
      const isWhole = this.damaged.every((one) => one[0] !== byte);
      if (isWhole && sum !== writtenSum) return 'its records are not the ones that were written last';
    }
    return undefined;
  }
}

function readSums(db: Database, prefix: string, damaged: Buffer[]): Sums {
  const bounds = { start: Buffer.from(prefix), end: Buffer.from([prefix.charCodeAt(0) + 1]) };
  let [count, sum] = [0, 0];
  for (const { key, value } of db.getRange(bounds)) {
    const stored = key as Buffer;
    if (decodeRecord(stored, value) === undefined) damaged.push(Buffer.from(stored));
    count++;
    // Too short to have a checksum: it is damaged, and there is nothing to sum.
    if (value.length >= 4) sum = (sum + sumOf(value)) % SUM_LIMIT;
  }
  return [count, sum];
}
