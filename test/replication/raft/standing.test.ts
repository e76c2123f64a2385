/** Replicas that have lost their disks: what they may not do, and how they become whole again. */
import { InvariantChecker } from '../../../replication/invariants.ts';
import { Cluster, MS } from '../../support/simulated.ts';

const standing = (cluster: Cluster, node: string) => cluster.view(node).standing;

function wipe(cluster: Cluster, node: string): void {
  cluster.world.do({ type: 'wipe', node });
  cluster.world.do({ type: 'restart', node });
}

function crash(cluster: Cluster, ...nodes: string[]): void {
  for (const node of nodes) cluster.world.do({ type: 'crash', node });
}

test('replicas that elect their first leader are whole', () => {
  const cluster = new Cluster(5);
  expect(cluster.nodes.map((node) => standing(cluster, node))).toEqual(Array(5).fill('blank'));
  cluster.elect();
  cluster.agree();
  expect(cluster.nodes.map((node) => standing(cluster, node))).toEqual(Array(5).fill('whole'));
});

test('a replica whose disk was lost learns, and is whole once it has caught up and all others confirm the leader', () => {
  const cluster = new Cluster(5);
  const leader = cluster.elect();
  cluster.put(leader, 'x', 1);
  const [lost, down] = cluster.followers as [string, string];
  crash(cluster, down);
  wipe(cluster, lost);
  cluster.world.advance(2_000 * MS);
  // It has everything, but one who may have asked for its lost vote has not been heard.
  expect(cluster.view(lost).applied).toBe(cluster.view(leader).applied);
  expect(standing(cluster, lost)).toBe('learning');
  cluster.world.do({ type: 'restart', node: down });
  cluster.until('it to be whole', () => standing(cluster, lost) === 'whole');
  expect(cluster.view(lost)).toMatchObject({ votedFor: leader, term: cluster.view(leader).term });
});

test('what only the dead and a replica that forgot it have is not lost to a leader of those two', () => {
  const cluster = new Cluster(3);
  const leader = cluster.elect();
  const [forgets, behind] = cluster.followers as [string, string];
  cluster.agree();
  crash(cluster, behind);
  expect(cluster.put(leader, 'x', 1)).toMatchObject({ ok: true });
  crash(cluster, leader);
  wipe(cluster, forgets);
  cluster.world.do({ type: 'restart', node: behind });
  cluster.world.advance(5_000 * MS);
  expect(cluster.leader).toBeUndefined();
  cluster.world.do({ type: 'restart', node: leader });
  cluster.elect();
  expect(cluster.get(behind, 'x')).toEqual({ ok: true, value: 1 });
  cluster.until('it to be whole', () => standing(cluster, forgets) === 'whole');
});

test('one that learns does not count for a commit, nor for a read, nor keeps a leader in office', () => {
  const cluster = new Cluster(3);
  const leader = cluster.elect();
  const [lost, down] = cluster.followers as [string, string];
  cluster.agree();
  crash(cluster, down);
  wipe(cluster, lost);
  cluster.until('it to learn', () => standing(cluster, lost) === 'learning');
  const { commit } = cluster.view(leader);
  const write = cluster.submit(leader, { type: 'put', key: 'x', value: 1 });
  const read = cluster.world.request(leader, {
    type: 'read',
    query: { type: 'get', key: 'x' },
    consistency: 'linearizable',
  });
  cluster.world.advance(3_000 * MS);
  expect(cluster.view(leader)).toMatchObject({ commit, role: expect.not.stringMatching('leader') });
  expect([cluster.answer(write), cluster.answer(read)]).toEqual([undefined, undefined]);
  expect(cluster.view(lost).role).toBe('follower');
});

test('leadership is not handed to one that learns', () => {
  const cluster = new Cluster(5);
  const leader = cluster.elect();
  const [lost, down] = cluster.followers as [string, string];
  crash(cluster, down);
  wipe(cluster, lost);
  cluster.until('it to learn', () => standing(cluster, lost) === 'learning');
  cluster.world.advance(100 * MS);
  expect(cluster.ask(leader, { type: 'transfer', to: lost })).toEqual({
    ok: false,
    code: 'Rejected',
    message: `${lost} has lost its disk and is still learning`,
  });
  cluster.world.advance(500 * MS);
  const next = cluster.ask(leader, { type: 'transfer' });
  expect(next).toMatchObject({ ok: true });
  expect(next.ok && next.value).not.toBe(lost);
});

test('one that is wiped again while it learns starts to learn anew, by snapshot too', () => {
  const cluster = new Cluster(3, { maxLogEntries: 4 });
  const leader = cluster.elect();
  for (let i = 1; i <= 12; i++) cluster.put(leader, `k${i}`, i);
  const [lost] = cluster.followers as [string];
  wipe(cluster, lost);
  cluster.until('a part of it', () => cluster.view(lost).applied > 0);
  wipe(cluster, lost);
  cluster.until('it to be whole', () => standing(cluster, lost) === 'whole');
  expect(cluster.get(lost, 'k1', 'stale')).toEqual({ ok: true, value: 1 });
});

test('one that is wiped again after it has caught up does so again', () => {
  const cluster = new Cluster(5);
  const leader = cluster.elect();
  cluster.put(leader, 'x', 1);
  const [lost, down] = cluster.followers as [string, string];
  crash(cluster, down);
  for (const _ of [1, 2]) {
    wipe(cluster, lost);
    cluster.until('it to have caught up', () => cluster.view(lost).applied === cluster.view(leader).applied);
    // Time for the leader to hear of it.
    cluster.world.advance(100 * MS);
  }
  cluster.world.do({ type: 'restart', node: down });
  cluster.until('it to be whole', () => standing(cluster, lost) === 'whole');
});

test('a restart does not end learning', () => {
  const cluster = new Cluster(3);
  cluster.elect();
  const [lost, down] = cluster.followers as [string, string];
  crash(cluster, down);
  wipe(cluster, lost);
  cluster.until('it to learn', () => standing(cluster, lost) === 'learning');
  cluster.world.advance(100 * MS);
  cluster.world.do({ type: 'restart', node: lost });
  expect(standing(cluster, lost)).toBe('learning');
});

test('a cluster in which one disk after another is lost keeps all that was acknowledged, and every invariant', () => {
  const cluster = new Cluster(5, { maxLogEntries: 8 });
  const checker = new InvariantChecker(cluster.protocol);
  Object.assign(cluster.world.observer, checker.observer);
  checker.watch(cluster.world);
  let value = 0;
  for (let round = 0; round < 3; round++) {
    for (const node of cluster.nodes) {
      expect(cluster.put(cluster.elect(), 'x', ++value)).toMatchObject({ ok: true });
      wipe(cluster, node);
      cluster.until('it to be whole', () => standing(cluster, node) === 'whole');
      expect(cluster.get(node, 'x')).toEqual({ ok: true, value });
    }
  }
  cluster.agree();
  checker.compareData();
  expect(checker.violations).toEqual([]);
});
