/** Majorities (Raft, 5.2): any two of them share a member. */
import { counted } from './recovery.ts';
import type { LeadingReplica, RaftReplica } from './state.ts';

/** How many of the voters make a majority. */
export function quorum({ state }: RaftReplica): number {
  return Math.floor(state.cluster.voters.length / 2) + 1;
}

/** The highest value that a majority of the voters has reached, given each one's value. */
export function majorityValue(replica: RaftReplica, reached: (voter: string) => number): number {
  const values = replica.state.cluster.voters.map(reached).sort((a, b) => b - a);
  return values[quorum(replica) - 1] ?? 0;
}

/** The latest read round that a majority, this leader included, has answered in this term. */
export function confirmedRound(replica: LeadingReplica): number {
  const { state, ctx } = replica;
  const { leadership, reads } = state;
  return majorityValue(replica, (voter) =>
    voter === ctx.self ? reads.round : counted(leadership.progress[voter], ({ round }) => round),
  );
}
