/**
 * Batches on their way to the disk: of each key, the last value written.
 *
 * A group of batches goes to the log, and what of it is not the program's from there to the
 * database (`Logged`). Writes to `data` wait (`Deferred`), and go to the database without a detour,
 * or into the log with what relies on them.
 */

import type { LogRecord } from '../../disk-log/layout.ts';
import type { LiveError } from '../../errors.ts';
import type { Value, Write } from '../../store.ts';
import { DATA_LETTER_KEY, dataLetterRecord, PROGRAM_LETTER } from './database-layout.ts';
import type { DurableStore } from './durable-store.ts';
import { type Change, encodeRecord } from './record.ts';

/** The stores of the database; `data` and `incoming` may have been swapped. */
export interface Stores {
  data: DurableStore;
  incoming: DurableStore;
}

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

/** Writes that go to the database: it is no longer known not to have their keys. */
export class Logged extends Writes {
  /** The letter of the data after them, if `data` and `incoming` were swapped. */
  dataLetter: string | undefined;

  override add(store: DurableStore, key: string, value: Value | undefined, count = 1): void {
    super.add(store, key, value, count);
    store.leaves(key);
  }

  /** Adds writes that are later than what this has of the same keys. */
  absorb({ stores }: Writes): void {
    for (const [store, own] of stores) {
      for (const [key, { value, count }] of own) this.add(store, key, value, count);
    }
  }

  /** Adds a group that is in the log now. */
  follow(group: WriteBatch): void {
    this.absorb(group);
    this.dataLetter = group.dataLetter ?? this.dataLetter;
  }

  /** The changes to the database. */
  changes(): Change[] {
    const changes: Change[] = [];
    for (const [store, own] of this.stores) {
      for (const [key, { value }] of own) {
        const name = store.storedName(key);
        changes.push(value === undefined ? { key: Buffer.from(name) } : encodeRecord(name, value));
      }
    }
    if (this.dataLetter !== undefined) changes.push(dataLetterRecord(this.dataLetter));
    return changes;
  }

  /** The database has them. */
  committed(): void {
    for (const [store, own] of this.stores) for (const [key, { count }] of own) store.committed(key, count);
  }
}

/** Batches that go to the log as one group. */
export class WriteBatch extends Logged {
  /** The last of them; 0 while there is none. */
  batch = 0;
  /** Whether something waits for it. */
  urgent = false;
  /** Whether it relies on all writes to `data` before it: it may be durable only after them. */
  reliesOnData = false;
  readonly program = new Map<string, Value | undefined>();
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

  /** How many writes, of different keys. */
  get length(): number {
    return this.size + this.program.size;
  }

  /**
   * Adds a batch; `stores` are those that its writes refer to, and follow its swaps. Writes to
   * `data` are deferred, unless something in the batch relies on them: a swap, or the deletion of a
   * record of the program's that they replace. Then they are in the same group.
   */
  take(batch: number, writes: readonly Write[], stores: Stores, deferred: Deferred): void {
    this.batch = batch;
    let relies = false;
    for (const write of writes) {
      if ('swap' in write) {
        relies = true;
        this.#takeDeferred(deferred);
        swapStores(stores);
        this.dataLetter = stores.data.letter;
      } else if (write.space === 'data') deferred.add(stores.data, write.key, write.value);
      else if (write.space === 'incoming') this.add(stores.incoming, write.key, write.value);
      else {
        if (write.value === undefined) relies = true;
        this.program.set(write.key, write.value);
      }
    }
    if (!relies) return;
    this.reliesOnData = true;
    this.#takeDeferred(deferred);
  }

  /** The group's records in the log. */
  records(): LogRecord[] {
    const records: LogRecord[] = [];
    for (const [key, value] of this.program)
      records.push({ key: PROGRAM_LETTER + key, value, passing: false });
    for (const [store, own] of this.stores) {
      for (const [key, { value }] of own) records.push({ key: store.storedName(key), value, passing: true });
    }
    if (this.dataLetter !== undefined) {
      records.push({ key: DATA_LETTER_KEY, value: this.dataLetter, passing: true });
    }
    return records;
  }

  /**
   * Takes what was deferred. It is later than what this group has of the same keys: those were
   * written before a swap.
   */
  #takeDeferred(deferred: Deferred): void {
    this.absorb(deferred);
    deferred.clear();
  }
}
