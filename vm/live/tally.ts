/**
 * The tally of a database: how many records it holds and the sum of their checksums, stored with every
 * transaction. Each record's own checksum tells when a record is not what was written; the tally tells when one
 * is missing, which a broken page inside LMDB's tree can bring about without any error.
 */
import type { RootDatabase } from 'lmdb';
import { decodeRecord, encodeRecord, sumOf } from './record.ts';

/** LMDB holding raw bytes under raw bytes. */
export type Database = RootDatabase<Buffer, Buffer>;

const TALLY = 'mtally';
/** Sums wrap here, far below where doubles lose whole numbers. */
const SUM_LIMIT = 2 ** 48;

/** The tally of one open database. */
export class Tally {
  readonly #db: Database;
  #count = 0;
  #sum = 0;

  /**
   * Reads every record whose stored key starts with one of `prefixes` (ASCII characters) and compares. Throws an
   * error whose message says what is wrong.
   */
  constructor(db: Database, prefixes: readonly string[]) {
    this.#db = db;
    for (const prefix of prefixes) this.#read(prefix);
    const key = Buffer.from(TALLY);
    const record = db.get(key);
    const stored = record ? decodeRecord(key, record) : [0, 0];
    if (!Array.isArray(stored)) throw new Error('its tally fails its checksum');
    const [count, sum] = stored;
    if (count !== this.#count) throw new Error(`it holds ${this.#count} records where ${count} were written`);
    if (sum !== this.#sum) throw new Error('its records are not the ones that were written last');
  }

  /** Counts a change of `key` to `record` (undefined: its deletion), before it is made. */
  change(key: Buffer, record: Buffer | undefined): void {
    const old = this.#db.getBinaryFast(key);
    if (old) {
      this.#count--;
      this.#sum = (this.#sum + SUM_LIMIT - sumOf(old)) % SUM_LIMIT;
    }
    if (record) this.#add(record);
  }

  /** Writes the tally, in the transaction that is being made. */
  write(): void {
    const { key, record } = encodeRecord(TALLY, [this.#count, this.#sum]);
    void this.#db.put(key, record);
  }

  #read(prefix: string): void {
    const bounds = { start: Buffer.from(prefix), end: Buffer.from([prefix.charCodeAt(0) + 1]) };
    for (const { key, value } of this.#db.getRange(bounds)) {
      const stored = key as Buffer;
      if (decodeRecord(stored, value) === undefined) {
        const name = JSON.stringify(Buffer.from(stored.subarray(1)).toString());
        throw new Error(`the record of key ${name} fails its checksum`);
      }
      this.#add(value);
    }
  }

  #add(record: Buffer): void {
    this.#count++;
    this.#sum = (this.#sum + sumOf(record)) % SUM_LIMIT;
  }
}
