/** Section 5.1, Raft basics: roles, terms, and which messages are sent. */
import type { RaftMessage } from '../../../../replication/raft/messages.ts';
import { MS } from '../../../support/simulated.ts';
import { accepted, appendEntries, only, receivers, refused, requestVote, rule, voteReply } from './rule.ts';

const ROLES = ['follower', 'pre-candidate', 'candidate', 'leader'];

rule('5.1: five servers continue when two of them have failed', ({ cluster: make }) => {
  const cluster = make(5);
  for (const _ of [1, 2]) cluster.world.do({ type: 'crash', node: cluster.elect() });
  expect(cluster.put(cluster.elect(), 'x', 1)).toMatchObject({ ok: true });
});

rule(
  '5.1: a server is leader, follower or candidate at any time (here a candidate may still be asking for pre-votes)',
  ({ cluster: make }) => {
    const cluster = make(3);
    const seen = new Set<string>();
    for (let step = 0; step < 500; step++) {
      cluster.world.step();
      for (const node of cluster.nodes) seen.add(cluster.view(node).role);
    }
    expect([...seen].sort()).toEqual(ROLES.toSorted());
  },
);

rule('5.1: in normal operation one server leads and all others follow', ({ cluster: make }) => {
  const cluster = make(5);
  cluster.elect();
  cluster.agree();
  for (let step = 0; step < 500; step++) {
    cluster.world.step();
    const roles = cluster.nodes.map((node) => cluster.view(node).role).sort();
    expect(roles).toEqual(['follower', 'follower', 'follower', 'follower', 'leader']);
  }
});

rule('5.1: followers issue no requests; they answer those of leaders and candidates', ({ replica }) => {
  const follower = replica();
  expect(follower.tick(10)).toEqual([]);
  const answers = follower.receive('n2', appendEntries(1));
  expect(answers.map(({ to, body }) => [to, body.type])).toEqual([['n2', 'AppendEntriesReply']]);
  expect(follower.tick(10)).toEqual([]);
});

rule(
  '5.1: the leader handles client requests, and a follower sends them to it (here it forwards them itself)',
  ({ replica }) => {
    const leader = replica();
    leader.lead();
    leader.accept('n2', 'n3');
    expect(receivers(leader.put('x', 1), 'AppendEntries')).toEqual(['n2', 'n3']);

    const follower = replica();
    follower.receive('n3', appendEntries(1));
    const sent = follower.put('x', 1);
    expect(sent.map(({ to, body }) => [to, body.type])).toEqual([['n3', 'Forward']]);
    expect(follower.terms).toEqual([]);
  },
);

rule('5.1: terms are consecutive integers', ({ replica }) => {
  const candidate = replica({ terms: [1], term: 4 });
  candidate.campaign();
  expect(candidate.view.term).toBe(5);
  candidate.campaign();
  expect(candidate.view.term).toBe(6);
});

rule('5.1: a term begins with an election (here a term is taken only after pre-votes)', ({ replica }) => {
  const one = replica();
  const course = [[one.view.role, one.view.term]];
  one.timeOut();
  course.push([one.view.role, one.view.term]);
  one.receive('n2', voteReply(1, true, true));
  course.push([one.view.role, one.view.term]);
  one.receive('n2', voteReply(1, true));
  course.push([one.view.role, one.view.term]);
  expect(course).toEqual([
    ['follower', 0],
    ['pre-candidate', 0],
    ['candidate', 1],
    ['leader', 1],
  ]);
});

rule('5.1: the winner of an election leads for the rest of the term', ({ cluster: make }) => {
  const cluster = make(5);
  const leader = cluster.elect();
  cluster.world.advance(2_000 * MS);
  expect(cluster.view(leader)).toMatchObject({ role: 'leader', term: 1 });
});

rule('5.1: a split vote ends its term without a leader, and another term begins', ({ replica }) => {
  const candidate = replica({ size: 5 });
  candidate.campaign();
  candidate.receive('n2', voteReply(1, true));
  candidate.receive('n3', voteReply(1, false));
  expect(candidate.view).toMatchObject({ role: 'candidate', term: 1 });
  const sent = candidate.campaign();
  expect(candidate.view).toMatchObject({ role: 'candidate', term: 2 });
  expect(only(sent, 'RequestVote').map(({ term }) => term)).toEqual([2, 2, 2, 2]);
});

rule(
  '5.1: a term has at most one leader',
  ({ cluster: make }) => {
    // Nobody may win in either half. Were two votes of four enough, both would have a leader of
    // term 1.
    const cluster = make(4);
    cluster.world.do({
      type: 'partition',
      groups: [
        ['n1', 'n2'],
        ['n3', 'n4'],
      ],
    });
    cluster.world.advance(1_000 * MS);
    cluster.world.do({ type: 'heal' });
    cluster.elect();
    expect(cluster.violations).toEqual([]);
  },
  { file: 'quorum.ts', find: 'Math.floor(voters.length / 2) + 1', replace: '2' },
);

rule('5.1: a server may miss an election, or whole terms', ({ replica }) => {
  const follower = replica({ terms: [1] });
  follower.receive('n2', appendEntries(7, [1, 1]));
  expect(follower.view).toMatchObject({ term: 7, leader: 'n2' });
});

rule(
  '5.1: the current term never falls, not even across a restart',
  ({ replica }) => {
    const one = replica();
    one.receive('n2', appendEntries(5));
    one.receive('n3', appendEntries(3));
    expect(one.view).toMatchObject({ term: 5, leader: 'n2' });
    one.restart();
    expect(one.view.term).toBe(5);
  },
  { file: 'election.ts', find: 'saveHardState(hard, ctx.disk);\n  }', replace: '}' },
);

/**
 * Every message by which a replica can learn of a term, but for a pre-vote, which only asks about
 * one.
 */
const NEWS: readonly RaftMessage[] = [
  appendEntries(9),
  accepted(9, 0),
  refused(9, 0, undefined),
  requestVote(9),
  voteReply(9, false),
  voteReply(9, false, true),
];

rule(
  '5.1: a server that learns of a later term adopts it, whatever the message',
  ({ replica }) => {
    for (const message of NEWS) {
      const one = replica();
      one.receive('n2', message);
      expect([message.type, one.view.term]).toEqual([message.type, 9]);
    }
  },
  {
    file: 'raft.ts',
    find: 'if (message.term <= replica.state.hard.term ||',
    replace: "if (message.type !== 'AppendEntries' ||",
  },
);

rule(
  '5.1, unlike the paper: a server that hears its leader adopts no term from a candidate (dissertation, 4.2.3)',
  ({ replica }) => {
    const follower = replica();
    follower.receive('n2', appendEntries(1));
    const sent = follower.receive('n3', requestVote(9));
    expect(sent).toEqual([{ to: 'n3', body: voteReply(1, false) }]);
    expect(follower.view).toMatchObject({ term: 1, leader: 'n2' });
  },
  { file: 'election.ts', find: 'if (!request.transfer && hearsLeader(replica)) {', replace: 'if (false) {' },
);

rule(
  '5.1: a candidate or leader whose term is out of date becomes a follower at once',
  ({ replica }) => {
    for (const message of NEWS.filter(({ type }) => type !== 'RequestVote')) {
      const candidate = replica();
      candidate.campaign();
      candidate.receive('n2', message);
      expect(candidate.view).toMatchObject({ role: 'follower', term: 9 });

      const leader = replica();
      leader.lead();
      leader.receive('n3', message);
      expect(leader.view).toMatchObject({ role: 'follower', term: 9 });
    }
  },
  { file: 'election.ts', find: "setRole(replica, 'follower');", replace: '' },
);

rule(
  '5.1: a request of an earlier term is rejected, and the answer has the current term',
  ({ replica }) => {
    const one = replica({ terms: [1], term: 5 });
    const page = { page: 1, from: '', pairs: [], next: undefined, same: undefined };
    const snapshot = { index: 9, lastTerm: 2, ...page, round: 0 };
    const stale: RaftMessage[] = [
      appendEntries(4, [1, 1], [4]),
      requestVote(4, [9, 4]),
      { type: 'InstallSnapshot', term: 4, ...snapshot },
    ];
    for (const message of stale) {
      const [reply, ...more] = one.receive('n2', message);
      expect(more).toEqual([]);
      expect(reply?.body.term).toBe(5);
      expect(reply?.body).not.toMatchObject({ success: true });
      expect(reply?.body).not.toMatchObject({ granted: true });
    }
    expect(one.terms).toEqual([1]);
    expect(one.view).toMatchObject({ term: 5, leader: undefined, votedFor: undefined });
  },
  { file: 'append.ts', find: 'if (request.term < hard.term) {', replace: 'if (request.term < 0) {' },
);

rule('5.1: candidates ask for votes, leaders for appends, and nobody else does', ({ replica }) => {
  const one = replica();
  expect(one.tick(10)).toEqual([]);
  const types = (sent: readonly { body: RaftMessage }[]) => [...new Set(sent.map(({ body }) => body.type))];
  expect(types(one.campaign())).toEqual(['RequestVote']);
  one.receive('n2', voteReply(1, true));
  expect(one.view.role).toBe('leader');
  expect(types(one.tick(5))).toEqual(['AppendEntries']);
});

rule(
  '5.1: a request that is not answered in time is sent again (here votes are requested again in another term)',
  ({ replica }) => {
    const leader = replica();
    const [first] = only(leader.lead(), 'AppendEntries', 'n3');
    expect(first!.entries).toHaveLength(1);
    for (let beat = 0; beat < 3; beat++) {
      leader.receive('n2', accepted(1, 1));
      const [again] = only(leader.tick(), 'AppendEntries', 'n3');
      expect(again).toMatchObject({ prevIndex: 0, entries: first!.entries });
    }
    const candidate = replica();
    candidate.campaign();
    expect(only(candidate.campaign(), 'RequestVote')).toMatchObject([{ term: 2 }, { term: 2 }]);
  },
);

rule('5.1: requests are sent to all others in parallel', ({ replica }) => {
  const one = replica({ size: 5 });
  const others = ['n2', 'n3', 'n4', 'n5'];
  expect(receivers(one.timeOut(), 'RequestVote')).toEqual(others);
  for (const peer of ['n2', 'n3']) one.receive(peer, voteReply(1, true, true));
  one.receive('n2', voteReply(1, true));
  expect(receivers(one.receive('n3', voteReply(1, true)), 'AppendEntries')).toEqual(others);
});
