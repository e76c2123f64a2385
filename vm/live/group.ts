/** Batches that go to disk in one transaction: of each key, the last value written. */
import type { Space, Value, Write } from '../store.ts';
import type { DurableStore } from './durable-store.ts';
import type { LiveError } from './errors.ts';
import { dataLetterRecord } from './layout.ts';
import { encodeRecord } from './record.ts';

const PAGE_BYTES = 4096;

/** What is on disk under which letter; `data` and `incoming` may have changed places. */
export type Places = Record<Space, DurableStore>;

/** `data` and `incoming` change places. */
export function swapPlaces(places: Places): void {
  [places.data, places.incoming] = [places.incoming, places.data];
}

/** The last value that a group writes under a key (undefined: a deletion), and how many of its writes are of that key. */
interface Written {
  value: Value | undefined;
  count: number;
}

/** Batches that go to disk in one transaction. */
export class Group {
  /** The last of them; 0 while there is none. */
  batch = 0;
  /** How many writes are in it, of different keys. */
  size = 0;
  readonly writes = new Map<DurableStore, Map<string, Written>>();
  /** Where the data is after it, if `data` and `incoming` change places in it. */
  dataLetter: string | undefined;
  readonly done: Promise<number>;
  resolve!: (batch: number) => void;
  reject!: (error: LiveError) => void;

  constructor() {
    this.done = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    // A group that nothing was added to may be rejected too.
    this.done.catch(() => {});
  }

  /** Adds a batch; `places` are those that its writes mean, and follow its swaps. */
  add(batch: number, writes: readonly Write[], places: Places): void {
    this.batch = batch;
    for (const write of writes) {
      if ('swap' in write) {
        swapPlaces(places);
        this.dataLetter = places.data.letter;
      } else this.#write(places[write.space], write.key, write.value);
    }
  }

  #write(store: DurableStore, key: string, value: Value | undefined): void {
    const own = this.writes.get(store) ?? new Map<string, Written>();
    this.writes.set(store, own);
    const known = own.get(key);
    if (known) {
      known.value = value;
      known.count++;
    } else {
      own.set(key, { value, count: 1 });
      this.size++;
    }
  }
}

/** One record put, or (without `record`) removed. */
export interface Change {
  readonly key: Buffer;
  readonly record?: Buffer;
}

/** A group's changes to the database. */
export function changesOf({ writes, dataLetter }: Group): Change[] {
  const changes: Change[] = [];
  for (const [store, own] of writes) {
    for (const [key, { value }] of own) {
      const name = store.storedName(key);
      changes.push(value === undefined ? { key: Buffer.from(name) } : encodeRecord(name, value));
    }
  }
  if (dataLetter !== undefined) changes.push(dataLetterRecord(dataLetter));
  return changes;
}

/** The most bytes that LMDB's file may grow by: each record may need a page for itself, and a large one several. */
export function spaceFor(changes: readonly Change[]): number {
  return changes.reduce((sum, { record }) => sum + PAGE_BYTES + 2 * (record?.length ?? 0), 0);
}
