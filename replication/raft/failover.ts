/**
 * Failover without waiting for a timeout: when a leader's process ends, its links close, and its
 * followers see that.
 *
 * The link is a hint. A replica that follows it still needs a majority's pre-votes, and no replica
 * that hears the leader grants one. So it does not affect safety, and allows long election
 * timeouts.
 *
 * With `quickFailover` the followers campaign one after the other, in the order of the voters after
 * the leader, without those whose links are closed as well: the first at once, each other one a
 * tick later. If all campaigned together, they would split the votes, and the next timeout would
 * decide. A replica that was asked before it saw the leader's end refuses, and grants the pre-vote
 * once it sees it; the candidate asks again a tick later, too. The same order and the same short
 * waits apply once a timeout has ended: two whose timeouts end together lose ticks, not another
 * timeout.
 */
import type { NodeId } from '../../vm/index.ts';
import {
  askPreVotes,
  becomeFollower,
  FAILOVER_WAIT_TICKS,
  isFailingOver,
  onRequestVote,
} from './election.ts';
import { allowForDelay } from './held-up.ts';
import { effective, isUpToDate, type Log, lastIndex, lastTerm } from './log.ts';
import type { RequestVote } from './messages.ts';
import { isQuorum } from './quorum.ts';
import { mayCampaign } from './recovery.ts';
import { type Cluster, type Failover, isLeading, type RaftReplica, type RaftState } from './state.ts';

/** A link to a peer closed or came back. */
export function onFailoverLink(replica: RaftReplica, peer: NodeId, up: boolean): void {
  const { cluster, election } = replica.state;
  allowForDelay(replica);
  cluster.unlinked = cluster.unlinked.filter((other) => other !== peer);
  if (up) {
    if (election.failover?.leader === peer) election.failover = undefined;
    return;
  }
  cluster.unlinked = [...cluster.unlinked, peer];
  if (election.role === 'follower' && peer === election.leader) onLeaderLinkLost(replica, peer);
}

/** A peer was heard from, so it is up; unless its link has just closed. */
export function noteHeard({ cluster, election }: RaftState, peer: NodeId): void {
  if (election.failover?.leader !== peer && cluster.unlinked.includes(peer))
    cluster.unlinked = cluster.unlinked.filter((other) => other !== peer);
}

function onLeaderLinkLost(replica: RaftReplica, leader: NodeId): void {
  const { state, ctx, settings } = replica;
  const { election } = state;
  // The leader may be alive, and rely on this replica's election timeout (`lease.ts`).
  if (settings.leaseTicks > 0) return;
  election.leaderHeardAt = Number.NEGATIVE_INFINITY;
  if (!settings.quickFailover) {
    // A short random wait lets the others notice too: a pre-vote needs a majority that has lost the
    // leader.
    const spread = Math.max(1, Math.floor(settings.electionTicks[0] / 4));
    election.timeoutAt = Math.min(election.timeoutAt, ctx.now + ctx.random(spread));
    return;
  }
  election.failover = missing(replica, leader, true);
  election.timeoutAt = Math.min(election.timeoutAt, ctx.now + turnOf(state, leader, ctx.self));
  answerEarly(replica);
  if (election.timeoutAt <= ctx.now && mayCampaign(replica)) askPreVotes(replica);
}

/**
 * A replica that saw the leader's end sooner was refused a pre-vote, and counts one that is granted
 * now.
 */
function answerEarly(replica: RaftReplica): void {
  const { election } = replica.state;
  const { askedEarly } = election;
  election.askedEarly = undefined;
  if (askedEarly === undefined) return;
  onRequestVote(replica, askedEarly.from, askedEarly.request);
  afterRequestVote(replica, askedEarly.from, askedEarly.request);
}

/**
 * A timeout has ended with this tick: this replica campaigns in its turn from now on. While nobody
 * leads, as without a majority, that goes on, so that one is elected as soon as it is possible.
 */
export function noteSilence(replica: RaftReplica): void {
  const { state, ctx, settings } = replica;
  const { election } = state;
  if (!settings.quickFailover || isLeading(replica) || ctx.now < election.timeoutAt) return;
  if (isFailingOver(election, ctx.now)) return;
  election.failover = missing(replica, election.leader, false);
}

function missing(
  { state, ctx, settings }: RaftReplica,
  leader: NodeId | undefined,
  isClosed: boolean,
): Failover {
  const until = ctx.now + settings.electionTicks[0];
  return { leader, term: state.hard.term, isClosed, until, votedAt: Number.NEGATIVE_INFINITY };
}

/**
 * How many voters come before this one when `leader` is gone. Those whose links are closed come
 * last.
 */
function turnOf({ log, cluster }: RaftState, leader: NodeId | undefined, voter: NodeId): number {
  const { voters } = effective(log);
  const after = leader === undefined ? 0 : voters.indexOf(leader) + 1;
  const order = [...voters.slice(after), ...voters.slice(0, after)];
  return [...order.filter((one) => isAlive(cluster, one)), ...order].indexOf(voter);
}

/** Whether the link to a voter is not closed. */
function isAlive({ unlinked }: Cluster, voter: NodeId): boolean {
  return !unlinked.includes(voter);
}

/**
 * The leader is gone and another replica asks for votes, which were granted or not: decides which
 * of the two waits.
 */
export function afterRequestVote(replica: RaftReplica, from: NodeId, request: RequestVote): void {
  const { state, ctx } = replica;
  const { hard, log, election } = state;
  const { failover, role } = election;
  if (failover === undefined || !isFailingOver(election, ctx.now) || !mayCampaign(replica)) return;
  const isAhead = !isUpToDate(log, request.lastIndex, request.lastTerm);
  const isFirst = isAhead || (isEqual(log, request) && comesBefore(replica, failover.leader, from));
  if (role === 'follower' && isAhead) {
    // The one that asks cannot win.
    if (turnOf(state, failover.leader, ctx.self) <= 1) askPreVotes(replica);
  } else if (!request.preVote) {
    const isSplit = role === 'candidate' && request.term === hard.term && !mayHaveWon(replica);
    if (isSplit && isFirst) askPreVotes(replica);
  } else if (role === 'follower' || (role === 'pre-candidate' && !isFirst)) waitForAnother(replica);
}

function isEqual(log: Log, { lastIndex: index, lastTerm: term }: RequestVote): boolean {
  return index === lastIndex(log) && term === lastTerm(log);
}

function comesBefore({ state, ctx }: RaftReplica, leader: NodeId | undefined, other: NodeId): boolean {
  return turnOf(state, leader, ctx.self) < turnOf(state, leader, other);
}

/**
 * Whether a rival of this candidate may have a majority: of all that are up, but for those that
 * voted for this one.
 */
function mayHaveWon(replica: RaftReplica): boolean {
  const { state, ctx } = replica;
  const { log, cluster, election } = state;
  const isMine = (voter: NodeId) => voter === ctx.self || election.votes[voter] === true;
  return isQuorum(effective(log).halves, (voter) => isAlive(cluster, voter) && !isMine(voter));
}

function waitForAnother(replica: RaftReplica): void {
  const { state, ctx } = replica;
  const { hard, election } = state;
  if (election.role === 'pre-candidate') becomeFollower(replica, hard.term, undefined);
  election.timeoutAt = Math.max(election.timeoutAt, ctx.now + FAILOVER_WAIT_TICKS);
}

/** A candidate that can no longer win, given its refusals, tries again soon, in its turn. */
export function afterRequestVoteReply(replica: RaftReplica): void {
  const { state, ctx } = replica;
  const { log, cluster, election } = state;
  const { failover, role, votes } = election;
  if (failover === undefined || !isFailingOver(election, ctx.now) || role !== 'candidate') return;
  if (isQuorum(effective(log).halves, (voter) => isAlive(cluster, voter) && votes[voter] !== false)) return;
  const turn = turnOf(state, failover.leader, ctx.self);
  election.timeoutAt = Math.min(election.timeoutAt, ctx.now + FAILOVER_WAIT_TICKS + turn);
}
