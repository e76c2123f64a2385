/**
 * Fills a small disk in large commits, and makes space each time the disk is reported full. At the
 * end prints what was reported, and whether all that was acknowledged is there.
 */
import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DurableDisk } from '../../../../vm/live/disk/durable-disk.ts';
import { applyWrite, type Write } from '../../../../vm/store.ts';

const [folder, raced] = process.argv.slice(2);
const owner = { id: 'm1', cluster: 'test' };
const MIB = 2 ** 20;
const data = join(folder!, 'data');
const files = ['ballast-1', 'ballast-2', 'ballast-3'].map((name) => join(folder!, name));
for (const file of files.slice(0, 2)) writeFileSync(file, Buffer.alloc(12 * MIB));

const heard: boolean[] = [];
let acknowledging = 0;
/**
 * Another program, which takes the space for the second commit after the log was told that there is
 * some.
 */
const racer = {
  freeBytes(file: string): number {
    const { bavail, bsize } = statfsSync(file);
    const free = bavail * bsize;
    if (acknowledging === 2 && heard.length === 0 && free > 5 * MIB)
      writeFileSync(files[2]!, Buffer.alloc(free - 5 * MIB));
    return free;
  },
};
const disk = DurableDisk.open(data, owner, raced ? { fileSystem: racer } : {});
disk.onSpaceChange(({ full }) => {
  heard.push(full);
  if (full) for (const file of files) rmSync(file, { force: true });
});
const acknowledged: number[] = [];
// 64 MiB less the ballast hold 3 of these; without it, 5.
for (let batch = 1; batch <= 5; batch++) {
  acknowledging = batch;
  const writes: Write[] = Array.from({ length: 9 }, (_, part) => ({
    space: 'program',
    key: `b/${batch}/${part}`,
    value: String(batch).repeat(2 ** 20),
  }));
  for (const write of writes) applyWrite(disk, write);
  acknowledged.push(await disk.persist(batch, writes));
}
await disk.close();

const again = DurableDisk.open(data, owner);
const values = acknowledged.flatMap((batch) =>
  Array.from({ length: 9 }, (_, part) => again.program.get(`b/${batch}/${part}`) as string),
);
const whole = values.every((value) => value?.length === 2 ** 20);
await again.close();
process.stdout.write(
  `${JSON.stringify({ full: heard[0], goesOn: heard.at(-1) === false, acknowledged, whole })}\n`,
);
