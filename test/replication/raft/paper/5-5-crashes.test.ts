/** Section 5.5: followers and candidates crash. */
import { MS } from '../../../support/simulated.ts';
import { accepted, appendEntries, requestVote, rule, voteReply } from './rule.ts';

rule('5.5: requests to a server that is down are retried until it is back', ({ cluster: make }) => {
  const cluster = make(3);
  const leader = cluster.elect();
  const [down] = cluster.followers as [string];
  cluster.world.do({ type: 'crash', node: down });
  cluster.put(leader, 'x', 1);
  cluster.world.advance(1_000 * MS);
  cluster.world.do({ type: 'restart', node: down });
  cluster.agree();
  expect(cluster.get(down, 'x', 'stale')).toEqual({ ok: true, value: 1 });
  expect(cluster.leader).toBe(leader);
});

rule('5.5: so are requests for votes (here each time in a new election)', ({ cluster: make }) => {
  const cluster = make(3);
  for (const node of ['n2', 'n3']) cluster.world.do({ type: 'crash', node });
  cluster.world.advance(1_000 * MS);
  expect(cluster.leader).toBeUndefined();
  cluster.world.do({ type: 'restart', node: 'n2' });
  cluster.elect();
});

rule('5.5: a server that crashed before it answered gets the same request again', ({ replica }) => {
  const follower = replica();
  follower.quickDisk = false;
  expect(follower.receive('n2', appendEntries(1, [0, 0], [1, 1]))).toEqual([]);
  follower.restart();
  follower.quickDisk = true;
  const [reply] = follower.receive('n2', appendEntries(1, [0, 0], [1, 1]));
  expect(reply?.body).toMatchObject({ success: true, index: 2 });
  expect(follower.terms).toEqual([1, 1]);
});

rule(
  '5.5: a duplicate append does no harm; entries that are already in the log are ignored',
  ({ replica }) => {
    const follower = replica();
    const append = appendEntries(1, [0, 0], [1, 1], 1);
    const first = follower.receive('n2', append);
    follower.receive('n2', appendEntries(1, [2, 1], [1], 2));
    const applied: number[] = [];
    follower.onApplied = ({ index }) => applied.push(index);
    expect(follower.receive('n2', append)).toEqual(first);
    expect(follower.view).toMatchObject({ lastIndex: 3, commit: 2 });
    expect(applied).toEqual([]);
  },
);

rule(
  '5.5: a duplicate request for a vote gets the same answer, also across a crash',
  ({ replica }) => {
    const voter = replica();
    const granted = [{ to: 'n2', body: voteReply(1, true) }];
    expect(voter.receive('n2', requestVote(1))).toEqual(granted);
    expect(voter.receive('n2', requestVote(1))).toEqual(granted);
    voter.restart();
    expect(voter.receive('n2', requestVote(1))).toEqual(granted);
    expect(voter.receive('n3', requestVote(1))).toEqual([{ to: 'n3', body: voteReply(1, false) }]);
  },
  {
    file: 'election.ts',
    find: '(hard.votedFor === undefined || hard.votedFor === from)',
    replace: 'hard.votedFor === undefined',
  },
);

rule(
  '5.5, unlike the paper: a server that comes back without its disk has no vote, and its answers do not count',
  ({ replica }) => {
    const blank = replica({ blank: true });
    const [refusal] = blank.receive('n2', requestVote(2, [3, 1]));
    expect(refusal?.body).toEqual(voteReply(2, false));
    // When a cluster starts nobody has anything to lose.
    const [granted] = blank.receive('n2', requestVote(3));
    expect(granted?.body).toEqual(voteReply(3, true));

    const lost = replica({ blank: true });
    const [reply] = lost.receive('n2', appendEntries(2, [0, 0], [1]));
    expect(reply?.body).toMatchObject({ success: true, recovering: expect.any(Number) });
    expect(lost.tick(100)).toEqual([]);

    const leader = replica();
    leader.lead();
    leader.receive('n2', { ...accepted(1, 1), recovering: 1 });
    expect(leader.view.commit).toBe(0);
    leader.receive('n3', accepted(1, 1));
    expect(leader.view.commit).toBe(1);
  },
  {
    file: 'recovery.ts',
    find: "if (state.hard.recovery === 'normal') return {};",
    replace: 'return {};',
  },
);
