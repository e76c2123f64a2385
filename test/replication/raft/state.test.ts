/** The parts of a replica's state. */

import type { Leadership } from '../../../replication/raft/leadership.ts';
import { createRaft } from '../../../replication/raft/raft.ts';
import { OneReplica } from '../../support/one-replica.ts';
import { Cluster, MS } from '../../support/simulated.ts';
import { appendEntries, voteReply } from './paper/rule.ts';

const leadershipOf = (replica: OneReplica): Leadership | undefined =>
  replica.machine.state.program.leadership;

test('a replica has the state of a leader exactly while it leads', () => {
  const cluster = new Cluster(3);
  const roles = new Set<string>();
  cluster.world.observer.stepped = (node) => {
    const { election, leadership } = cluster.world.node(node).machine.state.program;
    roles.add(election.role);
    expect(leadership !== undefined).toBe(election.role === 'leader');
  };
  const first = cluster.elect();
  cluster.put(first, 'x', 1);
  cluster.world.do({ type: 'partition', groups: [[first], cluster.nodes.filter((node) => node !== first)] });
  cluster.world.advance(1_000 * MS);
  cluster.world.do({ type: 'heal' });
  cluster.agree();
  expect(cluster.leader).not.toBe(first);
  expect([...roles].sort()).toEqual(['candidate', 'follower', 'leader', 'pre-candidate']);
});

test('nothing that a leader learned in one term is left in the next', () => {
  const one = new OneReplica(createRaft, { terms: [1, 1] });
  one.lead();
  one.accept('n2', 'n3');
  const { lastIndex, term } = one.view;
  expect(leadershipOf(one)).toMatchObject({
    durableIndex: lastIndex,
    progress: { n2: { match: lastIndex } },
  });
  one.receive('n2', appendEntries(term + 1, [lastIndex, term]));
  expect(leadershipOf(one)).toBeUndefined();
  one.campaign();
  one.quickDisk = false;
  one.receive('n2', voteReply(one.view.term, true));
  expect(leadershipOf(one)).toMatchObject({
    durableIndex: 0,
    markedIndex: lastIndex + 1,
    progress: { n2: { match: 0, mode: 'probe' }, n3: { match: 0 } },
  });
});
