/**
 * The log in memory, from `base` on; `log-storage.ts` has it on disk.
 *
 * Invariants: indexes are contiguous; terms never fall along the log; what is committed is never
 * cut.
 */

import type { Store, StoreReader, Write } from '../../vm/index.ts';
import { assert } from '../core/assert.ts';
import type { Batch } from '../replication.ts';
import { type EffectiveConfiguration, effectiveFrom } from './effective.ts';
import { HARD_STATE } from './hard-state.ts';
import {
  cutSegments,
  deleteSegments,
  dropSegments,
  type LogPosition,
  loadEntries,
  recordOf,
  type StoredLog,
} from './log-storage.ts';
import type { Entry, EntryData } from './messages.ts';
import type { RaftSettings } from './settings.ts';

/** The record of the entry before the log's first. */
export const BASE = 'base';

/** The log, and how far it is committed and applied. */
export interface Log extends StoredLog {
  /** About how many bytes each entry is, and all of them. */
  sizes: number[];
  bytes: number;
  /** The highest index known to be committed, and the highest that is applied (Raft, Figure 2). */
  commit: number;
  applied: number;
  /**
   * The configuration that is applied, then those of the entries after it, in order. Only what
   * changes the log changes it, so that a configuration whose entry is cut is gone with it.
   */
  configurations: EffectiveConfiguration[];
  /** The last entry while the step under way may still add batches to it. */
  growing: Growing | undefined;
}

/** An entry of commands that is not finished: nobody has seen it yet. */
interface Growing {
  readonly batches: Batch[];
  commands: number;
}

/** The configuration to count by: the last one in the log, committed or not. */
export function effective(log: Log): EffectiveConfiguration {
  return log.configurations.at(-1)!;
}

/** The last configuration that is known to be committed. */
export function committedConfiguration(log: Log): EffectiveConfiguration {
  return log.configurations.findLast(({ index }) => index <= log.commit)!;
}

/** The configuration entry at `index` is applied: those before it are history. */
export function configurationApplied(log: Log, index: number): void {
  while (log.configurations.length > 1 && log.configurations[1]!.index <= index) log.configurations.shift();
}

export function lastIndex(log: Log): number {
  return log.base.index + log.entries.length;
}

export function lastTerm(log: Log): number {
  return log.entries.at(-1)?.term ?? log.base.term;
}

/** The entry at `index`, or undefined outside of what is in memory. */
export function entryAt(log: Log, index: number): Entry | undefined {
  return log.entries[index - log.base.index - 1];
}

/** The term of the entry at `index`; 0 before the first; undefined where it is not known. */
export function termAt(log: Log, index: number): number | undefined {
  return index === log.base.index ? log.base.term : entryAt(log, index)?.term;
}

/** Entries from `from` on: at least one if there is one, at most `most`, of about `mostBytes`. */
export function entriesFrom(log: Log, from: number, most: number, mostBytes: number): readonly Entry[] {
  const start = from - log.base.index - 1;
  const end = Math.min(start + most, log.entries.length);
  let bytes = 0;
  for (let at = start; at < end; at++) {
    bytes += log.sizes[at]!;
    if (bytes > mostBytes) return log.entries.slice(start, Math.max(at, start + 1));
  }
  return log.entries.slice(start, end);
}

/** Appends one entry; `writeLog` brings it to the disk. */
export function append(log: Log, entry: Entry): void {
  assert(entry.index === lastIndex(log) + 1, `entry ${entry.index} after ${lastIndex(log)}`);
  log.entries.push(Object.freeze(entry));
  const size = sizeOf(entry.data);
  log.sizes.push(size);
  log.bytes += size;
  log.unwrittenFrom ??= entry.index;
  log.growing = undefined;
  if (entry.data.type === 'config') log.configurations.push(effectiveFrom(entry.index, entry.data));
}

/**
 * Appends an entry of the `term` that this replica leads; sending it is for later. Returns its
 * index.
 */
export function propose(log: Log, term: number, data: EntryData): number {
  const index = lastIndex(log) + 1;
  append(log, { index, term, data });
  return index;
}

/**
 * Proposes a batch: with those that were proposed before in the same step, as far as an entry holds
 * them. Returns where its first command stands.
 */
export function proposeBatch(
  log: Log,
  term: number,
  batch: Batch,
  { maxCommandsPerEntry, maxBytesPerAppend }: RaftSettings,
): { readonly index: number; readonly place: number } {
  const size = sizeOf(batch);
  const { growing } = log;
  const bytes = (log.sizes.at(-1) ?? 0) + size;
  if (
    growing !== undefined &&
    growing.commands + batch.count <= maxCommandsPerEntry &&
    bytes <= maxBytesPerAppend
  ) {
    const place = growing.commands;
    growing.batches.push(batch);
    growing.commands += batch.count;
    log.sizes[log.sizes.length - 1] = bytes;
    log.bytes += size;
    return { index: lastIndex(log), place };
  }
  const batches = [batch];
  const index = propose(log, term, { type: 'commands', batches });
  log.growing = { batches, commands: batch.count };
  return { index, place: 0 };
}

/** The step is over: what it has proposed is as it will be. */
export function finishEntry(log: Log): void {
  if (log.growing !== undefined) Object.freeze(log.growing.batches);
  log.growing = undefined;
}

/** Cuts the log so that `index` is its last. Called only for a conflict with a leader's log. */
export function truncateAfter(log: Log, disk: Store, index: number): void {
  assert(index >= log.commit, `cut after ${index}, though ${log.commit} is committed`);
  const kept = index - log.base.index;
  log.growing = undefined;
  log.entries.length = kept;
  for (const size of log.sizes.splice(kept)) log.bytes -= size;
  while (effective(log).index > index) log.configurations.pop();
  cutSegments(log, disk, index);
}

/**
 * Half of a log that has grown too long is dropped at once, or a quarter if that is still much: so
 * it happens seldom.
 */
const MUCH = 256;

/**
 * Drops the oldest applied entries of a log that has grown too long; the data covers them
 * (Raft, 7). A snapshot being sent needs the entries after it, so they are kept, to twice the
 * limit. `sent`: the index of such a snapshot.
 */
export function compactLog(log: Log, disk: Store, settings: RaftSettings, sent: number | undefined): void {
  const long = log.entries.length / settings.maxLogEntries;
  const large = log.bytes / settings.maxLogBytes;
  const excess = Math.max(long, large);
  if (excess <= 1) return;
  const needed = sent !== undefined && excess <= 2 ? sent : log.applied;
  const most = Math.min(log.applied, needed) - log.base.index;
  const { length } = log.entries;
  const count = Math.min(most, Math.ceil(length / 2), Math.max(MUCH, Math.ceil(length / 4)));
  if (count > 0) dropPrefix(log, disk, log.base.index + count);
}

/** Drops the entries up to `index`, which the data covers. */
export function dropPrefix(log: Log, disk: Store, index: number): void {
  const count = index - log.base.index;
  const dropped = log.entries.splice(0, count);
  for (const size of log.sizes.splice(0, count)) log.bytes -= size;
  log.base = { index, term: dropped.at(-1)!.term };
  // The deletion makes the data durable that covers the entries, even where no whole record of them
  // is deleted.
  disk.delete(BASE);
  disk.put(BASE, { ...log.base });
  dropSegments(log, disk, index);
}

/**
 * A snapshot covers everything up to `index`: what the log has after an equal entry stays, the rest
 * is dropped (Raft, 7). `configuration`: the one that the snapshot has.
 */
export function replaceLog(
  log: Log,
  disk: Store,
  { index, term }: LogPosition,
  configuration: EffectiveConfiguration,
): void {
  if (entryAt(log, index)?.term === term) {
    dropPrefix(log, disk, index);
    const later = log.configurations.filter((one) => one.index > index);
    log.configurations = [configuration, ...later];
    return;
  }
  log.configurations = [configuration];
  deleteSegments(log, disk);
  log.growing = undefined;
  log.entries = [];
  log.sizes = [];
  log.bytes = 0;
  log.base = { index, term };
  disk.put(BASE, { ...log.base });
}

/** About how many bytes plain data takes as JSON. */
function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length + 2;
  if (typeof value !== 'object' || value === null) return 8;
  let size = 2;
  for (const key in value) size += key.length + 4 + sizeOf((value as Record<string, unknown>)[key]);
  return size;
}

/**
 * Whether a log that ends in (`term`, `index`) is at least as up to date as this one (Raft, 5.4.1).
 */
export function isUpToDate(log: Log, index: number, term: number): boolean {
  const mine = lastTerm(log);
  return term > mine || (term === mine && index >= lastIndex(log));
}

/**
 * Reads the log back. `applied`: the last index that the data covers, which is all that
 * is known to be committed. `configuration`: the one that the data has.
 */
export function loadLog(disk: StoreReader, applied: number, configuration: EffectiveConfiguration): Log {
  const base = loadBase(disk);
  assert(applied >= base.index, `the data is as of ${applied}, the log begins after ${base.index}`);
  const { entries, recordStarts } = loadEntries(disk, base.index);
  const sizes = entries.map(({ data }) => sizeOf(data));
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  const later = entries.flatMap(({ index, data }) =>
    data.type === 'config' && index > applied ? effectiveFrom(index, data) : [],
  );
  return {
    base,
    entries,
    recordStarts,
    unwrittenFrom: undefined,
    sizes,
    bytes,
    commit: applied,
    applied,
    configurations: [configuration, ...later],
    growing: undefined,
  };
}

/** The entry before the log's first. */
export function loadBase(disk: StoreReader): LogPosition {
  return (disk.get(BASE) as LogPosition | undefined) ?? { index: 0, term: 0 };
}

/**
 * What a disk holds after `term` was reached, without a vote in it, and `entries` were appended
 * from index 1 on.
 */
export function logOnDisk(term: number, entries: readonly Entry[]): Write[] {
  const hard = { recovery: 'normal', term, votedFor: null };
  const writes: Write[] = [{ space: 'program', key: HARD_STATE, value: hard }];
  for (const entry of entries) writes.push({ space: 'program', ...recordOf(entry) });
  return writes;
}
