/**
 * A machine's disk in a live run: LMDB below, with writes that show at once and become durable in groups.
 *
 * `persist` gathers. While one transaction is on its way to the disk, later batches wait and then go together in
 * the next one (group commit), so the cost of a sync is shared by all that arrived meanwhile. Each batch is
 * atomic, and batches become durable in order.
 *
 * LMDB runs with `overlappingSync: false`: its promise then resolves after the data and the page that points to it
 * are both synced. Left out: shrinking the file, and use of one directory by several hosts over a network.
 */
import { existsSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { open } from 'lmdb';
import type { Disk, Space, StoreReader, Value, Write } from '../store.ts';
import { claimDirectory, type DataOwner } from './data-directory.ts';
import { DurableStore } from './durable-store.ts';
import { LiveError, reason } from './errors.ts';
import { HeldError, letGo, takeHold } from './hold.ts';
import { deadlyTo } from './probe.ts';
import { decodeRecord, encodeRecord } from './record.ts';
import { type Database, Tally } from './tally.ts';

/** What a live machine keeps its records on. */
export interface LiveDisk extends Disk {
  /** How often this disk has been opened, this time included. */
  readonly boot: number;
  /**
   * Makes the writes of `batch` durable as a whole, after those of all earlier batches. Resolves with the last
   * batch that is durable; batches that go to disk together share one promise. Rejects with a `LiveError`.
   */
  persist(batch: number, writes: readonly Write[]): Promise<number>;
  /** Waits for what is on its way, then lets go of the directory. */
  close(): Promise<void>;
}

/** What is on disk under which letter; `data` and `incoming` may have changed places. */
type Places = Record<Space, DurableStore>;

/** Where it is written which letter the data is under. */
const DATA_LETTER_KEY = 'mdata';
/** Below this much free space nothing more is written. */
const RESERVED_BYTES = 4 * 2 ** 20;

/** The last value that a group writes under a key (undefined: a deletion), and how many of its writes are of that key. */
interface Written {
  value: Value | undefined;
  count: number;
}

/** Batches that go to disk in one transaction. */
class Group {
  batch = 0;
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
    } else own.set(key, { value, count: 1 });
  }
}

/** A durable disk in a directory of its own. */
export class DurableDisk implements LiveDisk {
  readonly boot: number;
  /** As the machine sees them, and as of the last batch handed over. */
  readonly #seen: Places;
  readonly #written: Places;
  readonly #views = new Map<string, DurableStore>();
  readonly #db: Database;
  readonly #file: string;
  readonly #tally: Tally;
  #gathering = new Group();
  #committing: Promise<void> | undefined;
  #failed: LiveError | undefined;

  /**
   * Opens the disk in `directory`, making it if it is new. Throws a `LiveError` when the directory is another
   * machine's, is in use, cannot be written or is corrupt.
   */
  static open(directory: string, owner: DataOwner): DurableDisk {
    claimDirectory(directory, owner);
    const file = join(directory, 'data.mdb');
    const db = openDatabase(directory, file);
    try {
      // Every stored key starts with the letter of its space; those of the database itself with m.
      const { boot, found } = takeHold(db, () => new Tally(db, ['d', 'i', 'p']));
      return new DurableDisk(db, file, boot, found);
    } catch (error) {
      void db.close();
      if (!(error instanceof HeldError)) throw corrupt(file, error);
      throw new LiveError('DataInUse', `${directory} is in use by process ${error.pid}`);
    }
  }

  private constructor(db: Database, file: string, boot: number, tally: Tally) {
    this.#db = db;
    this.#tally = tally;
    this.#file = file;
    this.boot = boot;
    const [program, one, other] = ['p', 'd', 'i'].map((letter) => new DurableStore(db, letter, file));
    this.#seen = { program: program!, data: one!, incoming: other! };
    if (readDataLetter(db) === 'i') swapPlaces(this.#seen);
    this.#written = { ...this.#seen };
  }

  get program(): DurableStore {
    return this.#seen.program;
  }

  get data(): DurableStore {
    return this.#seen.data;
  }

  get incoming(): DurableStore {
    return this.#seen.incoming;
  }

  swap(): void {
    swapPlaces(this.#seen);
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

  persist(batch: number, writes: readonly Write[]): Promise<number> {
    const group = this.#gathering;
    if (this.#failed) group.reject(this.#failed);
    else group.add(batch, writes, this.#written);
    this.#committing ??= this.#commitAll();
    return group.done;
  }

  async close(): Promise<void> {
    await this.#committing;
    for (const name of [...this.#views.keys()]) this.release(name);
    // After a failed write LMDB is in no state to be closed; the system lets go when the process ends.
    if (this.#failed) return;
    letGo(this.#db);
    await this.#db.close();
  }

  /** One transaction after another, until nothing has gathered. */
  async #commitAll(): Promise<void> {
    // All batches of the step that began this go together.
    await undefined;
    while (this.#gathering.batch > 0 && !this.#failed) {
      const group = this.#gathering;
      this.#gathering = new Group();
      try {
        await this.#commit(group);
        group.resolve(group.batch);
      } catch (error) {
        this.#failed = writeFailure(this.#file, await rootOf(error));
        group.reject(this.#failed);
        this.#gathering.reject(this.#failed);
      }
    }
    this.#committing = undefined;
  }

  async #commit({ writes, dataLetter }: Group): Promise<void> {
    checkSpace(this.#file);
    await this.#db.batch(() => {
      for (const [store, own] of writes)
        for (const [key, { value }] of own) this.#write(store.storedName(key), value);
      if (dataLetter !== undefined) {
        const stored = encodeRecord(DATA_LETTER_KEY, dataLetter);
        void this.#db.put(stored.key, stored.record);
      }
      this.#tally.write();
    });
    for (const [store, own] of writes) for (const [key, { count }] of own) store.committed(key, count);
  }

  #write(name: string, value: Value | undefined): void {
    if (value === undefined) {
      const stored = Buffer.from(name);
      this.#tally.change(stored, undefined);
      void this.#db.remove(stored);
    } else {
      const stored = encodeRecord(name, value);
      this.#tally.change(stored.key, stored.record);
      void this.#db.put(stored.key, stored.record);
    }
  }
}

function swapPlaces(places: Places): void {
  [places.data, places.incoming] = [places.incoming, places.data];
}

/** The letter under which the data is. */
function readDataLetter(db: Database): string {
  const key = Buffer.from(DATA_LETTER_KEY);
  const record = db.get(key);
  const letter = record ? decodeRecord(key, record) : 'd';
  if (typeof letter !== 'string') throw new Error('its record of where the data is fails its checksum');
  return letter;
}

function openDatabase(directory: string, file: string): Database {
  inspect(directory, file);
  try {
    return open<Buffer, Buffer>({
      path: directory,
      noSubdir: false,
      encoding: 'binary',
      keyEncoding: 'binary',
      overlappingSync: false,
    });
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    // LMDB's own codes are negative numbers below -30000; others are the system's.
    if (typeof code === 'number' && code > -30000) {
      throw new LiveError('DataUnwritable', `cannot open ${file}: ${reason(error)}`, error);
    }
    throw corrupt(file, error);
  }
}

/** What LMDB itself would not survive or would take for a new database. */
function inspect(directory: string, file: string): void {
  if (!existsSync(file)) return;
  if (statSync(file).size === 0) throw corrupt(file, 'it is empty');
  const signal = deadlyTo(directory);
  if (signal) throw corrupt(file, `reading it ends a process with ${signal}`);
}

/** Stops short of a full disk: LMDB reports that one on the standard error itself, and has been seen to crash. */
function checkSpace(file: string): void {
  const { bavail, bsize } = statfsSync(file);
  if (bavail * bsize >= RESERVED_BYTES) return;
  throw new LiveError('DiskFull', `no space left to write ${file}`);
}

function corrupt(file: string, error: unknown): LiveError {
  return new LiveError('DataCorrupt', `${file} is corrupt: ${reason(error)}`, error);
}

/** Behind "Commit failed" stands, as a promise, what LMDB said. */
async function rootOf(error: unknown): Promise<unknown> {
  try {
    await (error as { commitError?: Promise<unknown> }).commitError;
    return error;
  } catch (root) {
    return root;
  }
}

function writeFailure(file: string, error: unknown): LiveError {
  if (error instanceof LiveError) return error;
  const full = /ENOSPC|No space left|MDB_MAP_FULL/i.test(reason(error));
  if (full) return new LiveError('DiskFull', `no space left to write ${file}`, error);
  return new LiveError('DiskFailed', `cannot write ${file}: ${reason(error)}`, error);
}
