import fc from 'fast-check';
import { seedRandom } from '../../../vm/random.ts';
import { SimDisk } from '../../../vm/sim/disk.ts';
import type { Write } from '../../../vm/store.ts';
import { applyWrite, prefixEnd } from '../../../vm/store.ts';

const write = (batch: number): Write[] => [
  { space: 'program', key: `p${batch}`, value: batch },
  { space: 'data', key: `d${batch}`, value: batch },
];

/** Writes a batch as a machine does: to what it sees, and to the disk. */
function writeBatch(disk: SimDisk, batch: number, random: ReturnType<typeof seedRandom>): number | undefined {
  for (const one of write(batch)) applyWrite(disk.current, one);
  return disk.write(batch, write(batch), random);
}

const keys = (disk: SimDisk, space: 'program' | 'data') =>
  [...disk.current[space].range('', prefixEnd(''))].map(([key]) => key);

test('a crash keeps everything durable, and of the rest the first few whole batches', () => {
  fc.assert(
    fc.property(fc.nat(), fc.array(fc.constantFrom('write', 'sync'), { maxLength: 12 }), (seed, script) => {
      const random = seedRandom(seed);
      const disk = new SimDisk({ syncUs: [5, 9] });
      let written = 0;
      let syncing = false;
      for (const step of script) {
        if (step === 'write') {
          const us = writeBatch(disk, ++written, random);
          // One sync at a time: batches that come meanwhile wait for the next.
          expect(us === undefined).toBe(syncing);
          syncing = true;
        } else if (syncing) syncing = disk.synced(random) !== undefined;
      }
      const { durableBatch } = disk;
      expect(keys(disk, 'program')).toHaveLength(written);
      disk.crash(random);
      const kept = keys(disk, 'program').length;
      expect(kept).toBeGreaterThanOrEqual(durableBatch);
      const whole = Array.from({ length: kept }, (_, i) => i + 1);
      expect(keys(disk, 'program')).toEqual(whole.map((batch) => `p${batch}`).sort());
      expect(keys(disk, 'data')).toEqual(whole.map((batch) => `d${batch}`).sort());
      expect(disk.durableBatch).toBe(0);
    }),
    { numRuns: 500 },
  );
});

test('crashes differ: some lose everything unsynced, some nothing', () => {
  const lost = new Set<number>();
  for (let seed = 0; seed < 50; seed++) {
    const random = seedRandom(seed);
    const disk = new SimDisk({ syncUs: [5, 9] });
    for (const batch of [1, 2, 3]) writeBatch(disk, batch, random);
    disk.crash(random);
    lost.add(3 - keys(disk, 'program').length);
  }
  expect(lost).toEqual(new Set([0, 1, 2, 3]));
});

test('batches that wait go together in the next sync (group commit)', () => {
  const random = seedRandom(1);
  const disk = new SimDisk({ syncUs: [5, 9] });
  for (const batch of [1, 2, 3]) writeBatch(disk, batch, random);
  expect(disk.synced(random)).toBeGreaterThanOrEqual(5);
  expect(disk.durableBatch).toBe(1);
  expect(disk.synced(random)).toBeUndefined();
  expect(disk.durableBatch).toBe(3);
});

test('after a crash a new incarnation begins, with syncs of its own', () => {
  const random = seedRandom(1);
  const disk = new SimDisk({ syncUs: [5, 9] });
  writeBatch(disk, 1, random);
  disk.crash(random);
  expect(writeBatch(disk, 1, random)).toBeGreaterThanOrEqual(5);
  expect(disk.synced(random)).toBeUndefined();
  expect(disk.durableBatch).toBe(1);
});

test('a clone is independent', () => {
  const disk = new SimDisk({ syncUs: [5, 9] });
  writeBatch(disk, 1, seedRandom(1));
  const copy = disk.clone();
  copy.synced(seedRandom(1));
  copy.crash(seedRandom(1));
  expect(keys(copy, 'program')).toEqual(['p1']);
  // Seed 0 loses the batch in the original, whatever the copy did with its own.
  disk.crash(seedRandom(0));
  expect(keys(disk, 'program')).toEqual([]);
});
