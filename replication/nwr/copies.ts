/**
 * The copies of a machine. What it has of a key is a record of its own, on the disk that gates what
 * leaves; the data of the state machine beside it is what queries see of that, and can be made
 * again from it.
 */
import { compareKeys, prefixEnd, type StoreReader, type Value } from '../../vm/index.ts';
import { MachineStore } from '../core/sessions.ts';
import type { Item, KeyRange, Nwr } from './state.ts';
import { latest, merge, type Versions, visible } from './versions.ts';

/** How records of copies and of hints begin, and the record of the writer's name and clock. */
const COPY = 'k/';
export const HINT = 'h/';
const WRITER = 'nwr';

/** What a machine has of a key. */
export function copyOf(disk: StoreReader, key: string): Versions {
  return (disk.get(COPY + key) as unknown as Versions | undefined) ?? [];
}

/** What a machine has in a range, at most `limit` keys of it. */
export function copiesIn(disk: StoreReader, [from, to]: KeyRange, limit?: number): Item[] {
  const end = to === '' ? prefixEnd(COPY) : COPY + to;
  const found = disk.range(COPY + from, end, limit === undefined ? {} : { limit });
  return [...found].map(([key, versions]) => [key.slice(COPY.length), versions as unknown as Versions]);
}

/** The range of one key, and whether a range has a key. */
export function rangeOf(key: string): KeyRange {
  return [key, `${key}\0`];
}

export function isIn([from, to]: KeyRange, key: string): boolean {
  return compareKeys(from, key) <= 0 && (to === '' || compareKeys(key, to) < 0);
}

/** Takes values in that others have brought. The application is told if they are news. */
export function takeFromOthers(replica: Nwr, items: readonly Item[]): void {
  if (take(replica, items)) replica.ctx.installed(replica.state.clock);
}

/** Takes values in: what is there and later stays. Returns whether anything has changed. */
export function take({ state, ctx, settings }: Nwr, items: readonly Item[]): boolean {
  const data = new MachineStore(ctx.data);
  let isNews = false;
  for (const [key, versions] of items) {
    const before = copyOf(ctx.disk, key);
    const after = merge(before, versions, settings.conflicts);
    state.clock = Math.max(state.clock, latest(versions));
    if (JSON.stringify(after) === JSON.stringify(before)) continue;
    ctx.disk.put(COPY + key, after as unknown as Value);
    show(data, key, after);
    isNews = true;
  }
  return isNews;
}

function show(data: MachineStore, key: string, versions: Versions): void {
  const value = visible(versions);
  if (value === undefined) data.delete(key);
  else data.put(key, value);
}

/** The data may be older than the copies after a crash: it is made to say the same. */
export function restoreData(ctx: Pick<Nwr['ctx'], 'disk' | 'data'>): void {
  const data = new MachineStore(ctx.data);
  const copies = new Map(copiesIn(ctx.disk, ['', '']));
  for (const [key] of [...data.range('', prefixEnd(''))]) if (!copies.has(key)) data.delete(key);
  for (const [key, versions] of copies) {
    if (JSON.stringify(data.get(key)) !== JSON.stringify(visible(versions))) show(data, key, versions);
  }
}

/** The name under which a machine writes, and how far its clock is. */
export function loadWriter(
  disk: StoreReader,
): { readonly writer: string; readonly clock: number } | undefined {
  return disk.get(WRITER) as { writer: string; clock: number } | undefined;
}

/** A new number for what it writes: greater than all that it has seen. */
export function nextNumber({ state, ctx }: Pick<Nwr, 'state' | 'ctx'>, seen = 0): number {
  state.clock = Math.max(state.clock, seen) + 1;
  ctx.disk.put(WRITER, { writer: state.writer, clock: state.clock });
  return state.clock;
}
