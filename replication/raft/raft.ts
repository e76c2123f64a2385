/**
 * Raft (Ongaro and Ousterhout 2014; Ongaro's dissertation 2014) as a program of the machine.
 *
 * One leader a term orders commands in a log and copies it to its followers; what a majority holds
 * durably is committed and applied everywhere in the same order. This file only dispatches each
 * event to the file it belongs to: `election.ts`, `append.ts` (followers), `replicate.ts` (leaders,
 * over `progress.ts`), `commit.ts`, `requests.ts`, `forwarding.ts`, `reads.ts`, `transfer.ts`,
 * `drain.ts`, `snapshot/snapshot.ts`; `log.ts` keeps the log. Handlers change state; `settle` sends
 * what has accumulated, so one step of the machine becomes one write and one message a follower.
 */

import type { Context, Envelope, NodeId } from '../../vm/index.ts';
import { loadSessions } from '../core/client-sessions.ts';
import { EAGER } from '../core/loop-policy.ts';
import { appliedIndex, clusterIdOf } from '../core/sessions.ts';
import type { Protocol } from '../protocol.ts';
import type { StateMachine } from '../state-machine.ts';
import { onAppendEntries } from './append.ts';
import { advanceCheck } from './check.ts';
import { advanceCommit, ownEntriesDurable } from './commit.ts';
import type { CommitRule } from './commit-rule.ts';
import { foundedBy } from './configuration.ts';
import { handOverIfDrained } from './drain.ts';
import { configurationIn, effectiveFrom } from './effective.ts';
import {
  becomeFollower,
  campaign,
  checkQuorum,
  onRequestVote,
  onRequestVoteReply,
  ownVoteDurable,
  resetElectionTimer,
  tickElection,
} from './election.ts';
import {
  afterRequestVote,
  afterRequestVoteReply,
  noteHeard,
  noteSilence,
  onFailoverLink,
} from './failover.ts';
import { expireForwarded, onForwardDropped, onForwardLink, onForwardReply } from './forwarding.ts';
import { loadHardState } from './hard-state.ts';
import { allowForDelay, countTick } from './held-up.ts';
import { takeProposed } from './leadership.ts';
import { renewLease } from './lease.ts';
import { compactLog, effective, finishEntry, lastIndex, loadLog } from './log.ts';
import { writeLog } from './log-storage.ts';
import {
  abandonChanges,
  advanceMembership,
  expireChanges,
  followConfiguration,
  hasLostVote,
  isMember,
} from './membership.ts';
import type { RaftMessage } from './messages.ts';
import { packing } from './packing.ts';
import { confirmReads, expireReads } from './reads.ts';
import { mayCampaign, onRecovered, reachedByCluster, startAsJoiner } from './recovery.ts';
import { nameRecord, repair } from './repair.ts';
import { onAppendEntriesReply, replicate } from './replicate.ts';
import {
  abandonRounds,
  askAgainForCut,
  expireRequests,
  forwardToNewLeader,
  forwardWaiting,
  onForward,
  onRequest,
} from './requests.ts';
import { DEFAULT_SETTINGS, type RaftSettings } from './settings.ts';
import {
  clearLeftovers,
  loadReceiving,
  onInstallSnapshot,
  onInstallSnapshotReply,
  releaseView,
} from './snapshot/snapshot.ts';
import { initialState, isLeading, type RaftReplica, type RaftState, TIME_FIELDS } from './state.ts';
import { noteAppended, noteStart } from './trace.ts';
import { advanceTransfer, expireTransfer, onTransferLink, transferDone } from './transfer.ts';
import { entryView, view } from './view.ts';
import { isRaftMessage } from './well-formed.ts';

/** The marks given to `whenDurable`: a vote of this replica's own, or its own entries. */
type Mark = { readonly votedIn: number } | { readonly term: number; readonly index: number };

/** How Raft is made: its settings, and what else may be chosen. */
export interface RaftOptions extends Partial<RaftSettings> {
  /** Whether handlers run as soon as something arrives; otherwise at ticks only. Default: true. */
  readonly eager?: boolean;
  /** Another rule than Raft's for what is committed: to learn from. Default: Raft's own. */
  readonly commitRule?: CommitRule | undefined;
}

/** Raft with `machine` as what it replicates. Settings that are not given are the defaults. */
export function createRaft<C, R, Q, A>(
  machine: StateMachine<C, R, Q, A>,
  options: RaftOptions = {},
): Protocol<RaftState, RaftMessage, C, R, Q, A> {
  const { eager = true, commitRule, ...given } = options;
  const settings: RaftSettings = { ...DEFAULT_SETTINGS, ...given };
  if (settings.leaseTicks >= settings.electionTicks[0]) {
    throw new RangeError(
      `leaseTicks ${settings.leaseTicks} must be less than the shortest election timeout, ${settings.electionTicks[0]}`,
    );
  }
  const replica = (state: RaftState, ctx: Context<RaftMessage>): RaftReplica => ({
    state,
    ctx,
    settings,
    machine: machine as StateMachine<unknown, unknown, unknown, unknown>,
    commitRule,
  });
  return {
    name: 'raft',
    machine,
    policy: { ...EAGER, eager },
    guarantees: {
      ...{ oneLeaderPerTerm: true, durable: true, reads: 'linearizable', once: true, converges: true },
      servedBy: (replicas) => Math.floor(replicas / 2) + 1,
      servedWhileOthersFlap: true,
      sessions: settings,
    },
    leaderRole: 'leader',
    timeFields: TIME_FIELDS,
    init(ctx, disk) {
      loadSessions(ctx.data);
      const founders = effectiveFrom(
        0,
        foundedBy(ctx.joining ? [] : [ctx.self, ...ctx.peers], settings.addresses),
      );
      const hard = loadHardState(disk.program);
      if (ctx.joining) startAsJoiner(hard, ctx.disk);
      const state = initialState(ctx, {
        hard,
        log: loadLog(disk.program, appliedIndex(disk.data), configurationIn(disk.data, founders)),
        clusterId: clusterIdOf(disk.data),
        founders,
        receiving: loadReceiving(disk.program),
      });
      // It may have promised a leader not to vote before it was restarted.
      if (settings.leaseTicks > 0) state.election.leaderHeardAt = ctx.now;
      resetElectionTimer(replica(state, ctx));
      return state;
    },
    onTick: (state, ctx) => onTick(replica(state, ctx)),
    onMessage: (state, envelope, ctx) => onMessage(replica(state, ctx), envelope),
    onRequest: (state, { id, body }, ctx) => onRequest(replica(state, ctx), id, body),
    onDurable: (state, mark, ctx) => onDurable(replica(state, ctx), mark as Mark),
    // The cluster exists already, so if this disk is empty it has been lost.
    onClusterId: (state, _id, ctx) => reachedByCluster(replica(state, ctx)),
    clusterId: (state) => state.cluster.id,
    roster: (state) => effective(state.log).roster,
    onLink: (state, peer, up, ctx) => onLink(replica(state, ctx), peer, up),
    onDropped(state, peer, body, ctx) {
      if (body.type === 'Forward') onForwardDropped(replica(state, ctx), peer, body);
    },
    settle: (state, ctx) => settle(replica(state, ctx)),
    columns: ({ hard, log, election }) => ({ term: hard.term, role: election.role, commit: log.commit }),
    isMessage: isRaftMessage,
    packing,
    kindOf,
    repair,
    nameRecord,
    view,
    entry: entryView,
  };
}

function onTick(replica: RaftReplica): void {
  countTick(replica);
  noteSilence(replica);
  tickElection(replica);
  if (isLeading(replica)) checkQuorum(replica);
  if (isLeading(replica)) handOverIfDrained(replica);
  expireRequests(replica);
  expireForwarded(replica);
  expireReads(replica);
  expireTransfer(replica);
  expireChanges(replica);
  advanceCheck(replica);
  forwardWaiting(replica);
  clearLeftovers(replica);
}

/**
 * A newer term makes any replica a follower (Raft, 5.1), except in a pre-vote, which only asks
 * about it.
 */
function isNewTerm(replica: RaftReplica, from: NodeId, message: RaftMessage): boolean {
  if (message.term <= replica.state.hard.term || message.type === 'RequestVote') return false;
  if (message.type === 'RequestVoteReply' && message.preVote && message.granted) return false;
  // Who was removed cannot depose a leader. Only leaders are believed that this replica has not
  // heard of yet.
  return OF_LEADERS.includes(message.type) || isMember(replica, from);
}

/** Messages that only a leader sends. */
const OF_LEADERS: readonly RaftMessage['type'][] = [
  'AppendEntries',
  'InstallSnapshot',
  'Recovered',
  'TimeoutNow',
];

function onMessage(replica: RaftReplica, { from, body }: Envelope<RaftMessage>): void {
  allowForDelay(replica);
  noteHeard(replica.state, from);
  if (isNewTerm(replica, from, body)) becomeFollower(replica, body.term, undefined);
  switch (body.type) {
    case 'RequestVote':
      onRequestVote(replica, from, body);
      afterRequestVote(replica, from, body);
      break;
    case 'RequestVoteReply':
      onRequestVoteReply(replica, from, body);
      afterRequestVoteReply(replica);
      break;
    case 'AppendEntries':
      onAppendEntries(replica, from, body);
      break;
    case 'AppendEntriesReply':
      onAppendEntriesReply(replica, from, body);
      break;
    case 'InstallSnapshot':
      onInstallSnapshot(replica, from, body);
      break;
    case 'InstallSnapshotReply':
      onInstallSnapshotReply(replica, from, body);
      break;
    case 'Recovered':
      onRecovered(replica, from, body);
      break;
    case 'TimeoutNow':
      onTimeoutNow(replica, from, body.term);
      break;
    case 'Forward':
      onForward(replica, from, body);
      break;
    case 'ForwardReply':
      onForwardReply(replica, from, body);
      break;
  }
}

function onTimeoutNow(replica: RaftReplica, from: NodeId, term: number): void {
  const { hard, election } = replica.state;
  if (election.role !== 'follower' || hard.term !== term || election.leader !== from) return;
  if (mayCampaign(replica)) campaign(replica, true);
}

function onLink(replica: RaftReplica, peer: NodeId, up: boolean): void {
  onFailoverLink(replica, peer, up);
  onForwardLink(replica, peer, up);
  onTransferLink(replica, peer, up);
}

function onDurable(replica: RaftReplica, mark: Mark): void {
  if ('votedIn' in mark) ownVoteDurable(replica, mark.votedIn);
  else ownEntriesDurable(replica, mark.term, mark.index);
}

/** Once a step: commit what can be, pass requests on, and send what is due. */
function settle(replica: RaftReplica): void {
  const { state, ctx, settings } = replica;
  const { hard, log, snapshot } = state;
  noteStart(replica);
  transferDone(replica);
  askAgainForCut(replica);
  forwardToNewLeader(replica);
  if (isLeading(replica)) advanceMembership(replica);
  // After everything that may append: a leader counts its entries once they are durable.
  finishEntry(log);
  writeLog(log, ctx.disk);
  compactLog(log, ctx.disk, settings, snapshot.view?.index);
  releaseView(replica);
  if (!isLeading(replica)) {
    abandonRounds(replica);
    abandonChanges(replica);
    return;
  }
  const last = lastIndex(log);
  const proposed = takeProposed(replica.state.leadership, last);
  if (proposed !== undefined) {
    noteAppended(replica, proposed);
    ctx.whenDurable({ term: hard.term, index: last });
  }
  advanceCommit(replica);
  confirmReads(replica);
  renewLease(replica);
  advanceTransfer(replica);
  followConfiguration(replica);
  replicate(replica);
  // The others have been told.
  if (hasLostVote(replica)) becomeFollower(replica, hard.term, undefined);
}

/** The type of a message, for logs and pictures: pre-votes and heartbeats by their own names. */
function kindOf(message: RaftMessage): string {
  if (message.type === 'RequestVote' && message.preVote) return 'PreVote';
  if (message.type === 'RequestVoteReply' && message.preVote) return 'PreVoteReply';
  if (message.type === 'AppendEntries' && message.entries.length === 0) return 'Heartbeat';
  return message.type;
}
