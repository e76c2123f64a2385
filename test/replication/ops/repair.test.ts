/**
 * Damaged data of a replica is detected at the start, and repairs bring the replica back safely.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { keyValueMachine } from '../../../replication/core/key-value.ts';
import { examine, type RepairOptions, repair } from '../../../replication/ops/repair.ts';
import type { RaftMessage } from '../../../replication/raft/messages.ts';
import { createRaft } from '../../../replication/raft/raft.ts';
import type { RaftState } from '../../../replication/raft/state.ts';
import { flip } from '../../support/damage.ts';
import { Cluster } from '../live/cluster.ts';

let cluster: Cluster;

beforeEach(async () => {
  cluster = await Cluster.start(3);
});

afterEach(() => cluster.close());

function place(id: string): RepairOptions<RaftState, RaftMessage> {
  return {
    protocol: createRaft(keyValueMachine),
    directory: cluster.directory(id),
    self: id,
    cluster: 'test',
  };
}

async function put(id: string, key: string, value: string): Promise<void> {
  await cluster.get(id).submit({ type: 'put', key, value });
}

/** Flips a bit wherever the pattern is in the segments of a log. */
function flipIn(log: string, pattern: RegExp): number {
  return readdirSync(log).reduce((sum, name) => sum + flip(join(log, name), pattern), 0);
}

/** Until all three are up, normal and have applied the same; then what each holds under `keys`. */
async function allAgreeOn(keys: readonly string[]): Promise<unknown[][]> {
  for (const id of ['r1', 'r2', 'r3']) await cluster.normal(id);
  await cluster.agreed();
  return Promise.all(
    ['r1', 'r2', 'r3'].map((id) =>
      Promise.all(keys.map((key) => cluster.get(id).read({ type: 'get', key }, { consistency: 'stale' }))),
    ),
  );
}

test('an unacknowledged tail: the damaged entry is named and dropped, and the replica recovers', async () => {
  const leader = await cluster.leader();
  await put(leader, 'a', 'one');
  await cluster.agreed();
  const others = ['r1', 'r2', 'r3'].filter((id) => id !== leader);
  await Promise.all(others.map((id) => cluster.stop(id)));
  const { lastIndex } = cluster.get(leader).status();
  const lost = put(leader, 'b', 'needle').catch((error) => error.code);
  while (cluster.get(leader).status().lastIndex === lastIndex) await new Promise(setImmediate);
  while (cluster.members.get(leader)!.disk.unwritten > 0) await new Promise(setImmediate);
  await cluster.stop(leader);
  expect(await lost).toBe('Indeterminate');
  const file = join(cluster.directory(leader), 'log');
  expect(flipIn(file, /value\\":\\"needle/g)).toBeGreaterThan(0);

  await expect(cluster.restart(leader)).rejects.toMatchObject({
    code: 'DataCorrupt',
    message: `${file} is corrupt: log entry ${lastIndex + 1} fails its checksum`,
  });
  const found = await examine(place(leader));
  expect(found).toMatchObject({ file, otherwise: undefined });
  expect(found.damage.map(({ name }) => name)).toEqual([`log entry ${lastIndex + 1}`]);
  expect(found.ways).toMatchObject([
    { way: 'drop-tail', safe: true, leaves: { lastIndex, applied: lastIndex, recovery: 'recovering' } },
    { way: 'start-empty', safe: true, leaves: { lastIndex: 0, applied: 0, recovery: 'recovering' } },
  ]);
  // Looking has changed nothing.
  expect(await examine(place(leader))).toEqual(found);

  const repaired = await repair(place(leader), 'drop-tail');
  const kept = ['data.mdb', 'log'].map((name) => join(cluster.directory(leader), `${name}.before-repair-1`));
  expect(repaired).toMatchObject({ leaves: { lastIndex }, kept });
  expect((await examine(place(leader))).ways).toEqual([]);
  await Promise.all(others.map((id) => cluster.restart(id)));
  await cluster.leader();
  await put(others[0]!, 'c', 'three');
  await cluster.restart(leader);
  const [first, ...rest] = await allAgreeOn(['a', 'b', 'c']);
  expect(first).toEqual(['one', null, 'three']);
  expect(rest).toEqual([first, first]);
});

test('damage in applied entries leaves only an empty start, and nothing acknowledged is lost', async () => {
  const leader = await cluster.leader();
  const victim = ['r1', 'r2', 'r3'].find((id) => id !== leader)!;
  const keys = Array.from({ length: 20 }, (_, i) => `k${i}`);
  for (const key of keys) await put(leader, key, `value of ${key}`);
  await cluster.agreed();
  await cluster.stop(victim);
  flipIn(join(cluster.directory(victim), 'log'), /value\\":\\"value of k7/g);

  await expect(cluster.restart(victim)).rejects.toMatchObject({ code: 'DataCorrupt' });
  const { damage, ways } = await examine(place(victim));
  expect(damage).toMatchObject([{ space: 'program', name: expect.stringMatching(/^log entry \d+$/) }]);
  expect(ways.map(({ way, safe }) => [way, safe])).toEqual([
    ['drop-tail', false],
    ['start-empty', true],
  ]);
  await expect(repair(place(victim), 'drop-tail')).rejects.toThrow(/applied already/);
  expect((await examine(place(victim))).damage).toEqual(damage);
  await repair(place(victim), 'start-empty');
  await cluster.restart(victim);
  const held = await allAgreeOn(keys);
  expect(new Set(held.map((values) => JSON.stringify(values))).size).toBe(1);
  expect(held[0]).toEqual(keys.map((key) => `value of ${key}`));
  // The repaired one counts again: with it and one other there is a majority.
  await cluster.stop(leader);
  await cluster.leader();
  await put(victim, 'after', 'repair');
});
