/**
 * A cluster in one process: its errors when it cannot start or elect, and that it then leaves
 * nothing behind.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keyValueMachine, startLocal } from '../../../replication/live/index.ts';

test('after a majority is killed, waiting for a leader fails', async () => {
  const cluster = await startLocal({ machine: keyValueMachine });
  try {
    const { id } = (await cluster.leader()).status();
    await cluster.kill(id);
    await cluster.kill((await cluster.leader()).status().id);
    await expect(cluster.leader()).rejects.toMatchObject({ code: 'NoLeader' });
  } finally {
    await cluster.stop();
  }
});

test('if one replica cannot start the others are stopped, so that their data can be used again', async () => {
  const data = mkdtempSync(join(tmpdir(), 'tickraft-local-'));
  try {
    writeFileSync(join(data, 'r3'), 'no directory');
    await expect(startLocal({ machine: keyValueMachine, data })).rejects.toThrow(/r3/);
    rmSync(join(data, 'r3'));
    await (await startLocal({ machine: keyValueMachine, data })).stop();
  } finally {
    rmSync(data, { recursive: true });
  }
});
