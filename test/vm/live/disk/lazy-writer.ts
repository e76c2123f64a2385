/**
 * A process that logs, applies and compacts on a durable disk until it is killed, and prints what
 * of its log is durable.
 */
import { writeSync } from 'node:fs';
import { DurableDisk } from '../../../../vm/live/disk/durable-disk.ts';
import { applyWrite, type Write } from '../../../../vm/store.ts';

/** Entries that stay in the log after they are applied. */
const KEPT = 20;

const disk = DurableDisk.open(process.argv[2]!, { id: 'm1', cluster: 'test' });
const name = (index: number) => `log/${String(index).padStart(9, '0')}`;
let batch = 0;

function persist(writes: readonly Write[], lazy: boolean): Promise<number> {
  for (const write of writes) applyWrite(disk, write);
  return disk.persist(++batch, writes, lazy);
}

// What an earlier incarnation left in the log is applied first.
let applied = (disk.data.get('count') as number | undefined) ?? 0;
const logged = [...disk.program.range('log/', 'log0')].map(([key]) => Number(key.slice(4)));
let last = Math.max(applied, ...logged);
let first = Math.min(last + 1, ...logged);
for (;;) {
  last++;
  await persist([{ space: 'program', key: name(last), value: last }], false);
  writeSync(1, `${last}\n`);
  applied = last;
  const apply: Write[] = ['count', 'twin'].map((key) => ({ space: 'data', key, value: applied }));
  void persist(apply, true);
  if (last - first < 2 * KEPT) continue;
  const drop: Write[] = [];
  for (; first <= last - KEPT; first++) drop.push({ space: 'program', key: name(first), value: undefined });
  void persist(drop, false);
}
