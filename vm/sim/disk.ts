/**
 * The simulated disk: writes are visible at once, as in an operating system's cache, and become
 * durable batch by batch after a sync. A crash loses what was not synced, or keeps a part of it, as
 * real ones do. Records may rot, and a torn write leaves a damaged one: such a record reads as
 * absent, and the disk knows which it is, as from a checksum.
 */
import { CLOCK_KEY } from '../machine.ts';
import type { Damage } from '../program.ts';
import { between, chance, type RandomState } from '../random.ts';
import { applyWrite, type Disk, KEYSPACES, MemoryDisk, prefixEnd, type Write } from '../store.ts';
import { recordName } from './record-name.ts';

/** How a disk behaves. */
export interface DiskSettings {
  /** How long a sync takes in microseconds, drawn evenly from [low, high]. */
  readonly syncUs: readonly [number, number];
  /** There is no space: nothing becomes durable until there is space again. Default: false. */
  readonly full?: boolean;
  /**
   * Replicated data is flushed only now and then: a crash loses it back to the last flush. The
   * program's own records (its log, say) are durable as usual, and before one of them is deleted or
   * new data is installed, all data is. Default: false.
   */
  readonly lazyData?: boolean;
}

/** A quick disk: 0.1 to 0.5 ms a sync. */
export const CALM_DISK: DiskSettings = { syncUs: [100, 500] };

/**
 * What a crash makes of the batches that are not synced: a drawn first part of them is kept; or
 * none is, or all are; or the first is half written, so that one of its records is there but
 * damaged. A full disk always keeps none.
 */
export type Unsynced = 'draw' | 'lost' | 'kept' | 'torn';

/** How likely a sync is to flush lazy data, too. */
const FLUSH_CHANCE = 0.25;

/** The most durable writes that wait for somebody to look at what is durable. */
const MOST_LANDED = 1_000;

interface Batch {
  readonly batch: number;
  readonly writes: readonly Write[];
}

/** A machine's disk in a simulated world. */
export class SimDisk {
  /** What the machine sees. */
  current = new MemoryDisk();
  /** The last batch of the machine's present incarnation that is durable; 0 if none is. */
  durableBatch = 0;
  #settings: DiskSettings;
  /** What survives a crash, without `#landed`: read `#durable`. */
  #synced = new MemoryDisk();
  /** Durable writes since `#synced`, in order. Most are overwritten before anybody looks. */
  #landed: Write[] = [];
  /** Durable records that are not what was written. Never changed in place. */
  #damage: readonly Damage[] = [];
  /**
   * Batches written and not yet durable, in order; the first `#syncing` of them are in the sync
   * under way.
   */
  #pending: Batch[] = [];
  #syncing = 0;
  /** Data of durable batches that waits for a flush, in order. */
  #lazy: Write[] = [];

  /** A disk on which `written` is durable. */
  constructor(settings: DiskSettings, written: readonly Write[] = []) {
    this.#settings = settings;
    for (const write of written) {
      applyWrite(this.current, write);
      applyWrite(this.#synced, write);
    }
  }

  /** What survives a crash. */
  get #durable(): MemoryDisk {
    for (const write of this.#landed) applyWrite(this.#synced, write);
    this.#landed = [];
    return this.#synced;
  }

  get settings(): DiskSettings {
    return this.#settings;
  }

  /** The records that a machine starting now would find damaged. */
  get damage(): readonly Damage[] {
    return this.#damage;
  }

  /** All records that would survive a crash now and can be read. */
  get records(): Damage[] {
    return KEYSPACES.flatMap((space) =>
      [...this.#durable[space].range('', prefixEnd(''))].map(([key]) => ({ space, key })),
    );
  }

  /**
   * Takes a batch. Returns the microseconds until a sync ends that starts now, or undefined if none
   * does.
   */
  write(batch: number, writes: readonly Write[], random: RandomState): number | undefined {
    this.#pending.push({ batch, writes });
    return this.#startSync(random);
  }

  /**
   * The sync under way is done. Returns the microseconds that the next one takes, if there is one.
   */
  synced(random: RandomState): number | undefined {
    const done = this.#settings.full ? [] : this.#pending.splice(0, this.#syncing);
    this.#syncing = 0;
    for (const { writes } of done) this.#land(writes);
    if (done.length > 0 && this.#settings.lazyData && chance(random, FLUSH_CHANCE)) this.#flush();
    this.durableBatch = done.at(-1)?.batch ?? this.durableBatch;
    if (this.#landed.length > MOST_LANDED) this.#catchUp();
    return this.#startSync(random);
  }

  /**
   * Changes how the disk behaves. Returns the microseconds until a sync ends that can start now, if
   * one can.
   */
  change(settings: DiskSettings, random: RandomState): number | undefined {
    this.#settings = settings;
    if (!settings.lazyData) this.#flush();
    return this.#startSync(random);
  }

  /** The machine loses power. */
  crash(random: RandomState, unsynced: Unsynced = 'draw'): void {
    const waiting = this.#settings.full ? [] : this.#pending;
    if (unsynced === 'torn' && waiting.length > 0) this.#tear(waiting[0]!.writes, random);
    else {
      const draw = unsynced === 'draw' ? between(random, 0, waiting.length) : 0;
      const kept = unsynced === 'kept' ? waiting.length : draw;
      for (const { writes } of waiting.slice(0, kept)) this.#land(writes);
      if (unsynced === 'kept' && !this.#settings.full) this.#flush();
    }
    this.#startAnew();
  }

  /**
   * Damages a durable record: the one of this name (`keyspace/key`), or one of the program's own.
   * Returns its name; undefined if there is no such record.
   */
  rot(random: RandomState, name?: string): string | undefined {
    const records = this.records.filter((record) =>
      name === undefined ? record.space === 'program' && !isClocks(record) : recordName(record) === name,
    );
    if (records.length === 0) return undefined;
    const record = records.length === 1 ? records[0]! : records[between(random, 0, records.length - 1)]!;
    this.#spoil(record);
    return recordName(record);
  }

  /** Replaces this disk, which is lost, by a new one. */
  wipe(): void {
    this.#setDurable(new MemoryDisk());
    this.#damage = [];
    this.#startAnew();
  }

  /**
   * Repairs what is durable with `repair`, which returns what it has done. If it throws, nothing
   * has changed.
   */
  repair(repair: (disk: Disk, damage: readonly Damage[]) => string): string {
    const disk = this.#durable.records();
    const done = repair(disk, this.#damage);
    this.#setDurable(disk);
    this.#damage = [];
    this.#startAnew();
    return done;
  }

  clone(): SimDisk {
    const copy = new SimDisk(this.#settings);
    copy.current = this.current.clone();
    copy.durableBatch = this.durableBatch;
    copy.#synced = this.#durable.clone();
    copy.#damage = this.#damage;
    copy.#pending = this.#pending.slice();
    copy.#syncing = this.#syncing;
    copy.#lazy = this.#lazy.slice();
    return copy;
  }

  /**
   * All batches written so far go together in one sync (group commit), unless one is under way or
   * the disk is full.
   */
  #startSync(random: RandomState): number | undefined {
    if (this.#syncing > 0 || this.#pending.length === 0 || this.#settings.full) return undefined;
    this.#syncing = this.#pending.length;
    return between(random, this.#settings.syncUs[0], this.#settings.syncUs[1]);
  }

  /** A batch becomes durable. */
  #land(writes: readonly Write[]): void {
    for (const write of this.#split(writes)) this.#put(write);
  }

  /** What of a batch becomes durable with it; lazy data is put aside. */
  #split(writes: readonly Write[]): readonly Write[] {
    if (!this.#settings.lazyData || writes.some(needsData)) {
      this.#flush();
      return writes;
    }
    this.#lazy.push(...writes.filter(isData));
    return writes.filter((write) => !isData(write));
  }

  #flush(): void {
    if (this.#lazy.length === 0) return;
    for (const write of this.#lazy) this.#put(write);
    this.#lazy = [];
  }

  /**
   * The first part of a batch is durable, and of that the last record damaged: never the machine's
   * clocks, which end it.
   */
  #tear(batch: readonly Write[], random: RandomState): void {
    const writes = this.#split(batch);
    const records = writes.flatMap((write, at) =>
      'swap' in write || write.value === undefined || isClocks(write) ? [] : [{ at, record: write }],
    );
    if (records.length === 0) return;
    const { at, record } = records[between(random, 0, records.length - 1)]!;
    for (const write of writes.slice(0, at)) this.#put(write);
    this.#spoil({ space: record.space, key: record.key });
  }

  /** A write becomes durable; a damaged record that it overwrites is no longer damaged. */
  #put(write: Write): void {
    this.#landed.push(write);
    if (this.#damage.length > 0) this.#damage = this.#damage.flatMap((record) => afterWrite(record, write));
  }

  #setDurable(disk: MemoryDisk): void {
    this.#synced = disk;
    this.#landed = [];
  }

  /** Where all that was written is durable and sound, it is what the machine sees. */
  #catchUp(): void {
    const waiting = this.#pending.length + this.#lazy.length + this.#damage.length;
    this.#setDurable(waiting === 0 ? this.current.records() : this.#durable);
  }

  #spoil(record: Damage): void {
    this.#put({ ...record, value: undefined });
    this.#damage = [...this.#damage, record];
  }

  /** What a process that starts now finds is what is durable. */
  #startAnew(): void {
    this.#pending = [];
    this.#syncing = 0;
    this.#lazy = [];
    this.durableBatch = 0;
    this.current = this.#durable.records();
  }
}

/** Whether a record is the machine's clocks, which no program has written. */
function isClocks({ space, key }: Damage): boolean {
  return space === 'program' && key === CLOCK_KEY;
}

function isData(write: Write): boolean {
  return 'space' in write && write.space === 'data';
}

/**
 * Whether a write relies on all earlier data being durable: what it deletes could not be used to
 * rebuild it.
 */
function needsData(write: Write): boolean {
  return 'swap' in write || (write.space === 'program' && write.value === undefined);
}

/** The position of a damaged record after a write; undefined if the write has replaced it. */
function afterWrite(record: Damage, write: Write): readonly Damage[] {
  if ('space' in write) return write.space === record.space && write.key === record.key ? [] : [record];
  if (record.space === 'program') return [record];
  return [{ space: record.space === 'data' ? 'incoming' : 'data', key: record.key }];
}
