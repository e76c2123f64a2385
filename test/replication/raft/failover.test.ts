/**
 * What followers do when their leader's link closes, and how a replica treats time in which its
 * process was paused.
 */
import { createRaft } from '../../../replication/raft/raft.ts';
import { CALM_DISK } from '../../../vm/sim/disk.ts';
import { CALM_NETWORK } from '../../../vm/sim/network.ts';
import { OneReplica } from '../../support/one-replica.ts';
import { Cluster, MS } from '../../support/simulated.ts';
import { appendEntries } from './paper/rule.ts';

/** The timeouts of a live cluster, in ticks of 10 ms. */
const LIVE_TIMEOUTS = { electionTicks: [100, 200], heartbeatTicks: 10, quickFailover: true } as const;
/** What a failover takes here at most: a few messages, two syncs, and now and then some ticks. */
const SOON = 90 * MS;

/** Every machine hears which links are open, as those of a live host do. */
function tellLinks(cluster: Cluster): void {
  const isUp = (node: string) => cluster.world.node(node).status === 'up';
  for (const node of cluster.nodes) {
    for (const peer of cluster.nodes) {
      if (peer !== node && isUp(node))
        cluster.world.node(node).machine.deliver({ link: peer, up: isUp(peer) });
    }
  }
}

/** Writes are under way when the leader's process ends. */
function killInTheMiddle(cluster: Cluster, round: number): void {
  const leader = cluster.elect();
  for (let i = 0; i < 3; i++) {
    cluster.begin(leader, { type: 'put', key: `k${i}`, value: round });
    cluster.world.advance((i * round) % 7);
  }
  cluster.world.do({ type: 'crash', node: leader });
  const { now } = cluster.world;
  cluster.elect();
  expect({ round, soon: cluster.world.now - now <= SOON }).toEqual({ round, soon: true });
  cluster.world.do({ type: 'restart', node: leader });
}

describe.each([3, 5])('of %i replicas', (size) => {
  test.each([1, 2, 3, 4, 5])(
    'a leader that dies is followed by another long before a timeout, seed %i',
    (seed) => {
      const network = { ...CALM_NETWORK, delayUs: [200, 3 * MS] } as const;
      const disk = { ...CALM_DISK, syncUs: [100, 4 * MS] } as const;
      const cluster = new Cluster(size, LIVE_TIMEOUTS, { seed, network, disk });
      for (let round = 1; round <= 20; round++) {
        tellLinks(cluster);
        killInTheMiddle(cluster, round);
        cluster.agree();
      }
      expect(cluster.violations).toEqual([]);
    },
  );
});

test.each([1, 2, 3, 4, 5])(
  'after silence, replicas whose timeouts end together do not need another timeout, seed %i',
  (seed) => {
    const network = { ...CALM_NETWORK, delayUs: [200, 3 * MS] } as const;
    const disk = { ...CALM_DISK, syncUs: [100, 4 * MS] } as const;
    // Few timeouts to draw from, so that they often end together; all that are left must agree.
    const cluster = new Cluster(5, { ...LIVE_TIMEOUTS, electionTicks: [100, 103] }, { seed, network, disk });
    for (let round = 1; round <= 20; round++) {
      const leader = cluster.elect();
      const other = cluster.nodes.find((node) => node !== leader)!;
      cluster.agree();
      for (const node of [leader, other]) cluster.world.do({ type: 'pause', node });
      const { now } = cluster.world;
      cluster.elect();
      expect({ round, soon: cluster.world.now - now <= 1_600 * MS }).toEqual({ round, soon: true });
      for (const node of [leader, other]) cluster.world.do({ type: 'resume', node });
      cluster.world.advance(500 * MS);
    }
    expect(cluster.violations).toEqual([]);
  },
);

test('replicas that have already gone are not waited for', () => {
  const cluster = new Cluster(5, LIVE_TIMEOUTS);
  cluster.elect();
  tellLinks(cluster);
  for (const dies of [1, 2]) {
    cluster.world.do({ type: 'crash', node: cluster.elect() });
    const { now } = cluster.world;
    cluster.elect();
    expect({ dies, soon: cluster.world.now - now <= SOON }).toEqual({ dies, soon: true });
  }
  expect(cluster.violations).toEqual([]);
});

function follower(): OneReplica {
  const replica = new OneReplica(createRaft, { ...LIVE_TIMEOUTS, size: 3 });
  replica.receive('n2', appendEntries(1, [0, 0], []));
  return replica;
}

/** Makes a leader of it, however long that takes. */
function lead(replica: OneReplica): void {
  replica.tick(100);
  replica.lead();
}

function unlink(replica: OneReplica, peer: string) {
  replica.machine.deliver({ link: peer, up: false });
  return replica.work();
}

test('of two followers that lose their leader, the next one asks at once, the other a tick later', () => {
  const second = follower();
  second.receive('n3', { type: 'RequestVoteReply', term: 0, granted: false, preVote: false });
  expect(unlink(second, 'n2')).toEqual([]);
  expect(second.tick().map(({ to }) => to)).toEqual(['n2', 'n3']);
  const first = new OneReplica(createRaft, { ...LIVE_TIMEOUTS, size: 3 });
  first.receive('n3', appendEntries(1, [0, 0], []));
  expect(unlink(first, 'n3').map(({ to }) => to)).toEqual(['n2', 'n3']);
});

const PRE_VOTE = {
  type: 'RequestVote',
  term: 2,
  lastIndex: 0,
  lastTerm: 0,
  preVote: true,
  transfer: false,
} as const;

test("a pre-vote request that came before the leader's end was noticed is granted when it is", () => {
  const replica = follower();
  const granted = () => ({ type: 'RequestVoteReply', term: 2, granted: true, preVote: true });
  const early = replica.receive('n3', PRE_VOTE);
  expect(early.map(({ to, body }) => [to, body.type === 'RequestVoteReply' && body.granted])).toEqual([
    ['n3', false],
  ]);
  expect(unlink(replica, 'n2')).toMatchObject([{ to: 'n3', body: granted() }]);
  // The one that was granted it goes first.
  expect(replica.tick()).toEqual([]);
});

test('a pre-vote request that came before the leader was heard again is not granted when that leader ends', () => {
  const replica = follower();
  replica.receive('n3', PRE_VOTE);
  replica.receive('n2', appendEntries(1, [0, 0], []));
  expect(unlink(replica, 'n2')).toEqual([]);
});

test('a replica whose leader is still alive asks for a while, and disturbs nobody', () => {
  const replica = follower();
  unlink(replica, 'n2');
  const asked = replica.tick(100).filter(({ body }) => body.type === 'RequestVote');
  expect(asked.length).toBeGreaterThan(10);
  expect(replica.view.term).toBe(1);
  replica.receive('n2', appendEntries(1, [0, 0], []));
  expect(replica.tick(99)).toEqual([]);
});

test('with leases a follower waits for its election timeout, because the leader may rely on it', () => {
  const replica = new OneReplica(createRaft, { ...LIVE_TIMEOUTS, leaseTicks: 80 });
  replica.receive('n3', appendEntries(1, [0, 0], []));
  expect(unlink(replica, 'n3')).toEqual([]);
  expect(replica.tick(99)).toEqual([]);
});

describe('a replica whose process was paused', () => {
  test('does not count the pause as silence of its leader, which may have been paused too', () => {
    const replica = follower();
    replica.machine.skip(1_000);
    expect(replica.tick(90)).toEqual([]);
    expect(replica.tick(111)).not.toEqual([]);
  });

  test('waits as long as before for a leader that it then hears', () => {
    const replica = follower();
    replica.machine.skip(1_000);
    replica.receive('n2', appendEntries(1, [0, 0], []));
    const { electionAt } = replica.view;
    expect(electionAt! - replica.machine.state.ticks).toBeLessThanOrEqual(200);
  });

  test('continues to lead, unless nobody answers after that', () => {
    const replica = new OneReplica(createRaft, { ...LIVE_TIMEOUTS, size: 3 });
    lead(replica);
    replica.accept('n2', 'n3');
    replica.tick(50);
    replica.accept('n2', 'n3');
    replica.machine.skip(1_000);
    replica.tick(100);
    expect(replica.view.role).toBe('leader');
    replica.tick(101);
    expect(replica.view.role).toBe('follower');
  });

  test('does not answer by a lease that has expired by the clock', () => {
    const replica = new OneReplica(createRaft, { ...LIVE_TIMEOUTS, leaseTicks: 80, size: 3 });
    lead(replica);
    replica.accept('n2', 'n3');
    replica.tick(1);
    replica.accept('n2', 'n3');
    const read = { type: 'read', query: { type: 'get', key: 'x' }, consistency: 'lease' } as const;
    replica.machine.skip(1_000);
    replica.ask(read);
    expect(replica.answers.size).toBe(0);
  });
});

test.each([1, 2, 3, 4, 5])('a majority that has come back elects at once, seed %i', (seed) => {
  const network = { ...CALM_NETWORK, delayUs: [200, 3 * MS] } as const;
  const disk = { ...CALM_DISK, syncUs: [100, 4 * MS] } as const;
  const cluster = new Cluster(5, LIVE_TIMEOUTS, { seed, network, disk });
  for (let round = 1; round <= 10; round++) {
    const leader = cluster.elect();
    const others = cluster.nodes.filter((node) => node !== leader).slice(0, 2);
    cluster.agree();
    for (const node of [leader, ...others]) cluster.world.do({ type: 'crash', node });
    cluster.world.advance(5_000 * MS + round * 77 * MS);
    const [first, ...rest] = others;
    const { now } = cluster.world;
    cluster.world.do({ type: 'restart', node: first! });
    cluster.elect();
    expect({ round, soon: cluster.world.now - now <= 100 * MS }).toEqual({ round, soon: true });
    for (const node of [leader, ...rest]) cluster.world.do({ type: 'restart', node });
  }
  expect(cluster.violations).toEqual([]);
});
