import { Cluster } from './cluster.ts';

let cluster: Cluster;

afterEach(async () => {
  for (const { failures } of cluster.members.values()) expect(failures).toEqual([]);
  await cluster.close();
});

const put = (key: string, value: number) => ({ type: 'put', key, value }) as const;
const get = (key: string) => ({ type: 'get', key }) as const;

test('any replica accepts a command, and every replica reads it', async () => {
  cluster = await Cluster.start(3);
  await cluster.leader();
  for (const id of ['r1', 'r2', 'r3']) {
    expect(await cluster.get(id).submit(put(id, 7))).toEqual({ done: true, previous: null });
  }
  for (const reader of ['r1', 'r2', 'r3']) {
    for (const id of ['r1', 'r2', 'r3']) expect(await cluster.get(reader).read(get(id))).toBe(7);
  }
});

test('many commands at once are all applied, once, on every replica, and listeners are called in order', async () => {
  cluster = await Cluster.start(3);
  const leader = await cluster.leader();
  const follower = ['r1', 'r2', 'r3'].find((id) => id !== leader)!;
  const heard: number[] = [];
  cluster.get(follower).onApplied(({ index }) => heard.push(index));
  const submits = Array.from({ length: 500 }, (_, i) =>
    cluster.get(i % 2 ? leader : follower).submit(put(`k${i}`, i)),
  );
  const results = await Promise.all(submits);
  expect(results).toEqual(results.map(() => ({ done: true, previous: null })));
  await cluster.agreed();
  expect(heard.length).toBe(500);
  expect(heard).toEqual([...heard].sort((a, b) => a - b));
});

test('a leader that stops hands over: the next one leads without an election timeout, and nothing is lost', async () => {
  cluster = await Cluster.start(3);
  const first = await cluster.leader();
  await cluster.get(first).submit(put('x', 1));
  const { term } = cluster.get(first).status();
  await cluster.stop(first);
  const second = await cluster.leader();
  expect(cluster.get(second).status().term).toBe(term + 1);
  expect(await cluster.get(second).submit(put('x', 2))).toEqual({ done: true, previous: 1 });
  await cluster.restart(first);
  expect(await cluster.get(first).read(get('x'))).toBe(2);
});

test('a whole cluster that stops comes back with all its data', async () => {
  cluster = await Cluster.start(3);
  await cluster.leader();
  for (let i = 0; i < 20; i++) await cluster.get('r1').submit(put(`k${i}`, i));
  for (const id of ['r1', 'r2', 'r3']) await cluster.stop(id);
  for (const id of ['r1', 'r2', 'r3']) await cluster.restart(id);
  for (let i = 0; i < 20; i++) expect(await cluster.get('r2').read(get(`k${i}`))).toBe(i);
});

test('without a majority a command is refused with a typed error, and stale reads still answer', async () => {
  cluster = await Cluster.start(3);
  await cluster.leader();
  await cluster.get('r1').submit(put('x', 1));
  await cluster.agreed();
  await Promise.all(['r2', 'r3'].map((id) => cluster.stop(id)));
  const lost = cluster.get('r1').submit(put('x', 2));
  expect(await cluster.get('r1').read(get('x'), { consistency: 'stale' })).toBe(1);
  await expect(lost).rejects.toMatchObject({ code: expect.stringMatching(/^(NoLeader|Indeterminate)$/) });
});

test('a replica that has stopped rejects calls with a replication error', async () => {
  cluster = await Cluster.start(3);
  await cluster.leader();
  const replica = cluster.get('r1');
  const tag = { session: await replica.openSession(), sequence: 1, acknowledged: 1 };
  await cluster.stop('r1');
  await expect(replica.submit(put('x', 1), tag)).rejects.toMatchObject({ code: 'Indeterminate' });
  await expect(replica.read(get('x'))).rejects.toMatchObject({ code: 'NoLeader' });
});

test('more requests in flight than allowed are refused as Overloaded', async () => {
  cluster = await Cluster.start(1);
  await cluster.leader();
  const replica = cluster.get('r1');
  const reads = Array.from({ length: 20_000 }, () => replica.read(get('x')));
  await expect(replica.read(get('x'))).rejects.toMatchObject({ code: 'Overloaded' });
  expect(new Set(await Promise.all(reads))).toEqual(new Set([null]));
});
