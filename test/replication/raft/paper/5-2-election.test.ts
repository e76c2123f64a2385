/** Section 5.2, leader election, with Figure 2's rules for followers and candidates. */
import { MS } from '../../../support/simulated.ts';
import { accepted, appendEntries, only, receivers, requestVote, rule, voteReply } from './rule.ts';

/** The default election timeout, in ticks. */
const [SHORTEST, LONGEST] = [15, 30];

rule('5.2: servers start as followers', ({ replica }) => {
  const one = replica();
  expect(one.view.role).toBe('follower');
  one.lead();
  one.restart();
  expect(one.view).toMatchObject({ role: 'follower', leader: undefined });
});

rule(
  '5.2: a server stays a follower while a leader is heard',
  ({ replica }) => {
    const follower = replica();
    for (let beat = 0; beat < 20; beat++) {
      follower.receive('n2', appendEntries(1));
      expect(follower.tick(SHORTEST - 1)).toEqual([]);
    }
    expect(follower.view).toMatchObject({ role: 'follower', term: 1, leader: 'n2' });
  },
  {
    file: 'election.ts',
    find: 'election.leaderHeardAt = ctx.now;\n  resetElectionTimer(replica);',
    replace: '',
  },
);

rule(
  '5.2: and while it grants a candidate its vote (Figure 2: granting a vote restarts the timeout)',
  ({ replica }) => {
    const follower = replica();
    for (let term = 1; term <= 20; term++) {
      follower.receive('n2', requestVote(term));
      expect(follower.view.votedFor).toBe('n2');
      expect(follower.tick(SHORTEST - 1)).toEqual([]);
    }
  },
  {
    file: 'election.ts',
    find: 'saveHardState(hard, ctx.disk);\n    resetElectionTimer(replica);',
    replace: 'saveHardState(hard, ctx.disk);',
  },
);

rule('5.2: no other message restarts its timeout (Figure 2)', ({ replica }) => {
  const follower = replica({ terms: [1, 2] });
  for (let tick = 0; tick < LONGEST + 1; tick++) {
    // A leader of an earlier term, a candidate that it must refuse, a question.
    follower.receive('n2', appendEntries(1));
    follower.receive('n2', requestVote(2, [1, 1]));
    follower.receive('n2', requestVote(3, [2, 2], 'preVote'));
    follower.tick();
  }
  expect(follower.view.role).toBe('pre-candidate');
});

rule(
  '5.2: a leader sends every follower heartbeats, appends without entries',
  ({ replica }) => {
    const leader = replica({ size: 5, heartbeatTicks: 3 });
    leader.lead();
    leader.accept(...leader.peers);
    leader.tick(3);
    for (let beat = 0; beat < 4; beat++) {
      leader.accept(...leader.peers);
      const sent = leader.tick(3);
      expect(receivers(sent, 'AppendEntries')).toEqual(['n2', 'n3', 'n4', 'n5']);
      expect(only(sent, 'AppendEntries').flatMap(({ entries }) => entries)).toEqual([]);
    }
  },
  {
    file: 'replicate.ts',
    find: 'if (ctx.now - sentAt >= settings.heartbeatTicks) return true;',
    replace: '',
  },
);

rule('5.2: a follower that hears nothing for an election timeout begins an election', ({ replica }) => {
  const follower = replica();
  expect(follower.tick(SHORTEST - 1)).toEqual([]);
  const sent = follower.tick(LONGEST - SHORTEST + 1);
  expect(receivers(sent, 'RequestVote').slice(0, 2)).toEqual(['n2', 'n3']);
  expect(follower.view).toMatchObject({ role: 'pre-candidate', leader: undefined });
});

rule(
  '5.2, unlike the paper: it first asks whether it could win, which changes nothing (dissertation, 9.6)',
  ({ replica }) => {
    const one = replica({ terms: [1], term: 3 });
    const sent = one.timeOut();
    expect(only(sent, 'RequestVote')).toMatchObject([
      { preVote: true, term: 4, lastIndex: 1, lastTerm: 1 },
      { preVote: true, term: 4, lastIndex: 1, lastTerm: 1 },
    ]);
    expect(one.view).toMatchObject({ term: 3, votedFor: undefined });
    const asked = replica({ terms: [1], term: 3 });
    asked.receive('n2', requestVote(4, [1, 1], 'preVote'));
    expect(asked.view).toMatchObject({ term: 3, votedFor: undefined });
  },
  {
    file: 'election.ts',
    find: 'mayCampaign(replica)) askPreVotes(replica);',
    replace: 'mayCampaign(replica)) campaign(replica, false);',
  },
);

rule('5.2: to begin an election it increments its term and becomes a candidate', ({ replica }) => {
  const one = replica({ terms: [1], term: 3 });
  one.campaign();
  expect(one.view).toMatchObject({ role: 'candidate', term: 4, leader: undefined });
});

rule(
  '5.2: it votes for itself',
  ({ replica }) => {
    const one = replica();
    one.campaign();
    expect(one.view).toMatchObject({ votedFor: 'n1', votes: { n1: true } });
    const [reply] = one.receive('n2', requestVote(1, [9, 1]));
    expect(reply?.body).toEqual(voteReply(1, false));
  },
  { file: 'election.ts', find: 'hard.votedFor = ctx.self;', replace: '' },
);

rule('5.2: and requests the votes of all others in parallel', ({ replica }) => {
  const one = replica({ size: 5, terms: [1, 1, 2] });
  const request = { ...requestVote(3, [3, 2]) };
  expect(one.campaign()).toEqual(['n2', 'n3', 'n4', 'n5'].map((to) => ({ to, body: request })));
});

rule('5.2: it stays a candidate until it wins, another server leads, or its timeout ends', ({ replica }) => {
  const one = replica({ size: 5 });
  one.campaign();
  one.receive('n2', voteReply(1, true));
  one.receive('n3', voteReply(1, false));
  one.tick(SHORTEST - 2);
  expect(one.view).toMatchObject({ role: 'candidate', term: 1 });
});

rule('5.2, here also: or until a majority has refused it; then it waits as a follower', ({ replica }) => {
  const one = replica();
  one.campaign();
  for (const peer of one.peers) one.receive(peer, voteReply(1, false));
  expect(one.view).toMatchObject({ role: 'follower', term: 1 });
});

rule(
  '5.2: it wins with the votes of a majority of the full cluster, and not with fewer',
  ({ replica }) => {
    for (const [size, needed] of [
      [2, 1],
      [3, 1],
      [4, 2],
      [5, 2],
      [7, 3],
    ] as const) {
      const one = replica({ size });
      one.campaign();
      const [last, ...first] = one.peers.slice(0, needed).reverse();
      for (const peer of first) one.receive(peer, voteReply(1, true));
      // The same voter twice is one vote.
      for (const peer of first) one.receive(peer, voteReply(1, true));
      expect(one.view.role).toBe('candidate');
      one.receive(last!, voteReply(1, true));
      expect(one.view.role).toBe('leader');
    }
  },
  { file: 'quorum.ts', find: '/ 2) + 1', replace: '/ 2)' },
);

rule(
  '5.2: the votes must be of its own term',
  ({ replica }) => {
    const one = replica({ size: 5 });
    one.campaign();
    one.campaign();
    for (const peer of one.peers) one.receive(peer, voteReply(1, true));
    expect(one.view).toMatchObject({ role: 'candidate', term: 2 });
    for (const peer of one.peers) one.receive(peer, voteReply(2, true, true));
    expect(one.view).toMatchObject({ role: 'candidate', term: 2 });
  },
  { file: 'election.ts', find: 'reply.term !== term ||', replace: '' },
);

rule(
  '5.2: a server votes for at most one candidate per term, the first that asks, also across a restart',
  ({ replica }) => {
    const voter = replica();
    expect(voter.receive('n2', requestVote(1))).toEqual([{ to: 'n2', body: voteReply(1, true) }]);
    expect(voter.receive('n3', requestVote(1, [9, 1]))).toEqual([{ to: 'n3', body: voteReply(1, false) }]);
    voter.restart();
    expect(voter.receive('n3', requestVote(1, [9, 1]))).toEqual([{ to: 'n3', body: voteReply(1, false) }]);
    // The one it voted for may ask again.
    expect(voter.receive('n2', requestVote(1))).toEqual([{ to: 'n2', body: voteReply(1, true) }]);
  },
  {
    file: 'election.ts',
    find: "hard.recovery = 'normal';\n    saveHardState(hard, ctx.disk);",
    replace: '',
  },
);

rule('5.2: so at most one candidate wins a term', ({ cluster: make }) => {
  for (let seed = 1; seed <= 5; seed++) {
    // All time out at nearly the same time.
    const cluster = make(5, { electionTicks: [2, 3] }, { seed });
    cluster.world.advance(1_000 * MS);
    expect(cluster.violations).toEqual([]);
  }
});

rule(
  '5.2: a winner informs all others at once (here with its first entry, not with an empty append)',
  ({ replica }) => {
    const one = replica({ size: 5, terms: [1] });
    const sent = one.lead();
    expect(receivers(sent, 'AppendEntries')).toEqual(['n2', 'n3', 'n4', 'n5']);
    for (const append of only(sent, 'AppendEntries')) {
      expect(append).toMatchObject({ term: 2, prevIndex: 1, prevTerm: 1 });
      expect(append.entries).toMatchObject([{ index: 2, term: 2, data: { type: 'noop' } }]);
    }
  },
);

rule(
  '5.2: a candidate that hears a leader of its own term or a later one follows it',
  ({ replica }) => {
    for (const term of [1, 2]) {
      const one = replica();
      one.campaign();
      one.receive('n3', appendEntries(term));
      expect(one.view).toMatchObject({ role: 'follower', term, leader: 'n3' });
    }
  },
  {
    file: 'election.ts',
    find: "election.role !== 'follower' || election.leader !== leader",
    replace: 'false',
  },
);

rule(
  '5.2: a candidate rejects a leader of an earlier term and stays a candidate',
  ({ replica }) => {
    const one = replica({ terms: [1], term: 4 });
    one.campaign();
    const [reply] = one.receive('n3', appendEntries(4, [1, 1], [4]));
    expect(reply?.body).toMatchObject({ term: 5, success: false });
    expect(one.view).toMatchObject({ role: 'candidate', term: 5 });
    expect(one.terms).toEqual([1]);
  },
  { file: 'append.ts', find: 'if (request.term < hard.term) {', replace: 'if (request.term < 0) {' },
);

rule(
  '5.2: a candidate that neither wins nor loses tries again in the next term when its timeout ends',
  ({ replica }) => {
    const one = replica();
    for (let term = 1; term <= 3; term++) {
      const sent = one.campaign();
      expect(only(sent, 'RequestVote')).toMatchObject([
        { term, preVote: false },
        { term, preVote: false },
      ]);
    }
  },
  {
    file: 'election.ts',
    find: 'if (!isLeading(replica) && replica.ctx.now',
    replace: "if (replica.state.election.role === 'follower' && replica.ctx.now",
  },
);

rule(
  '5.2: election timeouts are drawn at random from a fixed interval',
  ({ replica }) => {
    const one = replica();
    const drawn = new Set<number>();
    for (let i = 0; i < 500; i++) {
      const { ticks } = one.machine.state;
      one.receive('n2', appendEntries(1));
      drawn.add(one.view.electionAt! - ticks);
    }
    expect([...drawn].sort((a, b) => a - b)).toEqual(
      Array.from({ length: LONGEST - SHORTEST + 1 }, (_, i) => SHORTEST + i),
    );
  },
  { file: 'election.ts', find: 'ctx.random(high - low + 1)', replace: '1' },
);

rule(
  '5.2: so usually only one server times out, and leads before another one does',
  ({ cluster: make }) => {
    const elections = Array.from({ length: 20 }, (_, seed) => {
      const cluster = make(5, {}, { seed });
      return cluster.view(cluster.elect()).term;
    });
    expect(elections.filter((term) => term === 1).length).toBeGreaterThan(17);
  },
  { file: 'election.ts', find: 'ctx.random(high - low + 1)', replace: '1' },
);

rule('5.2: a candidate draws a new timeout when it begins, and waits for all of it', ({ replica }) => {
  const one = replica();
  one.campaign();
  const { ticks } = one.machine.state;
  const wait = one.view.electionAt! - ticks;
  expect(wait).toBeGreaterThanOrEqual(SHORTEST);
  expect(wait).toBeLessThanOrEqual(LONGEST);
  expect(one.tick(wait - 1)).toEqual([]);
  expect(receivers(one.tick(), 'RequestVote')).toEqual(['n2', 'n3']);
});

rule(
  'Figure 2: a vote is sent only when it is on disk',
  ({ replica }) => {
    const voter = replica();
    voter.quickDisk = false;
    expect(voter.receive('n2', requestVote(1))).toEqual([]);
    expect(voter.sync()).toEqual([{ to: 'n2', body: voteReply(1, true) }]);
  },
  {
    file: 'election.ts',
    find: 'granted: true, preVote });',
    replace: 'granted: true, preVote }, { early: true });',
  },
);

rule(
  "Figure 2: a candidate's own vote counts only when it is on disk",
  ({ replica }) => {
    const one = replica();
    one.timeOut();
    one.quickDisk = false;
    one.receive('n2', voteReply(1, true, true));
    one.sync();
    expect(one.view.votes).toEqual({ n1: true });
    const slow = replica();
    slow.timeOut();
    slow.quickDisk = false;
    slow.receive('n2', voteReply(1, true, true));
    slow.receive('n2', voteReply(1, true));
    expect(slow.view.role).toBe('candidate');
    slow.sync();
    expect(slow.view.role).toBe('leader');
  },
  {
    file: 'election.ts',
    find: "election.votes = {};\n  election.lateVotes = {};\n  resetElectionTimer(replica);\n  setRole(replica, 'candidate');",
    replace:
      "election.votes = { [ctx.self]: true };\n  election.lateVotes = {};\n  resetElectionTimer(replica);\n  setRole(replica, 'candidate');",
  },
);

rule(
  '5.2, here also: a leader that has not heard from a majority for an election timeout steps down (dissertation, 6.2)',
  ({ replica }) => {
    const one = replica();
    one.lead();
    for (let tick = 0; tick < 2 * LONGEST; tick++) {
      one.receive('n2', accepted(1, 1));
      one.tick();
    }
    expect(one.view.role).toBe('leader');
    one.tick(2 * SHORTEST);
    expect(one.view).toMatchObject({ role: 'follower', term: 1 });
  },
  {
    file: 'election.ts',
    find: 'if (stalled || !(isReached || revertJoint(replica)))',
    replace: 'if (false)',
  },
);
