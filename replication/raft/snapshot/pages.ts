/**
 * Pages: the pieces in which data is sent in the order of its keys, compared by digest.
 *
 * Reading a page from the same key out of the same pairs gives the same page. So a follower that
 * holds pairs already can say which page of them it holds by its last key and a digest, and the
 * leader can see whether its own data has just these pairs there (as rsync does with blocks of a
 * file; here the keys say where a block belongs).
 */
import { compareKeys, prefixEnd, type Store, type StoreReader } from '../../../vm/index.ts';
import type { Held, Pair } from '../messages.ts';
import { sha256 } from './digest.ts';

/** The most pairs in a page. */
const PAGE_PAIRS = 1_000;

/** Pairs in order, and the first key after them, if there is one. */
export interface Page {
  readonly pairs: readonly Pair[];
  readonly next: string | undefined;
}

/** A page that was read, and about how many bytes it is. */
interface ReadPage extends Page {
  readonly size: number;
}

/**
 * Where a page ends at the latest: at about so many bytes, at so many pairs, with the key `last`,
 * before the key `before`.
 */
interface PageEnd {
  readonly bytes: number;
  readonly most?: number;
  readonly last?: string;
  readonly before?: string | undefined;
}

/** Reads a page from key `from` on. */
export function readPage(store: StoreReader, from: string, end: PageEnd): ReadPage {
  const { bytes, most = PAGE_PAIRS, last, before } = end;
  const pairs: Pair[] = [];
  let size = 0;
  for (const pair of store.range(from, before ?? prefixEnd(''))) {
    const [key, value] = pair;
    const isPast = last !== undefined && compareKeys(key, last) > 0;
    if (isPast || pairs.length === most || size >= bytes) return { pairs, next: key, size };
    pairs.push(pair);
    size += key.length + JSON.stringify(value).length;
  }
  return { pairs, next: undefined, size };
}

/** What a store holds of a page from `from` on; undefined if it holds nothing there. */
export function heldIn(store: StoreReader, from: string, bytes: number): Held | undefined {
  const { pairs } = readPage(store, from, { bytes });
  const last = pairs.at(-1)?.[0];
  return last === undefined ? undefined : { last, digest: digestOf(pairs) };
}

/** The page of a store from `from` on, if it has just the pairs that are `held`. */
export function samePage(store: StoreReader, from: string, held: Held, bytes: number): Page | undefined {
  const page = readPage(store, from, { bytes, last: held.last });
  return digestOf(page.pairs) === held.digest ? page : undefined;
}

/**
 * Makes the store hold `page`, and nothing else, from `from` up to the page's `next`, or only up to
 * a key before that if there is too much to delete in one step. Returns the key up to which it has.
 */
export function putPage(store: Store, from: string, page: Page, bytes: number): string | undefined {
  const present = readPage(store, from, { bytes: 2 * bytes, most: 2 * PAGE_PAIRS, before: page.next });
  const end = present.next ?? page.next;
  const missing = new Map(page.pairs.filter(([key]) => end === undefined || compareKeys(key, end) < 0));
  for (const [key, value] of present.pairs) {
    if (!missing.has(key)) store.delete(key);
    // Pairs that are there already are not written again.
    else if (JSON.stringify(missing.get(key)) === JSON.stringify(value)) missing.delete(key);
  }
  for (const [key, value] of missing) store.put(key, value);
  return end;
}

/** A digest of pairs. */
export function digestOf(pairs: readonly Pair[]): string {
  return sha256(JSON.stringify(pairs));
}
