/**
 * Elections (Raft, 5.2 and 5.4.1), with pre-vote (dissertation, 9.6) and leader stickiness (4.2.3).
 *
 * A replica that hears no leader for a random time first asks whether it could win (pre-vote,
 * nothing is changed by it), and only then takes a new term. Its own vote counts once it is
 * durable, as all votes do.
 */
import { type NodeId, writeDetail } from '../../vm/index.ts';
import type { Members } from '../members.ts';
import { timeoutRange, withLoss } from './election-timeout.ts';
import { isHeard } from './followers.ts';
import { saveHardState } from './hard-state.ts';
import { newLeadership, takeProposed } from './leadership.ts';
import { effective, isUpToDate, lastIndex, lastTerm, propose } from './log.ts';
import { revertJoint } from './membership.ts';
import type { ConfigurationEntry, Entry, EntryData, RaftMessage, RequestVote } from './messages.ts';
import { isQuorum, voteResult } from './quorum.ts';
import { mayCampaign, mayVoteFor } from './recovery.ts';
import { type Election, isLeading, type LeadingReplica, type RaftReplica, type Role } from './state.ts';
import { noteAppended } from './trace.ts';

type RequestVoteReply = Extract<RaftMessage, { type: 'RequestVoteReply' }>;

/**
 * How long a replica waits for another one to campaign first after a leader's link has closed
 * (ticks).
 */
export const FAILOVER_WAIT_TICKS = 2;
/** How soon a replica asks for pre-votes again, at the soonest, while nobody leads (ticks). */
const PRE_VOTE_WAIT_TICKS = 2;

/**
 * Draws the next election timeout (`election-timeout.ts`). After the leader's link has closed, a
 * short wait is used instead. `isAsking`: until this replica asks for pre-votes again.
 */
export function resetElectionTimer({ state, ctx, settings }: RaftReplica, isAsking = false): void {
  const { election } = state;
  const [low, high] = timeoutRange(election, ctx.now, settings);
  if (isFailingOver(election, ctx.now)) {
    // Pre-votes come at once and change nothing, so they may be asked for often; votes take longer,
    // as they are written to disk first.
    const votes = Math.max(2, Math.floor(low / 4));
    const wait = !isAsking ? votes : election.failover?.isClosed ? 1 : PRE_VOTE_WAIT_TICKS;
    election.timeoutAt = ctx.now + wait + ctx.random(wait + 1);
    return;
  }
  election.timeoutAt = ctx.now + low + ctx.random(high - low + 1) - 1;
}

/** Whether the leader's link has closed a moment ago (`failover.ts`). */
export function isFailingOver({ failover }: Election, now: number): boolean {
  return failover !== undefined && now < failover.until;
}

/**
 * Whether this replica has just voted for another after the leader's link closed: it may have won
 * and needs time to announce it.
 */
function hasJustVoted(election: Election, now: number): boolean {
  return isFailingOver(election, now) && now - election.failover!.votedAt < FAILOVER_WAIT_TICKS;
}

/** A leader's bookkeeping comes with the role, and goes with it. */
function setRole({ state, ctx }: RaftReplica, role: Role): void {
  const { log, election } = state;
  if (election.role === role) return;
  election.role = role;
  state.leadership =
    role === 'leader' ? newLeadership(ctx.self, effective(log), lastIndex(log), ctx.now) : undefined;
  ctx.note('role');
}

/**
 * Steps down to follower, in `term` if that is newer. `leader` is who leads it, if that is known.
 */
export function becomeFollower(replica: RaftReplica, term: number, leader: NodeId | undefined): void {
  const { state, ctx } = replica;
  const { hard, log, election, leadership } = state;
  // What it proposed in this step stays in its log, with the term that it led.
  const proposed = leadership && takeProposed(leadership, lastIndex(log));
  if (proposed !== undefined) noteAppended(replica, proposed);
  if (term > hard.term) {
    hard.term = term;
    hard.votedFor = undefined;
    saveHardState(hard, ctx.disk);
  }
  if (election.role !== 'follower') resetElectionTimer(replica, election.role === 'pre-candidate');
  election.leader = leader;
  election.votes = {};
  election.lateVotes = {};
  setRole(replica, 'follower');
}

/**
 * There is a leader in this term. If there was one in an earlier term, that one is lost, unless it
 * handed leadership over.
 */
function noteLed({ state: { hard, election }, ctx, settings }: RaftReplica): void {
  if (hard.term === election.ledTerm) return;
  if (election.ledTerm !== undefined) election.losses = withLoss(election.losses, ctx.now, settings);
  election.ledTerm = hard.term;
}

/** A leader was heard from: it leads this term, and no election is needed for now. */
export function hearLeader(replica: RaftReplica, leader: NodeId): void {
  const { state, ctx } = replica;
  const { hard, election } = state;
  // Messages that a leader sent before its link closed may arrive later: they do not show that it
  // is alive.
  if (
    isFailingOver(election, ctx.now) &&
    election.failover?.isClosed === true &&
    election.failover.leader === leader &&
    election.failover.term === hard.term
  )
    return;
  if (election.role !== 'follower' || election.leader !== leader) becomeFollower(replica, hard.term, leader);
  noteLed(replica);
  election.failed = 0;
  election.failover = undefined;
  election.askedEarly = undefined;
  election.leaderHeardAt = ctx.now;
  resetElectionTimer(replica);
}

/** Starts an election if its time has come. */
export function tickElection(replica: RaftReplica): void {
  const { timeoutAt } = replica.state.election;
  if (!isLeading(replica) && replica.ctx.now >= timeoutAt && mayCampaign(replica)) askPreVotes(replica);
}

/** Asks everyone whether a campaign could win. */
export function askPreVotes(replica: RaftReplica): void {
  const { state, ctx } = replica;
  const { hard, election } = state;
  // An unanswered pre-vote is no sign of colliding campaigns; a lost campaign is.
  if (election.role === 'candidate') {
    election.failed++;
    election.lateVotes = election.votes;
  }
  election.leader = undefined;
  election.votes = { [ctx.self]: true };
  resetElectionTimer(replica, true);
  setRole(replica, 'pre-candidate');
  askVotes(replica, hard.term + 1, true, false);
  countVotes(replica);
}

/** Takes a new term and asks for its votes. `transfer`: the leader asked for it. */
export function campaign(replica: RaftReplica, transfer: boolean): void {
  const { state, ctx } = replica;
  const { hard, election } = state;
  if (transfer) election.ledTerm = undefined;
  hard.term++;
  hard.votedFor = ctx.self;
  hard.recovery = 'normal';
  saveHardState(hard, ctx.disk);
  election.leader = undefined;
  election.votes = {};
  election.lateVotes = {};
  resetElectionTimer(replica);
  setRole(replica, 'candidate');
  ctx.note('vote', { peer: ctx.self, detail: writeDetail({ granted: true }) });
  ctx.whenDurable({ votedIn: hard.term });
  askVotes(replica, hard.term, false, transfer);
}

function askVotes({ state, ctx }: RaftReplica, term: number, preVote: boolean, transfer: boolean): void {
  const { log } = state;
  const voters = effective(log).voters.filter((voter) => voter !== ctx.self);
  if (voters.length === 0) return;
  const last = { lastIndex: lastIndex(log), lastTerm: lastTerm(log) };
  ctx.send(voters, { type: 'RequestVote', term, ...last, preVote, transfer });
}

/** This replica's own vote in `term` is durable and counts. */
export function ownVoteDurable(replica: RaftReplica, term: number): void {
  if (replica.state.hard.term === term) noteVote(replica, replica.ctx.self, true);
}

/** Answers a candidate, or a pre-candidate. */
export function onRequestVote(replica: RaftReplica, from: NodeId, request: RequestVote): void {
  const { state, ctx } = replica;
  const { hard, log, election } = state;
  // While a leader is heard from, a replica that does not hear it cannot depose it (4.2.3).
  if (!request.transfer && hearsLeader(replica)) {
    if (request.preVote) election.askedEarly = { from, request };
    refuseVote(replica, from, request);
    return;
  }
  if (!request.preVote && request.term > hard.term) {
    if (request.transfer) election.ledTerm = undefined;
    becomeFollower(replica, request.term, undefined);
  }
  const upToDate = isUpToDate(log, request.lastIndex, request.lastTerm);
  const free = request.preVote
    ? request.term > hard.term && !hasJustVoted(election, ctx.now)
    : request.term === hard.term && (hard.votedFor === undefined || hard.votedFor === from);
  if (!free || !upToDate || !mayVoteFor(hard, request.lastIndex)) {
    refuseVote(replica, from, request);
    return;
  }
  if (!request.preVote) {
    hard.votedFor = from;
    hard.recovery = 'normal';
    saveHardState(hard, ctx.disk);
    resetElectionTimer(replica);
    if (election.failover !== undefined) election.failover = { ...election.failover, votedAt: ctx.now };
    ctx.note('vote', { peer: from, detail: writeDetail({ granted: true }) });
  }
  const { term, preVote } = request;
  ctx.send(from, { type: 'RequestVoteReply', term, granted: true, preVote });
}

function refuseVote({ state, ctx }: RaftReplica, from: NodeId, request: RequestVote): void {
  if (!request.preVote) ctx.note('vote', { peer: from, detail: writeDetail({ granted: false }) });
  const { preVote } = request;
  ctx.send(from, { type: 'RequestVoteReply', term: state.hard.term, granted: false, preVote });
}

/** Whether this replica leads, or heard its leader within the shortest election timeout. */
function hearsLeader(replica: RaftReplica): boolean {
  if (isLeading(replica)) return true;
  const { state, ctx, settings } = replica;
  const { leader, leaderHeardAt } = state.election;
  // A leader's lease holds even where this replica has heard of a newer term since.
  const leased = settings.leaseTicks > 0;
  return (leased || leader !== undefined) && ctx.now - leaderHeardAt < settings.electionTicks[0];
}

/** Counts an answer to this replica's campaign or pre-vote; answers of other terms are ignored. */
export function onRequestVoteReply(replica: RaftReplica, from: NodeId, reply: RequestVoteReply): void {
  const { hard, log, election } = replica.state;
  const term = reply.preVote && reply.granted ? hard.term + 1 : hard.term;
  if (reply.term !== term || !effective(log).voters.includes(from)) return;
  if (!reply.preVote) noteVote(replica, from, reply.granted);
  else if (election.role === 'pre-candidate') {
    election.votes[from] = reply.granted;
    countVotes(replica);
  }
}

/**
 * A vote of this term, or a refusal. One that comes so late that this replica asks for pre-votes
 * again counts too: it has not left the term, and has voted for nobody else in it.
 */
function noteVote(replica: RaftReplica, from: NodeId, granted: boolean): void {
  const { log, election } = replica.state;
  if (election.role === 'candidate') {
    election.votes[from] = granted;
    countVotes(replica);
  } else if (election.role === 'pre-candidate') {
    election.lateVotes[from] = granted;
    if (voteResult(effective(log).halves, election.lateVotes) === 'won') becomeLeader(replica);
  }
}

function countVotes(replica: RaftReplica): void {
  const { hard, log, election } = replica.state;
  const result = voteResult(effective(log).halves, election.votes);
  if (result === 'won') {
    if (election.role === 'pre-candidate') campaign(replica, false);
    else becomeLeader(replica);
  } else if (result === 'lost') {
    if (election.role === 'candidate') election.failed++;
    becomeFollower(replica, hard.term, undefined);
  }
}

function becomeLeader(replica: RaftReplica): void {
  const { hard, log, election, reads } = replica.state;
  election.leader = replica.ctx.self;
  election.votes = {};
  election.lateVotes = {};
  noteLed(replica);
  election.failed = 0;
  election.failover = undefined;
  reads.rounds = [];
  setRole(replica, 'leader');
  propose(log, hard.term, firstEntry(replica));
}

/**
 * A leader founds the cluster if nothing that it has, applied or not, holds an id: it says who the
 * members are, and gives an id.
 */
function firstEntry({ state, settings: { newClusterId } }: RaftReplica): EntryData {
  const { log, cluster } = state;
  const isMinted = ({ data }: Entry) =>
    (data.type === 'noop' && data.clusterId !== undefined) || data.type === 'config';
  if (newClusterId === undefined || cluster.id !== undefined || log.entries.some(isMinted))
    return { type: 'noop' };
  return birth(effective(log).configuration.members, lastIndex(log) + 1, newClusterId);
}

/** The entry at `index` with the members that the cluster begins with. */
function birth(founders: Members, index: number, cluster: string): ConfigurationEntry {
  const members = Object.fromEntries(
    Object.entries(founders).map(([id, member]) => [id, { ...member, incarnation: index }]),
  );
  return { type: 'config', cluster, on: 0, members, by: 'founder', plan: '' };
}

/**
 * A leader that has heard no majority for an election timeout steps down (dissertation, 6.2). So
 * does one whose own writes were not durable in all that time: its disk is full or broken, and
 * another replica's may not be.
 */
export function checkQuorum(replica: LeadingReplica): void {
  const { state, ctx, settings } = replica;
  const { hard, log, leadership } = state;
  const timeout = settings.electionTicks[0];
  if (ctx.now - leadership.quorumCheckedAt < timeout) return;
  leadership.quorumCheckedAt = ctx.now;
  const stalled = leadership.durableIndex < leadership.durableDue;
  leadership.durableDue = leadership.markedIndex;
  const isReached = isQuorum(effective(log).halves, (voter) => isHeard(replica, voter));
  if (stalled || !(isReached || revertJoint(replica))) becomeFollower(replica, hard.term, undefined);
}
