/**
 * The integrity of a database: of each space, how many records it holds and the sum of their checksums, stored with every
 * transaction. Each record's own checksum tells when a record is not what was written under its key; the integrity tells
 * when one is missing, or is an older one of the same key. It also says whose the records are: a page of another
 * machine's file is whole in itself. Where records lie it cannot tell: that is for `tree-walk.ts`.
 */
import type { Database } from './database.ts';
import { type Change, encodeRecord, type Stored, sumOf } from './record.ts';

/** The name of the integrity's record. It counts all others. */
export const INTEGRITY_KEY = 'mtally';
/** Sums wrap here, far below where doubles lose whole numbers. */
const SUM_LIMIT = 2 ** 48;

/** How many records, and the sum of their checksums. */
export type Sums = readonly [count: number, sum: number];

export const NO_RECORDS: Sums = [0, 0];

/** The integrity's record: sums by the first letter of the stored keys. Older versions wrote neither `m` nor an owner. */
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
 * How the records found differ from those that the integrity counted, in words; undefined if they do not. Of a letter with
 * `damaged` records only the count is compared: which checksums they had is not known.
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

/** What a database holds, counted. */
export interface Counted {
  readonly owner: string;
  /** By the first byte of the stored keys. */
  readonly sums: ReadonlyMap<number, Sums>;
}

/** The integrity of one open database, through which all its records are written. */
export class Integrity implements Counted {
  readonly #db: Database;
  readonly owner: string;
  /** By the first byte of the stored keys. */
  #sums: Map<number, Sums>;

  /** Goes on from the sums of all that `db` holds, which is `owner`'s. */
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

  /** What has been counted so far; set back when a transaction was given up. */
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
