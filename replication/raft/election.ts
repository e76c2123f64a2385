/**
 * Elections (Raft, 5.2 and 5.4.1), with pre-vote (dissertation, 9.6) and leader stickiness (4.2.3).
 *
 * A replica that hears no leader for a random time first asks whether it could win (pre-vote, nothing is
 * changed by it), and only then takes a new term. Its own vote counts once it is durable, as all votes do.
 */
import type { NodeId } from '../../vm/clock.ts';
import { writeDetail } from '../../vm/event-detail.ts';
import { NO_LEASE } from './lease.ts';
import { isUpToDate, lastIndex, lastTerm, propose, saveHardState, takeProposed } from './log.ts';
import type { Entry, EntryData, RaftMessage, RequestVote } from './messages.ts';
import { newProgress } from './progress.ts';
import { quorum } from './quorum.ts';
import { mayCampaign, mayVoteFor } from './recovery.ts';
import { noteAppended } from './trace.ts';
import type { RaftReplica, RaftState, Role } from './types.ts';

type RequestVoteReply = Extract<RaftMessage, { type: 'RequestVoteReply' }>;

/** While elections fail, timeouts are drawn from a range up to this many times as wide. */
const WIDEST = 4;
/** How long a replica waits for another one to campaign first after a leader's link has closed (ticks). */
export const FAILOVER_WAIT_TICKS = 2;

/**
 * Draws the next election timeout (Raft, 5.2: randomised, so that split votes are rare). With every campaign in a row
 * that failed the range doubles, so that replicas whose campaigns collide spread out. After the
 * leader's link has closed, a short wait is used instead. `isAsking`: until this replica asks for pre-votes again.
 */
export function resetElectionTimer({ state, ctx, settings }: RaftReplica, isAsking = false): void {
  const [low, high] = settings.electionTicks;
  if (isFailingOver(state, ctx.now)) {
    // Pre-votes of those who know that the leader is gone come at once; votes take longer, as they are written to disk first.
    const wait = isAsking && state.failover?.isClosed ? 1 : Math.max(2, Math.floor(low / 4));
    state.electionAt = ctx.now + wait + ctx.random(wait + 1);
    return;
  }
  const times = Math.min(2 ** state.failedElections, WIDEST);
  state.electionAt = ctx.now + low + ctx.random((high - low + 1) * times) - 1;
}

/** Whether the leader's link has closed a moment ago (`failover.ts`). */
export function isFailingOver({ failover }: RaftState, now: number): boolean {
  return failover !== undefined && now < failover.until;
}

/** Whether this replica has just voted for another after the leader's link closed: it may have won and needs time to announce it. */
function hasJustVoted(state: RaftState, now: number): boolean {
  return isFailingOver(state, now) && now - state.failover!.votedAt < FAILOVER_WAIT_TICKS;
}

function setRole({ state, ctx }: RaftReplica, role: Role): void {
  if (state.role === role) return;
  state.role = role;
  ctx.note('role');
}

/** Steps down to follower, in `term` if that is newer. `leader` is who leads it, if that is known. */
export function becomeFollower(replica: RaftReplica, term: number, leader: NodeId | undefined): void {
  const { state, ctx } = replica;
  // What it proposed in this step stays in its log, with the term that it led.
  const proposed = state.role === 'leader' ? takeProposed(state) : undefined;
  if (proposed !== undefined) noteAppended(replica, proposed);
  if (term > state.term) {
    state.term = term;
    state.votedFor = undefined;
    saveHardState(state, ctx.disk);
  }
  if (state.role !== 'follower') resetElectionTimer(replica, state.role === 'pre-candidate');
  state.leader = leader;
  state.votes = {};
  state.progress = {};
  setRole(replica, 'follower');
}

/** A leader was heard from: it leads this term, and no election is needed for now. */
export function hearLeader(replica: RaftReplica, leader: NodeId): void {
  const { state, ctx } = replica;
  // Messages that a leader sent before its link closed may arrive later: they do not show that it is alive.
  if (
    isFailingOver(state, ctx.now) &&
    state.failover?.isClosed === true &&
    state.failover.leader === leader &&
    state.failover.term === state.term
  )
    return;
  if (state.role !== 'follower' || state.leader !== leader) becomeFollower(replica, state.term, leader);
  state.failedElections = 0;
  state.failover = undefined;
  state.askedEarly = undefined;
  state.leaderHeardAt = ctx.now;
  resetElectionTimer(replica);
}

/** Starts an election if its time has come. */
export function tickElection(replica: RaftReplica): void {
  const { state, ctx } = replica;
  if (state.role !== 'leader' && ctx.now >= state.electionAt && mayCampaign(replica)) askPreVotes(replica);
}

/** Asks everyone whether a campaign could win. */
export function askPreVotes(replica: RaftReplica): void {
  const { state, ctx } = replica;
  // An unanswered pre-vote is no sign of colliding campaigns; a lost campaign is.
  if (state.role === 'candidate') state.failedElections++;
  state.leader = undefined;
  state.votes = { [ctx.self]: true };
  resetElectionTimer(replica, true);
  setRole(replica, 'pre-candidate');
  askVotes(replica, state.term + 1, true, false);
  countVotes(replica);
}

/** Takes a new term and asks for its votes. `transfer`: the leader asked for it. */
export function campaign(replica: RaftReplica, transfer: boolean): void {
  const { state, ctx } = replica;
  state.term++;
  state.votedFor = ctx.self;
  state.recovery = 'normal';
  saveHardState(state, ctx.disk);
  state.leader = undefined;
  state.votes = {};
  resetElectionTimer(replica);
  setRole(replica, 'candidate');
  ctx.note('vote', { peer: ctx.self, detail: writeDetail({ granted: true }) });
  ctx.whenDurable({ votedIn: state.term });
  askVotes(replica, state.term, false, transfer);
}

function askVotes({ state, ctx }: RaftReplica, term: number, preVote: boolean, transfer: boolean): void {
  const voters = state.voters.filter((voter) => voter !== ctx.self);
  if (voters.length === 0) return;
  const log = { lastIndex: lastIndex(state), lastTerm: lastTerm(state) };
  ctx.send(voters, { type: 'RequestVote', term, ...log, preVote, transfer });
}

/** This replica's own vote in `term` is durable and counts. */
export function ownVoteDurable(replica: RaftReplica, term: number): void {
  const { state, ctx } = replica;
  if (state.role !== 'candidate' || state.term !== term) return;
  state.votes[ctx.self] = true;
  countVotes(replica);
}

/** Answers a candidate, or a pre-candidate. */
export function onRequestVote(replica: RaftReplica, from: NodeId, request: RequestVote): void {
  const { state, ctx } = replica;
  // While a leader is heard from, a replica that does not hear it cannot depose it (4.2.3).
  if (!request.transfer && hearsLeader(replica)) {
    if (request.preVote) state.askedEarly = { from, request };
    refuseVote(replica, from, request);
    return;
  }
  if (!request.preVote && request.term > state.term) becomeFollower(replica, request.term, undefined);
  const upToDate = isUpToDate(state, request.lastIndex, request.lastTerm);
  const free = request.preVote
    ? request.term > state.term && !hasJustVoted(state, ctx.now)
    : request.term === state.term && (state.votedFor === undefined || state.votedFor === from);
  if (!free || !upToDate || !mayVoteFor(state, request.lastIndex)) {
    refuseVote(replica, from, request);
    return;
  }
  if (!request.preVote) {
    state.votedFor = from;
    state.recovery = 'normal';
    saveHardState(state, ctx.disk);
    resetElectionTimer(replica);
    if (state.failover !== undefined) state.failover = { ...state.failover, votedAt: ctx.now };
    ctx.note('vote', { peer: from, detail: writeDetail({ granted: true }) });
  }
  const { term, preVote } = request;
  ctx.send(from, { type: 'RequestVoteReply', term, granted: true, preVote });
}

function refuseVote({ state, ctx }: RaftReplica, from: NodeId, request: RequestVote): void {
  if (!request.preVote) ctx.note('vote', { peer: from, detail: writeDetail({ granted: false }) });
  const { preVote } = request;
  ctx.send(from, { type: 'RequestVoteReply', term: state.term, granted: false, preVote });
}

/** Whether this replica leads, or heard its leader within the shortest election timeout. */
function hearsLeader({ state, ctx, settings }: RaftReplica): boolean {
  if (state.role === 'leader') return true;
  // A leader's lease holds even where this replica has heard of a newer term since.
  const leased = settings.leaseTicks > 0;
  return (leased || state.leader !== undefined) && ctx.now - state.leaderHeardAt < settings.electionTicks[0];
}

/** Counts an answer to this replica's campaign or pre-vote; answers to earlier ones are ignored. */
export function onRequestVoteReply(replica: RaftReplica, from: NodeId, reply: RequestVoteReply): void {
  const { state } = replica;
  const asked = reply.preVote ? state.role === 'pre-candidate' : state.role === 'candidate';
  const term = reply.preVote && reply.granted ? state.term + 1 : state.term;
  if (!asked || reply.term !== term || !state.voters.includes(from)) return;
  state.votes[from] = reply.granted;
  countVotes(replica);
}

function countVotes(replica: RaftReplica): void {
  const { state } = replica;
  const answers = Object.values(state.votes);
  const granted = answers.filter((vote) => vote).length;
  if (granted >= quorum(replica)) {
    if (state.role === 'pre-candidate') campaign(replica, false);
    else becomeLeader(replica);
  } else if (answers.length - granted >= quorum(replica)) {
    if (state.role === 'candidate') state.failedElections++;
    becomeFollower(replica, state.term, undefined);
  }
}

function becomeLeader(replica: RaftReplica): void {
  const { state, ctx } = replica;
  state.leader = ctx.self;
  state.votes = {};
  state.failedElections = 0;
  state.failover = undefined;
  state.lease = NO_LEASE;
  state.durableIndex = 0;
  state.markedIndex = lastIndex(state);
  state.durableDue = 0;
  state.quorumCheckedAt = ctx.now;
  state.rounds = [];
  for (const peer of state.voters) {
    if (peer !== ctx.self) state.progress[peer] = newProgress(lastIndex(state) + 1, ctx.now);
  }
  setRole(replica, 'leader');
  propose(replica, firstEntry(replica));
}

/** Gives the cluster an id if nothing that this leader has, applied or not, holds one. */
function firstEntry({ state, settings: { newClusterId } }: RaftReplica): EntryData {
  const isMinted = ({ data }: Entry) => data.type === 'noop' && data.clusterId !== undefined;
  const needsId =
    newClusterId !== undefined && state.clusterId === undefined && !state.entries.some(isMinted);
  return needsId ? { type: 'noop', clusterId: newClusterId } : { type: 'noop' };
}

/**
 * A leader that has heard no majority for an election timeout steps down (dissertation, 6.2). So does one whose own
 * writes were not durable in all that time: its disk is full or broken, and another replica's may not be.
 */
export function checkQuorum(replica: RaftReplica): void {
  const { state, ctx, settings } = replica;
  const timeout = settings.electionTicks[0];
  if (ctx.now - state.quorumCheckedAt < timeout) return;
  state.quorumCheckedAt = ctx.now;
  const stalled = state.durableIndex < state.durableDue;
  state.durableDue = state.markedIndex;
  const heard = Object.values(state.progress).filter(
    ({ heardAt, recovering }) => recovering === undefined && ctx.now - heardAt <= timeout,
  );
  if (stalled || heard.length + 1 < quorum(replica)) becomeFollower(replica, state.term, undefined);
}
