/**
 * Recovery: whether a replica's votes and acknowledgements count.
 *
 * Raft assumes that a disk keeps what was written to it. A replica that lost its disk has forgotten
 * votes it gave and entries it acknowledged; if it took part again as if it were new, two leaders
 * could win one term, and what was acknowledged could be lost with a single further failure. So a
 * replica that finds its disk empty is `new`: it votes only for a candidate whose log is empty too,
 * as when the cluster is bootstrapped. If a leader with a log, or one that it has not voted for,
 * reaches it, it is `recovering`, as it is after a repair: it takes entries and answers, but
 * neither votes nor counts.
 *
 * When a leader first learns of such a loss it appends an entry. The replica is `normal` again, and
 * told so, once it has that entry, and a majority of replicas that forgot nothing has it too. Why
 * this is enough: let m of n voters be a majority, and k of them have forgotten. A candidate that
 * relies on forgotten votes still needs m - k others, and as m + (m - k) > n - k one of those has
 * the entry. If it voted before it took the entry, it would have refused this leader's older term;
 * if after, the candidate's log would have to reach as far, but a candidate of a newer term takes
 * nothing from this leader. The leaders that forgotten acknowledgements were given to were elected
 * by such majorities too. In the leader's own term the replica's vote is the leader's from then on.
 * Each start of a recovering replica is another incarnation: a recovery confirmed to an earlier one
 * does not apply to a later one.
 *
 * This is "Protocol-Aware Recovery" (Alagappan and others, FAST 2018) for Raft. It rests on two
 * assumptions:
 * - One disk at a time is lost: the next one only after the last one's replica is normal again.
 * - A cluster is bootstrapped once. It has an id from its first committed entry on, and a new
 *   replica that meets one that knows the id, or finds it in its own data directory, takes no part
 *   in a bootstrap. Replicas that have never held an entry take their first election for the
 *   bootstrap, and a replica with an empty disk cannot tell whether it is new or was wiped. Until
 *   every replica has its first entry, a disk that is lost can cost what was acknowledged, if
 *   another replica is down at the same time.
 */
import { type NodeId, type Store, writeDetail } from '../../vm/index.ts';
import { type HardState, type Recovery, saveHardState } from './hard-state.ts';
import { committedConfiguration, effective, propose } from './log.ts';
import type { RaftMessage } from './messages.ts';
import { becomeUnknown, type Progress } from './progress.ts';
import type { LeadingReplica, RaftReplica } from './state.ts';

type Recovered = Extract<RaftMessage, { type: 'Recovered' }>;

/** So many that no two incarnations of a replica have the same number. */
const INCARNATIONS = 2 ** 32;

/**
 * Whether this replica may ask for votes: one that is recovering may not, nor one without a vote,
 * be it by the configuration that it counts by or by the last one that is committed. So a learner
 * never does, nor a replica that knows that it was removed.
 */
export function mayCampaign({ state: { hard, log }, ctx }: RaftReplica): boolean {
  if (hard.recovery === 'recovering') return false;
  return effective(log).voters.includes(ctx.self) || committedConfiguration(log).voters.includes(ctx.self);
}

/**
 * Whether this replica's recovery allows it to vote for a candidate whose log ends at
 * `candidateLast`.
 */
export function mayVoteFor({ recovery }: HardState, candidateLast: number): boolean {
  return recovery === 'normal' || (recovery === 'new' && candidateLast === 0);
}

/** Sets the recovery, durably. */
function setRecovery({ state, ctx }: RaftReplica, recovery: Recovery): void {
  const { hard } = state;
  if (hard.recovery === recovery) return;
  hard.recovery = recovery;
  saveHardState(hard, ctx.disk);
  ctx.note('config', { detail: writeDetail({ recovery }) });
}

/**
 * A leader has reached this replica, or it has met a peer that knows the cluster's id. A new
 * replica that had no part in the bootstrap must recover what it may have forgotten.
 */
export function reachedByCluster(replica: RaftReplica): void {
  if (replica.state.hard.recovery === 'new') setRecovery(replica, 'recovering');
}

/**
 * A replica that joins starts with this hard state: it had no part in the bootstrap, so it recovers
 * what the cluster has. No row says so, for its first one is that it has started.
 */
export function startAsJoiner(hard: HardState, disk: Store): void {
  if (hard.recovery !== 'new') return;
  hard.recovery = 'recovering';
  saveHardState(hard, disk);
}

/**
 * This replica has acknowledged more than it holds: its disk is an older copy of itself, and may
 * have forgotten votes too.
 */
export function hasForgotten(replica: RaftReplica): void {
  setRecovery(replica, 'recovering');
}

/**
 * What an answer to the leader says about this replica's recovery: nothing, or which incarnation of
 * it is recovering.
 */
export function recoveryNote({ state, ctx }: RaftReplica): { readonly recovering?: number } {
  if (state.hard.recovery === 'normal') return {};
  state.incarnation ??= ctx.random(INCARNATIONS);
  return { recovering: state.incarnation };
}

/**
 * A leader handles `recovering` in a follower's answer before the rest of it. `index` is the
 * answer's.
 */
export function noteRecovery(
  replica: LeadingReplica,
  peer: NodeId,
  incarnation: number | undefined,
  index: number,
): void {
  const { hard, log, leadership } = replica.state;
  const progress = leadership.progress[peer]!;
  if (incarnation === undefined) progress.recovering = undefined;
  else if (progress.recovering?.incarnation !== incarnation) {
    progress.recovering = { incarnation, index: propose(log, hard.term, { type: 'noop' }) };
    becomeUnknown(progress, index + 1);
  }
}

/**
 * Tells a recovering follower that it is normal, if it is. This is repeated with every answer until
 * it has arrived.
 */
export function tellRecovered({ state, ctx }: LeadingReplica, peer: NodeId): void {
  const { hard, log, leadership } = state;
  const { recovering, match } = leadership.progress[peer]!;
  if (recovering === undefined || match < recovering.index || log.commit < recovering.index) return;
  ctx.send(peer, { type: 'Recovered', term: hard.term, incarnation: recovering.incarnation });
}

/** The leader says that this replica is normal. */
export function onRecovered(replica: RaftReplica, from: NodeId, { term, incarnation }: Recovered): void {
  const { hard, incarnation: mine } = replica.state;
  if (hard.recovery !== 'recovering' || term !== hard.term || incarnation !== mine) return;
  // A vote in this term that it has forgotten may still be counted: so its vote is the winner's.
  hard.votedFor ??= from;
  setRecovery(replica, 'normal');
}

/** How far a voter's answers count: those of a recovering one do not. */
export function counted(progress: Progress | undefined, value: (progress: Progress) => number): number {
  return progress === undefined || progress.recovering !== undefined ? 0 : value(progress);
}
