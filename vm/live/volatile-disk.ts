/** A disk that forgets: for live runs whose programs keep nothing, such as the clock exercise. */
import { MemoryDisk, type Write } from '../store.ts';
import type { LiveDisk } from './disk.ts';

/** A disk in memory; every write counts as durable at once. */
export class VolatileDisk extends MemoryDisk implements LiveDisk {
  readonly boot = 1;
  readonly isFull: boolean = false;
  readonly unwritten: number = 0;

  async persist(batch: number, _writes: readonly Write[]): Promise<number> {
    return batch;
  }

  onRoom(): void {}

  async close(): Promise<void> {}
}
