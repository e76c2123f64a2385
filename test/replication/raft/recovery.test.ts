/** Replicas that have lost their disks: what they may not do, and how they recover. */
import { createRaft } from '../../../replication/raft/raft.ts';
import { OneReplica } from '../../support/one-replica.ts';
import { Cluster, MS } from '../../support/simulated.ts';
import { appendEntries } from './paper/rule.ts';

const recovery = (cluster: Cluster, node: string) => cluster.view(node).recovery;

function wipe(cluster: Cluster, node: string): void {
  cluster.world.do({ type: 'wipe', node });
  cluster.world.do({ type: 'restart', node });
}

function crash(cluster: Cluster, ...nodes: string[]): void {
  for (const node of nodes) cluster.world.do({ type: 'crash', node });
}

test('replicas that elect their first leader are normal', () => {
  const cluster = new Cluster(5);
  expect(cluster.nodes.map((node) => recovery(cluster, node))).toEqual(Array(5).fill('new'));
  cluster.elect();
  cluster.agree();
  expect(cluster.nodes.map((node) => recovery(cluster, node))).toEqual(Array(5).fill('normal'));
});

test('a replica whose disk was lost recovers, and is normal once it and a majority of others have an entry from after the loss', () => {
  const cluster = new Cluster(5);
  const leader = cluster.elect();
  cluster.put(leader, 'x', 1);
  const [lost, ...others] = cluster.followers as [string, string, string, string];
  // One dead replica does not keep it from recovering; without a majority of others it cannot.
  crash(cluster, others[0]);
  crash(cluster, others[1]);
  wipe(cluster, lost);
  cluster.until('it to have caught up', () => cluster.view(lost).lastIndex > 2);
  cluster.world.advance(2_000 * MS);
  expect(recovery(cluster, lost)).toBe('recovering');
  cluster.world.do({ type: 'restart', node: others[1] });
  cluster.until('it to be normal', () => recovery(cluster, lost) === 'normal');
  expect(cluster.view(lost)).toMatchObject({ votedFor: cluster.leader, term: cluster.view(lost).term });
  expect(cluster.get(lost, 'x')).toEqual({ ok: true, value: 1 });
});

test('a recovery confirmed in one incarnation means nothing in the next', () => {
  const lost = new OneReplica(createRaft, { blank: true });
  const [reply] = lost.receive('n2', appendEntries(1, [0, 0], [1]));
  const { recovering } = reply!.body as { recovering: number };
  const recovered = { type: 'Recovered', term: 1, incarnation: recovering } as const;
  lost.receive('n2', recovered);
  expect(lost.view.recovery).toBe('normal');

  const again = new OneReplica(createRaft, { blank: true });
  again.restart();
  again.receive('n2', appendEntries(1, [0, 0], [1]));
  again.receive('n2', recovered);
  expect(again.view.recovery).toBe('recovering');
});

test('entries that only dead replicas and one that forgot them had are not lost to a new leader', () => {
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
  cluster.until('it to be normal', () => recovery(cluster, forgets) === 'normal');
});

test("a recovering replica does not count for a commit, for a read, or for the leader's majority", () => {
  const cluster = new Cluster(3);
  const leader = cluster.elect();
  const [lost, down] = cluster.followers as [string, string];
  cluster.agree();
  crash(cluster, down);
  wipe(cluster, lost);
  cluster.until('it to recover', () => recovery(cluster, lost) === 'recovering');
  const { commit } = cluster.view(leader);
  const write = cluster.begin(leader, { type: 'put', key: 'x', value: 1 });
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

test('leadership is not transferred to a recovering replica', () => {
  const cluster = new Cluster(5);
  const leader = cluster.elect();
  const [lost, ...others] = cluster.followers as [string, string, string, string];
  crash(cluster, others[0], others[1]);
  wipe(cluster, lost);
  cluster.until('it to have caught up', () => cluster.view(lost).lastIndex > 1);
  cluster.world.advance(20 * MS);
  expect(cluster.ask(leader, { type: 'transfer', to: lost })).toEqual({
    ok: false,
    code: 'Rejected',
    message: `${lost} has lost its disk and is still recovering`,
  });
});

test('a replica that is wiped again while it recovers begins again, also with a snapshot', () => {
  const cluster = new Cluster(3, { maxLogEntries: 4 });
  const leader = cluster.elect();
  for (let i = 1; i <= 12; i++) cluster.put(leader, `k${i}`, i);
  const [lost] = cluster.followers as [string];
  wipe(cluster, lost);
  cluster.until('a part of it', () => cluster.view(lost).applied > 0);
  wipe(cluster, lost);
  cluster.until('it to be normal', () => recovery(cluster, lost) === 'normal');
  expect(cluster.get(lost, 'k1', 'stale')).toEqual({ ok: true, value: 1 });
});

test('a replica that is wiped again after it has caught up recovers again', () => {
  const cluster = new Cluster(5);
  const leader = cluster.elect();
  cluster.put(leader, 'x', 1);
  const [lost, ...others] = cluster.followers as [string, string, string, string];
  for (const _ of [1, 2]) {
    wipe(cluster, lost);
    cluster.until('it to have caught up', () => cluster.view(lost).applied === cluster.view(leader).applied);
    // Time for the leader to hear of it.
    cluster.world.advance(100 * MS);
  }
  for (const node of others.slice(0, 2)) cluster.world.do({ type: 'restart', node });
  cluster.until('it to be normal', () => recovery(cluster, lost) === 'normal');
});

test('a restart does not end the recovery', () => {
  const cluster = new Cluster(3);
  cluster.elect();
  const [lost, down] = cluster.followers as [string, string];
  crash(cluster, down);
  wipe(cluster, lost);
  cluster.until('it to recover', () => recovery(cluster, lost) === 'recovering');
  cluster.world.advance(100 * MS);
  cluster.world.do({ type: 'restart', node: lost });
  expect(recovery(cluster, lost)).toBe('recovering');
});

test('a cluster in which one disk after another is lost keeps all that was acknowledged, and every invariant', () => {
  const cluster = new Cluster(5, { maxLogEntries: 8 });
  let value = 0;
  for (let round = 0; round < 3; round++) {
    for (const node of cluster.nodes) {
      expect(cluster.put(cluster.elect(), 'x', ++value)).toMatchObject({ ok: true });
      wipe(cluster, node);
      cluster.until('it to be normal', () => recovery(cluster, node) === 'normal');
      expect(cluster.get(node, 'x')).toEqual({ ok: true, value });
    }
  }
  cluster.agree();
  cluster.compareData();
  expect(cluster.violations).toEqual([]);
});

test('a follower that has acknowledged more than it holds has old data: it recovers, and does not vote', () => {
  const follower = new OneReplica(createRaft, { terms: [1, 1, 1] });
  follower.receive('n2', { ...appendEntries(1, [3, 1], []), acknowledged: 3 });
  expect(follower.view.recovery).toBe('normal');
  const [answer] = follower.receive('n2', { ...appendEntries(1, [5, 1], []), acknowledged: 5 });
  expect(answer).toMatchObject({ body: { success: false, recovering: expect.any(Number) } });
  expect(follower.view.recovery).toBe('recovering');
  follower.restart();
  const vote = {
    type: 'RequestVote',
    term: 9,
    lastIndex: 9,
    lastTerm: 8,
    preVote: false,
    transfer: true,
  } as const;
  expect(follower.receive('n3', vote)).toMatchObject([{ body: { granted: false } }]);
});

test('a leader tells a follower how far it has acknowledged, and brings one with old data up to date', () => {
  const leader = new OneReplica(createRaft, { terms: [1, 1], tellAcknowledged: true });
  leader.lead();
  leader.accept('n2');
  const { term, lastIndex } = leader.view;
  const toN2 = leader.tick().find(({ to }) => to === 'n2');
  expect(toN2).toMatchObject({ body: { acknowledged: lastIndex } });
  const refusal = { type: 'AppendEntriesReply', term, success: false, index: lastIndex, round: 0 } as const;
  const hint = { term: 0, index: 1 };
  leader.receive('n2', { ...refusal, hint, recovering: 7 });
  expect(leader.view.lastIndex).toBe(lastIndex + 1);
  const sent = [...leader.receive('n2', { ...refusal, hint, recovering: 7 }), ...leader.tick(2)];
  expect(
    sent.some(({ to, body }) => to === 'n2' && body.type === 'AppendEntries' && body.acknowledged === 0),
  ).toBe(true);
});
