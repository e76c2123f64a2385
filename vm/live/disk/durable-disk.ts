/**
 * A machine's disk in a live run: a log, and a database (LMDB) that follows it. Writes are visible
 * at once and become durable in groups.
 *
 * `persist` collects. While one group is being written to the log, later batches wait and then go
 * together in the next one (group commit), so the cost of a sync is shared by all that arrived
 * meanwhile. Each batch is atomic, and batches become durable in order.
 *
 * The program's own records are in the log alone, and in memory. All others are in the database,
 * which is flushed from time to time, in one transaction for all that has gathered: what is in the
 * log already, and writes to `data`, which are in no log of ours as the program's own can bring
 * them back. Most of those are replaced before they are flushed. What relies on them, a deletion of
 * a record of the program's or a swap, takes them along into the log. So a flush is never ahead of
 * the log, and what it has not done yet is done at the next start, from the log.
 *
 * On a full disk writes wait, however long; any other failed write stops the machine. LMDB runs
 * with `overlappingSync: false`: its promise then resolves after the data and the page that points
 * to it are both synced. Left out: shrinking the database's file, and use of one directory by
 * several hosts over a network.
 */
import { join } from 'node:path';
import { LiveError, reason } from '../../errors.ts';
import type { Disk, Write } from '../../store.ts';
import { type Belonging, claimDirectory, type DataOwner, writeBelonging } from './data-directory.ts';
import { corrupt, DATABASE_FILE } from './database.ts';
import { logMarkRecord, type NameRecord, nameByKey, tellDamage } from './database-layout.ts';
import { DatabaseWriter } from './database-writer.ts';
import { DiskSpace, type FileSystem, type SpaceChange } from './disk-space.ts';
import { Keyspaces, openStores } from './keyspace.ts';
import { LogWriter } from './log-writer.ts';
import { type OpenDirectory, openDirectory } from './open-directory.ts';
import type { Change } from './record.ts';
import { Deferred, Logged, type Stores, WriteBatch } from './write-batch.ts';

/**
 * How long writes that nothing waits for may stay in memory, in milliseconds, and how many may wait
 * for a flush.
 */
const LAZY_MS = 1_000;
const MOST_UNFLUSHED = 4_000;

/** What a live machine keeps its records on. */
export interface LiveDisk extends Disk {
  /** How many times this disk has been opened, this time included. */
  readonly boot: number;
  /** Distinguishes this disk from every other one, but not from copies of itself. */
  readonly serial: string;
  /** The id of the cluster that it belongs to, once that is known. */
  readonly clusterId: string | undefined;
  /** Whether its machine was added to a cluster, which began without it. */
  readonly joining: boolean;
  /** Records that its machine was removed from the cluster: it cannot be opened again. */
  retire(): void;
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
  /** Calls `listener` with how long each sync of the log took, in seconds. */
  onSync(listener: (seconds: number) => void): void;
  /** Waits for commits under way (but not for space), then releases the directory. */
  close(): Promise<void>;
}

/** Options for opening a disk. */
export interface OpenOptions {
  /** Names a record in messages. Default: by its key. */
  readonly nameRecord?: NameRecord | undefined;
  /** Default: the computer's own. */
  readonly fileSystem?: FileSystem;
  /** What is true of a directory that is new. */
  readonly fresh?: Belonging;
}

/** Where a disk is, and whose. */
interface Home {
  readonly directory: string;
  readonly owner: DataOwner;
  readonly file: string;
  readonly belonging: Belonging;
}

/** A durable disk in a directory of its own. */
export class DurableDisk extends Keyspaces implements LiveDisk {
  readonly boot: number;
  readonly serial: string;
  readonly joining: boolean;
  readonly #home: Home;
  #clusterId: string | undefined;
  /** The stores as of the last batch handed over; the machine may have swapped them since. */
  readonly #written: Stores;
  readonly #database: DatabaseWriter;
  readonly #log: LogWriter;
  readonly #logFolder: string;
  readonly #space: DiskSpace;
  #gathering = new WriteBatch();
  #deferred = new Deferred();
  /** The batches being written to the log. */
  #leaving: WriteBatch | undefined;
  #committing: Promise<void> | undefined;
  /** What is in the log, and neither in the database nor being flushed. */
  #logged = new Logged();
  /** The timer that makes lazy writes and a flush due, and whether they are due. */
  #timer: NodeJS.Timeout | undefined;
  #flushDue = false;
  #flushing: Promise<void> | undefined;
  /** How many writes to `data` the flush under way, or about to begin, has taken. */
  #taken = 0;
  #failed: LiveError | undefined;
  #closed = false;

  /**
   * Opens the disk in `directory`, making it if it is new. Throws a `LiveError` when the directory
   * is another machine's, is in use, cannot be written or is corrupt.
   */
  static open(directory: string, owner: DataOwner, options: OpenOptions = {}): DurableDisk {
    const { nameRecord = nameByKey, fileSystem, fresh } = options;
    const belonging = claimDirectory(directory, owner, fresh);
    if (belonging.removed) {
      const message = `${owner.id} was removed from its cluster: to use the name again, delete ${directory}`;
      throw new LiveError('Removed', message);
    }
    const file = join(directory, DATABASE_FILE);
    const space = new DiskSpace(file, fileSystem);
    const open = openDirectory(directory, owner, space, nameRecord);
    const stores = openStores(open.db, open.letters, (damage) => {
      throw corrupt(file, tellDamage([damage], nameRecord));
    });
    return new DurableDisk(open, stores, { directory, owner, file, belonging }, space);
  }

  private constructor(open: OpenDirectory, stores: Stores, home: Home, space: DiskSpace) {
    super(open.program, stores);
    this.#written = { ...stores };
    this.#database = new DatabaseWriter(open.db, open.integrity, space);
    this.#log = new LogWriter(open.log.log, open.log.folder, space);
    this.#logFolder = open.log.name;
    this.#space = space;
    this.#home = home;
    this.boot = open.boot;
    this.serial = open.serial;
    this.#clusterId = home.belonging.clusterId;
    this.joining = home.belonging.joining === true;
  }

  get clusterId(): string | undefined {
    return this.#clusterId;
  }

  identify(clusterId: string): void {
    const { directory, owner, belonging } = this.#home;
    if (clusterId === this.#clusterId) return;
    if (this.#clusterId !== undefined) {
      const message = `${directory} belongs to cluster ${this.#clusterId}, and what is in it to cluster ${clusterId}`;
      throw new LiveError('DataForeign', message);
    }
    writeBelonging(directory, owner, { ...belonging, clusterId });
    this.#clusterId = clusterId;
  }

  retire(): void {
    const { directory, owner, belonging } = this.#home;
    writeBelonging(directory, owner, { ...belonging, clusterId: this.#clusterId, removed: true });
  }

  persist(batch: number, writes: readonly Write[], lazy = false): Promise<number> {
    const pending = this.#gathering;
    if (this.#failed) pending.reject(this.#failed);
    else pending.take(batch, writes, this.#written, this.#deferred);
    if (!lazy) pending.urgent = true;
    if (this.#deferred.size + this.#logged.size > MOST_UNFLUSHED) this.#flushDue = true;
    this.#timer ??= setTimeout(() => this.#makeDue(), LAZY_MS);
    this.#commitIfDue();
    return pending.done;
  }

  get isFull(): boolean {
    return this.#space.isFull;
  }

  get unwritten(): number {
    return this.#gathering.length + this.#deferred.size + (this.#leaving?.length ?? 0) + this.#taken;
  }

  onSpaceChange(listener: (news: SpaceChange) => void): void {
    this.#space.listener = listener;
  }

  onSync(listener: (seconds: number) => void): void {
    this.#log.onSync = listener;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#space.abandon();
    do {
      this.#makeDue();
      await this.#committing;
      await this.#flushing;
      // The end of a flush may have begun a commit, and that the next flush.
    } while (this.#isBusy || (this.#hasWaiting && !this.#failed));
    this.releaseAll();
    await this.#log.close();
    // After a failed write LMDB cannot be closed safely; the system releases the file when the
    // process ends.
    if (this.#failed && this.#failed.code !== 'DiskFull') return;
    await this.#database.close(this.#failed ? [] : [this.#mark()]);
  }

  /** Whether anything is neither in the database nor on its way there. */
  get #hasWaiting(): boolean {
    const { dataLetter, size } = this.#logged;
    const isBehind = size > 0 || dataLetter !== undefined || this.#log.hasUnneeded;
    return this.#gathering.batch > 0 || this.#leaving !== undefined || this.#deferred.size > 0 || isBehind;
  }

  get #isBusy(): boolean {
    return this.#committing !== undefined || this.#flushing !== undefined;
  }

  /** Whether something must go to disk now. */
  get #isDue(): boolean {
    return this.#gathering.urgent || (this.#flushDue && this.#flushing === undefined);
  }

  #makeDue(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#flushDue = this.#hasWaiting;
    this.#commitIfDue();
  }

  #commitIfDue(): void {
    if (this.#isDue && !this.#failed) this.#committing ??= this.#commitAll();
  }

  /** Writes one group after another to the log, until nothing is left. */
  async #commitAll(): Promise<void> {
    // All batches of the step that began this go together; its early messages leave first.
    await undefined;
    await undefined;
    while (this.#isDue && !this.#failed) {
      const group = this.#gathering;
      const deferred = this.#takeDeferred();
      this.#leaving = group;
      this.#gathering = new WriteBatch();
      try {
        await this.#commit(group);
        group.resolve(group.batch);
        if (deferred !== undefined) this.#flushing = this.#flush(deferred);
        if (this.#log.hasUnneeded && this.#flushing === undefined) this.#flushDue = true;
      } catch (error) {
        this.#fail(error, this.#logFolder);
        group.reject(this.#failed!);
      }
    }
    this.#leaving = undefined;
    this.#committing = undefined;
  }

  /** What a flush is to take that begins once the present group is in the log, if one is due. */
  #takeDeferred(): Deferred | undefined {
    if (!this.#flushDue || this.#flushing !== undefined) return undefined;
    const deferred = this.#deferred;
    this.#deferred = new Deferred();
    this.#taken = deferred.size;
    this.#flushDue = false;
    return deferred;
  }

  /** Makes a group durable, as soon as there is space for it. */
  async #commit(group: WriteBatch): Promise<void> {
    // A part of what it relies on may be in the flush under way.
    if (group.reliesOnData) await this.#flushing;
    const records = group.records();
    while (records.length > 0) {
      // A flush that waits for space knows how much is enough.
      if (this.#space.isFull && this.#flushing !== undefined) await this.#flushing;
      if (this.#failed) throw this.#failed;
      if (await this.#log.append(records)) break;
      if (this.#closed) {
        const { file } = this.#home;
        throw new LiveError('DiskFull', `${file} was closed before there was space to write`);
      }
      await this.#space.pause();
    }
    this.#logged.follow(group);
  }

  /**
   * Brings the database after the log, with data that is in neither, and drops what is not needed.
   */
  async #flush(deferred: Deferred): Promise<void> {
    const writes = this.#logged;
    this.#logged = new Logged();
    writes.absorb(deferred);
    const { first } = this.#log.mark;
    try {
      if (await this.#writeDatabase([...writes.changes(), this.#mark()])) {
        writes.committed();
        this.#log.drop(first);
      }
    } catch (error) {
      this.#fail(error, DATABASE_FILE);
    }
    this.#taken = 0;
    this.#flushing = undefined;
    if (!this.#closed) this.#log.makeSpare();
    this.#commitIfDue();
  }

  /** False if the disk was closed before there was space. */
  async #writeDatabase(changes: readonly Change[]): Promise<boolean> {
    while (!(await this.#database.write(changes))) {
      if (this.#closed) {
        this.#failed ??= new LiveError(
          'DiskFull',
          `${this.#home.file} was closed before there was space to write`,
        );
        return false;
      }
      await this.#space.pause();
    }
    return true;
  }

  /** The record that the database has followed the log to where it is now. */
  #mark(): Change {
    return logMarkRecord({ ...this.#log.mark, folder: this.#logFolder });
  }

  #fail(error: unknown, name: string): void {
    const file = join(this.#home.directory, name);
    const message = `cannot write ${file}: ${reason(error)}`;
    this.#failed ??= error instanceof LiveError ? error : new LiveError('DiskFailed', message, error);
    this.#gathering.reject(this.#failed);
  }
}
