/**
 * The simulated disk: writes show at once, as in an operating system's cache, and become durable batch by
 * batch after a sync. A crash loses what was not synced, or keeps a part of it, as real ones do.
 */
import { between, type RandomState } from '../random.ts';
import { applyWrite, MemoryDisk, type Write } from '../store.ts';

/** How a disk behaves. */
export interface DiskSettings {
  /** How long a sync takes in microseconds, drawn evenly from [low, high]. */
  readonly syncUs: readonly [number, number];
}

/** A quick disk: 0.1 to 0.5 ms a sync. */
export const CALM_DISK: DiskSettings = { syncUs: [100, 500] };

/** A machine's disk in a simulated world. */
export class SimDisk {
  settings: DiskSettings;
  /** What the machine sees. */
  current = new MemoryDisk();
  /** What survives a crash. */
  #durable = new MemoryDisk();
  /** Batches written and not yet durable, in order; the first `#syncing` of them are in the sync under way. */
  #pending: { readonly batch: number; readonly writes: readonly Write[] }[] = [];
  #syncing = 0;
  /** The last batch of the machine's present life that is durable; 0 if none is. */
  durableBatch = 0;

  /** A disk on which `written` is durable. */
  constructor(settings: DiskSettings, written: readonly Write[] = []) {
    this.settings = settings;
    for (const write of written) {
      applyWrite(this.current, write);
      applyWrite(this.#durable, write);
    }
  }

  /** Takes a batch. Returns the microseconds until a sync ends that starts now, or undefined if one is under way. */
  write(batch: number, writes: readonly Write[], random: RandomState): number | undefined {
    this.#pending.push({ batch, writes });
    return this.#syncing === 0 ? this.#startSync(random) : undefined;
  }

  /** The sync under way is done. Returns the microseconds that the next one takes, if there is one. */
  synced(random: RandomState): number | undefined {
    const done = this.#pending.splice(0, this.#syncing);
    this.#syncing = 0;
    for (const { writes } of done) for (const write of writes) applyWrite(this.#durable, write);
    this.durableBatch = done.at(-1)?.batch ?? this.durableBatch;
    return this.#pending.length > 0 ? this.#startSync(random) : undefined;
  }

  /** The machine loses power: of what was not synced, the first few batches may have reached the platter. */
  crash(random: RandomState): void {
    const survivors = between(random, 0, this.#pending.length);
    for (const { writes } of this.#pending.slice(0, survivors)) {
      for (const write of writes) applyWrite(this.#durable, write);
    }
    this.#pending = [];
    this.#syncing = 0;
    this.durableBatch = 0;
    this.current = this.#durable.records();
  }

  clone(): SimDisk {
    const copy = new SimDisk(this.settings);
    copy.current = this.current.clone();
    copy.#durable = this.#durable.clone();
    copy.#pending = this.#pending.slice();
    copy.#syncing = this.#syncing;
    copy.durableBatch = this.durableBatch;
    return copy;
  }

  /** All batches written so far go together in one sync (group commit). */
  #startSync(random: RandomState): number {
    this.#syncing = this.#pending.length;
    return between(random, this.settings.syncUs[0], this.settings.syncUs[1]);
  }
}
