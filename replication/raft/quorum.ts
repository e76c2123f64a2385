/**
 * Quorums (Raft, 5.2 and 6): of one list of voters a majority, of a joint configuration a majority
 * of each of its two halves. Any two quorums share a voter. Pure arithmetic, as in etcd's package
 * `quorum`.
 */
import type { NodeId } from '../../vm/index.ts';

/** The voters: one list, or the two halves of a joint configuration in any order. */
export type Voters = readonly [readonly NodeId[], ...(readonly NodeId[])[]];

/** What has become of a vote. `pending`: the voters that have not answered decide. */
export type VoteResult = 'won' | 'lost' | 'pending';

/** How many of these voters make a majority. Nobody is a majority of an empty list. */
export function majority(voters: readonly NodeId[]): number {
  return Math.floor(voters.length / 2) + 1;
}

/** Whether those for which `isIn` is true are a quorum. */
export function isQuorum(halves: Voters, isIn: (voter: NodeId) => boolean): boolean {
  return halves.every((voters) => voters.filter(isIn).length >= majority(voters));
}

/**
 * How many of the voters that are up may fail, whichever they are, before there is no quorum of
 * them any more; -1 if there is none now.
 */
export function tolerance(halves: Voters, isUp: (voter: NodeId) => boolean): number {
  const spare = halves.map((voters) => voters.filter(isUp).length - majority(voters));
  return Math.max(-1, Math.min(...spare));
}

/**
 * The highest value that a quorum has reached, given each voter's: the commit index, if that is the
 * last entry that a voter holds.
 */
export function quorumValue(halves: Voters, reached: (voter: NodeId) => number): number {
  let lowest = Number.POSITIVE_INFINITY;
  for (const voters of halves) {
    const values = voters.map(reached).sort((a, b) => b - a);
    lowest = Math.min(lowest, values[majority(voters) - 1] ?? 0);
  }
  return lowest;
}

/**
 * Counts answers: true for a vote, false for a refusal. Those of others than voters do not count.
 */
export function voteResult(halves: Voters, votes: Readonly<Record<NodeId, boolean>>): VoteResult {
  if (isQuorum(halves, (voter) => votes[voter] === true)) return 'won';
  return isQuorum(halves, (voter) => votes[voter] !== false) ? 'pending' : 'lost';
}
