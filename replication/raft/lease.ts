/**
 * Leases (dissertation, 6.4.1): reads that a leader answers from its own data, without a round of
 * messages.
 *
 * A replica that has heard the leader votes for no other one for its shortest election timeout. So
 * a leader that a majority has answered knows that no other one can be elected until `leaseTicks`
 * after it asked, and that nothing else can be committed until then. Off unless `leaseTicks` is
 * set, because, unlike everything else in Raft, it relies on clocks:
 *
 *     for any two replicas, `leaseTicks` of one clock last no longer than the shortest election timeout less a tick
 *     of the other.
 *
 * So no clock may stop or jump. A process may be stopped: in real time its clock goes on (`Ticker`
 * in `vm/live`), while the simulated world's pause stops the clock too. Where the assumption is
 * broken a lease read may be stale for as long as it is broken; nothing else is affected. With
 * leases on, a follower does not vote earlier than its timeout when its link to the leader closes,
 * nor right after a restart. A leader whose lease has run out confirms the read by a round, as
 * ReadIndex does.
 */

import { confirmedRound } from './followers.ts';
import type { Leadership } from './leadership.ts';
import { termAt } from './log.ts';
import type { LeadingReplica } from './state.ts';

/** Whether this leader may answer reads as of its commit index now. */
export function holdsLease({ state, ctx, settings }: LeadingReplica): boolean {
  const { hard, log } = state;
  const { lease } = state.leadership;
  if (settings.leaseTicks === 0 || lease.over) return false;
  return ctx.now < lease.until && termAt(log, log.commit) === hard.term;
}

/**
 * Extends the lease by what a majority has answered, and asks for the next extension once a tick.
 */
export function renewLease(replica: LeadingReplica): void {
  const { state, ctx, settings } = replica;
  const { leadership, reads } = state;
  const { lease } = leadership;
  if (settings.leaseTicks === 0) return;
  if (lease.round > 0 && confirmedRound(replica) >= lease.round) {
    leadership.lease = { ...lease, round: 0, until: lease.askedAt + settings.leaseTicks };
  }
  // Heartbeats carry the latest round as it is, so that asking costs nothing.
  if (leadership.lease.round === 0 && ctx.now > leadership.lease.askedAt)
    leadership.lease = { ...leadership.lease, round: ++reads.round, askedAt: ctx.now };
}

/**
 * The leader has asked another replica to campaign, which need not wait for anyone's timeout: its
 * lease is over for this term.
 */
export function endLease(leadership: Leadership): void {
  leadership.lease = { ...leadership.lease, over: true };
}
