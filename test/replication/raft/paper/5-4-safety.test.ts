/** Section 5.4, safety: who may be elected, and what a leader may commit. */
import { MS } from '../../../support/simulated.ts';
import { accepted, appendEntries, only, requestVote, rule, voteReply } from './rule.ts';

rule(
  '5.4: the leader of a term has all entries that were committed in earlier terms',
  ({ cluster: make }) => {
    const cluster = make(5);
    for (let round = 0; round < 6; round++) {
      const leader = cluster.elect();
      expect(cluster.put(leader, 'x', round)).toMatchObject({ ok: true });
      cluster.isolate(leader);
      cluster.until('another leader', () => cluster.leader !== leader && cluster.leader);
      expect(cluster.get(cluster.elect(), 'x')).toEqual({ ok: true, value: round });
      cluster.world.do({ type: 'heal' });
    }
    expect(cluster.violations).toEqual([]);
  },
  { file: 'quorum.ts', find: '/ 2) + 1', replace: '/ 2)' },
);

rule(
  '5.4.1: a new leader has all committed entries from the start; nothing is transferred to it',
  ({ cluster: make }) => {
    const cluster = make(3);
    const old = cluster.elect();
    cluster.agree();
    const [behind, complete] = cluster.followers as [string, string];
    cluster.isolate(behind);
    cluster.put(old, 'x', 1);
    cluster.world.advance(20 * MS);
    cluster.world.do({ type: 'crash', node: old });
    // It is the first to ask.
    cluster.world.do({ type: 'rate', node: behind, ticksPerSecond: 900 });
    cluster.world.do({ type: 'heal' });
    const leader = cluster.until('a leader', () => cluster.leader);
    expect(leader).toBe(complete);
    expect(cluster.view(leader).lastIndex).toBe(3);
    expect(cluster.view(behind).lastIndex).toBe(1);
    expect(cluster.violations).toEqual([]);
  },
  {
    file: 'log.ts',
    find: 'return term > mine || (term === mine && index >= lastIndex(log));',
    replace: 'return true;',
  },
);

rule('5.4.1: entries flow from leaders to followers only', ({ replica }) => {
  const leader = replica({ terms: [1] });
  leader.lead();
  const before = leader.terms;
  // A follower that has more says what it has in no message but a request for a vote, and there
  // without the entries.
  const follower = replica({ terms: [1, 1, 1] });
  const sent = [
    ...follower.receive('n2', appendEntries(2, [1, 1])),
    ...follower.receive('n2', appendEntries(2, [7, 2])),
    ...follower.campaign(),
  ];
  expect(sent.some(({ body }) => 'entries' in body)).toBe(false);
  leader.receive('n2', accepted(2, 2));
  expect(leader.terms).toEqual(before);
});

rule(
  '5.4.1: a candidate must reach a majority, one of which has every committed entry, so it cannot win without them',
  ({ cluster: make }) => {
    const cluster = make(5);
    const leader = cluster.elect();
    cluster.agree();
    const [behind, alsoBehind] = cluster.followers as [string, string];
    for (const to of [behind, alsoBehind]) cluster.world.do({ type: 'block', from: leader, to });
    cluster.put(leader, 'x', 1);
    cluster.world.advance(20 * MS);
    cluster.world.do({ type: 'crash', node: leader });
    // These two are by far the first to ask.
    for (const node of [behind, alsoBehind]) cluster.world.do({ type: 'rate', node, ticksPerSecond: 900 });
    const winner = cluster.elect();
    expect([behind, alsoBehind]).not.toContain(winner);
    expect(cluster.violations).toEqual([]);
  },
  {
    file: 'log.ts',
    find: 'return term > mine || (term === mine && index >= lastIndex(log));',
    replace: 'return true;',
  },
);

/** Whether a voter with this log gives its vote to a candidate whose log ends so. */
type Case = readonly [
  voter: readonly number[],
  last: readonly [index: number, term: number],
  granted: boolean,
];

function votes(cases: readonly Case[]): Parameters<typeof rule>[1] {
  return ({ replica }) => {
    for (const [terms, last, granted] of cases) {
      const voter = replica({ terms });
      const answers = [
        voter.receive('n2', requestVote(9, last, 'preVote')),
        voter.receive('n2', requestVote(9, last)),
      ].map(([reply]) => (reply?.body.type === 'RequestVoteReply' ? reply.body.granted : undefined));
      expect([terms, last, ...answers]).toEqual([terms, last, granted, granted]);
    }
  };
}

rule(
  '5.4.1: a voter refuses a candidate whose log is less up to date than its own',
  votes([
    [[1, 1], [1, 1], false],
    [[1, 2], [1, 1], false],
    [[1, 1], [2, 1], true],
    [[1], [0, 0], false],
    [[], [0, 0], true],
  ]),
  { file: 'election.ts', find: '!free || !upToDate ||', replace: '!free ||' },
);

rule(
  '5.4.1: of logs that end in different terms the one with the later term is more up to date, whatever their lengths',
  votes([
    [[1, 1, 1, 1], [1, 2], true],
    [[2], [4, 1], false],
    [[1, 1, 3], [3, 2], false],
    [[1, 1, 3], [1, 4], true],
  ]),
  { file: 'log.ts', find: 'term > mine || (term === mine &&', replace: '(' },
);

rule(
  '5.4.1: of logs that end in the same term the longer one is more up to date',
  votes([
    [[1, 2, 2], [2, 2], false],
    [[1, 2, 2], [3, 2], true],
    [[1, 2, 2], [4, 2], true],
  ]),
  { file: 'log.ts', find: '&& index >= lastIndex(log)', replace: '' },
);

rule('5.4.2: an entry of the leader’s own term is committed when a majority has it', ({ replica }) => {
  const leader = replica({ size: 5 });
  leader.lead();
  leader.accept('n2');
  expect(leader.view.commit).toBe(0);
  leader.accept('n3');
  expect(leader.view.commit).toBe(1);
});

rule(
  '5.4.2: later leaders continue to replicate what a leader left uncommitted when it died',
  ({ replica }) => {
    const next = replica({ terms: [1, 1, 1] });
    next.receive('n2', appendEntries(1, [3, 1], [], 1));
    next.lead();
    const [append] = only(next.receive('n3', refusedAfter(1)), 'AppendEntries', 'n3');
    expect(append!.entries.map(({ index, term }) => [index, term])).toEqual([
      [2, 1],
      [3, 1],
      [4, 2],
    ]);
    next.accept('n3');
    expect(next.view.commit).toBe(4);
  },
);

/** A follower of term 2 that has one entry. */
function refusedAfter(index: number) {
  const hint = { term: 0, index: index + 1 };
  return { type: 'AppendEntriesReply', term: 2, success: false, index: 3, hint, round: 0 } as const;
}

rule(
  '5.4.2: an entry of an earlier term is not committed by being on a majority (Figure 8)',
  ({ replica }) => {
    const leader = replica({ size: 5, terms: [1, 2] });
    leader.lead();
    // n2 and n3 have all that came before the leader's own first entry, which is on its way.
    for (const peer of ['n2', 'n3']) leader.receive(peer, accepted(3, 2));
    expect(leader.view.commit).toBe(0);
  },
  {
    file: 'commit.ts',
    find: 'index > log.commit && termAt(log, index) === hard.term',
    replace: 'index > log.commit',
  },
);

rule(
  '5.4.2: an entry of the leader’s own term is, together with all before it (here every leader begins with a no-op)',
  ({ replica }) => {
    const leader = replica({ size: 5, terms: [1, 2] });
    leader.lead();
    expect(leader.terms).toEqual([1, 2, 3]);
    leader.receive('n2', accepted(3, 3));
    leader.receive('n3', accepted(3, 3));
    expect(leader.view).toMatchObject({ commit: 3, applied: 3 });
  },
  { file: 'election.ts', find: 'propose(log, hard.term, firstEntry(replica));', replace: '' },
);

rule('5.4.2: entries keep their terms when a later leader replicates them', ({ replica }) => {
  const leader = replica({ terms: [1, 2, 2], term: 5 });
  leader.lead();
  const hint = { term: 0, index: 1 };
  const refusal = { type: 'AppendEntriesReply', term: 6, success: false, index: 3, hint, round: 0 } as const;
  const [append] = only(leader.receive('n2', refusal), 'AppendEntries', 'n2');
  expect(append!.entries.map(({ term }) => term)).toEqual([1, 2, 2, 6]);
});

rule(
  '5.4.3: no two servers ever apply different commands at an index, nor in another order',
  ({ cluster: make }) => {
    for (let seed = 1; seed <= 3; seed++) {
      const cluster = make(5, { electionTicks: [5, 10] }, { seed });
      for (let round = 0; round < 8; round++) {
        cluster.until('a leader', () => cluster.leader);
        for (const node of cluster.nodes) cluster.begin(node, { type: 'put', key: 'x', value: round });
        cluster.world.advance((round % 4) * 2 * MS);
        const two = [cluster.nodes[round % 5]!, cluster.nodes[(round + 1) % 5]!];
        const three = cluster.nodes.filter((node) => !two.includes(node));
        cluster.world.do({ type: 'partition', groups: [two, three] });
        cluster.world.do({ type: 'restart', node: cluster.nodes[(round * 3 + 1) % 5]! });
        cluster.world.advance(250 * MS);
        cluster.world.do({ type: 'heal' });
      }
      cluster.elect();
      cluster.agree();
      expect(cluster.violations).toEqual([]);
    }
  },
  { file: 'quorum.ts', find: '/ 2) + 1', replace: '/ 2)' },
);

rule(
  '5.4.3: an election and a commit share a server, which refuses candidates without the entry',
  ({ replica }) => {
    // n1 has answered for entry 2 of term 1; a candidate that lacks it does not get its vote in any
    // later term.
    const voter = replica();
    const [reply] = voter.receive('n2', appendEntries(1, [0, 0], [1, 1]));
    expect(reply?.body).toMatchObject({ success: true, index: 2 });
    voter.tick(40);
    for (const term of [2, 3, 9]) {
      const [answer] = voter.receive('n3', requestVote(term, [1, 1]));
      expect(answer?.body).toEqual(voteReply(term, false));
    }
  },
);
