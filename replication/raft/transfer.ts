/**
 * Leadership transfer (dissertation, 3.10): bring one follower up to date, ask it to campaign at
 * once, and meanwhile take no new commands. Used on request and when a leader is stopped cleanly.
 */
import type { NodeId } from '../../vm/index.ts';
import { isHeard } from './followers.ts';
import { endLease } from './lease.ts';
import { effective, lastIndex } from './log.ts';
import type { LeadershipTransfer } from './pending.ts';
import { answer, failure } from './responses.ts';
import { isLeading, type LeadingReplica, type RaftReplica } from './state.ts';

/** Starts a transfer to `to`, or to the follower that is furthest along. */
export function requestTransfer(
  replica: LeadingReplica,
  id: string,
  from: NodeId | undefined,
  to?: NodeId,
): void {
  const { state, ctx } = replica;
  const { progress } = state.leadership;
  const { halves, voters } = effective(state.log);
  const target = to ?? furthest(replica, halves[0]);
  if (target === ctx.self) answer(replica, id, from, { ok: true, value: ctx.self });
  else if (target === undefined || progress[target] === undefined) {
    answer(
      replica,
      id,
      from,
      failure('Rejected', `no follower ${to ?? ''} to hand leadership to`.replace('  ', ' ')),
    );
  } else if (!voters.includes(target)) {
    answer(replica, id, from, failure('Rejected', `${target} has no vote, so it cannot lead`));
  } else if (progress[target].recovering !== undefined) {
    answer(replica, id, from, failure('Rejected', `${target} has lost its disk and is still recovering`));
  } else {
    begin(replica, target, to !== undefined, [{ id, from }]);
  }
}

/** Starts a transfer that nobody asked for to one of these. Returns whether one can be reached. */
export function startTransfer(replica: LeadingReplica, among: readonly NodeId[]): boolean {
  const target = furthest(replica, among);
  if (target !== undefined) begin(replica, target, false, []);
  return target !== undefined;
}

function begin(
  { state, ctx, settings }: LeadingReplica,
  to: NodeId,
  isNamed: boolean,
  askers: LeadershipTransfer['askers'],
): void {
  state.requests.transfer = {
    to,
    isNamed,
    deadline: ctx.now + settings.electionTicks[1],
    askers,
    asked: false,
  };
}

/**
 * Of these, the reachable follower with the longest known log. None that is drained, or whose link
 * is closed.
 */
function furthest(replica: LeadingReplica, among: readonly NodeId[]): NodeId | undefined {
  const { leadership, cluster } = replica.state;
  const { progress } = leadership;
  let best: NodeId | undefined;
  for (const peer in progress) {
    if (!among.includes(peer) || progress[peer]!.drained) continue;
    if (cluster.unlinked.includes(peer) || !isHeard(replica, peer)) continue;
    if (best === undefined || progress[peer]!.match > progress[best]!.match) best = peer;
  }
  return best;
}

/** Asks the target to campaign once it has everything. */
export function advanceTransfer({ state, ctx }: LeadingReplica): void {
  const { transfer } = state.requests;
  const { leadership } = state;
  if (transfer === undefined || transfer.asked) return;
  if (leadership.progress[transfer.to]?.match !== lastIndex(state.log)) return;
  transfer.asked = true;
  endLease(leadership);
  ctx.send(transfer.to, { type: 'TimeoutNow', term: state.hard.term }, { early: true });
}

/** Aborts a transfer that takes longer than an election; the leader continues to lead. */
export function expireTransfer(replica: RaftReplica): void {
  const { transfer } = replica.state.requests;
  if (transfer !== undefined && replica.ctx.now >= transfer.deadline) {
    endTransfer(replica, failure('Rejected', `${transfer.to} did not take over in time`));
  }
}

/** The link to the target has closed: another one takes over, unless this one was named. */
export function onTransferLink(replica: RaftReplica, peer: NodeId, up: boolean): void {
  const { requests, log } = replica.state;
  const { transfer } = requests;
  if (up || transfer?.to !== peer || !isLeading(replica)) return;
  const other = transfer.isNamed ? undefined : furthest(replica, effective(log).halves[0]);
  if (other === undefined) endTransfer(replica, failure('Rejected', `the link to ${peer} has closed`));
  else requests.transfer = { ...transfer, to: other, asked: false };
}

/** Answers the requests for the transfer. */
function endTransfer(replica: RaftReplica, outcome: Parameters<typeof answer>[3]): void {
  const { requests } = replica.state;
  const { transfer } = requests;
  if (transfer === undefined) return;
  requests.transfer = undefined;
  for (const { id, from } of transfer.askers) answer(replica, id, from, outcome);
}

/** A former leader has learned who leads now: its transfer is done, if that was its target. */
export function transferDone(replica: RaftReplica): void {
  const { leader } = replica.state.election;
  if (leader === undefined || isLeading(replica)) return;
  endTransfer(replica, { ok: true, value: leader });
}
