/** Leadership transfer (dissertation, 3.10), seen from outside. */
import { createRaft } from '../../../replication/raft/raft.ts';
import { OneReplica } from '../../support/one-replica.ts';
import { Cluster } from '../../support/simulated.ts';

const ok = (value: unknown) => ({ ok: true, value });
const rejected = expect.objectContaining({ ok: false, code: 'Rejected' }) as unknown;

test('to a named replica, asked of any replica', () => {
  const cluster = new Cluster(5);
  cluster.elect();
  for (const to of cluster.nodes) {
    const asked = cluster.nodes.find((node) => node !== to)!;
    const { term } = cluster.view(cluster.leader!);
    const already = cluster.leader === to;
    expect(cluster.ask(asked, { type: 'transfer', to })).toEqual(ok(to));
    expect(cluster.elect()).toBe(to);
    // One campaign, which nobody refused: voters let a candidate of the leader's choice pass.
    expect(cluster.view(to).term).toBe(already ? term : term + 1);
    cluster.agree();
  }
});

test('without a name, to a follower that is up to date', () => {
  const cluster = new Cluster(5);
  const leader = cluster.elect();
  const [behind, ...others] = cluster.followers as [string, ...string[]];
  cluster.world.do({ type: 'block', from: leader, to: behind });
  cluster.put(leader, 'x', 1);
  const outcome = cluster.ask(leader, { type: 'transfer' });
  expect(outcome).toMatchObject({ ok: true });
  expect(others).toContain((outcome as { value: unknown }).value);
});

test('brings a follower up to date first', () => {
  const cluster = new Cluster(3);
  const leader = cluster.elect();
  const [behind] = cluster.followers as [string];
  cluster.world.do({ type: 'block', from: leader, to: behind });
  for (let value = 0; value < 5; value++) cluster.put(leader, 'x', value);
  cluster.world.do({ type: 'unblock', from: leader, to: behind });
  expect(cluster.ask(leader, { type: 'transfer', to: behind })).toEqual(ok(behind));
  expect(cluster.get(behind, 'x')).toEqual(ok(4));
});

test('to itself is already done', () => {
  const cluster = new Cluster(3);
  const leader = cluster.elect();
  const { term } = cluster.view(leader);
  expect(cluster.ask(leader, { type: 'transfer', to: leader })).toEqual(ok(leader));
  expect(cluster.view(leader)).toMatchObject({ role: 'leader', term });
});

test('to an unknown replica is refused', () => {
  const cluster = new Cluster(3);
  const leader = cluster.elect();
  expect(cluster.ask(leader, { type: 'transfer', to: 'n9' })).toEqual(rejected);
  expect(cluster.view(leader).role).toBe('leader');
});

test('to a dead replica is given up in time, and the leader continues with the commands that came meanwhile', () => {
  const cluster = new Cluster(3);
  const leader = cluster.elect();
  const [dead, alive] = cluster.followers as [string, string];
  cluster.world.do({ type: 'crash', node: dead });
  const transfer = cluster.world.request(leader, { type: 'transfer', to: dead });
  const ids = [leader, alive].map((node) => cluster.begin(node, { type: 'put', key: node, value: 1 }));
  expect(cluster.answered(transfer)).toEqual(rejected);
  for (const id of ids) expect(cluster.answered(id)).toMatchObject({ ok: true });
  expect(cluster.leader).toBe(leader);
});

test('commands that come during a transfer are carried out by the next leader', () => {
  const cluster = new Cluster(3);
  const leader = cluster.elect();
  cluster.agree();
  const [to, other] = cluster.followers as [string, string];
  const transfer = cluster.world.request(leader, { type: 'transfer', to });
  const ids = [leader, to, other].map((node) => cluster.begin(node, { type: 'put', key: node, value: 1 }));
  expect(cluster.answered(transfer)).toEqual(ok(to));
  for (const id of ids) expect(cluster.answered(id)).toEqual(ok({ done: true, previous: null }));
  cluster.agree();
  expect(cluster.view(to)).toMatchObject({ role: 'leader', term: 2 });
});

describe('to a follower whose link closes', () => {
  /** A leader of three whose followers have all of its log but for what was put last. */
  function leader(): OneReplica {
    const replica = new OneReplica(createRaft, { size: 3 });
    replica.lead();
    replica.accept('n2', 'n3');
    replica.put('x', 1);
    return replica;
  }

  test('is made to another one', () => {
    const replica = leader();
    replica.ask({ type: 'transfer' });
    expect(replica.link('n2', false)).toEqual([]);
    const { term } = replica.view;
    expect(replica.accept('n3')).toContainEqual({ to: 'n3', body: { type: 'TimeoutNow', term } });
    expect(replica.answers.has('q2')).toBe(false);
  });

  test('is refused if there is no other', () => {
    const replica = leader();
    replica.link('n3', false);
    replica.ask({ type: 'transfer' });
    replica.link('n2', false);
    expect(replica.answers.get('q2')).toEqual(rejected);
    replica.accept('n2');
    expect(replica.answers.get('q1')).toMatchObject({ ok: true });
  });

  test('is refused if it was named', () => {
    const replica = leader();
    replica.ask({ type: 'transfer', to: 'n2' });
    replica.link('n3', false);
    expect(replica.answers.has('q2')).toBe(false);
    replica.link('n2', false);
    expect(replica.answers.get('q2')).toEqual(rejected);
  });
});
