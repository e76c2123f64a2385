/**
 * A replica that was delayed itself draws no conclusions from that time. While its process was
 * stopped it heard nobody, whether they were up or not; and if the whole computer was stopped,
 * nobody was silent. So that time counts for nobody's silence: neither for the leader's, after
 * which a follower would call an election, nor for the followers', after which a leader would step
 * down. Neither affects safety. Leases, and the election timeouts that they rest on, go by the
 * clock (`lease.ts`).
 */
import type { RaftReplica } from './state.ts';

/** A tick of this replica's clock. */
export function countTick(replica: RaftReplica): void {
  allowForDelay(replica);
  replica.state.tickedAt = replica.ctx.now;
}

/**
 * Called before any arrival is handled: the clock may be ahead of the last tick by more than one.
 */
export function allowForDelay({ state, ctx }: RaftReplica): void {
  const held = ctx.now - state.tickedAt - 1;
  if (held <= 0) return;
  state.tickedAt += held;
  state.election.timeoutAt += held;
  const { leadership } = state;
  if (leadership === undefined) return;
  leadership.quorumCheckedAt += held;
  for (const peer in leadership.progress) leadership.progress[peer]!.heardAt += held;
}
