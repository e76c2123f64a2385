/** What a leader knows of the others by their answers in its term. */
import type { NodeId } from '../../vm/index.ts';
import { effective } from './log.ts';
import { quorumValue } from './quorum.ts';
import { counted } from './recovery.ts';
import type { LeadingReplica } from './state.ts';

/** The latest read round that a quorum has answered: this leader still led when it asked for it. */
export function confirmedRound({ state, ctx }: LeadingReplica): number {
  const { leadership, reads, log } = state;
  return quorumValue(effective(log).halves, (voter) =>
    voter === ctx.self ? reads.round : counted(leadership.progress[voter], ({ round }) => round),
  );
}

/** Whether a replica that counts was heard from within an election timeout, or is this leader. */
export function isHeard({ state, ctx, settings }: LeadingReplica, peer: NodeId): boolean {
  if (peer === ctx.self) return true;
  const progress = state.leadership.progress[peer];
  if (progress === undefined || progress.recovering !== undefined) return false;
  return ctx.now - progress.heardAt <= settings.electionTicks[0];
}
