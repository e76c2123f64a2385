/**
 * A log of commands, in memory from `base` on and on disk, one record an entry.
 *
 * An entry is known by its index and by who ordered it (`by`): a leader orders at most one entry at
 * an index under one name, and only after all that its own log holds. So logs with the same entry
 * at an index are equal up to it.
 */
import { prefixEnd, type Store, type StoreReader, type Value } from '../../vm/index.ts';
import { assert } from '../core/assert.ts';
import type { Batch, SessionOwner } from '../replication.ts';

/** What an entry holds. */
export type EntryData =
  | { readonly type: 'commands'; readonly batches: readonly Batch[] }
  | { readonly type: 'session'; readonly nonce: string; readonly owner?: SessionOwner | undefined }
  | { readonly type: 'noop' };

/** Where a log has reached. */
export interface Position {
  readonly index: number;
  /** The term of the entry, 0 in a protocol without terms. */
  readonly term: number;
  /** Who ordered it. */
  readonly by: string;
}

/** One entry. */
export interface Entry extends Position {
  readonly data: EntryData;
}

/** The log, and how far it is committed and applied. */
export interface Log {
  /** The last entry that is no longer here: the data covers it. */
  base: Position;
  /** entries[i] has index base.index + 1 + i. */
  entries: Entry[];
  commit: number;
  applied: number;
}

/** Before the first entry. */
const START: Position = { index: 0, term: 0, by: '' };
const BASE = 'base';
const LOG = 'log/';

export function lastIndex(log: Log): number {
  return log.base.index + log.entries.length;
}

export function lastPosition(log: Log): Position {
  return log.entries.at(-1) ?? log.base;
}

/** The entry at `index`, or undefined outside of what is here. */
export function entryAt(log: Log, index: number): Entry | undefined {
  return log.entries[index - log.base.index - 1];
}

/** Where the log was at `index`; undefined outside of what is here. */
export function positionAt(log: Log, index: number): Position | undefined {
  return index === log.base.index ? log.base : entryAt(log, index);
}

/** Whether the log is at that position, as far as it can tell. */
export function holds(log: Log, { index, by }: Pick<Position, 'index' | 'by'>): boolean {
  return positionAt(log, index)?.by === by;
}

/** Appends an entry, here and on disk. */
export function append(log: Log, disk: Store, entry: Entry): void {
  assert(entry.index === lastIndex(log) + 1, `entry ${entry.index} after ${lastIndex(log)}`);
  const { term, by, data } = entry;
  log.entries.push(Object.freeze(entry));
  disk.put(keyOf(entry.index), { term, by, data } as unknown as Value);
}

/** Cuts the log so that `index` is its last: never what is committed. */
export function truncateAfter(log: Log, disk: Store, index: number): void {
  assert(index >= log.commit, `cut after ${index}, though ${log.commit} is committed`);
  deleteRecords(disk, index + 1, lastIndex(log));
  log.entries.length = index - log.base.index;
}

/**
 * Drops the older half of a log that has grown too long, as far as the data covers it. `copied`:
 * the state that others are copying; what follows it is kept for them, to twice the limit.
 */
export function compactLog(log: Log, disk: Store, maxLogEntries: number, copied = log.applied): void {
  const { length } = log.entries;
  if (length <= maxLogEntries) return;
  const half = log.base.index + Math.ceil(length / 2);
  const needed = length <= 2 * maxLogEntries ? copied : log.applied;
  dropPrefix(log, disk, Math.min(half, log.applied, needed));
}

/** Drops the entries up to `index`. */
function dropPrefix(log: Log, disk: Store, index: number): void {
  const position = positionAt(log, index);
  if (position === undefined || index <= log.base.index) return;
  // A deletion makes the data durable that covers the entries; the new base is written after it.
  deleteRecords(disk, log.base.index + 1, index);
  log.entries.splice(0, index - log.base.index);
  setBase(log, disk, position);
}

/**
 * The data stands for everything up to `position`. The rest of the log is dropped: another leader's
 * history, or one that was left behind. `keepsLater`: what follows the same entry stays.
 */
export function replaceLog(log: Log, disk: Store, position: Position, keepsLater: boolean): void {
  if (keepsLater && holds(log, position)) dropPrefix(log, disk, position.index);
  else {
    deleteRecords(disk, log.base.index + 1, lastIndex(log));
    log.entries = [];
    setBase(log, disk, position);
  }
  log.commit = position.index;
  log.applied = position.index;
}

function setBase(log: Log, disk: Store, { index, term, by }: Position): void {
  log.base = { index, term, by };
  disk.put(BASE, { index, term, by });
}

/**
 * Reads the log back. `applied`: what the data covers, which is all that is known to be committed.
 */
export function loadLog(disk: StoreReader, applied: number): Log {
  const base = (disk.get(BASE) as unknown as Position | undefined) ?? START;
  assert(applied >= base.index, `the data is as of ${applied}, the log begins after ${base.index}`);
  const entries: Entry[] = [];
  for (const [key, stored] of disk.range(LOG, prefixEnd(LOG))) {
    const index = base.index + 1 + entries.length;
    assert(key === keyOf(index), `${key} stands where entry ${index} should`);
    entries.push(Object.freeze({ index, ...(stored as unknown as Omit<Entry, 'index'>) }));
  }
  return { base, entries, commit: applied, applied };
}

/** What a disk holds after these entries were appended from index 1 on. */
export function recordsOf(entries: readonly Entry[]): { readonly key: string; readonly value: Value }[] {
  return entries.map(({ index, term, by, data }) => ({
    key: keyOf(index),
    value: { term, by, data } as unknown as Value,
  }));
}

/** The index of the entry in the record of that key; undefined for a key of something else. */
export function indexOf(key: string): number | undefined {
  return key.startsWith(LOG) ? Number(key.slice(LOG.length)) : undefined;
}

function deleteRecords(disk: Store, first: number, last: number): void {
  for (let index = first; index <= last; index++) disk.delete(keyOf(index));
}

/** Enough digits for every safe integer, so that keys sort as numbers do. */
function keyOf(index: number): string {
  return LOG + String(index).padStart(16, '0');
}
