/** The net catches fish: bugs planted in copies of Raft, each found by the campaign within its 500 seeds. */
import { campaignRaft } from '../../../analysis/campaign/protocols.ts';
import { runSeed } from '../../../analysis/campaign/run-seed.ts';
import { type Bug, plantBug } from '../../support/mutant-raft.ts';

const SEEDS = 500;

interface Planted extends Bug {
  readonly name: string;
  /** What may come of it: a broken invariant, a replica that stops itself, a client that was lied to. */
  readonly found: RegExp;
}

const BUGS: readonly Planted[] = [
  {
    name: 'commit rule: counts copies of entries of earlier terms (5.4.2)',
    file: 'commit.ts',
    find: ' && termAt(state, index) === state.term',
    replace: '',
    found: /^(leader-completeness|committed-never-changes|InvariantViolation)/,
  },
  {
    name: 'commit rule: one copy besides its own is enough for a leader of five',
    file: 'commit.ts',
    find: 'const index = majorityValue(replica, (voter) =>',
    replace: `const second = (reached: (voter: string) => number) =>
      state.voters.map(reached).sort((a, b) => b - a)[state.voters.length > 3 ? 1 : 0] ?? majorityValue(replica, reached);
    const index = second((voter) =>`,
    found: /^(leader-completeness|committed-never-changes|InvariantViolation)/,
  },
  {
    name: 'vote rule: votes for everyone who asks (5.2)',
    file: 'election.ts',
    find: '(state.votedFor === undefined || state.votedFor === from)',
    replace: 'true',
    found: /^(one-vote-a-term|election-safety)/,
  },
  {
    name: 'vote rule: votes for candidates with a shorter log (5.4.1)',
    file: 'election.ts',
    find: 'const upToDate = isUpToDate(state, request.lastIndex, request.lastTerm);',
    replace: 'const upToDate = isUpToDate(state, request.lastIndex, request.lastTerm) || true;',
    found: /^(leader-completeness|committed-never-changes|InvariantViolation)/,
  },
  {
    name: 'persist before send: a vote leaves before it is on disk',
    file: 'election.ts',
    find: "ctx.send(from, { type: 'RequestVoteReply', term, granted: true, preVote });",
    replace: "ctx.send(from, { type: 'RequestVoteReply', term, granted: true, preVote }, { early: true });",
    found: /^(election-safety|log-matching|no-majority)/,
  },
  {
    name: 'persist before send: entries are acknowledged before they are on disk',
    file: 'append.ts',
    find: 'ctx.send(from, { ...reply, success: true, index: proven, hint: undefined });',
    replace: 'ctx.send(from, { ...reply, success: true, index: proven, hint: undefined }, { early: true });',
    // A leader that believes a follower has what it lost may also go on asking it for ever.
    found: /^(leader-completeness|committed-never-changes|InvariantViolation|no-rest|no-agreement)/,
  },
];

describe('the campaign finds a planted bug', () => {
  test.each(BUGS)(
    '$name',
    async ({ found, ...bug }) => {
      const { createRaft, dispose } = await plantBug(bug);
      try {
        const raft = campaignRaft(createRaft);
        let failure: string | undefined;
        for (let seed = 1; seed <= SEEDS && failure === undefined; seed++)
          failure = runSeed(raft, seed).failure?.message;
        expect(failure).toMatch(found);
      } finally {
        dispose();
      }
    },
    300_000,
  );

  test('and a copy without a bug is as good as Raft', async () => {
    const { createRaft, dispose } = await plantBug();
    try {
      for (let seed = 1; seed <= 10; seed++)
        expect(runSeed(campaignRaft(createRaft), seed).failure).toBeUndefined();
    } finally {
      dispose();
    }
  });

  test('a bug that fits nowhere is not planted in silence', async () => {
    await expect(plantBug({ file: 'commit.ts', find: 'no such line', replace: '' })).rejects.toThrow(
      '0 times',
    );
  });
});
