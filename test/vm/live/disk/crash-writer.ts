/**
 * A process that does the load of `crash-load.ts` on a durable disk until it is killed, and says
 * which batches are durable. What of the data an earlier process has lost it does again first, as a
 * replica does from its log.
 */
import { writeSync } from 'node:fs';
import { DurableDisk } from '../../../../vm/live/disk/durable-disk.ts';
import { applyWrite, type Write } from '../../../../vm/store.ts';
import { batchOf } from './crash-load.ts';

const disk = DurableDisk.open(process.argv[2]!, { id: 'm1', cluster: 'test' });
let batch = 0;

function persist(writes: readonly Write[], lazy = false): Promise<number> {
  for (const write of writes) applyWrite(disk, write);
  return disk.persist(++batch, writes, lazy);
}

const start = (disk.program.get('last') as number | undefined) ?? 0;
for (let n = ((disk.data.get('count') as number | undefined) ?? 0) + 1; n <= start; n++) {
  const lost = batchOf(n).filter((write) => 'space' in write && write.space === 'data');
  void persist(lost, true);
}
for (let n = start + 1; ; n++) {
  const durable = persist(batchOf(n));
  // Some are not waited for, so that batches also gather.
  if (n % 5 > 0) continue;
  await durable;
  writeSync(1, `${n}\n`);
}
