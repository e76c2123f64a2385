/**
 * Which configuration a replica counts by: that of the last entry in its log, and never another.
 */
import type { Configuration } from '../../../replication/members.ts';
import { foundedBy } from '../../../replication/raft/configuration.ts';
import type { Entry } from '../../../replication/raft/messages.ts';
import { createRaft } from '../../../replication/raft/raft.ts';
import type { RaftState } from '../../../replication/raft/state.ts';
import { OneReplica } from '../../support/one-replica.ts';
import { appendEntries, requestVote, voteReply } from './paper/rule.ts';

/** An entry with a configuration. */
function config(index: number, term: number, configuration: Configuration): Entry {
  return { index, term, data: { type: 'config', on: 0, by: '', plan: '', ...configuration } };
}

const FOUR = foundedBy(['n1', 'n2', 'n3', 'n4']);
const FIVE = foundedBy(['n1', 'n2', 'n3', 'n4', 'n5']);
const WITHOUT_N1 = foundedBy(['n2', 'n3']);

/** A follower of n2 in term 1 with these entries. */
function follower(entries: readonly Entry[], commit = 0): OneReplica {
  const one = new OneReplica(createRaft, { terms: [] });
  one.receive('n2', { ...appendEntries(1, [0, 0], []), entries, commit });
  return one;
}

const seen = (one: OneReplica) => one.view.configuration!;

test('without an entry it is the list that the replica was started with', () => {
  expect(seen(new OneReplica(createRaft))).toEqual({
    index: 0,
    voters: ['n1', 'n2', 'n3'],
    learners: [],
    outgoing: undefined,
  });
});

test('an entry counts as soon as it is appended, committed or not, and after a restart', () => {
  const one = follower([config(1, 1, FOUR)]);
  expect(seen(one)).toMatchObject({ index: 1, voters: ['n1', 'n2', 'n3', 'n4'] });
  one.restart();
  expect(seen(one)).toMatchObject({ index: 1 });
});

test('an entry that is cut counts no longer: the one before does, also after a restart', () => {
  const one = follower([config(1, 1, FOUR), config(2, 1, FIVE)], 1);
  expect(seen(one)).toMatchObject({ index: 2 });
  one.receive('n3', {
    ...appendEntries(2, [1, 1], []),
    entries: [{ index: 2, term: 2, data: { type: 'noop' } }],
  });
  expect(seen(one)).toMatchObject({ index: 1, voters: ['n1', 'n2', 'n3', 'n4'] });
  one.restart();
  expect(seen(one)).toMatchObject({ index: 1 });
});

test('two that are cut at once leave the one before both', () => {
  const one = follower([config(1, 1, FOUR), config(2, 1, FIVE)]);
  one.receive('n3', {
    ...appendEntries(2, [0, 0], []),
    entries: [{ index: 1, term: 2, data: { type: 'noop' } }],
  });
  expect(seen(one)).toMatchObject({ index: 0, voters: ['n1', 'n2', 'n3'] });
});

test('an applied one is kept with the data when its entry has left the log', () => {
  const one = new OneReplica(createRaft, { maxLogEntries: 2 });
  const noops = [2, 3, 4, 5, 6].map((index): Entry => ({ index, term: 1, data: { type: 'noop' } }));
  one.receive('n2', { ...appendEntries(1, [0, 0], []), entries: [config(1, 1, FOUR), ...noops], commit: 6 });
  expect(one.view.baseIndex).toBeGreaterThan(1);
  one.restart();
  expect(seen(one)).toMatchObject({ index: 1, voters: ['n1', 'n2', 'n3', 'n4'] });
});

test('a candidate asks all voters of it, and needs a majority of them', () => {
  const one = follower([config(1, 1, FIVE)]);
  const asked = one.timeOut();
  expect(asked.map(({ to }) => to)).toEqual(['n2', 'n3', 'n4', 'n5']);
  one.receive('n2', voteReply(2, true, true));
  expect(one.view.role).toBe('pre-candidate');
  one.receive('n5', voteReply(2, true, true));
  expect(one.view.role).toBe('candidate');
  one.receive('n9', voteReply(2, true));
  one.receive('n8', voteReply(2, true));
  expect(one.view.role).toBe('candidate');
});

test('a candidate of a joint configuration needs a majority of each half', () => {
  const joint = { ...foundedBy(['n1', 'n4', 'n5']), outgoing: foundedBy(['n1', 'n2', 'n3']).members };
  const one = follower([config(1, 1, joint)]);
  one.timeOut();
  one.receive('n2', voteReply(2, true, true));
  one.receive('n3', voteReply(2, true, true));
  expect(one.view.role).toBe('pre-candidate');
  one.receive('n4', voteReply(2, true, true));
  expect(one.view.role).toBe('candidate');
});

test('a learner never campaigns, but votes when it is asked', () => {
  const { n2, n3 } = FOUR.members;
  const learner = { role: 'learner', want: 'voter', incarnation: 1 } as const;
  const one = follower([config(1, 1, { members: { n1: learner, n2: n2!, n3: n3! } })], 1);
  expect(one.tick(200)).toEqual([]);
  const vote = requestVote(2, [1, 1]);
  expect(one.receive('n3', vote)).toMatchObject([{ to: 'n3', body: { granted: true } }]);
});

test('who is removed campaigns until that is committed, and does not count itself', () => {
  const one = follower([config(1, 1, WITHOUT_N1)]);
  one.timeOut();
  one.receive('n2', voteReply(2, true, true));
  expect(one.view.role).toBe('pre-candidate');
  one.receive('n3', voteReply(2, true, true));
  expect(one.view.role).toBe('candidate');
  const removed = follower([config(1, 1, WITHOUT_N1)], 1);
  expect(removed.tick(200)).toEqual([]);
});

test('a leader commits by the voters alone, and sends entries to learners too', () => {
  const learner = { role: 'learner', want: 'learner', incarnation: 1 } as const;
  const { n1, n2, n3 } = FOUR.members;
  const one = follower([config(1, 1, { members: { n1: n1!, n2: n2!, n3: n3!, n4: learner } })], 1);
  const sent = one.lead();
  expect(sent.map(({ to }) => to)).toContain('n4');
  const { commit } = one.view;
  one.accept('n4');
  expect(one.view.commit).toBe(commit);
  one.accept('n3');
  expect(one.view.commit).toBe(one.view.lastIndex);
});

test('hosts are told whom to link to: all who are sent entries, where they have an address', () => {
  const at = (id: string) => ({ id, url: `http://${id}:1`, incarnation: 0 });
  const one = new OneReplica(createRaft, { terms: [], addresses: { n1: at('n1').url, n2: at('n2').url } });
  const roster = () => one.protocol.roster!(one.machine.state.program as RaftState);
  expect(roster()).toEqual({ version: 0, members: [at('n1'), at('n2')] });
  const founder = { role: 'voter', want: 'voter', incarnation: 0 } as const;
  const members = { n1: { ...founder, url: at('n1').url }, n2: founder };
  const added = { n4: { ...founder, incarnation: 1, url: at('n4').url } };
  const leaving = { n3: { ...founder, url: at('n3').url } };
  const entries = [config(1, 1, { members: { ...members, ...added }, leaving })];
  one.receive('n2', { ...appendEntries(1, [0, 0], []), entries, commit: 0 });
  expect(roster()).toEqual({ version: 1, members: [at('n3'), at('n1'), { ...at('n4'), incarnation: 1 }] });
  expect(roster()).toBe(roster());
});

test('a copy of the state shares what it counts by', () => {
  const one = follower([config(1, 1, FOUR)]);
  const { configurations } = (one.machine.state.program as RaftState).log;
  const clone = one.machine.clone(one.machine.options.disk).state.program as RaftState;
  expect(clone.log.configurations).not.toBe(configurations);
  expect(clone.log.configurations[1]).toBe(configurations[1]);
});
