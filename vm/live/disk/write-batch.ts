/** Batches that go to disk in one transaction: of each key, the last value written. */

import type { LiveError } from '../../errors.ts';
import type { Keyspace, Value, Write } from '../../store.ts';
import { dataLetterRecord } from './database-layout.ts';
import type { DurableStore } from './durable-store.ts';
import { type Change, encodeRecord } from './record.ts';

const PAGE_BYTES = 4096;

/** The stores by keyspace; `data` and `incoming` may have been swapped. */
export type Stores = Record<Keyspace, DurableStore>;

/** Swaps `data` and `incoming`. */
export function swapStores(stores: Stores): void {
  [stores.data, stores.incoming] = [stores.incoming, stores.data];
}

/**
 * The last value written under a key (undefined: a deletion), and how many writes of it that is.
 */
interface Written {
  value: Value | undefined;
  count: number;
}

/** Writes by store and key. */
class Writes {
  readonly stores = new Map<DurableStore, Map<string, Written>>();
  /** How many, of different keys. */
  size = 0;

  add(store: DurableStore, key: string, value: Value | undefined, count = 1): void {
    const own = this.stores.get(store) ?? new Map<string, Written>();
    this.stores.set(store, own);
    const known = own.get(key);
    if (known) {
      known.value = value;
      known.count += count;
    } else {
      own.set(key, { value, count });
      this.size++;
    }
  }

  clear(): void {
    this.stores.clear();
    this.size = 0;
  }
}

/**
 * Writes to `data` that may wait: no message depends on them, and many of them are replaced
 * or deleted by later ones before they would have reached the disk.
 */
export class Deferred extends Writes {
  /** Adds a write; a deletion of what the database never had leaves nothing. */
  override add(store: DurableStore, key: string, value: Value | undefined): void {
    const own = this.stores.get(store);
    const known = own?.get(key);
    if (value === undefined && known !== undefined && store.isNew(key)) {
      own!.delete(key);
      this.size--;
      store.committed(key, known.count + 1);
    } else super.add(store, key, value);
  }
}

/** Batches that go to disk in one transaction. */
export class WriteBatch extends Writes {
  /** The last of them; 0 while there is none. */
  batch = 0;
  /** Whether something waits for it. */
  urgent = false;
  /** The letter of the data after it, if it swaps `data` and `incoming`. */
  dataLetter: string | undefined;
  readonly done: Promise<number>;
  resolve!: (batch: number) => void;
  reject!: (error: LiveError) => void;

  constructor() {
    super();
    this.done = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    // A batch that nothing was added to may be rejected too.
    this.done.catch(() => {});
  }

  override add(store: DurableStore, key: string, value: Value | undefined, count = 1): void {
    super.add(store, key, value, count);
    store.leaves(key);
  }

  /**
   * Adds a batch; `stores` are those that its writes refer to, and follow its swaps. Writes to
   * `data` are deferred, until something relies on them: a swap, or the deletion of a record of the
   * program's that they replace.
   */
  take(batch: number, writes: readonly Write[], stores: Stores, deferred: Deferred): void {
    this.batch = batch;
    for (const write of writes) {
      if ('swap' in write) {
        this.absorb(deferred);
        swapStores(stores);
        this.dataLetter = stores.data.letter;
      } else if (write.space === 'data') deferred.add(stores.data, write.key, write.value);
      else {
        if (write.space === 'program' && write.value === undefined) this.absorb(deferred);
        this.add(stores[write.space], write.key, write.value);
      }
    }
  }

  /**
   * Adds what was deferred. It is later than what this batch has of the same keys: those were
   * written before a swap.
   */
  absorb(deferred: Deferred): void {
    for (const [store, own] of deferred.stores) {
      for (const [key, { value, count }] of own) this.add(store, key, value, count);
    }
    deferred.clear();
  }
}

/** A batch's changes to the database. */
export function changesOf({ stores, dataLetter }: WriteBatch): Change[] {
  const changes: Change[] = [];
  for (const [store, own] of stores) {
    for (const [key, { value }] of own) {
      const name = store.storedName(key);
      changes.push(value === undefined ? { key: Buffer.from(name) } : encodeRecord(name, value));
    }
  }
  if (dataLetter !== undefined) changes.push(dataLetterRecord(dataLetter));
  return changes;
}

/**
 * The most bytes that LMDB's file may grow by: each record may need a page for itself, and a large
 * one several.
 */
export function spaceFor(changes: readonly Change[]): number {
  return changes.reduce((sum, { record }) => sum + PAGE_BYTES + 2 * (record?.length ?? 0), 0);
}
