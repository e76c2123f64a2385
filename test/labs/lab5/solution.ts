/** Raft's commit rule (Raft, 5.3, 5.4.2 and 6; dissertation, 4.2.1, 4.2.2 and 10.2.1). */
import type { CommitRule } from '../../../replication/sim/index.ts';

const rule: CommitRule = (leader) => {
  const { self, term, commitIndex, durableIndex, matchIndex, voters, outgoing } = leader;
  const held = (voter: string) => (voter === self ? durableIndex : (matchIndex[voter] ?? 0));
  const byMajority = (half: readonly string[]) => {
    const ends = half.map(held).sort((a, b) => b - a);
    return ends[Math.floor(half.length / 2)] ?? Number.POSITIVE_INFINITY;
  };
  const index = Math.min(byMajority(voters), byMajority(outgoing));
  return leader.termOf(index) === term ? index : commitIndex;
};

export default rule;
