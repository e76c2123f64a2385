/**
 * One client session: what its client has acknowledged, and the results that it has not.
 *
 * The results of the last 64 numbers in which there are any (numbers n to n + 63, where 64 divides
 * n) are in memory, and on disk in the session's own record; those of earlier numbers are on disk
 * only, 64 numbers a record. So a session whose client waits for each answer is one record, however
 * many commands a step applies, and what it takes of memory is bounded by its record. A large
 * result has a record of its own: none of the others grows with it.
 *
 * What is on disk after `save` says what the session is and nothing of how it came to be that:
 * replicas that have applied the same entries, in steps of their own, have equal records.
 */
import type { Store, Value } from '../../vm/index.ts';

/** How many numbers share a record. */
const SHARED = 64;
/** A result of about more bytes than this has a record of its own. */
const LARGE_BYTES = 256;

/** A kept result; `true` for one that has a record of its own. */
type Kept = readonly [Value] | true;

/** Kept results by `sequence % SHARED`. */
type Results = (Kept | undefined)[];

/** Results in a record: those from number `first` on, null where none is kept. */
type StoredResults = { readonly first: number; readonly results: readonly (Kept | null)[] };

/** A session's record. */
export type StoredSession = {
  readonly acknowledged: number;
  readonly usedAt: number;
  readonly owner: string | null;
} & StoredResults;

/** The record of a session just opened at `index` of the log. */
export function newSession(index: number, owner: string | undefined): StoredSession {
  return { acknowledged: 1, usedAt: index, owner: owner ?? null, first: 0, results: [] };
}

/** A session of a client. */
export class Session {
  readonly id: string;
  readonly owner: string | null;
  /** All commands numbered below this have been answered. */
  acknowledged: number;
  /** The log's index at its last use, as far as it has been noted. */
  usedAt: number;
  readonly #data: Store;
  /** Results of numbers below this are dropped already. */
  #droppedBelow: number;
  /** The results in memory, and the lowest number that they may have. */
  #last: Results;
  #lastFrom: number;

  /** The session that `record` says. Results from `data` are read when they are needed. */
  constructor(data: Store, id: string, record: StoredSession) {
    this.#data = data;
    this.id = id;
    this.owner = record.owner;
    this.acknowledged = record.acknowledged;
    this.usedAt = record.usedAt;
    this.#droppedBelow = record.acknowledged;
    this.#lastFrom = sharedFrom(record.first);
    this.#last = resultsOf(record);
  }

  /** The result of a command, if it is kept. */
  result(sequence: number): readonly [Value] | undefined {
    if (sequence < this.acknowledged) return undefined;
    const from = sharedFrom(sequence);
    if (from > this.#lastFrom) return undefined;
    const kept = (from === this.#lastFrom ? this.#last : this.#earlier(from))[sequence - from];
    return kept === true ? (this.#data.get(largeKey(this.id, sequence)) as readonly [Value]) : kept;
  }

  /** Keeps the result of a command that has run. */
  keep(sequence: number, result: Value): void {
    const kept = this.#kept(sequence, result);
    const from = sharedFrom(sequence);
    if (from < this.#lastFrom) {
      const results = this.#earlier(from);
      results[sequence - from] = kept;
      this.#putEarlier(from, results);
      return;
    }
    if (from > this.#lastFrom) this.#startShared(from);
    this.#last[sequence - from] = kept;
  }

  /** Makes its records say what it is now. */
  save(): void {
    this.#dropBelow(this.acknowledged);
    const { acknowledged, usedAt, owner } = this;
    const { first, results } = this.#storedForm(this.#last, this.#lastFrom);
    this.#data.put(sessionKey(this.id), { acknowledged, usedAt, owner, first, results });
  }

  /** Deletes all its records. */
  delete(): void {
    this.#dropBelow(Number.POSITIVE_INFINITY);
    this.#data.delete(sessionKey(this.id));
  }

  #kept(sequence: number, result: Value): Kept {
    if (!isLarge(result)) return [result];
    this.#data.put(largeKey(this.id, sequence), [result]);
    return true;
  }

  /** From now on results of the numbers from `from` on are in memory. */
  #startShared(from: number): void {
    // Before what is in memory changes: the records to look through are never more than these.
    this.#dropBelow(this.acknowledged);
    this.#putEarlier(this.#lastFrom, this.#last);
    this.#last = [];
    this.#lastFrom = from;
  }

  /** Drops the results of lower numbers, here and on disk. */
  #dropBelow(sequence: number): void {
    const end = Math.min(sequence, this.#lastFrom + SHARED);
    for (let from = sharedFrom(this.#droppedBelow); from < end; from += SHARED) {
      const isLast = from === this.#lastFrom;
      const results = isLast ? this.#last : this.#earlier(from);
      const dropped = this.#drop(results, from, Math.max(from, this.#droppedBelow), sequence);
      if (dropped && !isLast) this.#putEarlier(from, results);
    }
    this.#droppedBelow = sequence;
  }

  /** Drops those numbered `low` to below `high` from results. Returns whether there were any. */
  #drop(results: Results, from: number, low: number, high: number): boolean {
    let any = false;
    for (let at = low - from; at < results.length && from + at < high; at++) {
      if (results[at] === undefined) continue;
      if (results[at] === true) this.#data.delete(largeKey(this.id, from + at));
      results[at] = undefined;
      any = true;
    }
    return any;
  }

  /** Results that are on disk only; a copy. */
  #earlier(from: number): Results {
    const stored = this.#data.get(earlierKey(this.id, from)) as StoredResults | undefined;
    return stored === undefined ? [] : resultsOf(stored);
  }

  #putEarlier(from: number, results: Results): void {
    const key = earlierKey(this.id, from);
    const stored = this.#storedForm(results, from);
    if (stored.results.length > 0) this.#data.put(key, stored);
    else if (this.#data.get(key) !== undefined) this.#data.delete(key);
  }

  /** Results from number `from` on as their record has them. */
  #storedForm(results: Results, from: number): StoredResults {
    let start = Math.max(0, this.#droppedBelow - from);
    while (start < results.length && results[start] === undefined) start++;
    const stored: (Kept | null)[] = [];
    for (let at = start; at < results.length; at++) stored.push(results[at] ?? null);
    return { first: from + start, results: stored };
  }
}

/** The lowest of the numbers that share a record with this one. */
function sharedFrom(sequence: number): number {
  return sequence - (sequence % SHARED);
}

function resultsOf({ first, results }: StoredResults): Results {
  const found: Results = [];
  results.forEach((kept, i) => {
    if (kept !== null) found[(first % SHARED) + i] = kept;
  });
  return found;
}

/** Whether plain data takes about more bytes than `LARGE_BYTES` as JSON. */
function isLarge(value: Value): boolean {
  return bytesLeft(value, LARGE_BYTES) < 0;
}

/** What is left of so many bytes after a value. How far it is below nothing does not matter. */
function bytesLeft(value: Value | undefined, bytes: number): number {
  if (typeof value === 'string') return bytes - value.length - 2;
  if (typeof value !== 'object' || value === null) return bytes - 8;
  let left = bytes - 2;
  for (const key in value) {
    const member = (value as { readonly [key: string]: Value | undefined })[key];
    // JSON leaves it out, so where it has been sent it is not there.
    if (member !== undefined) left = bytesLeft(member, left - key.length - 4);
    if (left < 0) break;
  }
  return left;
}

/** The first part of the keys of sessions, before the session's id. */
export const SESSION = 's/';

function sessionKey(id: string): string {
  return SESSION + id;
}

function earlierKey(id: string, from: number): string {
  return `r/${id}/${pad(from)}`;
}

function largeKey(id: string, sequence: number): string {
  return `l/${id}/${pad(sequence)}`;
}

/** Enough digits for every safe integer, so that keys sort as numbers do. */
function pad(number: number): string {
  return String(number).padStart(16, '0');
}
