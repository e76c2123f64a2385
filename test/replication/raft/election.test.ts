/**
 * Elections, rule by rule (Raft, 5.2 and 5.4.1; dissertation, 4.2.3, 6.2 and 9.6), seen from
 * outside.
 */
import { createRaft } from '../../../replication/raft/raft.ts';
import { OneReplica } from '../../support/one-replica.ts';
import { Cluster, MS } from '../../support/simulated.ts';
import { appendEntries } from './paper/rule.ts';

/** How many elections' worth of time a cluster is watched for. */
const LONG = 3_000 * MS;

test.each([1, 2, 3, 4, 5, 7])('%i replicas elect one leader and follow it', (size) => {
  const cluster = new Cluster(size);
  const leader = cluster.elect();
  cluster.agree();
  for (const node of cluster.nodes) {
    expect(cluster.view(node)).toMatchObject({ leader, role: node === leader ? 'leader' : 'follower' });
  }
  expect(cluster.put(leader, 'x', 1)).toMatchObject({ ok: true });
});

test.each([
  [2, 1],
  [3, 2],
  [4, 2],
  [5, 3],
])('of %i replicas, with %i dead, none leads', (size, dead) => {
  const cluster = new Cluster(size);
  for (const node of cluster.nodes.slice(0, dead)) cluster.world.do({ type: 'crash', node });
  cluster.world.advance(LONG);
  expect(cluster.leader).toBeUndefined();
  cluster.world.do({ type: 'restart', node: cluster.nodes[0]! });
  cluster.elect();
});

test('nobody campaigns while the leader is heard', () => {
  const cluster = new Cluster(5);
  const leader = cluster.elect();
  const { term } = cluster.view(leader);
  cluster.world.advance(LONG);
  expect(cluster.leader).toBe(leader);
  expect(cluster.nodes.map((node) => cluster.view(node).term)).toEqual(cluster.nodes.map(() => term));
});

test('a leader that reaches no majority steps down', () => {
  const cluster = new Cluster(5);
  const leader = cluster.elect();
  cluster.isolate(leader);
  cluster.until('it to step down', () => cluster.view(leader).role !== 'leader');
});

test('a replica that hears nobody asks without success, takes no new term, and disturbs nobody when it is back', () => {
  const cluster = new Cluster(3);
  const leader = cluster.elect();
  const { term } = cluster.view(leader);
  const [lonely] = cluster.followers as [string];
  cluster.isolate(lonely);
  cluster.until('it to ask', () => cluster.view(lonely).role === 'pre-candidate');
  cluster.world.advance(LONG);
  expect(cluster.view(lonely).term).toBe(term);
  cluster.world.do({ type: 'heal' });
  cluster.world.advance(LONG);
  expect(cluster.leader).toBe(leader);
  expect(cluster.view(leader).term).toBe(term);
});

test('a replica that hears its leader refuses one that does not', () => {
  const cluster = new Cluster(3);
  const leader = cluster.elect();
  const { term } = cluster.view(leader);
  const [deaf] = cluster.followers as [string];
  cluster.world.do({ type: 'block', from: leader, to: deaf });
  cluster.world.advance(LONG);
  expect(cluster.leader).toBe(leader);
  expect(cluster.view(leader).term).toBe(term);
});

test('only a replica with all committed entries is elected', () => {
  const cluster = new Cluster(3);
  const leader = cluster.elect();
  cluster.agree();
  const [behind, complete] = cluster.followers as [string, string];
  cluster.isolate(behind);
  cluster.put(leader, 'x', 1);
  cluster.until(
    'the other to have it',
    () => cluster.view(complete).applied === cluster.view(leader).applied,
  );
  cluster.world.do({ type: 'crash', node: leader });
  cluster.world.do({ type: 'heal' });
  expect(cluster.elect()).toBe(complete);
});

test('term and vote survive a restart', () => {
  const cluster = new Cluster(3);
  const leader = cluster.elect();
  cluster.agree();
  cluster.world.advance(50 * MS);
  for (const node of cluster.nodes) {
    const { term, votedFor } = cluster.view(node);
    cluster.world.do({ type: 'restart', node });
    expect(cluster.view(node)).toMatchObject({ term, votedFor, role: 'follower', leader: undefined });
  }
  expect(
    cluster.nodes.filter((node) => cluster.view(node).votedFor === leader).length,
  ).toBeGreaterThanOrEqual(2);
});

test('two leaders in a row die, and three of five continue with nothing lost', () => {
  const cluster = new Cluster(5);
  for (let round = 0; round < 2; round++) {
    const leader = cluster.elect();
    expect(cluster.put(leader, `k${round}`, round)).toMatchObject({ ok: true });
    cluster.world.do({ type: 'crash', node: leader });
  }
  const third = cluster.elect();
  expect(cluster.put(third, 'k2', 2)).toMatchObject({ ok: true });
  for (const node of cluster.nodes) {
    if (cluster.world.node(node).status === 'down') cluster.world.do({ type: 'restart', node });
  }
  cluster.agree();
  for (const node of cluster.nodes) {
    for (let round = 0; round < 3; round++) {
      expect(cluster.get(node, `k${round}`, 'stale')).toEqual({ ok: true, value: round });
    }
  }
});

test('the more campaigns in a row fail, the wider timeouts spread, up to four times; a leader ends that', () => {
  const replica = new OneReplica(createRaft, { electionTicks: [10, 20] });
  const timeout = () => replica.view.electionAt! - replica.machine.state.ticks;
  const most = (campaigns: number) => {
    let longest = 0;
    for (let i = 0; i < campaigns; i++) {
      replica.campaign();
      longest = Math.max(longest, timeout());
    }
    return longest;
  };
  expect(most(1)).toBeLessThanOrEqual(20);
  const longest = most(60);
  expect(longest).toBeGreaterThan(40);
  expect(longest).toBeLessThan(10 + 4 * 11);
  replica.receive('n2', appendEntries(replica.view.term, [0, 0], []));
  expect(most(1)).toBeLessThanOrEqual(20);
});

test('a leader whose own writes do not become durable steps down, and another one leads', () => {
  const cluster = new Cluster(3);
  const leader = cluster.elect();
  cluster.world.do({ type: 'disk', node: leader, settings: { syncUs: [100, 500], full: true } });
  const id = cluster.begin(leader, { type: 'put', key: 'x', value: 1 });
  const next = cluster.until('another leader', () => cluster.leader !== leader && cluster.leader);
  expect(cluster.view(leader).role).not.toBe('leader');
  expect(cluster.put(next, 'y', 2)).toMatchObject({ ok: true });
  // The others had it, so it counted.
  expect(cluster.answered(id)).toMatchObject({ ok: true });
  expect(cluster.get(next, 'x')).toEqual({ ok: true, value: 1 });
});

/** A vote of n1's campaign in its term, or a refusal. */
function vote(replica: OneReplica, from: string, granted: boolean) {
  const { term } = replica.view;
  return replica.receive(from, { type: 'RequestVoteReply', term, granted, preVote: false });
}

describe('votes that come after their campaign was given up for another', () => {
  /** A candidate of five that has one vote besides its own, and asks for pre-votes again. */
  function late(): OneReplica {
    const replica = new OneReplica(createRaft, { size: 5 });
    replica.campaign();
    vote(replica, 'n2', true);
    replica.timeOut();
    expect(replica.view).toMatchObject({ role: 'pre-candidate', term: 1, votedFor: 'n1' });
    return replica;
  }

  test('win the term', () => {
    const replica = late();
    vote(replica, 'n3', true);
    expect(replica.view).toMatchObject({ role: 'leader', term: 1 });
  });

  test('count once a voter, and a refusal for nothing', () => {
    const replica = late();
    vote(replica, 'n2', true);
    vote(replica, 'n4', false);
    vote(replica, 'n5', false);
    expect(replica.view).toMatchObject({ role: 'pre-candidate', term: 1 });
  });

  test('do not count as answers to pre-votes, nor those as votes', () => {
    const replica = late();
    for (const from of ['n3', 'n4', 'n5']) {
      if (replica.view.role === 'pre-candidate')
        replica.receive(from, { type: 'RequestVoteReply', term: 2, granted: true, preVote: true });
    }
    expect(replica.view).toMatchObject({ role: 'candidate', term: 2 });
    // The vote of the earlier term comes too late by now.
    replica.receive('n3', { type: 'RequestVoteReply', term: 1, granted: true, preVote: false });
    replica.receive('n4', { type: 'RequestVoteReply', term: 1, granted: true, preVote: false });
    expect(replica.view).toMatchObject({ role: 'candidate', term: 2 });
  });

  test('count with its own vote, when that is durable so late', () => {
    const replica = new OneReplica(createRaft, { size: 3 });
    replica.quickDisk = false;
    replica.campaign();
    while (replica.view.role === 'candidate') replica.tick();
    vote(replica, 'n2', true);
    expect(replica.view).toMatchObject({ role: 'pre-candidate', term: 1 });
    replica.sync();
    expect(replica.view).toMatchObject({ role: 'leader', term: 1 });
  });
});
