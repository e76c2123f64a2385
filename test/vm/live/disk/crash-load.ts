/**
 * A load that uses everything that a disk promises: batches that put, replace and delete in all
 * keyspaces, and swap two of them. What a disk must hold after each of them is known.
 */
import {
  applyWrite,
  type Disk,
  type Keyspace,
  MemoryDisk,
  prefixEnd,
  type Value,
  type Write,
} from '../../../../vm/store.ts';

/** Batches after which a record of the program's is deleted. */
const KEPT = 25;

/** The writes of batch `n`. */
export function batchOf(n: number): Write[] {
  const put = (space: Keyspace, key: string, value: Value | undefined): Write => ({ space, key, value });
  const writes: Write[] = [
    put('program', 'last', n),
    put('program', `log/${n}`, `${n}`.repeat(1 + (n % 40))),
    put('data', 'count', n),
    put('data', `d/${n % 17}`, n),
  ];
  if (n % 3 === 0) writes.push(put('incoming', `i/${n % 11}`, n));
  if (n % 10 === 0) {
    for (let old = n - 10; old < n; old++) writes.push(put('program', `log/${old - KEPT}`, undefined));
    writes.push(put('data', `d/${n % 7}`, undefined));
  }
  if (n % 23 === 0) writes.push({ swap: true }, put('data', 'count', n), put('incoming', 'count', undefined));
  return writes;
}

/** Whether a batch relies on all data before it and in it. */
export function reliesOnData(n: number): boolean {
  return n % 10 === 0 || n % 23 === 0;
}

/** The keyspaces after so many batches. */
export function after(batches: number): MemoryDisk {
  const disk = new MemoryDisk();
  for (let n = 1; n <= batches; n++) for (const write of batchOf(n)) applyWrite(disk, write);
  return disk;
}

export function recordsIn(disk: Disk, space: Keyspace): unknown[] {
  return [...disk[space].range('', prefixEnd(''))];
}
