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
 * Orders strings as their UTF-8 bytes are ordered (by code point), which `<` on strings does not
 * for surrogates.
 */
export function compareKeys(a: string, b: string): number {
  if (a === b) return 0;
  const length = a.length < b.length ? a.length : b.length;
  for (let i = 0; i < length; i++) {
    let x = a.charCodeAt(i);
    let y = b.charCodeAt(i);
    if (x !== y) {
      // Surrogates (d800 to dfff) stand for code points above ffff: lift them over e000 to ffff.
      if (x >= 0xd800 && y >= 0xd800) {
        x += x >= 0xe000 ? -0x800 : 0x2000;
        y += y >= 0xe000 ? -0x800 : 0x2000;
      }
      return x - y;
    }
  }
  return a.length - b.length;
}

/** The first key after every key that starts with `prefix`, for use as the end of a range. */
export function prefixEnd(prefix: string): string {
  return `${prefix}\u{10ffff}`;
}

/**
 * A store in memory: a copy-on-write B-tree, so that `clone` costs nothing until one side changes.
 */
export class MemoryStore implements Store {
  #tree: InstanceType<typeof BTree<string, Value>>;

  constructor(pairs: Iterable<readonly [string, Value]> = []) {
    this.#tree = new BTree<string, Value>(undefined, compareKeys);
    for (const [key, value] of pairs) this.#tree.set(key, value);
  }

  get(key: string): Value | undefined {
    return this.#tree.get(key);
  }

  put(key: string, value: Value): void {
    this.#tree.set(key, value);
  }

  delete(key: string): void {
    this.#tree.delete(key);
  }

  *range(from: string, to: string, options: RangeOptions = {}): Iterable<readonly [string, Value]> {
    let left = options.limit ?? Number.POSITIVE_INFINITY;
    const pairs = options.reverse
      ? this.#tree.entriesReversed(to, undefined, true)
      : this.#tree.entries(from);
    for (const pair of pairs) {
      const past = options.reverse ? compareKeys(pair[0], from) < 0 : compareKeys(pair[0], to) >= 0;
      if (past || left-- <= 0) return;
      yield pair;
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
