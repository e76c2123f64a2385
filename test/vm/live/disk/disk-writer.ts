/**
 * A process that writes to a durable disk until it is killed, and prints what has become durable.
 */
import { writeSync } from 'node:fs';
import { DurableDisk } from '../../../../vm/live/disk/durable-disk.ts';
import { applyWrite, type Write } from '../../../../vm/store.ts';

const disk = DurableDisk.open(process.argv[2]!, { id: 'm1', cluster: 'test' });
for (let batch = 1; ; batch++) {
  const writes: Write[] = [1, 2, 3].map((part) => ({
    space: 'program',
    key: `b/${batch}/${part}`,
    value: batch,
  }));
  for (const write of writes) applyWrite(disk, write);
  const durable = disk.persist(batch, writes);
  // Every other batch is not waited for, so that batches also gather.
  if (batch % 2 === 0) writeSync(1, `${await durable}\n`);
}
