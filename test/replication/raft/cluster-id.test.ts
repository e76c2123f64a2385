/**
 * How a cluster gets its id: one entry of its log, whichever replica leads and whatever is removed
 * from logs.
 */

import { clusterIdOf } from '../../../replication/core/sessions.ts';
import type { ConfigurationEntry, Entry } from '../../../replication/raft/messages.ts';
import { createRaft } from '../../../replication/raft/raft.ts';
import { OneReplica } from '../../support/one-replica.ts';
import { Cluster } from '../../support/simulated.ts';
import { appendEntries } from './paper/rule.ts';

const minted = (index: number, term: number, clusterId?: string): Entry => ({
  index,
  term,
  data: clusterId === undefined ? { type: 'noop' } : { type: 'noop', clusterId },
});

/** The entry at `index` that founds a cluster of three. */
const founding = (index: number, cluster: string): ConfigurationEntry => {
  const member = { role: 'voter', want: 'voter', incarnation: index } as const;
  return {
    type: 'config',
    cluster,
    on: 0,
    members: { n1: member, n2: member, n3: member },
    by: 'founder',
    plan: '',
  };
};

function idOf(replica: OneReplica): string | undefined {
  const id = replica.protocol.clusterId!(replica.machine.state.program);
  expect(clusterIdOf(replica.machine.options.disk.data)).toBe(id);
  return id;
}

function entryAt(replica: OneReplica, index: number): unknown {
  return replica.protocol.entry(replica.machine.state.program, index)?.content;
}

/** A follower of n2, with these entries, of which so many are committed. */
function follower(entries: readonly Entry[], commit: number, newClusterId?: string): OneReplica {
  const replica = new OneReplica(createRaft, { blank: true, newClusterId });
  const term = entries.at(-1)?.term ?? 1;
  replica.receive('n2', { ...appendEntries(term, [0, 0], []), entries, commit });
  return replica;
}

test('the first leader proposes an id, and it is the cluster’s when it is committed', () => {
  const replica = new OneReplica(createRaft, { newClusterId: 'mine' });
  replica.lead();
  expect(entryAt(replica, 1)).toEqual(founding(1, 'mine'));
  expect(idOf(replica)).toBeUndefined();
  replica.accept('n2');
  expect(idOf(replica)).toBe('mine');
  replica.restart();
  expect(idOf(replica)).toBe('mine');
  replica.lead();
  expect(entryAt(replica, 2)).toEqual({ type: 'noop' });
});

test('without an id to give, a leader gives none', () => {
  const replica = new OneReplica(createRaft);
  replica.lead();
  replica.accept('n2');
  expect(entryAt(replica, 1)).toEqual({ type: 'noop' });
  expect(idOf(replica)).toBeUndefined();
});

test('a cluster from before there were ids gets one from its next leader', () => {
  const replica = new OneReplica(createRaft, { terms: [1, 1, 2], newClusterId: 'mine' });
  replica.lead();
  expect(entryAt(replica, 4)).toEqual(founding(4, 'mine'));
});

test('an id in the log that is not applied yet is committed by the next leader, not replaced', () => {
  const replica = new OneReplica(createRaft, { newClusterId: 'mine' });
  replica.receive('n2', { ...appendEntries(1, [0, 0], []), entries: [minted(1, 1, 'theirs')], commit: 0 });
  expect(idOf(replica)).toBeUndefined();
  replica.lead();
  expect(entryAt(replica, 2)).toEqual({ type: 'noop' });
  replica.accept('n2');
  expect(idOf(replica)).toBe('theirs');
});

test('an id that is cut from the log before it was committed is forgotten', () => {
  const replica = follower([minted(1, 1, 'cut')], 0);
  replica.receive('n3', { ...appendEntries(2, [0, 0], []), entries: [minted(1, 2, 'kept')], commit: 1 });
  expect(idOf(replica)).toBe('kept');
});

test('an id comes with the first configuration, and another one changes nothing of it', () => {
  const entries = [1, 2].map((term) => ({ index: term, term, data: founding(term, `of ${term}`) }));
  expect(idOf(follower(entries, 2))).toBe('of 1');
});

test('if two are committed, the first counts on every replica', () => {
  expect(idOf(follower([minted(1, 1, 'first'), minted(2, 2, 'second')], 2))).toBe('first');
});

test('a snapshot has the id', () => {
  const cluster = new Cluster(3, { newClusterId: 'mine', maxLogEntries: 4 });
  const leader = cluster.elect();
  cluster.agree();
  const away = cluster.followers[0]!;
  cluster.world.do({ type: 'wipe', node: away });
  for (let i = 0; i < 12; i++) cluster.put(leader, `k${i}`, i);
  cluster.world.do({ type: 'restart', node: away });
  cluster.agree();
  const { disk, machine } = cluster.world.node(away);
  expect(clusterIdOf(disk.current.data)).toBe('mine');
  expect(cluster.protocol.clusterId!(machine.state.program)).toBe('mine');
  expect(cluster.violations).toEqual([]);
});

test('an empty disk that learns of an id does not take part in a bootstrap: it has lost what it had', () => {
  const replica = new OneReplica(createRaft, { blank: true });
  replica.machine.deliver({ clusterId: 'known' });
  replica.work();
  expect(replica.view.recovery).toBe('recovering');
  const vote = {
    type: 'RequestVote',
    term: 1,
    lastIndex: 0,
    lastTerm: 0,
    preVote: false,
    transfer: false,
  } as const;
  expect(replica.receive('n2', vote)).toMatchObject([{ body: { granted: false } }]);
  expect(replica.tick(200)).toEqual([]);
});
