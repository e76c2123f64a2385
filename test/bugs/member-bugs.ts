/** Bugs to plant in changes of the members: quorums, configurations, learners, and their leader. */
import type { KnownBug } from './known-bug.ts';

const MAY_CHANGE = 'return termAt(log, log.commit) === hard.term && requests.transfer === undefined;';
const SAME = 'if (areSame(after, before)) return isUnderWay ? undefined : done(index, change);';
const CHECKING = "enter(replica, peer, progress, { ...learning, phase: 'checking', since: ctx.now });";
const LEAVE = 'if (isJoint(configuration)) appendConfiguration(replica, leaveJoint(configuration), {});';
const MAY_CAMPAIGN =
  'return effective(log).voters.includes(ctx.self) || committedConfiguration(log).voters.includes(ctx.self);';

export const MEMBER_BUGS: readonly KnownBug[] = [
  // Quorums.
  {
    name: 'a majority of either half of a joint configuration elects',
    breaks: 'joint consensus: both majorities (Raft, 6)',
    file: 'quorum.ts',
    find: 'return halves.every((voters) => voters.filter(isIn)',
    replace: 'return halves.some((voters) => voters.filter(isIn)',
  },
  {
    name: 'a joint configuration commits by a majority of all its voters together',
    breaks: 'joint consensus: both majorities (Raft, 6)',
    file: 'quorum.ts',
    find: 'for (const voters of halves) {',
    replace: 'for (const voters of [[...new Set(halves.flat())]]) {',
  },
  {
    name: 'who is demoted counts in the incoming half',
    breaks: 'joint consensus: both majorities (Raft, 6)',
    file: 'configuration.ts',
    find: 'const incoming = votersAmong(members).filter((id) => !next.includes(id));',
    replace: 'const incoming = votersAmong(members);',
  },
  {
    name: 'learners count in every quorum',
    breaks: 'learners have no vote (dissertation, 4.2.1)',
    file: 'effective.ts',
    find: 'const halves = votersOf(configuration);',
    replace:
      'const halves = votersOf(configuration).map((half) => [...new Set([...half, ...Object.keys(members)])]) as unknown as Voters;',
  },
  {
    name: 'learners count in a commit',
    breaks: 'learners have no vote (dissertation, 4.2.1)',
    file: 'commit.ts',
    find: 'const index = quorumValue(effective(log).halves, (voter) =>',
    replace: 'const index = quorumValue([effective(log).everyone], (voter) =>',
  },
  {
    name: 'learners count in an election',
    breaks: 'learners have no vote (dissertation, 4.2.1)',
    file: 'election.ts',
    find: 'const result = voteResult(effective(log).halves, election.votes);',
    replace: 'const result = voteResult([effective(log).everyone], election.votes);',
    also: [
      {
        file: 'election.ts',
        find: 'const voters = effective(log).voters.filter((voter) => voter !== ctx.self);',
        replace: 'const voters = effective(log).everyone.filter((voter) => voter !== ctx.self);',
      },
      {
        file: 'election.ts',
        find: '!effective(log).voters.includes(from)) return;',
        replace: '!effective(log).everyone.includes(from)) return;',
      },
    ],
  },
  {
    name: 'learners keep a leader in office',
    breaks: 'a leader without a majority of voters steps down (dissertation, 6.2)',
    file: 'election.ts',
    find: 'const isReached = isQuorum(effective(log).halves, (voter) =>',
    replace: 'const isReached = isQuorum([effective(log).everyone], (voter) =>',
  },
  {
    name: 'learners confirm a read',
    breaks: 'ReadIndex, step 3: a majority of voters (dissertation, 6.4)',
    file: 'followers.ts',
    find: 'return quorumValue(effective(log).halves, (voter) =>',
    replace: 'return quorumValue([effective(log).everyone], (voter) =>',
  },
  {
    name: 'any one answer extends a lease, also that of a learner',
    breaks: 'a lease is granted by a majority of voters (dissertation, 6.4.1)',
    file: 'lease.ts',
    find: 'confirmedRound(replica) >= lease.round',
    replace: 'Object.values(leadership.progress).some(({ round }) => round >= lease.round)',
  },
  {
    name: 'a leader that is removed counts its own copy',
    breaks: 'a leader manages its removal without counting itself (Raft, 6)',
    file: 'commit.ts',
    find: 'const index = quorumValue(effective(log).halves, (voter) =>',
    replace: `const withSelf = effective(log).halves.map((half) => [...new Set([...half, ctx.self])]);
  const index = quorumValue(withSelf as never, (voter) =>`,
  },
  // Which configuration counts.
  {
    name: 'a configuration counts from its commit on',
    breaks: 'the latest configuration in the log counts (Raft, 6)',
    file: 'log.ts',
    find: 'return log.configurations.at(-1)!;',
    replace: 'return committedConfiguration(log);',
  },
  {
    name: 'goes on with a configuration that was cut from its log',
    breaks: 'the latest configuration in the log counts (Raft, 6)',
    file: 'log.ts',
    find: '  while (effective(log).index > index) log.configurations.pop();\n',
    replace: '',
  },
  {
    name: 'cuts one of two configurations only',
    breaks: 'the latest configuration in the log counts (Raft, 6)',
    file: 'log.ts',
    find: 'while (effective(log).index > index) log.configurations.pop();',
    replace: 'if (effective(log).index > index) log.configurations.pop();',
  },
  {
    name: 'forgets a configuration that is not applied when it restarts',
    breaks: 'the latest configuration in the log counts (Raft, 6)',
    file: 'log.ts',
    find: 'configurations: [configuration, ...later],',
    replace: 'configurations: [configuration],',
  },
  {
    name: 'goes on with its own configuration after a snapshot',
    breaks: 'a snapshot has the configuration (Raft, 7)',
    file: 'snapshot/snapshot.ts',
    find: 'configurationIn(ctx.data, cluster.founders)',
    replace: 'log.configurations.at(-1)!',
  },
  {
    name: 'begins again with the members that the cluster was founded with',
    breaks: 'the latest configuration in the log counts (Raft, 6)',
    file: 'raft.ts',
    find: 'configurationIn(disk.data, founders)',
    replace: 'founders',
  },
  // When the members may change.
  {
    name: 'changes members before it has committed in its term',
    breaks: 'an entry of the own term first (Ongaro, raft-dev, 2015)',
    file: 'membership.ts',
    find: MAY_CHANGE,
    replace: 'return requests.transfer === undefined;',
  },
  {
    name: 'changes members while it transfers leadership',
    breaks: 'a leader that hands over takes nothing new (dissertation, 3.10)',
    file: 'membership.ts',
    find: MAY_CHANGE,
    replace: 'return termAt(log, log.commit) === hard.term;',
  },
  {
    name: 'begins a change while the one before is not committed',
    breaks: 'one change at a time (dissertation, 4.1)',
    file: 'membership.ts',
    find: 'const isUnderWay = index > log.commit || isJoint(configuration);',
    replace: 'const isUnderWay = isJoint(configuration);',
  },
  {
    name: 'changes two voters in one simple change',
    breaks: 'a simple change is of one voter (dissertation, 4.1)',
    file: 'configuration.ts',
    find: 'return votersChanged(from, to) <= 1 ?',
    replace: 'return votersChanged(from, to) <= 2 ?',
  },
  {
    name: 'leaves a joint configuration before it is committed',
    breaks: 'joint consensus: the new configuration follows the commit of the joint one (Raft, 6)',
    file: 'membership.ts',
    find: '  if (effective(log).index > log.commit) return;\n',
    replace: '',
  },
  {
    name: 'a joint configuration is left only by the leader that was asked for the change',
    breaks: 'whoever leads goes on with a joint change (Raft, 6)',
    file: 'membership.ts',
    find: LEAVE,
    replace: `if (isJoint(configuration)) {
    if (requests.changes.length > 0) appendConfiguration(replica, leaveJoint(configuration), {});
  }`,
  },
  {
    name: 'a change that is given up goes on to the new members',
    breaks: 'an abort goes back to the members before',
    file: 'configuration.ts',
    find: 'return simple(joint.members, joint.outgoing ?? joint.members);',
    replace: 'return simple(joint.outgoing ?? joint.members, membersAfter(joint));',
  },
  {
    name: 'does not go back from a joint configuration whose new half is dead',
    breaks: 'a joint change that cannot end goes back',
    file: 'election.ts',
    find: '(isReached || revertJoint(replica))',
    replace: 'isReached',
  },
  {
    name: 'begins a change after which there would be no majority',
    breaks: 'a change is refused whose new majority is not heard from',
    file: 'membership.ts',
    find: '?? (force ? undefined : unreachable(replica, configuration));',
    replace: ';',
  },
  {
    name: 'who was demoted in a joint change keeps its vote',
    breaks: 'a demoted voter is a learner when the joint configuration ends',
    file: 'configuration.ts',
    find: "(next.includes(id) ? { ...member, role: 'learner' } : member));",
    replace: '(next.includes(id) ? member : member));',
  },
  // What callers are told.
  {
    name: 'says that a change is done before it is committed',
    breaks: 'a change is acknowledged when it is committed',
    file: 'membership.ts',
    find: SAME,
    replace: 'if (areSame(after, before)) return done(index, change);',
  },
  {
    name: 'a change that was made already begins again',
    breaks: 'asking twice does no more than asking once',
    file: 'membership.ts',
    find: SAME,
    replace:
      'if (areSame(after, before) && (isUnderWay || change.index !== undefined)) return isUnderWay ? undefined : done(index, change);',
  },
  {
    name: 'does not compare the configuration that a caller expects',
    breaks: 'compare and set',
    file: 'membership.ts',
    find: 'if (ifConfig !== undefined && ifConfig !== index) {',
    replace: 'if (ifConfig === 0 && index < 0) {',
  },
  {
    name: 'a change that was begun by a former leader counts as not begun',
    breaks: 'a caller is not told for certain what is not',
    file: 'membership.ts',
    find: "const code = index === undefined ? 'NotLeader' : 'Superseded';",
    replace: "const code = 'NotLeader';",
  },
  // Learners.
  {
    name: 'promotes a learner without a check',
    breaks: 'a copy is checked before it counts',
    file: 'learners.ts',
    find: CHECKING,
    replace: "enter(replica, peer, progress, { ...learning, phase: 'ready' });",
  },
  {
    name: 'promotes a learner whatever its check says',
    breaks: 'a copy is checked before it counts',
    file: 'learners.ts',
    find: 'if (said.digest === check.digest) {',
    replace: 'if (said.digest !== undefined) {',
  },
  {
    name: 'promotes a learner whose checked copy was lost since',
    breaks: 'a copy is checked before it counts',
    file: 'progress.ts',
    find: "  if (progress.learning?.phase !== 'catching-up') progress.learning = undefined;\n",
    replace: '',
  },
  {
    name: 'a learner campaigns',
    breaks: 'learners have no vote (dissertation, 4.2.1)',
    file: 'recovery.ts',
    find: MAY_CAMPAIGN,
    replace: 'return effective(log).everyone.includes(ctx.self);',
  },
  {
    name: 'who does not know yet that it has a vote refuses it',
    breaks: 'voters grant votes whatever they know of the members (dissertation, 4.1)',
    file: 'election.ts',
    find: 'if (!free || !upToDate || !mayVoteFor(hard, request.lastIndex)) {',
    replace:
      'if (!free || !upToDate || !mayVoteFor(hard, request.lastIndex) || !effective(log).voters.includes(ctx.self)) {',
  },
  // Joining and leaving.
  {
    name: 'a machine that joins votes before it has anything',
    breaks: 'a joiner recovers what the cluster has first',
    file: 'recovery.ts',
    find: "  hard.recovery = 'recovering';\n  saveHardState(hard, disk);",
    replace: "  hard.recovery = 'normal';\n  saveHardState(hard, disk);",
  },
  {
    name: 'a machine that joins founds a cluster of its own',
    breaks: 'a cluster is founded once',
    file: 'raft.ts',
    find: 'foundedBy(ctx.joining ? [] : [ctx.self, ...ctx.peers]',
    replace: 'foundedBy(ctx.joining ? [ctx.self] : [ctx.self, ...ctx.peers]',
    also: [
      {
        file: 'raft.ts',
        find: '      if (ctx.joining) startAsJoiner(hard, ctx.disk);\n',
        replace: '',
      },
    ],
  },
  {
    name: 'takes an id that is used again for the replica that had it before',
    breaks: 'a lost disk is another incarnation',
    file: 'recovery.ts',
    find: '    becomeUnknown(progress, index + 1);\n',
    replace: '',
  },
  {
    name: 'a replica that was removed is not told',
    breaks: 'who was removed hears of it',
    file: 'effective.ts',
    find: '[members, outgoing, leaving].flatMap((some)',
    replace: '[members, outgoing].flatMap((some)',
  },
  {
    name: 'a leader that was removed goes on to lead',
    breaks: 'a removed leader steps down once that is committed (Raft, 6)',
    file: 'raft.ts',
    find: '  if (hasLostVote(replica)) becomeFollower(replica, hard.term, undefined);\n',
    replace: '',
  },
  {
    name: 'takes over the terms of replicas that were removed',
    breaks: 'removed servers do not disrupt the cluster (Raft, 6)',
    file: 'raft.ts',
    find: 'return OF_LEADERS.includes(message.type) || isMember(replica, from);',
    replace: 'return true;',
  },
];
