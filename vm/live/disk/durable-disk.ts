/**
 * A machine's disk in a live run: LMDB, with writes that are visible at once and become durable in
 * groups.
 *
 * `persist` collects. While one transaction is being committed, later batches wait and then go
 * together in the next one (group commit), so the cost of a sync is shared by all that arrived
 * meanwhile. Each batch is atomic, and batches become durable in order. Batches that nothing waits
 * for, and writes to `data`, which the log can bring back, stay in memory for a moment: most of
 * them are replaced meanwhile. On a full disk writes wait, however long; any other failed write
 * stops the machine.
 *
 * LMDB runs with `overlappingSync: false`: its promise then resolves after the data and the page
 * that points to it are both synced. Left out: shrinking the file, and use of one directory by
 * several hosts over a network.
 */
import { join } from 'node:path';
import { LiveError, reason } from '../../errors.ts';
import type { Disk, Write } from '../../store.ts';
import { claimDirectory, type DataOwner, writeClusterId } from './data-directory.ts';
import { corrupt, DATABASE_FILE, type Database, openDatabase, transact, transactHere } from './database.ts';
import { damageAt, lettersOf, type NameRecord, nameByKey, tellDamage } from './database-layout.ts';
import { DiskSpace, type FileSystem, type SpaceChange } from './disk-space.ts';
import { Integrity } from './integrity.ts';
import { checkUnlocked } from './integrity-check.ts';
import { Keyspaces, openStores } from './keyspace.ts';
import { bootOf, inUse, LockedError, releaseLock, serialOf, takeLock } from './lock.ts';
import type { Change } from './record.ts';
import { changesOf, Deferred, type Stores, spaceFor, WriteBatch } from './write-batch.ts';

/**
 * How long writes that nothing waits for may stay in memory, in milliseconds, and how many to
 * `data` at most.
 */
const LAZY_MS = 1_000;
const MOST_DEFERRED = 4_000;
/**
 * A commit of at most this many changes is made in this thread if the last such one took less than
 * `QUICK_MS` milliseconds: the way to LMDB's own thread and back costs a tenth of one. Large
 * commits, or a slow disk, must not block the machine.
 */
const FEW_CHANGES = 16;
const QUICK_MS = 1;

/** What a live machine keeps its records on. */
export interface LiveDisk extends Disk {
  /** How many times this disk has been opened, this time included. */
  readonly boot: number;
  /** Distinguishes this disk from every other one, but not from copies of itself. */
  readonly serial: string;
  /** The id of the cluster that it belongs to, once that is known. */
  readonly clusterId: string | undefined;
  /** Records which cluster it belongs to. Throws a `LiveError` if it belongs to another. */
  identify(clusterId: string): void;
  /**
   * Makes the writes of `batch` durable atomically, after those of all earlier batches, as `Effect`
   * says of `persist`: without hurry if `lazy`, and those to `data` perhaps later. Resolves with
   * the last batch that is durable; batches that go to disk together share one promise. Rejects
   * with a `LiveError`.
   */
  persist(batch: number, writes: readonly Write[], lazy?: boolean): Promise<number>;
  /** Whether writes wait because there is no space for them. */
  readonly isFull: boolean;
  /** How many writes are not durable yet. */
  readonly unwritten: number;
  /** Calls `listener` when the disk fills up and when there is space again. */
  onSpaceChange(listener: (news: SpaceChange) => void): void;
  /** Waits for commits under way (but not for space), then releases the directory. */
  close(): Promise<void>;
}

/** Options for opening a disk. */
export interface OpenOptions {
  /** Names a record in messages. Default: by its key. */
  readonly nameRecord?: NameRecord | undefined;
  /** Default: the computer's own. */
  readonly fileSystem?: FileSystem;
}

/** Where a disk is, and its history. */
interface Home {
  readonly directory: string;
  readonly owner: DataOwner;
  readonly file: string;
  readonly boot: number;
  readonly serial: string;
  readonly clusterId: string | undefined;
}

/** A durable disk in a directory of its own. */
export class DurableDisk extends Keyspaces implements LiveDisk {
  readonly boot: number;
  readonly serial: string;
  readonly #home: Home;
  #clusterId: string | undefined;
  /** The stores as of the last batch handed over; the machine may have swapped them since. */
  readonly #written: Stores;
  readonly #db: Database;
  readonly #file: string;
  readonly #integrity: Integrity;
  readonly #space: DiskSpace;
  #gathering = new WriteBatch();
  readonly #deferred = new Deferred();
  /** The timer that makes lazy writes due, and whether they are due. */
  #flushing: NodeJS.Timeout | undefined;
  #flushDue = false;
  /** The batch being committed. */
  #leaving: WriteBatch | undefined;
  #committing: Promise<void> | undefined;
  /** How long the last commit of few changes took, in milliseconds. */
  #took = 0;
  #failed: LiveError | undefined;
  #closed = false;

  /**
   * Opens the disk in `directory`, making it if it is new. Throws a `LiveError` when the directory
   * is another machine's, is in use, cannot be written or is corrupt.
   */
  static open(directory: string, owner: DataOwner, options: OpenOptions = {}): DurableDisk {
    const { nameRecord = nameByKey, fileSystem } = options;
    const clusterId = claimDirectory(directory, owner);
    const file = join(directory, DATABASE_FILE);
    const space = new DiskSpace(file, fileSystem);
    const found = checkUnlocked(directory, owner);
    const letters = lettersOf(found.own);
    if (found.damaged.length > 0) {
      const damage = found.damaged.map((stored) => damageAt(stored, letters));
      throw corrupt(file, tellDamage(damage, nameRecord));
    }
    if (found.problem !== undefined) throw corrupt(file, found.problem);
    const db = openDatabase(directory, file);
    const integrity = new Integrity(db, found);
    const boot = bootOf(found.own) + 1;
    const serial = serialOf(found.own);
    try {
      takeLock(db, integrity, found.transaction, { boot, serial });
    } catch (error) {
      void db.close();
      if (space.lacked(error)) throw new LiveError('DiskFull', `no space left to write ${file}`, error);
      throw error instanceof LockedError ? inUse(directory, error) : corrupt(file, error);
    }
    const stores = openStores(db, letters, (damage) => {
      throw corrupt(file, tellDamage([damage], nameRecord));
    });
    const home = { directory, owner, file, boot, serial, clusterId };
    return new DurableDisk(stores, db, home, integrity, space);
  }

  private constructor(stores: Stores, db: Database, home: Home, integrity: Integrity, space: DiskSpace) {
    super(stores);
    this.#written = { ...stores };
    this.#db = db;
    this.#file = home.file;
    this.#integrity = integrity;
    this.#space = space;
    this.#home = home;
    this.boot = home.boot;
    this.serial = home.serial;
    this.#clusterId = home.clusterId;
  }

  get clusterId(): string | undefined {
    return this.#clusterId;
  }

  identify(clusterId: string): void {
    const { directory, owner } = this.#home;
    if (clusterId === this.#clusterId) return;
    if (this.#clusterId !== undefined) {
      const message = `${directory} belongs to cluster ${this.#clusterId}, and what is in it to cluster ${clusterId}`;
      throw new LiveError('DataForeign', message);
    }
    writeClusterId(directory, owner, clusterId);
    this.#clusterId = clusterId;
  }

  persist(batch: number, writes: readonly Write[], lazy = false): Promise<number> {
    const pending = this.#gathering;
    if (this.#failed) pending.reject(this.#failed);
    else pending.take(batch, writes, this.#written, this.#deferred);
    if (!lazy) pending.urgent = true;
    if (this.#deferred.size > MOST_DEFERRED) this.#flushDue = true;
    if (this.#isDue) this.#committing ??= this.#commitAll();
    else this.#flushing ??= setTimeout(() => this.#flush(), LAZY_MS);
    return pending.done;
  }

  /** Whether something must go to disk now. */
  get #isDue(): boolean {
    return this.#gathering.urgent || (this.#flushDue && this.#gathering.size + this.#deferred.size > 0);
  }

  #flush(): void {
    clearTimeout(this.#flushing);
    this.#flushing = undefined;
    this.#flushDue = true;
    if (this.#isDue) this.#committing ??= this.#commitAll();
  }

  get isFull(): boolean {
    return this.#space.isFull;
  }

  get unwritten(): number {
    return this.#gathering.size + this.#deferred.size + (this.#leaving?.size ?? 0);
  }

  onSpaceChange(listener: (news: SpaceChange) => void): void {
    this.#space.listener = listener;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#space.abandon();
    this.#flush();
    await this.#committing;
    this.releaseAll();
    // After a failed write LMDB cannot be closed safely; the system releases the file when the
    // process ends.
    if (this.#failed && this.#failed.code !== 'DiskFull') return;
    try {
      releaseLock(this.#db, this.#integrity);
    } catch (error) {
      // Without space for even this write, the next start finds out by itself that this process has
      // ended.
      if (!this.#space.lacked(error)) throw error;
    }
    await this.#db.close();
  }

  /** Commits one transaction after another, until nothing is left. */
  async #commitAll(): Promise<void> {
    // All batches of the step that began this go together; its early messages leave first.
    await undefined;
    await undefined;
    while (this.#isDue && !this.#failed) {
      const pending = this.#gathering;
      if (this.#flushDue) {
        this.#flushDue = false;
        pending.absorb(this.#deferred);
      }
      this.#leaving = pending;
      this.#gathering = new WriteBatch();
      try {
        await this.#commit(pending);
        pending.resolve(pending.batch);
      } catch (error) {
        this.#failed = writeFailure(this.#file, error);
        pending.reject(this.#failed);
        this.#gathering.reject(this.#failed);
      }
    }
    this.#leaving = undefined;
    this.#committing = undefined;
  }

  /** Makes a batch durable, as soon as there is space for it. */
  async #commit(pending: WriteBatch): Promise<void> {
    const changes = changesOf(pending);
    while (!(await this.#write(changes))) {
      if (this.#closed)
        throw new LiveError('DiskFull', `${this.#file} was closed before there was space to write`);
      await this.#space.pause();
    }
    for (const [store, own] of pending.stores)
      for (const [key, { count }] of own) store.committed(key, count);
  }

  /**
   * Makes changes durable in one transaction. False, and nothing has happened, if there is no space
   * for them.
   */
  async #write(changes: readonly Change[]): Promise<boolean> {
    if (!this.#space.check(spaceFor(changes))) return false;
    const counted = this.#integrity.sums;
    const few = changes.length <= FEW_CHANGES;
    const startedAt = performance.now();
    try {
      const commit = few && this.#took < QUICK_MS ? transactHere : transact;
      await commit(this.#db, () => this.#integrity.write(changes));
      if (few) this.#took = performance.now() - startedAt;
      return true;
    } catch (error) {
      if (!this.#space.lacked(error)) throw error;
      this.#integrity.sums = counted;
      return false;
    }
  }
}

function writeFailure(file: string, error: unknown): LiveError {
  if (error instanceof LiveError) return error;
  return new LiveError('DiskFailed', `cannot write ${file}: ${reason(error)}`, error);
}
