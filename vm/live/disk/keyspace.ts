/**
 * The keyspaces of a durable disk as its program sees them: stores that can change, and views that
 * stay as they were.
 */
import type { Damage } from '../../program.ts';
import type { Disk, StoreReader } from '../../store.ts';
import type { Database } from './database.ts';
import { damageAt, type Letters } from './database-layout.ts';
import { DurableStore } from './durable-store.ts';
import type { ProgramStore } from './program-store.ts';
import { type Stores, swapStores } from './write-batch.ts';

/**
 * The stores of a database. `onDamage` is called with a record that is not what was written; see
 * `OnDamage`.
 */
export function openStores(db: Database, letters: Letters, onDamage: (damage: Damage) => void): Stores {
  const store = (letter: string) =>
    new DurableStore(db, letter, (stored) => onDamage(damageAt(stored, letters)));
  return { data: store(letters.data), incoming: store(letters.incoming) };
}

/**
 * A disk of keyspaces in memory and in LMDB. Writes are visible at once; making them durable is up
 * to the caller.
 */
export class Keyspaces implements Disk {
  readonly program: ProgramStore;
  readonly #stores: Stores;
  readonly #views = new Map<string, DurableStore>();

  constructor(program: ProgramStore, stores: Stores) {
    this.program = program;
    this.#stores = { ...stores };
  }

  get data(): DurableStore {
    return this.#stores.data;
  }

  get incoming(): DurableStore {
    return this.#stores.incoming;
  }

  swap(): void {
    swapStores(this.#stores);
  }

  freeze(name: string): void {
    this.release(name);
    this.#views.set(name, this.data.freeze());
  }

  frozen(name: string): StoreReader | undefined {
    return this.#views.get(name);
  }

  release(name: string): void {
    this.#views.get(name)?.thaw();
    this.#views.delete(name);
  }

  /** Releases every view. */
  releaseAll(): void {
    for (const name of [...this.#views.keys()]) this.release(name);
  }
}
