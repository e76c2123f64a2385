/** Lab 5, where you start: an entry is committed once most of the logs have it. */
import type { CommitRule } from 'tickraft/sim';

/** How far a leader may say that its log is committed. */
const rule: CommitRule = ({ lastIndex, matchIndex }) => {
  const ends = [lastIndex, ...Object.values(matchIndex)].sort((a, b) => b - a);
  return ends[Math.floor(ends.length / 2)]!;
};

export default rule;
