/**
 * One keyspace of the database: an ordered key-value store whose writes are visible at once.
 *
 * What has been written but is not yet committed lies in an overlay in memory; a read looks there
 * first and in LMDB after. A key leaves the overlay when its last write has been committed, so a
 * read never returns a value older than one it has already seen.
 */
import { compareKeys, type RangeOptions, type Store, type Value } from '../../store.ts';
import type { Database } from './database.ts';
import { checkKey } from './program-store.ts';
import { decodeRecord } from './record.ts';

type ReadTransaction = ReturnType<Database['useReadTransaction']>;

/** The most keys remembered that are not there. */
const MOST_MISSED = 1_000;

/** A value waiting to be committed (undefined: a deletion). */
interface Pending {
  value: Value | undefined;
  /** How many writes of its key wait. */
  writes: number;
  /** Whether LMDB is known not to have the key. */
  isNew: boolean;
}

type Pair = readonly [string, Value];

/**
 * Called with a record that was read and is not what was written. It may throw; if not, the record
 * reads as absent.
 */
export type OnDamage = (stored: Buffer) => void;

/** A keyspace kept in LMDB under keys that start with one letter. */
export class DurableStore implements Store {
  readonly #db: Database;
  /** The first character of all its keys in LMDB. */
  readonly letter: string;
  readonly #onDamage: OnDamage;
  /**
   * Not sorted: single keys are read and written all the time, ranges seldom while much is pending.
   */
  readonly #overlay = new Map<string, Pending>();
  /** Keys that were looked up, not found, and not written since: often the next ones to be put. */
  readonly #missed = new Set<string>();
  /** Of a frozen copy: the instant it shows. */
  #transaction: ReadTransaction | undefined;

  constructor(db: Database, letter: string, onDamage: OnDamage) {
    this.#db = db;
    this.letter = letter;
    this.#onDamage = onDamage;
  }

  get(key: string): Value | undefined {
    const pending = this.#overlay.get(key);
    if (pending) return pending.value;
    const stored = Buffer.from(this.storedName(key));
    const record = this.#db.get(stored, this.#reading());
    if (record) return this.#decode(stored, record);
    if (this.#missed.size >= MOST_MISSED) this.#missed.clear();
    this.#missed.add(key);
    return undefined;
  }

  put(key: string, value: Value): void {
    this.#write(key, value);
  }

  delete(key: string): void {
    this.#write(key, undefined);
  }

  *range(from: string, to: string, options: RangeOptions = {}): Iterable<Pair> {
    if (compareKeys(from, to) >= 0) return;
    let left = options.limit ?? Number.POSITIVE_INFINITY;
    const reverse = options.reverse === true;
    for (const pair of merge(this.#committed(from, to, reverse), this.#pending(from, to, reverse), reverse)) {
      if (left-- <= 0) return;
      yield pair;
    }
  }

  /** A read-only copy that stays as this is now, until `thaw`. LMDB frees no pages that it uses. */
  freeze(): DurableStore {
    const copy = new DurableStore(this.#db, this.letter, this.#onDamage);
    for (const [key, { value }] of this.#overlay) copy.#overlay.set(key, { value, writes: 1, isNew: false });
    copy.#transaction = this.#db.useReadTransaction();
    return copy;
  }

  /** Ends a frozen copy. */
  thaw(): void {
    this.#transaction?.done();
    this.#transaction = undefined;
  }

  #reading(): { transaction: ReadTransaction } | undefined {
    return this.#transaction && { transaction: this.#transaction };
  }

  /** Drops one committed write of `key` from the overlay. */
  committed(key: string, writes: number): void {
    const pending = this.#overlay.get(key);
    if (!pending) return;
    pending.writes -= writes;
    if (pending.writes === 0) this.#overlay.delete(key);
  }

  /** Whether LMDB does not have `key`, and no write of it is on its way there. */
  isNew(key: string): boolean {
    return this.#overlay.get(key)?.isNew === true;
  }

  /** A write of `key` is being committed to LMDB. */
  leaves(key: string): void {
    const pending = this.#overlay.get(key);
    if (pending) pending.isNew = false;
  }

  /** The name under which LMDB keeps `key`. */
  storedName(key: string): string {
    return this.letter + key;
  }

  #write(key: string, value: Value | undefined): void {
    const pending = this.#overlay.get(key);
    if (pending) {
      pending.value = value;
      pending.writes++;
      return;
    }
    checkKey(key);
    this.#overlay.set(key, { value, writes: 1, isNew: this.#missed.delete(key) });
  }

  #decode(stored: Buffer, record: Buffer): Value | undefined {
    const value = decodeRecord(stored, record);
    if (value === undefined) this.#onDamage(stored);
    return value;
  }

  *#committed(from: string, to: string, reverse: boolean): Iterable<Pair> {
    const low = Buffer.from(this.storedName(from));
    const high = Buffer.from(this.storedName(to));
    const bounds = reverse
      ? { start: high, end: low, reverse, exclusiveStart: true, inclusiveEnd: true }
      : { start: low, end: high };
    for (const { key, value } of this.#db.getRange({ ...bounds, ...this.#reading() })) {
      const stored = key as Buffer;
      const decoded = this.#decode(stored, value);
      if (decoded !== undefined) yield [Buffer.from(stored.subarray(1)).toString(), decoded];
    }
  }

  /** In order; a copy, since the caller may write while it reads. */
  #pending(from: string, to: string, reverse: boolean): [string, Value | undefined][] {
    const found: [string, Value | undefined][] = [];
    for (const [key, { value }] of this.#overlay) {
      if (compareKeys(key, from) >= 0 && compareKeys(key, to) < 0) found.push([key, value]);
    }
    const sign = reverse ? -1 : 1;
    return found.sort(([a], [b]) => sign * compareKeys(a, b));
  }
}

/**
 * Merges two ordered sequences; where both hold a key, `over` wins, and its undefined values hide
 * the key.
 */
function* merge(
  under: Iterable<Pair>,
  over: readonly (readonly [string, Value | undefined])[],
  reverse: boolean,
): Iterable<Pair> {
  let next = 0;
  for (const pair of under) {
    let hidden = false;
    for (; next < over.length; next++) {
      const [key, value] = over[next]!;
      const order = reverse ? compareKeys(pair[0], key) : compareKeys(key, pair[0]);
      if (order > 0) break;
      if (order === 0) hidden = true;
      if (value !== undefined) yield [key, value];
    }
    if (!hidden) yield pair;
  }
  for (; next < over.length; next++) {
    const [key, value] = over[next]!;
    if (value !== undefined) yield [key, value];
  }
}
