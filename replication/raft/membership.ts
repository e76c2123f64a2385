/**
 * Changes of the members, by the leader (Raft, 6; dissertation, 4).
 *
 * One change at a time: the configuration before must be committed, and an entry of the leader's
 * own term, without which two leaders could change the same configuration in ways whose quorums do
 * not overlap (Ongaro, raft-dev, 2015); and no transfer of leadership may be under way. A change of
 * one voter is one entry; a larger one is a joint configuration, which the leader, whoever that is
 * by then, leaves once it is committed. A leader that loses its vote transfers leadership first.
 */
import type { NodeId, Outcome } from '../../vm/index.ts';
import type { Configuration, Members } from '../members.ts';
import type { ChangeMembers, MembersChanged } from '../protocol.ts';
import {
  abortJoint,
  areSame,
  changed,
  invalid,
  isJoint,
  isRefusal,
  leaveJoint,
  membersAfter,
  promoted,
  towards,
  votersOf,
} from './configuration.ts';
import { isHeard } from './followers.ts';
import { keep } from './forwarding.ts';
import { advanceLearners, readyLearners } from './learners.ts';
import { effective, lastIndex, propose, termAt } from './log.ts';
import type { PendingChange } from './pending.ts';
import { newProgress } from './progress.ts';
import { isQuorum } from './quorum.ts';
import { answer, failure } from './responses.ts';
import type { LeadingReplica, RaftReplica } from './state.ts';
import { startTransfer } from './transfer.ts';

/** How many of the longest election timeouts a removed replica has to hear that it was removed. */
const LEAVING_TIMEOUTS = 10;

/** Does what is due: answers and begins changes, promotes, and leaves a joint configuration. */
export function advanceMembership(replica: LeadingReplica): void {
  const { log, leadership, requests } = replica.state;
  if (requests.changes.length === 0 && effective(log).isSettled && !leadership.isLeft) return;
  followConfiguration(replica);
  releaseLeaving(replica);
  if (!mayChange(replica)) return;
  advanceChanges(replica);
  advanceLearners(replica);
  // What was appended just now is a change under way.
  if (effective(log).index > log.commit) return;
  const { configuration } = effective(log);
  if (isJoint(configuration)) appendConfiguration(replica, leaveJoint(configuration), {});
  else promoteReady(replica);
}

/** Whether an entry of this leader's term is committed, and it is to go on leading. */
function mayChange({ state: { hard, log, requests } }: LeadingReplica): boolean {
  return termAt(log, log.commit) === hard.term && requests.transfer === undefined;
}

/** Keeps the progress of just those whom the configuration names. */
export function followConfiguration({ state, ctx }: LeadingReplica): void {
  const { log, leadership } = state;
  const { index, everyone, configuration } = effective(log);
  if (leadership.configuredAt === index) return;
  leadership.configuredAt = index;
  leadership.isLeft = configuration.leaving !== undefined;
  const { progress } = leadership;
  for (const peer of everyone) {
    if (peer === ctx.self) continue;
    progress[peer] ??= newProgress(lastIndex(log) + 1, ctx.now);
    const { role, want } = configuration.members[peer] ?? {};
    if (role !== 'learner' || want !== 'voter') progress[peer].learning = undefined;
    // One that was added again is not leaving.
    if (configuration.leaving?.[peer] === undefined) progress[peer].leaving = undefined;
  }
  for (const peer in progress) if (!everyone.includes(peer)) delete progress[peer];
}

/**
 * Those who were removed get entries until they have acknowledged the commit of their removal: an
 * answer to a round that began after it. Or until they have had long enough.
 */
function releaseLeaving({ state, ctx, settings }: LeadingReplica): void {
  const { log, leadership, reads } = state;
  const { index, configuration } = effective(log);
  if (index > log.commit || !leadership.isLeft) return;
  leadership.isLeft = false;
  for (const peer in configuration.leaving) {
    const progress = leadership.progress[peer];
    if (progress === undefined) continue;
    progress.leaving ??= {
      round: ++reads.round,
      until: ctx.now + LEAVING_TIMEOUTS * settings.electionTicks[1],
    };
    const { round, until } = progress.leaving;
    const knows = progress.match >= index && progress.round >= round;
    if (knows || ctx.now >= until) delete leadership.progress[peer];
    else leadership.isLeft = true;
  }
}

function advanceChanges(replica: LeadingReplica): void {
  const { requests } = replica.state;
  for (const change of [...requests.changes]) {
    const outcome = advanceChange(replica, change);
    if (outcome === undefined) continue;
    requests.changes = requests.changes.filter((other) => other !== change);
    answer(replica, change.id, change.from, outcome, change.index);
  }
}

/** Returns the outcome of a change that has ended; undefined while it is under way. */
function advanceChange(replica: LeadingReplica, change: PendingChange): Outcome | undefined {
  const { log } = replica.state;
  const { index, configuration } = effective(log);
  const isUnderWay = index > log.commit || isJoint(configuration);
  if (change.body.changes.some((one) => one.do === 'abort')) return abort(replica, change, isUnderWay);
  const before = membersAfter(configuration);
  const after = changed(before, change.body.changes, lastIndex(log) + 1);
  if (isRefusal(after)) return failure('Rejected', after.refused);
  if (areSame(after, before)) return isUnderWay ? undefined : done(index, change);
  if (isUnderWay) {
    return change.index === undefined
      ? failure('Rejected', `another change of the members is under way, entry ${index}: try again`)
      : undefined;
  }
  if (change.index !== undefined) {
    return failure('Rejected', 'it was given up: not enough of the new voters answered');
  }
  return begin(replica, change, before, after);
}

function done(config: number, { index }: PendingChange): Outcome {
  const value: MembersChanged = index === undefined ? { config, already: true } : { config };
  return { ok: true, value };
}

/** Begins a change, if nothing speaks against it. */
function begin(
  replica: LeadingReplica,
  change: PendingChange,
  before: Members,
  after: Members,
): Outcome | undefined {
  const { index } = effective(replica.state.log);
  const { ifConfig, force = false } = change.body;
  if (ifConfig !== undefined && ifConfig !== index) {
    return failure('Rejected', `the configuration is that of entry ${index}, not of ${ifConfig}`);
  }
  const configuration = towards(before, after);
  const why = invalid(configuration) ?? (force ? undefined : unreachable(replica, configuration));
  if (why !== undefined) return failure('Rejected', why);
  change.index = appendConfiguration(replica, configuration, change.body);
  return undefined;
}

/** Why a configuration could commit nothing as things are; undefined if it could. */
function unreachable(replica: LeadingReplica, configuration: Configuration): string | undefined {
  const halves = votersOf(configuration);
  if (isQuorum(halves, (voter) => isHeard(replica, voter))) return undefined;
  const silent = [...new Set(halves.flat())].filter((voter) => !isHeard(replica, voter));
  return `most of the voters would be needed, and ${silent.join(', ')} cannot be reached`;
}

/** A joint configuration that has not ended goes back to the members before. */
function abort(replica: LeadingReplica, change: PendingChange, isUnderWay: boolean): Outcome | undefined {
  const { index, configuration } = effective(replica.state.log);
  if (change.body.changes.length > 1) {
    return failure('Rejected', 'an abort cannot be combined with other changes');
  }
  if (change.index !== undefined) return isUnderWay ? undefined : done(index, change);
  if (isJoint(configuration)) {
    change.index = appendConfiguration(replica, abortJoint(configuration), change.body);
    return undefined;
  }
  if (!isUnderWay) return done(index, change);
  return failure('Rejected', `entry ${index} changes one voter at most, and cannot be given up`);
}

/** Promotes the learners whose copies were checked: one in an entry, several in a joint change. */
function promoteReady(replica: LeadingReplica): void {
  const ready = readyLearners(replica);
  if (ready.length === 0) return;
  const { members } = effective(replica.state.log).configuration;
  const configuration = towards(members, promoted(members, ready));
  if (invalid(configuration) !== undefined || unreachable(replica, configuration) !== undefined) return;
  appendConfiguration(replica, configuration, {});
}

/**
 * Appends a configuration that follows from the present one. If this leader has no vote in it,
 * leadership is transferred first, and undefined is returned: the next leader begins the change. If
 * that was tried in vain, this leader goes on without counting itself, until it is committed.
 */
function appendConfiguration(
  replica: LeadingReplica,
  { leaving = {}, ...configuration }: Configuration,
  { by = 'leader', plan = '' }: Pick<ChangeMembers, 'by' | 'plan'>,
): number | undefined {
  const { state, ctx } = replica;
  const { hard, log, leadership } = state;
  const [incoming] = votersOf(configuration);
  if (!incoming.includes(ctx.self) && !leadership.hasHandedOver && startTransfer(replica, incoming)) {
    leadership.hasHandedOver = true;
    return undefined;
  }
  const { index: on, configuration: before } = effective(log);
  const named = { ...configuration.outgoing, ...configuration.members };
  const left = Object.entries({ ...before.leaving, ...leaving }).filter(
    ([id]) => named[id] === undefined && (leaving[id] ?? leadership.progress[id]) !== undefined,
  );
  const index = propose(log, hard.term, {
    type: 'config',
    ...(state.cluster.id === undefined ? {} : { cluster: state.cluster.id }),
    on,
    ...configuration,
    ...(left.length === 0 ? {} : { leaving: Object.fromEntries(left) }),
    by,
    plan,
  });
  followConfiguration(replica);
  return index;
}

/**
 * The incoming half of a joint configuration is not heard from, and the outgoing one is: goes back
 * to it, as nothing can be committed any more. Returns whether it did.
 */
export function revertJoint(replica: LeadingReplica): boolean {
  const { configuration, halves } = effective(replica.state.log);
  const [, outgoing] = halves;
  if (outgoing === undefined || !mayChange(replica)) return false;
  if (!isQuorum([outgoing], (voter) => isHeard(replica, voter))) return false;
  appendConfiguration(replica, abortJoint(configuration), { plan: 'the new voters are not heard from' });
  return true;
}

/** Whether it is committed that this replica has no vote: it cannot go on leading. */
export function hasLostVote({ state: { log }, ctx }: RaftReplica): boolean {
  const { index, voters } = effective(log);
  return index <= log.commit && !voters.includes(ctx.self);
}

/** Leadership is lost: whoever leads next begins the changes that are not done yet, or goes on. */
export function abandonChanges(replica: RaftReplica): void {
  const { requests } = replica.state;
  const { changes } = requests;
  requests.changes = [];
  for (const { id, from, deadline, body, index } of changes) {
    // What was begun may be committed by another leader.
    const code = index === undefined ? 'NotLeader' : 'Superseded';
    if (from !== undefined) answer(replica, id, from, failure(code, 'leadership was lost'));
    else keep(replica, id, body, deadline, index !== undefined);
  }
}

/** Ends changes whose deadline has passed. */
export function expireChanges(replica: RaftReplica): void {
  const { requests } = replica.state;
  const late = requests.changes.filter(({ deadline }) => deadline <= replica.ctx.now);
  if (late.length === 0) return;
  requests.changes = requests.changes.filter((change) => !late.includes(change));
  for (const { id, from, index } of late) {
    const outcome: Outcome =
      index === undefined
        ? failure('NoLeader', 'the members cannot be changed now; nothing was done')
        : failure('Indeterminate', 'not committed in time; it may still happen');
    answer(replica, id, from, outcome);
  }
}

/** Whether a replica belongs to the cluster, as far as this one knows. */
export function isMember({ state: { log } }: RaftReplica, peer: NodeId): boolean {
  const { members, outgoing } = effective(log).configuration;
  return members[peer] !== undefined || outgoing?.[peer] !== undefined;
}
