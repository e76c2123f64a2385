import type { KeyValueCommand } from '../../../replication/core/key-value.ts';
import { Cluster } from './cluster.ts';

let cluster: Cluster;

afterEach(async () => {
  for (const { failures } of cluster.members.values()) expect(failures).toEqual([]);
  await cluster.close();
});

const put = (key: string, value: string) => ({ type: 'put', key, value }) as const;
const get = (key: string) => ({ type: 'get', key }) as const;

test('a replica that was away for longer than the log reaches back gets a snapshot, and its listeners are told', async () => {
  cluster = await Cluster.start(3, { maxLogEntries: 100, maxCommandsPerEntry: 1 });
  const leader = await cluster.leader();
  const away = ['r1', 'r2', 'r3'].find((id) => id !== leader)!;
  await cluster.get(leader).submit(put('early', 'kept'));
  await cluster.agreed();
  await cluster.stop(away);
  // Enough for several pages.
  const value = 'v'.repeat(1_000);
  const submits = Array.from({ length: 2_000 }, (_, i) => cluster.get(leader).submit(put(`k${i}`, value)));
  await Promise.all(submits);

  await cluster.restart(away);
  const installed = new Promise<number>((resolve) => cluster.get(away).onInstalled(resolve));
  expect(await installed).toBeGreaterThan(1_900);
  await cluster.agreed();
  const read = (key: string) => cluster.get(away).read(get(key), { consistency: 'stale' });
  expect(await read('early')).toBe('kept');
  for (let i = 0; i < 2_000; i++) expect(await read(`k${i}`)).toBe(value);

  // It is a replica like any other again: over a restart, and in a majority without the old leader.
  await cluster.stop(away);
  await cluster.restart(away);
  await cluster.stop(leader);
  await cluster.leader();
  expect(await cluster.get(away).submit(put('late', 'fine'))).toEqual({ done: true, previous: null });
  expect(await cluster.get(away).read(get('k1999'))).toBe(value);
});

test("a replica that had most of the data has exactly the leader's data after a snapshot", async () => {
  cluster = await Cluster.start(3, { maxLogEntries: 100, maxCommandsPerEntry: 1 });
  const leader = await cluster.leader();
  const away = ['r1', 'r2', 'r3'].find((id) => id !== leader)!;
  const submitAll = (commands: readonly KeyValueCommand[]) =>
    Promise.all(commands.map((command) => cluster.get(leader).submit(command)));
  const value = 'v'.repeat(1_000);
  const keys = Array.from({ length: 1_000 }, (_, i) => `k${i}`);
  await submitAll(keys.map((key) => put(key, value)));
  await cluster.agreed();
  await cluster.stop(away);
  // So few that several pages are the same, and enough to compact the log.
  const changed = keys.slice(400, 600);
  const gone = keys.slice(700, 800);
  await submitAll([
    ...changed.map((key) => put(key, 'new')),
    ...gone.map((key) => ({ type: 'delete', key }) as const),
  ]);
  // What a step applies, a later one compacts: after these, the leader has none of the entries that
  // are missed.
  for (const value of ['1', '2', '3', '4']) await submitAll([put('later', value)]);

  await cluster.restart(away);
  const installed = new Promise<number>((resolve) => cluster.get(away).onInstalled(resolve));
  expect(await installed).toBeGreaterThan(1_200);
  await cluster.agreed();
  for (const key of keys) {
    const expected = gone.includes(key) ? null : changed.includes(key) ? 'new' : value;
    expect(await cluster.get(away).read(get(key), { consistency: 'stale' })).toBe(expected);
  }
});
