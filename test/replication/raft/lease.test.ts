/**
 * Lease reads (dissertation, 6.4.1): no round of heartbeats while clocks keep the assumption, and
 * what happens otherwise.
 */
import { keyValueMachine } from '../../../replication/core/key-value.ts';
import { createRaft } from '../../../replication/raft/raft.ts';
import { Cluster, MS } from '../../support/simulated.ts';

const LEASES = { electionTicks: [15, 30], leaseTicks: 12 } as const;
const ok = (value: unknown) => ({ ok: true, value });

/** A cluster with leases whose leader has one. */
function leased(size = 3, settings: Partial<typeof LEASES> & { requestTicks?: number } = {}) {
  const cluster = new Cluster(size, { ...LEASES, ...settings });
  const leader = cluster.elect();
  expect(cluster.put(leader, 'x', 1)).toMatchObject({ ok: true });
  cluster.world.advance(100 * MS);
  return { cluster, leader };
}

function readBy(cluster: Cluster, node: string, consistency: 'lease' | 'linearizable'): string {
  return cluster.world.request(node, { type: 'read', query: { type: 'get', key: 'x' }, consistency });
}

test('a leader answers a lease read at once, while a linearizable read waits for the others', () => {
  const { cluster, leader } = leased();
  expect(cluster.answer(readBy(cluster, leader, 'linearizable'))).toBeUndefined();
  expect(cluster.answer(readBy(cluster, leader, 'lease'))).toEqual(ok(1));
});

test('a lease read at any replica sees what was acknowledged anywhere', () => {
  const { cluster } = leased(5);
  cluster.nodes.forEach((writer, value) => {
    cluster.put(writer, 'x', value);
    for (const reader of cluster.nodes) expect(cluster.get(reader, 'x', 'lease')).toEqual(ok(value));
  });
});

test('a leader that is cut off answers none after its lease, and nobody else can have written before its end', () => {
  const { cluster, leader } = leased(5);
  cluster.isolate(leader);
  const others = cluster.followers;
  cluster.until('another leader', () => {
    const id = readBy(cluster, leader, 'lease');
    const next = others.find((node) => cluster.view(node).role === 'leader');
    // While the old leader answers, nobody else leads.
    expect(next !== undefined && cluster.answer(id)?.ok).not.toBe(true);
    cluster.world.advance(MS);
    return next;
  });
  expect(cluster.answer(readBy(cluster, leader, 'lease'))).toBeUndefined();
});

test('a leader whose links are reported as closed keeps its lease: its followers wait for their timeouts', () => {
  const { cluster, leader } = leased();
  const [follower] = cluster.followers;
  const { electionAt } = cluster.view(follower!);
  // A restart closes the links of the others to it, and must not set them free to elect before its
  // lease is over.
  cluster.world.do({ type: 'crash', node: leader });
  expect(cluster.view(follower!).electionAt).toBe(electionAt);
});

test('a follower that restarts does not vote before a lease that it may have granted is over', () => {
  const { cluster, leader } = leased();
  const [granter, rival] = cluster.followers as [string, string];
  for (const [from, to] of [
    [leader, rival],
    [rival, leader],
  ] as const)
    cluster.world.do({ type: 'block', from, to });
  cluster.until('the rival to ask', () => cluster.view(rival).role === 'pre-candidate');
  cluster.world.do({ type: 'block', from: leader, to: granter });
  cluster.world.do({ type: 'restart', node: granter });
  cluster.until('one of them to lead', () => {
    const id = readBy(cluster, leader, 'lease');
    const leads = [granter, rival].some((node) => cluster.view(node).role === 'leader');
    expect(leads && cluster.answer(id)?.ok).not.toBe(true);
    return leads;
  });
});

test('after the begin of a transfer a leader asks the others again', () => {
  const { cluster, leader } = leased();
  const [to] = cluster.followers;
  cluster.world.do({ type: 'block', from: leader, to: to! });
  cluster.world.request(leader, { type: 'transfer', to: to! });
  cluster.world.advance(400 * MS);
  const now = cluster.leader!;
  const id = readBy(cluster, now, 'lease');
  expect(cluster.answer(id)).toBeUndefined();
  expect(cluster.answered(id)).toEqual(ok(1));
});

test('if the assumption is broken a lease read may be stale: a stopped clock does not notice the end of its lease', () => {
  const { cluster, leader } = leased();
  cluster.isolate(leader);
  cluster.world.do({ type: 'rate', node: leader, ticksPerSecond: 0.1 });
  const others = cluster.followers;
  const next = cluster.until('another leader', () =>
    others.find((node) => cluster.view(node).role === 'leader'),
  );
  expect(cluster.put(next, 'x', 2)).toMatchObject({ ok: true });
  expect(cluster.answer(readBy(cluster, leader, 'lease'))).toEqual(ok(1));
});

test('if leases are off a lease read is refused, with the reason', () => {
  const cluster = new Cluster(3);
  expect(cluster.get(cluster.elect(), 'x', 'lease')).toEqual({
    ok: false,
    code: 'Rejected',
    message: 'leases are off: leaseTicks is 0',
  });
});

test('a lease as long as the shortest election timeout is refused', () => {
  expect(() => createRaft(keyValueMachine, { electionTicks: [10, 20], leaseTicks: 10 })).toThrow(
    'leaseTicks 10 must be less than the shortest election timeout, 10',
  );
});
