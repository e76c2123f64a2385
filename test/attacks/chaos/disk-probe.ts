/**
 * What the disk itself does meanwhile: a small file beside the cluster's data is written and synced
 * again and again. A wait for an answer cannot be shorter than the syncs that it depends on.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** Between two syncs, in milliseconds. */
const PAUSE_MS = 100;

/** A sync: when it began, by `performance.now()`, and how long it took, in milliseconds. */
interface Sync {
  readonly at: number;
  readonly ms: number;
}

/** Syncs a file in `folder` until closed. */
export class DiskProbe {
  /** The longest sync so far, in milliseconds. */
  longestMs = 0;
  readonly #syncs: Sync[] = [];
  /** When the sync under way began. */
  #startedAt: number | undefined;
  #running = true;
  readonly #done: Promise<void>;

  private constructor(file: FileHandle) {
    this.#done = this.#run(file);
  }

  static async start(folder: string): Promise<DiskProbe> {
    return new DiskProbe(await open(join(folder, 'disk-probe'), 'w'));
  }

  /** The longest sync in the last `ms` milliseconds, one that is under way included. */
  longest(ms: number): number {
    const now = performance.now();
    const ended = this.#syncs.filter((sync) => sync.at + sync.ms >= now - ms).map((sync) => sync.ms);
    return Math.round(Math.max(now - (this.#startedAt ?? now), ...ended));
  }

  async close(): Promise<void> {
    this.#running = false;
    await this.#done;
  }

  async #run(file: FileHandle): Promise<void> {
    while (this.#running) {
      const at = performance.now();
      this.#startedAt = at;
      await file.write('x', 0);
      await file.datasync();
      this.#startedAt = undefined;
      const ms = performance.now() - at;
      this.longestMs = Math.max(this.longestMs, ms);
      this.#syncs.push({ at, ms });
      if (this.#syncs.length > 200) this.#syncs.shift();
      await pause(PAUSE_MS);
    }
    await file.close();
  }
}
