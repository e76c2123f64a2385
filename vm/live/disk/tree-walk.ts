/**
 * Walks one tree of LMDB's file and checks everything that lookups rely on: each page is the one
 * that its number says, none is in two places or newer than what points to it, and keys rise, on a
 * page and from page to page, between the keys that lead to it. Sums over the records cannot detect
 * any of this: they ignore order.
 *
 * Branches are read first, a page of each hundred; then the leaves in the order in which they lie
 * in the file, many at once. So everything is read once, and in long runs.
 */
import {
  BIG,
  type DatabaseFile,
  FileDamage,
  FLAGS,
  HEADER_BYTES,
  type Meta,
  NODE_BYTES,
  OVERFLOW_REFERENCE_BYTES,
  type Tree,
  wholeAt,
} from './database-file.ts';

/** Pages read at once. */
const RUN_PAGES = 256;
/** LMDB's own limit. */
const MOST_DEPTH = 32;

/** A part of some bytes. */
interface Piece {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

/**
 * Negative if the key from `a` to `aEnd` in `in1` comes before that from `b` to `bEnd` in `in2`, 0
 * if they are the same.
 */
export type CompareKeys = (
  in1: Buffer,
  a: number,
  aEnd: number,
  in2: Buffer,
  b: number,
  bEnd: number,
) => number;

/**
 * Receives a record: its key is in `bytes` from `at` on, directly followed by its value. The bytes
 * may be used until it returns. Throws `FileDamage` where such a record cannot be.
 */
export type OnRecord = (bytes: Buffer, at: number, keyBytes: number, valueBytes: number) => void;

/** A leaf as its branches describe it. */
interface Leaf {
  readonly page: number;
  /** It holds keys from `low` on and below `high`. */
  readonly low: Piece | undefined;
  readonly high: Piece | undefined;
  /** The transaction of the page that points to it: its own is not later. */
  readonly transaction: number;
}

/** Which pages of the file are used, each only once. */
export class PageMap {
  readonly #taken: Uint8Array;

  constructor({ lastPage }: Meta) {
    if (lastPage >= 2 ** 32) throw new FileDamage(`it cannot have ${lastPage} pages`);
    this.#taken = new Uint8Array(lastPage + 1);
    this.take(0, 2);
  }

  /** Throws `FileDamage` if one of the pages is taken, or outside of the file. */
  take(page: number, count: number): void {
    if (page + count > this.#taken.length) throw new FileDamage(`it has no page ${page + count - 1}`);
    for (let at = page; at < page + count; at++) {
      if (this.#taken[at] === 1) throw new FileDamage(`its page ${at} is in two places`);
      this.#taken[at] = 1;
    }
  }

  /** The first page that nothing has taken; undefined if there is none. */
  get lost(): number | undefined {
    const page = this.#taken.indexOf(0);
    return page < 0 ? undefined : page;
  }
}

/** Walks a tree. */
export class TreeWalk {
  readonly #file: DatabaseFile;
  readonly #meta: Meta;
  readonly #pages: PageMap;
  readonly #compare: CompareKeys;
  readonly #leaves: Leaf[] = [];
  /** The latest transaction that wrote a page of it. */
  #newest = 0;

  constructor(file: DatabaseFile, meta: Meta, pages: PageMap, compare: CompareKeys) {
    this.#file = file;
    this.#meta = meta;
    this.#pages = pages;
    this.#compare = compare;
  }

  /**
   * Passes every record of `tree` to `onRecord`, in no particular order. Returns its latest
   * transaction. Throws `FileDamage`.
   */
  walk(tree: Tree, onRecord: OnRecord): number {
    if (tree.depth > MOST_DEPTH) throw new FileDamage(`a tree in it cannot have ${tree.depth} levels`);
    const { transaction } = this.#meta;
    if (tree.root !== undefined)
      this.#descend({ page: tree.root, low: undefined, high: undefined, transaction }, tree.depth);
    const leaves = this.#leaves.sort((a, b) => a.page - b.page);
    const { pageBytes } = this.#meta;
    const memory = Buffer.allocUnsafe(RUN_PAGES * pageBytes);
    let entries = 0;
    for (let at = 0; at < leaves.length; ) {
      let count = 1;
      const first = leaves[at]!.page;
      while (count < RUN_PAGES && leaves[at + count]?.page === first + count) count++;
      const run = this.#file.read(first, count, this.#meta, memory);
      for (let i = 0; i < count; i++) {
        const bytes = run.subarray(i * pageBytes, (i + 1) * pageBytes);
        entries += this.#leaf(bytes, leaves[at + i]!, onRecord);
      }
      at += count;
    }
    if (entries !== tree.entries)
      throw new FileDamage(`it holds ${entries} records where ${tree.entries} were written`);
    return this.#newest;
  }

  /** Collects the leaves below a page that has `levels` levels, itself included. */
  #descend(place: Leaf, levels: number): void {
    this.#pages.take(place.page, 1);
    if (levels === 1) {
      this.#leaves.push(place);
      return;
    }
    const bytes = this.#file.read(place.page, 1, this.#meta);
    const count = this.#nodes(bytes, place, FLAGS.branch);
    const transaction = wholeAt(bytes, 8);
    // The first key of a branch stands for the smallest possible key.
    let low = place.low;
    for (let i = 0; i < count; i++) {
      const node = nodeAt(bytes, i);
      const high = i + 1 < count ? keyAt(bytes, nodeAt(bytes, i + 1)) : place.high;
      if (low && high && this.#compare(low.bytes, low.start, low.end, high.bytes, high.start, high.end) >= 0)
        throw disorder(place.page);
      const page = bytes.readUInt32LE(node) + bytes.readUInt16LE(node + 4) * 2 ** 32;
      this.#descend({ page, low, high, transaction }, levels - 1);
      low = high;
    }
  }

  /** Checks a leaf. Returns how many records it holds. */
  #leaf(bytes: Buffer, leaf: Leaf, onRecord: OnRecord): number {
    const count = this.#nodes(bytes, leaf, FLAGS.leaf);
    const { low, high } = leaf;
    // No object is made for a key: there are millions.
    let [at, end] = [0, 0];
    for (let i = 0; i < count; i++) {
      const [before, beforeEnd] = [at, end];
      at = nodeAt(bytes, i) + NODE_BYTES;
      end = at + keyBytes(bytes, at - NODE_BYTES);
      if (i > 0 && this.#compare(bytes, before, beforeEnd, bytes, at, end) >= 0) throw disorder(leaf.page);
      // The low key may itself be on the leaf.
      if (i === 0 && low && this.#compare(low.bytes, low.start, low.end, bytes, at, end) > 0)
        throw disorder(leaf.page);
    }
    if (high && this.#compare(bytes, at, end, high.bytes, high.start, high.end) >= 0)
      throw disorder(leaf.page);
    for (let i = 0; i < count; i++) this.#record(bytes, leaf, nodeAt(bytes, i), onRecord);
    return count;
  }

  #record(bytes: Buffer, { page }: Leaf, node: number, onRecord: OnRecord): void {
    const valueBytes = bytes.readUInt32LE(node);
    const start = node + NODE_BYTES;
    const end = start + keyBytes(bytes, node);
    if (bytes.readUInt16LE(node + 4) !== BIG) {
      onRecord(bytes, start, end - start, valueBytes);
      return;
    }
    const { pageBytes } = this.#meta;
    const [first, pages] = [wholeAt(bytes, end), wholeAt(bytes, end + 16)];
    if (pages !== Math.ceil((HEADER_BYTES + valueBytes) / pageBytes))
      throw new FileDamage(`its page ${page} is not sound`);
    this.#pages.take(first, pages);
    // Space for the key too: it is put right before the value, over the header once that has been
    // checked.
    const whole = Buffer.allocUnsafe(end - start + pages * pageBytes);
    const body = this.#file.read(first, pages, this.#meta, whole.subarray(end - start));
    if (wholeAt(body, 0) !== first) throw misplaced(first, body);
    if (
      body.readUInt16LE(18) !== FLAGS.overflow ||
      body.readUInt32LE(20) !== pages ||
      wholeAt(body, 8) !== wholeAt(bytes, end + 8)
    ) {
      throw new FileDamage(`its page ${first} is not what page ${page} points to`);
    }
    const at = HEADER_BYTES;
    bytes.copy(whole, at, start, end);
    onRecord(whole, at, end - start, valueBytes);
  }

  /**
   * Checks a page's header and that its nodes lie within it, side by side. Returns how many there
   * are.
   */
  #nodes(bytes: Buffer, { page, transaction }: Leaf, kind: number): number {
    if (wholeAt(bytes, 0) !== page) throw misplaced(page, bytes);
    const own = wholeAt(bytes, 8);
    if (own > transaction) throw new FileDamage(`its page ${page} is newer than what points to it`);
    this.#newest = Math.max(this.#newest, own);
    const [lower, upper] = [bytes.readUInt16LE(20), bytes.readUInt16LE(22)];
    const unsound = () => new FileDamage(`its page ${page} is not sound`);
    if (bytes.readUInt16LE(18) !== kind || lower === 0 || lower % 2 !== 0 || lower > upper) throw unsound();
    let used = HEADER_BYTES + upper;
    for (let i = 0; i < lower / 2; i++) {
      const node = nodeAt(bytes, i);
      if (node < HEADER_BYTES + upper || node + NODE_BYTES > bytes.length) throw unsound();
      const size = nodeBytes(bytes, node, kind);
      if (size === undefined || node + size > bytes.length) throw unsound();
      used += size + (size % 2);
    }
    if (used !== bytes.length) throw unsound();
    return lower / 2;
  }
}

function nodeAt(bytes: Buffer, index: number): number {
  return HEADER_BYTES + bytes.readUInt16LE(HEADER_BYTES + 2 * index);
}

function keyBytes(bytes: Buffer, node: number): number {
  return bytes.readUInt16LE(node + 6);
}

function keyAt(bytes: Buffer, node: number): Piece {
  const start = node + NODE_BYTES;
  return { bytes, start, end: start + keyBytes(bytes, node) };
}

/** The size of a node; undefined if its flags are none that this program's records have. */
function nodeBytes(bytes: Buffer, node: number, kind: number): number | undefined {
  const own = NODE_BYTES + keyBytes(bytes, node);
  if (kind === FLAGS.branch) return own;
  const flags = bytes.readUInt16LE(node + 4);
  if (flags === BIG) return own + OVERFLOW_REFERENCE_BYTES;
  return flags === 0 ? own + bytes.readUInt32LE(node) : undefined;
}

function misplaced(page: number, bytes: Buffer): FileDamage {
  return new FileDamage(`its page ${page} holds what belongs to page ${wholeAt(bytes, 0)}`);
}

function disorder(page: number): FileDamage {
  return new FileDamage(`the keys of its page ${page} are out of order`);
}
