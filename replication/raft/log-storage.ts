/**
 * The log on disk: one record for all entries that a step has appended, under the key of the first of them. So what
 * arrives together costs one record, however much it is.
 *
 * `append`, `truncate` and the like change the log in memory at once; `writeLog` updates the disk at the end of
 * the step, in the same batch as everything else that the step writes.
 */
import { prefixEnd, type Store, type StoreReader, type Value } from '../../vm/store.ts';
import { assert } from '../core/assert.ts';
import type { Entry } from './messages.ts';
import type { RaftReplica, RaftState } from './types.ts';

const LOG = 'log/';
/** The most entries in a record: compaction drops whole ones. */
const MOST_ENTRIES = 256;

/** An entry in a record; its index follows from its position. */
type Stored = Omit<Entry, 'index'>;

/** Enough digits for every safe integer, so that keys sort as numbers do. */
function keyOf(index: number): string {
  return LOG + String(index).padStart(16, '0');
}

/** The index of the first entry in the record of that key; undefined for a key of something else. */
export function firstIndexOf(key: string): number | undefined {
  return key.startsWith(LOG) ? Number(key.slice(LOG.length)) : undefined;
}

/** Writes the entries that are not on disk yet. */
export function writeLog({ state, ctx }: RaftReplica): void {
  if (state.unwrittenFrom === undefined) return;
  const end = state.base.index + state.entries.length;
  for (let first = state.unwrittenFrom; first <= end; first += MOST_ENTRIES) {
    const from = first - state.base.index - 1;
    ctx.disk.put(keyOf(first), storedForm(state.entries.slice(from, from + MOST_ENTRIES)));
    state.recordStarts.push(first);
  }
  state.unwrittenFrom = undefined;
}

function storedForm(entries: readonly Entry[]): Value {
  return entries.map(({ term, data }) => ({ term, data })) as unknown as Value;
}

/** The entries after `index` were cut. A record that holds earlier ones too is rewritten. */
export function cutSegments({ state, ctx }: RaftReplica, index: number): void {
  let cutAt = state.unwrittenFrom;
  if (cutAt !== undefined && cutAt <= index) return;
  state.unwrittenFrom = undefined;
  while (state.recordStarts.length > 0 && state.recordStarts.at(-1)! > index) {
    cutAt = state.recordStarts.pop()!;
    ctx.disk.delete(keyOf(cutAt));
  }
  const last = cutAt === index + 1 ? undefined : state.recordStarts.pop();
  if (last === undefined) return;
  // Its entries from before the log's beginning are no longer in memory.
  if (last <= state.base.index) ctx.disk.delete(keyOf(last));
  state.unwrittenFrom = Math.max(last, state.base.index + 1);
}

/** The entries up to `index` were dropped: records that held nothing else are deleted. */
export function dropSegments({ state, ctx }: RaftReplica, index: number): void {
  let whole = 0;
  while (whole + 1 < state.recordStarts.length && state.recordStarts[whole + 1]! <= index + 1) whole++;
  for (const first of state.recordStarts.splice(0, whole)) ctx.disk.delete(keyOf(first));
  if (state.unwrittenFrom !== undefined) state.unwrittenFrom = Math.max(state.unwrittenFrom, index + 1);
}

/** The whole log is gone. */
export function deleteSegments({ state, ctx }: RaftReplica): void {
  for (const first of state.recordStarts) ctx.disk.delete(keyOf(first));
  state.recordStarts = [];
  state.unwrittenFrom = undefined;
}

/** Reads the entries after `base` back. Throws if they are not contiguous. */
export function loadEntries(disk: StoreReader, base: number): Pick<RaftState, 'entries' | 'recordStarts'> {
  const entries: Entry[] = [];
  const recordStarts: number[] = [];
  for (const { first, stored } of segmentsOn(disk)) {
    recordStarts.push(first);
    stored.forEach(({ term, data }, i) => {
      const index = first + i;
      if (index <= base) return;
      const next = base + entries.length + 1;
      assert(index === next, `the log on disk has no entry ${next}`);
      entries.push(Object.freeze({ index, term, data }));
    });
  }
  return { entries, recordStarts };
}

/** The index of the last entry after `base` with none missing before it, and of the last entry present. */
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
