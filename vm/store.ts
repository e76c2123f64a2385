/**
 * The ordered key-value store: what a machine's disk looks like to its program, and what a
 * replicated state machine keeps its data in. Keys are strings ordered as their UTF-8 bytes are;
 * values are plain data. This file holds the contract and the in-memory store; `vm/live/` has the
 * durable one.
 */
import sortedBTree from 'sorted-btree';

// The package is CommonJS: its class is the `default` of what Node and bundlers hand over.
const BTree = sortedBTree.default;

/** Plain data: anything that JSON can represent. Never changed once stored. */
export type Value = null | boolean | number | string | readonly Value[] | { readonly [key: string]: Value };

/** Bytes of a key in UTF-8, at most: LMDB's limit, less a byte that names the keyspace. */
export const MAX_KEY_BYTES = 1977;

/** Limits of a range scan. */
export interface RangeOptions {
  /** The most pairs to return. Default: no limit. */
  readonly limit?: number;
  /** Whether to go from the end of the range to its start. Default: false. */
  readonly reverse?: boolean;
}

/** Reading: all that a query may do. */
export interface StoreReader {
  get(key: string): Value | undefined;
  /** The pairs with `from <= key < to`, in order (or from the last to the first). */
  range(from: string, to: string, options?: RangeOptions): Iterable<readonly [string, Value]>;
}

/**
 * Reading and writing: what a state machine applies commands to. A write is visible to every later
 * read.
 */
export interface Store extends StoreReader {
  put(key: string, value: Value): void;
  delete(key: string): void;
}

/**
 * The stores on a machine's disk: the program's own records, the data of a replicated state
 * machine, and a copy of such data on its way in from another machine.
 */
export type Keyspace = (typeof KEYSPACES)[number];

/** All keyspaces of a disk. */
export const KEYSPACES = ['program', 'data', 'incoming'] as const;

/**
 * One change to a disk: a record put, or (`value` undefined) deleted; or `data` and `incoming` are
 * swapped.
 */
export type Write =
  | { readonly space: Keyspace; readonly key: string; readonly value: Value | undefined }
  | { readonly swap: true };

/**
 * A machine's disk as its program sees it: writes are visible at once; durability is announced
 * later, by batch.
 */
export interface Disk extends Readonly<Record<Keyspace, Store>> {
  /** Makes the incoming data the data; the former data may be deleted. */
  swap(): void;
  /** Keeps a view of `data` as it is now, under a name. Views end with the process. */
  freeze(name: string): void;
  /** The view of that name, if there is one. */
  frozen(name: string): StoreReader | undefined;
  release(name: string): void;
}

/**
 * Code units that are ordered otherwise than the bytes: surrogates stand for code points above
 * ffff, and so come after e000 to ffff.
 */
const MOVED_UNITS = /[\ud800-\uffff]/g;
const HAS_MOVED_UNITS = /[\ud800-\uffff]/;

/**
 * A key as a text that `<` orders as the key's UTF-8 bytes are ordered: surrogates and what they
 * come after have changed places. Nearly all keys are that text themselves.
 */
function sortable(key: string): string {
  if (!HAS_MOVED_UNITS.test(key)) return key;
  return key.replace(MOVED_UNITS, (unit) => moved(unit, unit < '\ue000' ? 0x2000 : -0x800));
}

/** The key of a sortable text. */
function unsortable(text: string): string {
  if (!HAS_MOVED_UNITS.test(text)) return text;
  return text.replace(MOVED_UNITS, (unit) => moved(unit, unit < '\uf800' ? 0x800 : -0x2000));
}

function moved(unit: string, by: number): string {
  return String.fromCharCode(unit.charCodeAt(0) + by);
}

/**
 * Orders strings as their UTF-8 bytes are ordered (by code point), which `<` on strings does not
 * for surrogates.
 */
export function compareKeys(a: string, b: string): number {
  return compareTexts(sortable(a), sortable(b));
}

/** By code units: the engine's own comparison is several times as fast as one in JavaScript. */
function compareTexts(a: string, b: string): number {
  if (a < b) return -1;
  return a === b ? 0 : 1;
}

/** The first key after every key that starts with `prefix`, for use as the end of a range. */
export function prefixEnd(prefix: string): string {
  return `${prefix}\u{10ffff}`;
}

/**
 * A store in memory: a copy-on-write B-tree, so that `clone` costs nothing until one side changes.
 */
export class MemoryStore implements Store {
  /** By sortable keys. */
  #tree = new BTree<string, Value>(undefined, compareTexts);

  get(key: string): Value | undefined {
    return this.#tree.get(sortable(key));
  }

  put(key: string, value: Value): void {
    this.#tree.set(sortable(key), value);
  }

  delete(key: string): void {
    this.#tree.delete(sortable(key));
  }

  *range(from: string, to: string, options: RangeOptions = {}): Iterable<readonly [string, Value]> {
    const [low, high] = [sortable(from), sortable(to)];
    let left = options.limit ?? Number.POSITIVE_INFINITY;
    const pairs = options.reverse
      ? this.#tree.entriesReversed(high, undefined, true)
      : this.#tree.entries(low);
    for (const [text, value] of pairs) {
      const past = options.reverse ? text < low : text >= high;
      if (past || left-- <= 0) return;
      yield [unsortable(text), value];
    }
  }

  get size(): number {
    return this.#tree.size;
  }

  /** An independent copy that shares what neither side has changed. */
  clone(): MemoryStore {
    const copy = new MemoryStore();
    copy.#tree = this.#tree.clone();
    return copy;
  }
}

/**
 * A disk in memory. Its stores are copied on write, so freezing and cloning cost next to nothing.
 */
export class MemoryDisk implements Disk {
  program = new MemoryStore();
  data = new MemoryStore();
  incoming = new MemoryStore();
  readonly #views = new Map<string, MemoryStore>();

  swap(): void {
    [this.data, this.incoming] = [this.incoming, this.data];
  }

  freeze(name: string): void {
    this.#views.set(name, this.data.clone());
  }

  frozen(name: string): StoreReader | undefined {
    return this.#views.get(name);
  }

  release(name: string): void {
    this.#views.delete(name);
  }

  /** An independent disk with the same records and views. */
  clone(): MemoryDisk {
    const copy = this.records();
    for (const [name, view] of this.#views) copy.#views.set(name, view);
    return copy;
  }

  /** An independent disk with the same records: what a process that starts anew finds. */
  records(): MemoryDisk {
    const copy = new MemoryDisk();
    copy.program = this.program.clone();
    copy.data = this.data.clone();
    copy.incoming = this.incoming.clone();
    return copy;
  }
}

/** Applies a change to the store of its keyspace. */
export function applyWrite(disk: Disk, write: Write): void {
  if ('swap' in write) {
    disk.swap();
    return;
  }
  const store = disk[write.space];
  if (write.value === undefined) store.delete(write.key);
  else store.put(write.key, write.value);
}
