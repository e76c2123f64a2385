/** A disk in memory only: for live runs whose programs keep nothing, such as the clock exercise. */
import { randomUUID } from 'node:crypto';
import { MemoryDisk, type Write } from '../../store.ts';
import type { Belonging } from './data-directory.ts';
import type { LiveDisk } from './durable-disk.ts';

/** A disk in memory; every write counts as durable at once. */
export class VolatileDisk extends MemoryDisk implements LiveDisk {
  readonly boot = 1;
  readonly serial = randomUUID();
  clusterId: string | undefined;
  readonly joining: boolean;
  readonly isFull: boolean = false;
  readonly unwritten: number = 0;

  constructor({ clusterId, joining }: Belonging = {}) {
    super();
    this.clusterId = clusterId;
    this.joining = joining === true;
  }

  async persist(batch: number, _writes: readonly Write[]): Promise<number> {
    return batch;
  }

  identify(clusterId: string): void {
    this.clusterId = clusterId;
  }

  retire(): void {}

  onSpaceChange(): void {}

  onSync(): void {}

  async close(): Promise<void> {}
}
