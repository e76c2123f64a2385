/**
 * Primary-backup replication as a program of the machine (Alsberg and Day, "A Principle for
 * Resilient Sharing of Distributed Resources", 1976; Budhiraja and others, "The Primary-Backup
 * Approach", 1993).
 *
 * Only the primary writes. It sends each command to its backups and answers once those that it
 * waits for have it on disk. What it waits for is a setting, and so is what survives: `guarantees`
 * says which. This file dispatches each event to the file it belongs to; `settle` does once a step
 * what has accumulated.
 *
 * Left out: changes of the members, handing the primary's part over, leases.
 */
import type { Context } from '../../vm/index.ts';
import { loadSessions } from '../core/client-sessions.ts';
import { EAGER } from '../core/loop-policy.ts';
import { appliedIndex } from '../core/sessions.ts';
import { onCopied, onCopy, releaseView } from '../ordering/copy.ts';
import { onUpdate } from '../ordering/follow.ts';
import { expireKept, onForwardReply } from '../ordering/forwarding.ts';
import { markDurable, ownLogDurable } from '../ordering/leading.ts';
import { compactLog, loadLog } from '../ordering/log.ts';
import type { Copy, Update } from '../ordering/messages.ts';
import { onUpdated, replicate } from '../ordering/replicate.ts';
import { expireRequests, onForward, onRequest, serveKept } from '../ordering/requests.ts';
import { isLeading } from '../ordering/state.ts';
import { logView, orderedEntry } from '../ordering/view.ts';
import type { Guarantees, Protocol, ReplicaView } from '../protocol.ts';
import type { StateMachine } from '../state-machine.ts';
import { advanceCommit, answerReads, hasLostMajority, reviewBackups } from './acknowledge.ts';
import {
  becomeBackup,
  hearPrimary,
  onVoteReply,
  onVoteRequest,
  ownVoteDurable,
  resetElectionTimer,
  tickElection,
} from './election.ts';
import {
  nameRecord,
  noteRecovering,
  onRecovered,
  reachedByPrimary,
  repair,
  tellRecovered,
} from './recovery.ts';
import { PRIMARY_BACKUP_SETTINGS, type PrimaryBackupSettings } from './settings.ts';
import {
  initialState,
  loadHardState,
  type PrimaryBackup,
  type PrimaryBackupMessage,
  type PrimaryBackupState,
  TIME_FIELDS,
} from './state.ts';
import { isPrimaryBackupMessage } from './well-formed.ts';

type Mark = { readonly votedIn: number } | { readonly epoch: number; readonly index: number };

/** Primary-backup replication of `machine`. Settings that are not given are the defaults. */
export function createPrimaryBackup<C, R, Q, A>(
  machine: StateMachine<C, R, Q, A>,
  options: Partial<PrimaryBackupSettings> & { readonly eager?: boolean } = {},
): Protocol<PrimaryBackupState, PrimaryBackupMessage, C, R, Q, A> {
  const { eager = true, ...given } = options;
  const settings: PrimaryBackupSettings = { ...PRIMARY_BACKUP_SETTINGS, ...given };
  const guarantees = guaranteesOf(settings);
  const replica = (state: PrimaryBackupState, ctx: Context<PrimaryBackupMessage>): PrimaryBackup => ({
    state,
    ctx,
    settings,
    machine: machine as StateMachine<unknown, unknown, unknown, unknown>,
    oneHistory: guarantees.durable,
  });
  return {
    name: 'primary-backup',
    machine,
    policy: { ...EAGER, eager },
    guarantees,
    leaderRole: 'primary',
    timeFields: TIME_FIELDS,
    init(ctx, disk) {
      loadSessions(ctx.data);
      const hard = loadHardState(disk.program);
      const state = initialState(ctx, hard, loadLog(disk.program, appliedIndex(disk.data)));
      resetElectionTimer(replica(state, ctx));
      return state;
    },
    onTick: (state, ctx) => onTick(replica(state, ctx)),
    onMessage: (state, { from, body }, ctx) => onMessage(replica(state, ctx), from, body),
    onRequest: (state, { id, body }, ctx) => onRequest(replica(state, ctx), id, body),
    onDurable: (state, mark, ctx) => onDurable(replica(state, ctx), mark as Mark),
    settle: (state, ctx) => settle(replica(state, ctx)),
    columns: ({ hard, role, log }) => ({ term: hard.term, role, commit: log.commit }),
    isMessage: isPrimaryBackupMessage,
    kindOf,
    repair,
    nameRecord,
    view: (state) => view(state, guarantees.durable),
    entry: (state, index) => orderedEntry(state.log, index),
  };
}

/** What holds with these settings, whatever the network does. */
function guaranteesOf(settings: PrimaryBackupSettings): Guarantees {
  const { ack, soleSurvivor } = settings;
  const isSafe = ack !== 'primary' && !soleSurvivor;
  return {
    oneLeaderPerTerm: !soleSurvivor,
    durable: isSafe,
    reads: isSafe ? 'linearizable' : 'eventual',
    once: isSafe,
    converges: true,
    servedBy: (replicas) => (soleSurvivor ? 1 : Math.floor(replicas / 2) + 1),
    servedWhileOthersFlap: !soleSurvivor,
    sessions: settings,
  };
}

function onTick(replica: PrimaryBackup): void {
  tickElection(replica);
  if (isLeading(replica) && hasLostMajority(replica))
    becomeBackup(replica, replica.state.hard.term, undefined);
  expireRequests(replica);
  expireKept(replica);
}

function onMessage(replica: PrimaryBackup, from: string, body: PrimaryBackupMessage): void {
  const { state, ctx } = replica;
  state.heardAt[from] = ctx.now;
  switch (body.type) {
    case 'VoteRequest':
      onVoteRequest(replica, from, body);
      break;
    case 'VoteReply':
      onVoteReply(replica, from, body);
      break;
    case 'NewTerm':
      if (body.term > state.hard.term) becomeBackup(replica, body.term, undefined);
      break;
    case 'Update':
    case 'Copy':
      onPrimary(replica, from, body);
      break;
    case 'Updated':
    case 'Copied':
      if (!isLeading(replica) || body.epoch !== replica.state.leading.epoch) break;
      noteRecovering(replica, from, body.recovering, body.type === 'Updated' && body.ok ? body.index : 0);
      if (body.type === 'Updated') onUpdated(replica, from, body);
      else onCopied(replica, from, body);
      tellRecovered(replica, from);
      break;
    case 'Recovered':
      onRecovered(replica, from, body);
      break;
    case 'Forward':
      onForward(replica, from, body);
      break;
    case 'ForwardReply':
      onForwardReply(replica, from, body);
      break;
  }
}

/** A message that only a primary sends. */
function onPrimary(replica: PrimaryBackup, from: string, body: Update | Copy): void {
  const { state, ctx } = replica;
  const { hard } = state;
  if (body.epoch < hard.term) {
    ctx.send(from, { type: 'NewTerm', term: hard.term });
    return;
  }
  if (body.epoch > hard.term) becomeBackup(replica, body.epoch, from);
  // Two primaries of one term: only sole survivors can be. The lower id stays.
  if (state.leader !== undefined && state.leader !== from && state.leader < from) return;
  hearPrimary(replica, from);
  reachedByPrimary(replica);
  if (body.type === 'Update') onUpdate(replica, from, body);
  else onCopy(replica, from, body);
}

function onDurable(replica: PrimaryBackup, mark: Mark): void {
  if ('votedIn' in mark) ownVoteDurable(replica, mark.votedIn);
  else ownLogDurable(replica, mark.epoch, mark.index);
}

/** Once a step: commit what can be, pass requests on, and send what is due. */
function settle(replica: PrimaryBackup): void {
  const { state, ctx, settings } = replica;
  serveKept(replica);
  if (isLeading(replica)) {
    markDurable(replica);
    reviewBackups(replica);
    advanceCommit(replica);
    answerReads(replica);
    releaseView(replica);
    replicate(replica);
  }
  compactLog(state.log, ctx.disk, settings.maxLogEntries, state.leading?.view?.index);
}

/** The type of a message, for logs and pictures: trials and heartbeats by their own names. */
function kindOf(message: PrimaryBackupMessage): string {
  if (message.type === 'VoteRequest' && message.trial) return 'TrialVote';
  if (message.type === 'VoteReply' && message.trial) return 'TrialVoteReply';
  return message.type === 'Update' && message.entries.length === 0 ? 'Heartbeat' : message.type;
}

function view(state: PrimaryBackupState, countsQuorums: boolean): ReplicaView {
  const { hard, role, votes, electionAt, self, heardAt } = state;
  const voters = [self, ...Object.keys(heardAt)];
  return {
    role,
    term: hard.term,
    votedFor: hard.votedFor,
    recovery: hard.recovery,
    leader: state.leader,
    drained: false,
    ...logView(state.log),
    votes,
    electionAt: role === 'primary' ? undefined : electionAt,
    configuration: countsQuorums ? { index: 0, voters, learners: [], outgoing: undefined } : undefined,
  };
}
