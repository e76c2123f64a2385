/**
 * The log in memory, from `base` on; `log-storage.ts` has it on disk.
 *
 * Invariants: indexes are contiguous; terms never fall along the log; what is committed is never cut.
 */
import type { NodeId } from '../../vm/clock.ts';
import type { Store, StoreReader, Write } from '../../vm/store.ts';
import { assert } from '../core/assert.ts';
import { cutSegments, deleteSegments, dropSegments, loadEntries, recordOf } from './log-storage.ts';
import type { Entry, EntryData } from './messages.ts';
import type { RaftReplica, RaftState, Recovery } from './types.ts';

/** The records of the entry before the log's first, and of term, vote and recovery. */
export const BASE = 'base';
export const HARD_STATE = 'raft';

/** Term, vote and recovery. */
type HardState = Pick<RaftState, 'term' | 'votedFor' | 'recovery'>;
type Log = Pick<RaftState, 'base' | 'entries' | 'sizes' | 'logBytes' | 'recordStarts' | 'unwrittenFrom'>;

export function lastIndex(state: RaftState): number {
  return state.base.index + state.entries.length;
}

export function lastTerm(state: RaftState): number {
  return state.entries.at(-1)?.term ?? state.base.term;
}

/** The entry at `index`, or undefined outside of what is in memory. */
export function entryAt(state: RaftState, index: number): Entry | undefined {
  return state.entries[index - state.base.index - 1];
}

/** The term of the entry at `index`; 0 before the first; undefined where it is not known. */
export function termAt(state: RaftState, index: number): number | undefined {
  return index === state.base.index ? state.base.term : entryAt(state, index)?.term;
}

/** Entries from `from` on: at least one if there is one, at most `most`, of about `mostBytes`. */
export function entriesFrom(
  state: RaftState,
  from: number,
  most: number,
  mostBytes: number,
): readonly Entry[] {
  const start = from - state.base.index - 1;
  const end = Math.min(start + most, state.entries.length);
  let bytes = 0;
  for (let at = start; at < end; at++) {
    bytes += state.sizes[at]!;
    if (bytes > mostBytes) return state.entries.slice(start, Math.max(at, start + 1));
  }
  return state.entries.slice(start, end);
}

/** Appends one entry; `writeLog` brings it to the disk. */
export function append({ state }: RaftReplica, entry: Entry): void {
  assert(entry.index === lastIndex(state) + 1, `entry ${entry.index} after ${lastIndex(state)}`);
  state.entries.push(Object.freeze(entry));
  const size = sizeOf(entry.data);
  state.sizes.push(size);
  state.logBytes += size;
  state.unwrittenFrom ??= entry.index;
}

/** Appends an entry of this leader's term; sending it is for later. Returns its index. */
export function propose(replica: RaftReplica, data: EntryData): number {
  const { state } = replica;
  const index = lastIndex(state) + 1;
  append(replica, { index, term: state.term, data });
  return index;
}

/** The first entry that this leader has proposed since the last call; undefined if none. */
export function takeProposed(state: RaftState): number | undefined {
  const last = lastIndex(state);
  if (last <= state.markedIndex) return undefined;
  const first = state.markedIndex + 1;
  state.markedIndex = last;
  return first;
}

/** Cuts the log so that `index` is its last. Called only for a conflict with a leader's log. */
export function truncateAfter(replica: RaftReplica, index: number): void {
  const { state } = replica;
  assert(index >= state.commit, `cut after ${index}, though ${state.commit} is committed`);
  const kept = index - state.base.index;
  state.entries.length = kept;
  for (const size of state.sizes.splice(kept)) state.logBytes -= size;
  cutSegments(replica, index);
}

/** Half of a log that has grown too long is dropped at once, or a quarter if that is still much: so it happens seldom. */
const MUCH = 256;

/**
 * Drops the oldest applied entries of a log that has grown too long; the data covers them (Raft, 7). A snapshot
 * being sent needs the entries after it, so they are kept, to twice the limit.
 */
export function compactLog(replica: RaftReplica): void {
  const { state, settings } = replica;
  const long = state.entries.length / settings.maxLogEntries;
  const large = state.logBytes / settings.maxLogBytes;
  const excess = Math.max(long, large);
  if (excess <= 1) return;
  const needed = state.view !== undefined && excess <= 2 ? state.view.index : state.applied;
  const most = Math.min(state.applied, needed) - state.base.index;
  const { length } = state.entries;
  const count = Math.min(most, Math.ceil(length / 2), Math.max(MUCH, Math.ceil(length / 4)));
  if (count > 0) dropPrefix(replica, state.base.index + count);
}

/** Drops the entries up to `index`, which the data covers. */
function dropPrefix(replica: RaftReplica, index: number): void {
  const { state, ctx } = replica;
  const count = index - state.base.index;
  const dropped = state.entries.splice(0, count);
  for (const size of state.sizes.splice(0, count)) state.logBytes -= size;
  state.base = { index, term: dropped.at(-1)!.term };
  // The deletion makes the data durable that covers the entries, even where no whole record of them is deleted.
  ctx.disk.delete(BASE);
  ctx.disk.put(BASE, { ...state.base });
  dropSegments(replica, index);
}

/** A snapshot covers everything up to `index`: what the log has after an equal entry stays, the rest is dropped (Raft, 7). */
export function replaceLog(replica: RaftReplica, index: number, term: number): void {
  const { state, ctx } = replica;
  if (entryAt(state, index)?.term === term) {
    dropPrefix(replica, index);
    return;
  }
  deleteSegments(replica);
  state.entries = [];
  state.sizes = [];
  state.logBytes = 0;
  state.base = { index, term };
  ctx.disk.put(BASE, { ...state.base });
}

/** About how many bytes plain data takes as JSON. */
function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length + 2;
  if (typeof value !== 'object' || value === null) return 8;
  let size = 2;
  for (const key in value) size += key.length + 4 + sizeOf((value as Record<string, unknown>)[key]);
  return size;
}

/** Whether a log that ends in (`term`, `index`) is at least as up to date as this one (Raft, 5.4.1). */
export function isUpToDate(state: RaftState, index: number, term: number): boolean {
  const mine = lastTerm(state);
  return term > mine || (term === mine && index >= lastIndex(state));
}

/** Writes term, vote and recovery, as one record: a vote is never seen without its term. */
export function saveHardState(state: HardState, disk: Store): void {
  disk.put(HARD_STATE, { recovery: state.recovery, term: state.term, votedFor: state.votedFor ?? null });
}

/** What a disk holds of term, vote and recovery. Up to data format 3 the recovery was called standing, and its states otherwise. */
type StoredHardState = { term: number; votedFor: NodeId | null } & (
  | { recovery: Recovery }
  | { standing: keyof typeof FORMER_STATES }
);
const FORMER_STATES = { blank: 'new', learning: 'recovering', whole: 'normal' } as const;

/** Reads what `saveHardState` wrote; a disk without it is new. */
export function loadHardState(disk: StoreReader): HardState {
  const stored = disk.get(HARD_STATE) as StoredHardState | undefined;
  if (stored === undefined) return { term: 0, votedFor: undefined, recovery: 'new' };
  const recovery = 'recovery' in stored ? stored.recovery : FORMER_STATES[stored.standing];
  return { term: stored.term, votedFor: stored.votedFor ?? undefined, recovery };
}

/** Reads the log back, with term, vote and recovery. */
export function loadLog(disk: StoreReader): HardState & Log {
  const base = loadBase(disk);
  const { entries, recordStarts } = loadEntries(disk, base.index);
  const sizes = entries.map(({ data }) => sizeOf(data));
  const logBytes = sizes.reduce((sum, size) => sum + size, 0);
  return { ...loadHardState(disk), base, entries, sizes, logBytes, recordStarts, unwrittenFrom: undefined };
}

/** The entry before the log's first. */
export function loadBase(disk: StoreReader): RaftState['base'] {
  return (disk.get(BASE) as RaftState['base'] | undefined) ?? { index: 0, term: 0 };
}

/** What a disk holds after `term` was reached, without a vote in it, and `entries` were appended from index 1 on. */
export function logOnDisk(term: number, entries: readonly Entry[]): Write[] {
  const hard = { recovery: 'normal', term, votedFor: null };
  const writes: Write[] = [{ space: 'program', key: HARD_STATE, value: hard }];
  for (const entry of entries) writes.push({ space: 'program', ...recordOf(entry) });
  return writes;
}
