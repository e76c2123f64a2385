/**
 * Scenarios fail when they should: each, run with a Raft that has the bug it is about, fails where
 * the bug shows.
 */
import { readFileSync } from 'node:fs';
import { runScenario } from '../../replication/scenario/scenario.ts';
import { simulatedRaft } from '../../replication/sim/raft.ts';
import { type Bug, plantBug } from '../support/mutant-raft.ts';

/** A scenario, what it must say of a bug, and the bug, which may take more than one change. */
const CASES: readonly (readonly [scenario: string, says: string, ...bugs: Bug[]])[] = [
  [
    'figure-8',
    'expected commit of n1 is 0, saw 2',
    {
      file: 'commit.ts',
      find: 'index > log.commit && termAt(log, index) === hard.term',
      replace: 'index > log.commit',
    },
  ],
  [
    'log-repair',
    'AssertionFailure: entry 11 after 7',
    { file: 'append.ts', find: 'if (prevIndex > log.base.index && termAt', replace: 'if (false && termAt' },
  ],
  [
    'split-vote',
    'one-vote-a-term violated',
    {
      file: 'election.ts',
      find: '(hard.votedFor === undefined || hard.votedFor === from)',
      replace: 'true',
    },
  ],
  [
    'restart-from-disk',
    'lost its durable vote',
    { file: 'hard-state.ts', find: 'votedFor: votedFor ?? null }', replace: 'votedFor: null }' },
  ],
  [
    'reply-before-persist',
    'election-safety violated',
    {
      file: 'election.ts',
      find: 'granted: true, preVote });',
      replace: 'granted: true, preVote }, { early: true });',
    },
  ],
  [
    'acked-not-synced',
    'committed-by-quorum violated by n3',
    {
      file: 'append.ts',
      find: 'index: proven, hint: undefined });',
      replace: 'index: proven, hint: undefined }, { early: true });',
    },
  ],
  [
    'leader-counts-its-disk',
    'committed-by-quorum violated by n1',
    {
      file: 'commit.ts',
      find: 'voter === ctx.self ? leadership.durableIndex',
      replace: 'voter === ctx.self ? lastIndex(log)',
    },
  ],
  [
    'truncate-only-on-conflict',
    'cut after 1, though 3 is committed',
    {
      file: 'append.ts',
      find: '({ index, term }) => index > log.base.index && termAt(log, index) !== term',
      replace: '() => true',
    },
  ],
  [
    'heartbeat-overclaims-match',
    'committed-never-changes violated by n3',
    {
      file: 'append.ts',
      find: 'Math.max(prevIndex + request.entries.length,',
      replace: 'Math.max(lastIndex(log),',
    },
  ],
  [
    'stale-ack-after-reversion',
    'committed-by-quorum violated by n1',
    { file: 'replicate.ts', find: '|| reply.term !== replica.state.hard.term', replace: '' },
  ],
  [
    'delayed-heartbeat',
    'cut after 1, though 3 is committed',
    { file: 'append.ts', find: 'if (request.term < hard.term) {', replace: 'if (request.term < 0) {' },
  ],
  [
    'pre-vote-storm',
    'expected leader n1, saw n1@2 follower',
    {
      file: 'election.ts',
      find: 'return (leased || leader !== undefined) && ctx.now',
      replace: 'return false && ctx.now',
    },
  ],
  [
    'read-index-before-first-commit',
    'expected answer read is pending, saw nothing',
    { file: 'reads.ts', find: 'if (termAt(log, log.commit) !== hard.term) return;', replace: '' },
  ],
  [
    'reused-read-id',
    'expected answer read is pending, saw 1',
    {
      file: 'replicate.ts',
      find: 'heard(progress, reply.round',
      replace: 'heard(progress, replica.state.reads.round',
    },
  ],
  [
    'miscounted-quorum',
    'committed-by-quorum violated by n1',
    {
      file: 'quorum.ts',
      find: 'Math.floor(voters.length / 2) + 1',
      replace: 'Math.ceil(voters.length / 2)',
    },
  ],
  [
    'heartbeat-races-term',
    'election-safety violated by n1',
    { file: 'election.ts', find: "setRole(replica, 'follower');", replace: '' },
  ],
  [
    'append-aba',
    'committed-by-quorum violated by n2',
    {
      file: 'append.ts',
      find: 'index: proven, hint: undefined });',
      replace: 'index: proven, hint: undefined }, { early: true });',
    },
  ],
  [
    'snapshot-over-conflicting-tail',
    'committed-never-changes violated by n3',
    {
      file: 'log.ts',
      find: 'if (entryAt(log, index)?.term === term) {',
      replace: 'if (entryAt(log, index)) {',
    },
  ],
  [
    'snapshot-below-commit',
    'never-falls violated by n3',
    { file: 'snapshot/snapshot.ts', find: 'index <= log.commit ? undefined :', replace: '' },
  ],
  [
    'snapshot-applied-late',
    'expected x is 1 at n3, saw nothing',
    {
      file: 'snapshot/snapshot.ts',
      find: 'next, held, ...recoveryNote(replica) });',
      replace: 'next, held, ...recoveryNote(replica) }, { early: true });',
    },
  ],
  [
    'receiver-restarts-mid-snapshot',
    'AssertionFailure: a snapshot of 6 says 0',
    // The incoming pages are deleted as if no snapshot were in progress.
    {
      file: 'snapshot/snapshot.ts',
      find: 'if (snapshot.receiving === undefined && snapshot.leftovers)\n    snapshot.leftovers = ',
      replace: 'snapshot.leftovers = ',
    },
  ],
  [
    'leader-dies-mid-snapshot',
    'AssertionFailure: a snapshot of 13 says 1',
    {
      file: 'snapshot/snapshot.ts',
      find: 'const page = samePage(view, from, same, bytes);',
      replace: 'const page = readPage(view, from, { bytes, last: same.last });',
    },
  ],
  [
    'leader-dies-mid-snapshot',
    'expected d is nothing at n3, saw 1',
    {
      file: 'snapshot/pages.ts',
      find: 'if (!missing.has(key)) store.delete(key);',
      replace: 'if (!missing.has(key)) continue;',
    },
  ],
  [
    'snapshot-carries-term',
    'committed-never-changes violated by n3',
    {
      file: 'snapshot/snapshot.ts',
      find: 'install(replica, index, lastTerm);',
      replace: 'install(replica, index, state.hard.term);',
    },
  ],
  [
    'two-snapshots-quickly',
    'expected x is 8 at n3, saw 1',
    {
      file: 'snapshot/snapshot.ts',
      find: 'snapshot.view !== undefined && snapshot.view.index >= oldest',
      replace: 'snapshot.view !== undefined',
    },
    { file: 'raft.ts', find: '  releaseView(replica);\n', replace: '' },
  ],
  [
    'request-superseded-by-snapshot',
    'expected answer plain is Indeterminate, saw ok',
    { file: 'snapshot/snapshot.ts', find: '  supersedeWaiting(replica, index);\n', replace: '' },
  ],
  [
    'wiped-node-same-id',
    'leader-completeness violated by n3',
    { file: 'election.ts', find: '|| !mayVoteFor(hard, request.lastIndex)', replace: '' },
  ],
  [
    'wiped-node-learns-first',
    'leader-completeness violated by n3',
    {
      file: 'recovery.ts',
      find: 'if (recovering === undefined || match < recovering.index || log.commit < recovering.index) return;',
      replace: 'if (recovering === undefined) return;\n  recovering.index = 0;',
    },
  ],
  [
    'vote-not-atomic',
    'expected vote of n2 is n1, saw nobody',
    { file: 'hard-state.ts', find: 'votedFor: votedFor ?? null', replace: 'votedFor: null' },
  ],
  [
    'stuck-lower-term',
    'expected term of leader is 10, saw 1',
    // The refusal does not say why.
    {
      file: 'append.ts',
      find: "const reply = { type: 'AppendEntriesReply', term: hard.term,",
      replace: "const reply = { type: 'AppendEntriesReply', term: request.term,",
    },
  ],
  [
    'pre-vote-own-leader',
    'expected leader, saw n1@1 pre-candidate, n2@1 pre-candidate',
    // Once heard, a leader is never given up.
    {
      file: 'election.ts',
      find: 'ctx.now - leaderHeardAt < settings.electionTicks[0]',
      replace: 'true',
    },
    {
      file: 'election.ts',
      find: 'election.leader = undefined;\n  election.votes = { [ctx.self]: true };',
      replace: 'election.votes = { [ctx.self]: true };',
    },
  ],
  [
    'stale-pre-vote-after-win',
    'expected leader n1, saw n1@2 candidate',
    {
      file: 'election.ts',
      find: 'if (reply.term !== term ||',
      replace:
        "if (reply.preVote && election.role === 'leader') campaign(replica, false);\n  if (reply.term !== term ||",
    },
  ],
  [
    'packed-append-gap',
    'AssertionFailure: entry 3 after 1',
    { file: 'append.ts', find: 'if (prevIndex > log.base.index && termAt', replace: 'if (false && termAt' },
  ],
  [
    'pipelining-delays-commit',
    'expected answer a is ok, saw pending',
    {
      file: 'raft.ts',
      find: '  advanceCommit(replica);\n',
      replace: '  if (log.entries.length % 2 === 1) advanceCommit(replica);\n',
    },
  ],
  [
    'restart-reapplies-once',
    'durability violated by n1',
    {
      file: 'log.ts',
      find: 'commit: applied,\n    applied,',
      replace: 'commit: base.index,\n    applied: base.index,',
    },
  ],
  [
    'read-during-transfer',
    'expected answer hand-over is Rejected, saw pending',
    { file: 'transfer.ts', find: 'replica.ctx.now >= transfer.deadline', replace: 'false' },
  ],
  [
    'retry-applies-once',
    'expected not answer second is refused',
    {
      file: 'requests.ts',
      find: 'batchOf([body.command], body.tag)',
      replace: 'batchOf([body.command], undefined)',
    },
  ],
  [
    'change-before-commit-in-term',
    'expected config of next is 0, saw 3',
    {
      file: 'membership.ts',
      find: 'return termAt(log, log.commit) === hard.term && requests.transfer === undefined;',
      replace: 'return requests.transfer === undefined;',
    },
  ],
  [
    'reverted-change',
    'counts-by-its-log violated by n',
    {
      file: 'log.ts',
      find: '  while (effective(log).index > index) log.configurations.pop();\n',
      replace: '',
    },
  ],
  [
    'learner-never-campaigns',
    'expected role of n4 is follower',
    {
      file: 'recovery.ts',
      find: "if (hard.recovery === 'recovering') return false;",
      replace: "return hard.recovery !== 'recovering';",
    },
  ],
  [
    'snapshot-meets-stale-config',
    'counts-by-its-log violated by n3',
    {
      file: 'snapshot/snapshot.ts',
      find: 'configurationIn(ctx.data, cluster.founders)',
      replace: 'log.configurations.at(-1)!',
    },
  ],
  [
    'removed-leader',
    'violated',
    {
      file: 'commit.ts',
      find: 'voter === ctx.self ? leadership.durableIndex',
      replace: "voter === ctx.self || voter === 'n4' ? leadership.durableIndex",
    },
  ],
  [
    'transfer',
    'expected leader n3, saw n1@1 leader',
    {
      file: 'transfer.ts',
      find: "{ type: 'TimeoutNow', term: state.hard.term }",
      replace: "{ type: 'TimeoutNow', term: state.hard.term - 1 }",
    },
  ],
];

test.each(CASES.map(([scenario, says, ...bugs]) => ({ scenario, says, bugs })))(
  '$scenario: $says',
  async ({ scenario, says, bugs }) => {
    const { createRaft, dispose } = await plantBug(...bugs);
    try {
      const text = readFileSync(new URL(`${scenario}.scenario`, import.meta.url), 'utf8');
      const protocols = { raft: simulatedRaft(createRaft) };
      expect(runScenario(text, { protocols }).failure?.message).toContain(says);
    } finally {
      dispose();
    }
  },
);
