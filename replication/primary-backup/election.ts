/**
 * Who is the primary: terms and votes with random timeouts, as in Raft (Raft, 5.2 and 5.4.1), with
 * trials before a term is taken (Raft dissertation, 9.6).
 *
 * With `soleSurvivor` a candidate also wins with the votes of all that it has heard lately, however
 * few they are: then a term may have two primaries, one in each part of a partition, and the one
 * with the higher id gives way when they meet.
 */
import { type NodeId, writeDetail } from '../../vm/index.ts';
import { dropView } from '../ordering/copy.ts';
import { propose, startLeading } from '../ordering/leading.ts';
import { lastIndex, lastPosition } from '../ordering/log.ts';
import { abandonReads } from '../ordering/requests.ts';
import { isLeading } from '../ordering/state.ts';
import { mayCampaign, mayVoteFor } from './recovery.ts';
import { majority, type PrimaryBackup, type PrimaryBackupMessage, saveHardState, setRole } from './state.ts';

type VoteRequest = Extract<PrimaryBackupMessage, { type: 'VoteRequest' }>;
type VoteReply = Extract<PrimaryBackupMessage, { type: 'VoteReply' }>;

/** Waits anew for a primary. */
export function resetElectionTimer({ state, ctx, settings }: PrimaryBackup): void {
  const [low, high] = settings.electionTicks;
  state.electionAt = ctx.now + low + ctx.random(high - low + 1) - 1;
}

/** Follows a term in which it does not lead. `leader`: whom it has heard to be the primary. */
export function becomeBackup(replica: PrimaryBackup, term: number, leader: NodeId | undefined): void {
  const { state, ctx } = replica;
  const { hard } = state;
  if (isLeading(replica)) abandonReads(replica);
  dropView(replica);
  state.leading = undefined;
  state.leader = leader;
  state.votes = {};
  if (term > hard.term) {
    hard.term = term;
    hard.votedFor = undefined;
    saveHardState(hard, ctx.disk);
  }
  setRole(replica, 'backup');
}

/** The primary of this term has been heard. */
export function hearPrimary(replica: PrimaryBackup, primary: NodeId): void {
  const { state, ctx } = replica;
  if (state.role !== 'backup' || state.leader !== primary) becomeBackup(replica, state.hard.term, primary);
  state.primaryHeardAt = ctx.now;
  resetElectionTimer(replica);
}

/** Asks for votes when no primary has been heard for long enough. */
export function tickElection(replica: PrimaryBackup): void {
  const { state, ctx } = replica;
  if (isLeading(replica) || ctx.now < state.electionAt || !mayCampaign(state.hard)) return;
  state.leader = undefined;
  state.votes = { [ctx.self]: true };
  resetElectionTimer(replica);
  setRole(replica, 'pre-candidate');
  ask(replica, state.hard.term + 1, true);
  countVotes(replica);
}

/** Takes a new term and asks for its votes. */
function campaign(replica: PrimaryBackup): void {
  const { state, ctx } = replica;
  const { hard } = state;
  hard.term++;
  hard.votedFor = ctx.self;
  hard.recovery = 'normal';
  saveHardState(hard, ctx.disk);
  state.votes = {};
  resetElectionTimer(replica);
  setRole(replica, 'candidate');
  ctx.note('vote', { peer: ctx.self, detail: writeDetail({ granted: true }) });
  ctx.whenDurable({ votedIn: hard.term });
  ask(replica, hard.term, false);
}

function ask({ state, ctx }: PrimaryBackup, term: number, trial: boolean): void {
  if (ctx.peers.length === 0) return;
  const { term: lastTerm } = lastPosition(state.log);
  ctx.send(ctx.peers, { type: 'VoteRequest', term, trial, lastIndex: lastIndex(state.log), lastTerm });
}

/** This replica's own vote is durable and counts. */
export function ownVoteDurable(replica: PrimaryBackup, term: number): void {
  const { state, ctx } = replica;
  if (state.role !== 'candidate' || state.hard.term !== term) return;
  state.votes[ctx.self] = true;
  countVotes(replica);
}

/** Answers a candidate. */
export function onVoteRequest(replica: PrimaryBackup, from: NodeId, request: VoteRequest): void {
  const { state, ctx } = replica;
  const { hard } = state;
  const { trial } = request;
  if (!trial && request.term > hard.term) becomeBackup(replica, request.term, undefined);
  if (!mayGrant(replica, from, request)) {
    ctx.send(from, { type: 'VoteReply', term: hard.term, trial, granted: false });
    return;
  }
  if (!trial) {
    hard.votedFor = from;
    hard.recovery = 'normal';
    saveHardState(hard, ctx.disk);
    resetElectionTimer(replica);
    ctx.note('vote', { peer: from, detail: writeDetail({ granted: true }) });
  }
  ctx.send(from, { type: 'VoteReply', term: request.term, trial, granted: true });
}

function mayGrant(replica: PrimaryBackup, from: NodeId, request: VoteRequest): boolean {
  const { state, ctx, settings } = replica;
  const { hard, log } = state;
  // Who hears a primary does not help to depose it.
  const { primaryHeardAt: heardAt } = state;
  const hasHeard = heardAt !== undefined && ctx.now - heardAt < settings.electionTicks[0];
  const hears = isLeading(replica) || hasHeard;
  const isFree = request.trial
    ? request.term > hard.term && !hears
    : request.term === hard.term && (hard.votedFor === undefined || hard.votedFor === from);
  const mine = lastPosition(log);
  const isUpToDate =
    request.lastTerm > mine.term || (request.lastTerm === mine.term && request.lastIndex >= mine.index);
  return isFree && isUpToDate && mayVoteFor(hard, request.lastIndex);
}

/** A vote, or a refusal. */
export function onVoteReply(replica: PrimaryBackup, from: NodeId, reply: VoteReply): void {
  const { state } = replica;
  const { hard } = state;
  if (!reply.granted && reply.term > hard.term) {
    becomeBackup(replica, reply.term, undefined);
    return;
  }
  const asked = reply.trial ? hard.term + 1 : hard.term;
  if (state.role !== (reply.trial ? 'pre-candidate' : 'candidate')) return;
  if (reply.granted && reply.term !== asked) return;
  state.votes[from] = reply.granted;
  countVotes(replica);
}

function countVotes(replica: PrimaryBackup): void {
  const { state, ctx, settings } = replica;
  if (state.votes[ctx.self] !== true) return;
  const granted = Object.values(state.votes).filter(Boolean).length;
  const isEnough = granted >= majority(replica) || (settings.soleSurvivor && hasAllThatLive(replica));
  if (!isEnough) return;
  if (state.role === 'pre-candidate') campaign(replica);
  else becomePrimary(replica);
}

/** Whether all that have been heard lately have given their vote. */
function hasAllThatLive({ state, ctx, settings }: PrimaryBackup): boolean {
  const lately = ctx.now - settings.electionTicks[1];
  return ctx.peers.every((peer) => state.heardAt[peer]! <= lately || state.votes[peer] === true);
}

function becomePrimary(replica: PrimaryBackup): void {
  const { state, ctx } = replica;
  const { term } = state.hard;
  state.votes = {};
  startLeading(replica, { epoch: term, by: `${term}.${ctx.self}`, term }, ctx.peers);
  setRole(replica, 'primary');
  // Entries of earlier terms are committed along with one of its own (Raft, 5.4.2).
  if (isLeading(replica)) propose(replica, { type: 'noop' });
}
