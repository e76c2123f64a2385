/**
 * The integrity record of a database: how many records each keyspace holds and the sum of their
 * checksums, stored with every transaction. Each record's own checksum detects a record that is not
 * what was written under its key; the integrity record detects a missing one, or an older one of
 * the same key. It also says whose the records are: a page of another machine's file is valid in
 * itself. Where records lie is checked by `tree-walk.ts`.
 */
import type { Database } from './database.ts';
import { type Change, encodeRecord, type Stored, sumOf } from './record.ts';

/** The key of the integrity record, as it has been since format 2. It counts all other records. */
export const INTEGRITY_KEY = 'mtally';
/** Sums wrap here, far below where doubles lose whole numbers. */
const SUM_LIMIT = 2 ** 48;

/** How many records, and the sum of their checksums. */
export type Sums = readonly [count: number, sum: number];

export const NO_RECORDS: Sums = [0, 0];

/**
 * The integrity record: sums by the first letter of the stored keys. Format 2 has neither `m` nor
 * an owner.
 */
export type IntegrityRecord = { readonly [letter: string]: Sums } & { readonly owner?: string };

/** Sums with one record more. */
export function plus([count, sum]: Sums, checksum: number): Sums {
  return [count + 1, (sum + checksum) % SUM_LIMIT];
}

/** Sums with one record less. */
function minus([count, sum]: Sums, checksum: number): Sums {
  return [count - 1, (sum + SUM_LIMIT - checksum) % SUM_LIMIT];
}

/**
 * How the records found differ from those that were counted, in words; undefined if they do not. Of
 * a letter with `damaged` records only the count is compared: which checksums they had is not
 * known.
 */
export function integrityProblem(
  recorded: IntegrityRecord,
  sums: ReadonlyMap<number, Sums>,
  damaged: readonly Buffer[],
  owner: string,
): string | undefined {
  if (recorded.owner !== undefined && recorded.owner !== owner) {
    return `its records are those of ${recorded.owner}, not of ${owner}`;
  }
  for (const [byte, [count, sum]] of sums) {
    const letter = String.fromCharCode(byte);
    if (letter === 'm' && recorded.m === undefined) continue;
    const [written, writtenSum] = recorded[letter] ?? NO_RECORDS;
    if (count !== written) return `it holds ${count} records where ${written} were written`;
    const isWhole = damaged.every((one) => one[0] !== byte);
    if (isWhole && sum !== writtenSum) return 'its records are not the ones that were written last';
  }
  return undefined;
}

/** Counts of what a database holds. */
export interface Counted {
  readonly owner: string;
  /** By the first byte of the stored keys. */
  readonly sums: ReadonlyMap<number, Sums>;
}

/** Counts the records of one open database, all of which are written through it. */
export class Integrity implements Counted {
  readonly #db: Database;
  readonly owner: string;
  /** By the first byte of the stored keys. */
  #sums: Map<number, Sums>;

  /** Continues from the sums of all that `db` holds, which belongs to `owner`. */
  constructor(db: Database, { owner, sums }: Counted) {
    this.#db = db;
    this.owner = owner;
    this.#sums = new Map(sums);
  }

  /** Makes changes, each of another key, and counts them. To be called in a transaction. */
  write(changes: readonly Change[]): void {
    for (const { key, record } of changes) {
      this.#count(key, record);
      void (record ? this.#db.put(key, record) : this.#db.remove(key));
    }
    const { key, record } = this.#record();
    void this.#db.put(key, record);
  }

  /** The counts so far; reset when a transaction was aborted. */
  get sums(): Map<number, Sums> {
    return new Map(this.#sums);
  }

  set sums(sums: Map<number, Sums>) {
    this.#sums = sums;
  }

  #count(key: Buffer, record: Buffer | undefined): void {
    const letter = key[0]!;
    let sums = this.#sums.get(letter) ?? NO_RECORDS;
    const old = this.#db.getBinaryFast(key);
    if (old) sums = minus(sums, sumOf(old));
    if (record) sums = plus(sums, sumOf(record));
    this.#sums.set(letter, sums);
  }

  #record(): Stored {
    const named = [...this.#sums].map(([byte, sums]) => [String.fromCharCode(byte), sums]);
    return encodeRecord(INTEGRITY_KEY, { ...Object.fromEntries(named), owner: this.owner });
  }
}
