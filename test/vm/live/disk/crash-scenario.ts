/**
 * A process that writes to a durable disk and is dead at the instant at which a certain write is
 * said to be durable. The disk is the project's, or a copy of it with a bug.
 */
import { join } from 'node:path';
import type { DurableDisk } from '../../../../vm/live/disk/durable-disk.ts';
import { applyWrite, type Keyspace, type Value, type Write } from '../../../../vm/store.ts';

const [root, directory, scenario] = process.argv.slice(2) as [string, string, string];
const module = (await import(join(root, 'vm/live/disk/durable-disk.ts'))) as {
  DurableDisk: typeof DurableDisk;
};
const disk = module.DurableDisk.open(directory, { id: 'm1', cluster: 'test' });
let batch = 0;

function persist(...writes: readonly Write[]): Promise<number> {
  for (const write of writes) applyWrite(disk, write);
  return disk.persist(++batch, writes);
}

function put(space: Keyspace, key: string, value: Value | undefined): Write {
  return { space, key, value };
}

/** Each ends when its last write is durable, or just after. */
const scenarios: Record<string, () => Promise<unknown>> = {
  swap: async () => {
    await persist(put('data', 'x', 'old'), put('incoming', 'x', 'new'));
    await persist({ swap: true }, put('program', 'swapped', true));
  },
  deletion: async () => {
    await persist(put('program', 'log/1', 'x = 1'));
    await persist(put('data', 'x', 1), put('program', 'log/1', undefined));
  },
  'deletion during a flush': async () => {
    await persist(put('program', 'log/1', 'much'));
    await persist(...Array.from({ length: 5_000 }, (_, i) => put('data', `k${i}`, 'x'.repeat(500))));
    await persist(put('program', 'log/1', undefined));
  },
  'dropped segments': async () => {
    await persist(put('program', 'small', 'never changed'));
    for (let i = 1; i <= 11; i++) await persist(put('program', 'large', String(i).repeat(2 ** 20)));
    // Now the flush has begun that drops some, and is not done.
    await new Promise(setImmediate);
  },
};

await scenarios[scenario]!();
process.kill(process.pid, 'SIGKILL');
