/**
 * How LMDB's file lies on disk, as far as checking it needs: pages of one size, two of them meta
 * pages that each name the roots of a snapshot, the rest branches, leaves and overflow pages of two
 * trees (the records, and the pages that are free). LMDB maps the file and trusts it; this reader
 * checks everything and cannot crash.
 *
 * The layout is that of LMDB's data version 2 on little-endian computers with 64 bits, which are
 * all that this project's packages are built for. A file of another layout is refused.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/**
 * The header of every page: its number, its transaction, flags, and where its free space begins and
 * ends.
 */
export const HEADER_BYTES = 24;
/** The header of a node: size or page, flags, size of its key. */
export const NODE_BYTES = 8;
/**
 * What a leaf holds of a record on overflow pages: the first of them, its transaction, how many.
 */
export const OVERFLOW_REFERENCE_BYTES = 24;
export const FLAGS = { branch: 1, leaf: 2, overflow: 4, meta: 8 } as const;
/** The flag of a node whose value lies on overflow pages. */
export const BIG = 1;

const MAGIC = 0xbeefc0de;
const DATA_VERSION = 2;
const NO_ROOT = 0xffff_ffff_ffff_ffffn;
const META_BYTES = 168;
const INTEGER_KEYS = 8;
/** More than a process can map into memory. */
const MOST_MAPPED = 2 ** 47;

/** A tree as its meta page describes it. */
export interface Tree {
  readonly flags: number;
  readonly depth: number;
  readonly entries: number;
  /** The page of its root; undefined when it is empty. */
  readonly root: number | undefined;
}

/** A snapshot: what one meta page says. */
export interface Meta {
  readonly pageBytes: number;
  readonly free: Tree;
  readonly main: Tree;
  readonly lastPage: number;
  /** The transaction that wrote it. */
  readonly transaction: number;
}

/** What is wrong with a file, to be read after "is corrupt: ". */
export class FileDamage extends Error {}

/** LMDB's file, open for reading. */
export class DatabaseFile {
  readonly #fd: number;

  /** Throws the system's error when `path` cannot be opened. */
  constructor(path: string) {
    this.#fd = openSync(path, 'r');
  }

  close(): void {
    closeSync(this.#fd);
  }

  /** The latest snapshot. Throws `FileDamage`. */
  meta(): Meta {
    const first = this.#meta(0);
    const second = this.#meta(first.pageBytes);
    if (first.pageBytes !== second.pageBytes) throw new FileDamage('its two first pages differ in size');
    const isSecond = second.transaction > first.transaction;
    const latest = isSecond ? second : first;
    // Transaction N writes page N % 2, and LMDB looks for it there.
    if (latest.transaction % 2 !== Number(isSecond))
      throw new FileDamage('its two first pages are exchanged');
    return latest;
  }

  /**
   * Reads `count` pages from `page` on into `into`, or into new memory. Throws `FileDamage` if the
   * file is too short.
   */
  read(page: number, count: number, { pageBytes }: Meta, into?: Buffer): Buffer {
    const bytes = (into ?? Buffer.allocUnsafe(count * pageBytes)).subarray(0, count * pageBytes);
    if (this.#read(bytes, page * pageBytes) < bytes.length) {
      throw new FileDamage(`it ends before page ${page + count - 1}, which it needs`);
    }
    return bytes;
  }

  #meta(position: number): Meta {
    const bytes = Buffer.alloc(META_BYTES);
    const { size } = fstatSync(this.#fd);
    if (size === 0) throw new FileDamage('it is empty');
    if (this.#read(bytes, position) < META_BYTES) throw new FileDamage('it is cut off in its first pages');
    if (bytes.readUInt16LE(18) !== FLAGS.meta || bytes.readUInt32LE(24) !== MAGIC) {
      throw new FileDamage('it does not begin as a database does');
    }
    const version = bytes.readUInt32LE(28) & 0xffff;
    if (version !== DATA_VERSION)
      throw new FileDamage(`it is of LMDB's data version ${version}, not ${DATA_VERSION}`);
    const pageBytes = bytes.readUInt32LE(48);
    if (pageBytes < 256 || pageBytes > 65_536 || (pageBytes & (pageBytes - 1)) !== 0) {
      throw new FileDamage(`its pages cannot have ${pageBytes} bytes`);
    }
    const [free, main] = [treeAt(bytes, 48), treeAt(bytes, 96)];
    // A flag that this program never sets would make LMDB read the file or its keys differently.
    if (
      wholeAt(bytes, 32) !== 0 ||
      free.flags !== INTEGER_KEYS ||
      main.flags !== 0 ||
      wholeAt(bytes, 40) > MOST_MAPPED
    ) {
      throw new FileDamage('its first pages describe another kind of database');
    }
    return {
      pageBytes,
      free,
      main,
      lastPage: wholeAt(bytes, 144),
      transaction: wholeAt(bytes, 152),
    };
  }

  #read(bytes: Buffer, position: number): number {
    let done = 0;
    while (done < bytes.length) {
      const read = readSync(this.#fd, bytes, done, bytes.length - done, position + done);
      if (read === 0) break;
      done += read;
    }
    return done;
  }
}

/**
 * A 64-bit number. Those of a valid file are below 2^53; larger ones lose precision but still
 * compare as too large.
 */
export function wholeAt(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 2 ** 32;
}

function treeAt(bytes: Buffer, at: number): Tree {
  return {
    flags: bytes.readUInt16LE(at + 4),
    depth: bytes.readUInt16LE(at + 6),
    entries: wholeAt(bytes, at + 32),
    root: bytes.readBigUInt64LE(at + 40) === NO_ROOT ? undefined : wholeAt(bytes, at + 40),
  };
}
