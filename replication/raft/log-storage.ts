/**
 * The log on disk: one record for all entries that a step has appended, under the key of the first
 * of them. So what arrives together costs one record, however much it is.
 *
 * `append`, `truncate` and the like change the log in memory at once; `writeLog` updates the disk
 * at the end of the step, in the same batch as everything else that the step writes.
 */
import { prefixEnd, type Store, type StoreReader, type Value } from '../../vm/index.ts';
import { assert } from '../core/assert.ts';
import { batchOf } from '../core/batch.ts';
import type { SessionTag } from '../replication.ts';
import type { Entry, EntryData } from './messages.ts';

const LOG = 'log/';
/** The most entries in a record: compaction drops whole ones. */
const MOST_ENTRIES = 256;

/** An entry in a record; its index follows from its position. */
type Stored = Omit<Entry, 'index'>;

/** An entry of one command, as it was stored before data format 5. */
interface FormerCommand {
  readonly type: 'command';
  readonly command: unknown;
  readonly tag?: SessionTag | undefined;
}

/** The log in memory, and what of it is on disk. */
export interface StoredLog {
  /** The entry before the first one in memory. */
  base: LogPosition;
  /** entries[i] has index base.index + 1 + i. */
  entries: Entry[];
  /** The first entry of each record on disk, and the first entry that is in none yet. */
  recordStarts: number[];
  unwrittenFrom: number | undefined;
}

/** Where an entry stands, and its term. */
export interface LogPosition {
  readonly index: number;
  readonly term: number;
}

/** Enough digits for every safe integer, so that keys sort as numbers do. */
function keyOf(index: number): string {
  return LOG + String(index).padStart(16, '0');
}

/**
 * The index of the first entry in the record of that key; undefined for a key of something else.
 */
export function firstIndexOf(key: string): number | undefined {
  return key.startsWith(LOG) ? Number(key.slice(LOG.length)) : undefined;
}

/** Writes the entries that are not on disk yet. */
export function writeLog(log: StoredLog, disk: Store): void {
  if (log.unwrittenFrom === undefined) return;
  const end = log.base.index + log.entries.length;
  for (let first = log.unwrittenFrom; first <= end; first += MOST_ENTRIES) {
    const from = first - log.base.index - 1;
    disk.put(keyOf(first), storedForm(log.entries.slice(from, from + MOST_ENTRIES)));
    log.recordStarts.push(first);
  }
  log.unwrittenFrom = undefined;
}

function storedForm(entries: readonly Entry[]): Value {
  return entries.map(({ term, data }) => ({ term, data })) as unknown as Value;
}

/** The entries after `index` were cut. A record that holds earlier ones too is rewritten. */
export function cutSegments(log: StoredLog, disk: Store, index: number): void {
  let cutAt = log.unwrittenFrom;
  if (cutAt !== undefined && cutAt <= index) return;
  log.unwrittenFrom = undefined;
  while (log.recordStarts.length > 0 && log.recordStarts.at(-1)! > index) {
    cutAt = log.recordStarts.pop()!;
    disk.delete(keyOf(cutAt));
  }
  const last = cutAt === index + 1 ? undefined : log.recordStarts.pop();
  if (last === undefined) return;
  // Its entries from before the log's beginning are no longer in memory.
  if (last <= log.base.index) disk.delete(keyOf(last));
  log.unwrittenFrom = Math.max(last, log.base.index + 1);
}

/** The entries up to `index` were dropped: records that held nothing else are deleted. */
export function dropSegments(log: StoredLog, disk: Store, index: number): void {
  let whole = 0;
  while (whole + 1 < log.recordStarts.length && log.recordStarts[whole + 1]! <= index + 1) whole++;
  for (const first of log.recordStarts.splice(0, whole)) disk.delete(keyOf(first));
  if (log.unwrittenFrom !== undefined) log.unwrittenFrom = Math.max(log.unwrittenFrom, index + 1);
}

/** The whole log is gone. */
export function deleteSegments(log: StoredLog, disk: Store): void {
  for (const first of log.recordStarts) disk.delete(keyOf(first));
  log.recordStarts = [];
  log.unwrittenFrom = undefined;
}

/** Reads the entries after `base` back. Throws if they are not contiguous. */
export function loadEntries(disk: StoreReader, base: number): Pick<StoredLog, 'entries' | 'recordStarts'> {
  const entries: Entry[] = [];
  const recordStarts: number[] = [];
  for (const { first, stored } of segmentsOn(disk)) {
    recordStarts.push(first);
    stored.forEach(({ term, data }, i) => {
      const index = first + i;
      if (index <= base) return;
      const next = base + entries.length + 1;
      assert(index === next, `the log on disk has no entry ${next}`);
      entries.push(Object.freeze({ index, term, data: presentForm(data) }));
    });
  }
  return { entries, recordStarts };
}

/** The data of an entry, also of one from before data format 5. */
function presentForm(data: EntryData | FormerCommand): EntryData {
  if (data.type !== 'command') return data;
  return { type: 'commands', batches: [batchOf([data.command], data.tag)] };
}

/**
 * The index of the last entry after `base` with none missing before it, and of the last entry
 * present.
 */
export function wholeUpTo(disk: StoreReader, base: number): { readonly last: number; readonly end: number } {
  let last = base;
  let end = base;
  for (const { first, stored } of segmentsOn(disk)) {
    end = first + stored.length - 1;
    if (first <= last + 1) last = Math.max(last, end);
  }
  return { last, end };
}

/** Deletes the records on a disk that begin after `index`. */
export function deleteAfter(disk: Store, index: number): void {
  for (const { first } of [...segmentsOn(disk)]) if (first > index) disk.delete(keyOf(first));
}

function* segmentsOn(
  disk: StoreReader,
): Iterable<{ readonly first: number; readonly stored: readonly Stored[] }> {
  for (const [key, value] of disk.range(LOG, prefixEnd(LOG))) {
    yield { first: firstIndexOf(key)!, stored: value as unknown as readonly Stored[] };
  }
}

/** The record of one entry by itself. */
export function recordOf(entry: Entry): { readonly key: string; readonly value: Value } {
  return { key: keyOf(entry.index), value: storedForm([entry]) };
}
