/**
 * What a leader does for a learner that is to vote (dissertation, 4.2.1): lets it catch up in
 * rounds, each of which ends with what the log had at its beginning, until a round is as short as
 * an election timeout; then has its copy checked against its own (`check.ts`). A copy that differs
 * is replaced where it does, by a snapshot, and checked again.
 *
 * One that is too slow, through all its rounds, may try again after a while. One whose copy differs
 * again and again may not: that is no matter of time.
 *
 * All of it is forgotten with the leadership. The next leader begins anew, with rounds that are
 * short and a check that the learner has made already.
 */
import type { NodeId } from '../../vm/index.ts';
import { effective, lastIndex, propose } from './log.ts';
import { becomeSnapshot, type Learning, type Progress } from './progress.ts';
import type { LeadingReplica, RaftState } from './state.ts';
import { noteLearning } from './trace.ts';

/** The most rounds before a learner counts as too slow to vote. */
const MOST_ROUNDS = 10;
/** So many of the longest election timeouts later it may try again: what slowed it may be over. */
const RETRY_TIMEOUTS = 20;
/** How often a copy that differs is replaced. */
const MOST_REPAIRS = 3;
/** Phases from which it is not promoted. */
const FAILED: readonly (Learning['phase'] | undefined)[] = ['stalled', 'differs'];

/** Does what is due for every learner that is to vote. */
export function advanceLearners(replica: LeadingReplica): void {
  const { hard, log, leadership } = replica.state;
  const { members } = effective(log).configuration;
  const unchecked: [NodeId, Progress][] = [];
  for (const peer in leadership.progress) {
    const { role, want } = members[peer] ?? {};
    const progress = leadership.progress[peer]!;
    if (role !== 'learner' || want !== 'voter' || progress.recovering !== undefined) continue;
    if (advance(replica, peer, progress)) unchecked.push([peer, progress]);
  }
  if (unchecked.length === 0) return;
  // One check is for all of them.
  const check = propose(log, hard.term, { type: 'check' });
  for (const [peer, progress] of unchecked) {
    enter(replica, peer, progress, { ...progress.learning!, check, since: replica.ctx.now });
  }
}

/**
 * Learners that may vote: their copies were checked, and they answer. Those that were added
 * together are promoted together, so one waits for the others while these answer and get on.
 */
export function readyLearners({ state, ctx, settings }: LeadingReplica): NodeId[] {
  const { members } = effective(state.log).configuration;
  const { progress } = state.leadership;
  const learners = Object.keys(progress).filter((peer) => {
    const { role, want } = members[peer] ?? {};
    const isHeard = ctx.now - progress[peer]!.heardAt <= settings.electionTicks[0];
    return role === 'learner' && want === 'voter' && isHeard;
  });
  const isReady = (peer: NodeId) => progress[peer]!.learning?.phase === 'ready';
  const isFailed = (peer: NodeId) => FAILED.includes(progress[peer]!.learning?.phase);
  const late = learners.filter((peer) => !isReady(peer) && !isFailed(peer));
  const awaited = new Set(late.map((peer) => members[peer]!.incarnation));
  return learners.filter((peer) => isReady(peer) && !awaited.has(members[peer]!.incarnation));
}

/**
 * What each learner that is to vote is doing, for who looks at a leader; undefined if there is
 * none.
 */
export function learningView({ log, leadership }: RaftState): Readonly<Record<NodeId, string>> | undefined {
  if (leadership === undefined || effective(log).isSettled) return undefined;
  const entries = Object.entries(leadership.progress);
  return Object.fromEntries(
    entries.flatMap(([peer, { learning }]) => (learning === undefined ? [] : [[peer, learning.phase]])),
  );
}

/** Returns whether a check must be asked for. */
function advance(replica: LeadingReplica, peer: NodeId, progress: Progress): boolean {
  const { log } = replica.state;
  const { now } = replica.ctx;
  const retryTicks = RETRY_TIMEOUTS * replica.settings.electionTicks[1];
  if (progress.learning === undefined) enter(replica, peer, progress, newRound(1, lastIndex(log), now));
  const learning = progress.learning!;
  switch (learning.phase) {
    case 'catching-up':
      if (progress.match >= learning.target) endRound(replica, peer, progress, learning);
      return false;
    case 'repairing':
      if (progress.match < learning.target) return false;
      enter(replica, peer, progress, { ...newRound(1, lastIndex(log), now), repairs: learning.repairs });
      return false;
    case 'stalled':
      if (now - learning.since >= retryTicks)
        enter(replica, peer, progress, { ...newRound(1, lastIndex(log), now), repairs: learning.repairs });
      return false;
    case 'checking':
      return !compare(replica, peer, progress, learning);
    default:
      return false;
  }
}

function newRound(round: number, target: number, since: number): Learning {
  return { phase: 'catching-up', round, target, since, check: undefined, repairs: 0 };
}

/** It has what the log had when the round began. A short round is the last. */
function endRound(replica: LeadingReplica, peer: NodeId, progress: Progress, learning: Learning): void {
  const { state, ctx, settings } = replica;
  const last = lastIndex(state.log);
  const isShort = ctx.now - learning.since <= settings.electionTicks[0];
  const { round, repairs } = learning;
  if (isShort && last - progress.match <= settings.maxEntriesPerAppend) {
    enter(replica, peer, progress, { ...learning, phase: 'checking', since: ctx.now });
  } else if (round >= MOST_ROUNDS)
    enter(replica, peer, progress, { ...learning, phase: 'stalled', since: ctx.now });
  else enter(replica, peer, progress, { ...newRound(round + 1, last, ctx.now), repairs });
}

/**
 * Compares the learner's digest with this leader's. Returns false if there is nothing to compare.
 */
function compare(replica: LeadingReplica, peer: NodeId, progress: Progress, learning: Learning): boolean {
  const { state, ctx, settings } = replica;
  const { check } = state;
  const said = progress.checked;
  if (said === undefined || check?.index !== said.index) {
    // It may have to apply the entry first, and it has lost its digest if it was restarted.
    return learning.check !== undefined && ctx.now - learning.since <= settings.electionTicks[1];
  }
  if (said.digest === undefined || check.next !== undefined) return true;
  if (said.digest === check.digest) {
    enter(replica, peer, progress, { ...learning, phase: 'ready', check: check.index });
  } else repair(replica, peer, progress, learning);
  return true;
}

/**
 * Its copy differs from this leader's: it gets a snapshot of a later entry, which has all of it.
 */
function repair(replica: LeadingReplica, peer: NodeId, progress: Progress, learning: Learning): void {
  const { hard, log } = replica.state;
  const { index } = progress.checked!;
  replica.ctx.note('fault', { kind: 'copy-differs', peer, index });
  progress.checked = undefined;
  if (learning.repairs >= MOST_REPAIRS) {
    enter(replica, peer, progress, { ...learning, phase: 'differs' });
    return;
  }
  const target = propose(log, hard.term, { type: 'noop' });
  becomeSnapshot(progress);
  progress.installFrom = target;
  enter(replica, peer, progress, {
    ...learning,
    phase: 'repairing',
    target,
    repairs: learning.repairs + 1,
    check: undefined,
  });
}

function enter(replica: LeadingReplica, peer: NodeId, progress: Progress, learning: Learning): void {
  progress.learning = learning;
  noteLearning(replica, peer, learning);
}
