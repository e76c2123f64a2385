/**
 * A replica's recovery: whether its votes and acknowledgements count.
 *
 * Raft assumes that a disk keeps what was written to it. A replica that lost its disk has forgotten votes it gave and
 * entries it acknowledged; if it took part again as if it were new, two leaders could win one term, and what was
 * acknowledged could be lost with a single further failure. So a replica that finds its disk empty is `blank`: it helps
 * elect only a leader whose log is empty too, as at the birth of a cluster. If a leader with a log, or one it has
 * not voted for, finds it, it is `recovering`, as it is after a repair: it takes entries and answers, but neither votes nor
 * counts for anything.
 *
 * When a leader first hears of such a loss it appends an entry. The replica is whole again, and told so, once it has that
 * entry, and a majority that forgot nothing has it too. Why this is enough: let m of n voters be a majority, and k of
 * them have forgotten. A candidate that counts on forgotten votes still needs m - k others, and as m + (m - k) > n - k one
 * of those has the entry. If it voted before it took the entry, it would have refused this leader's older term; if after,
 * the candidate's log would have to reach as far, but a candidate of a newer term takes nothing from this leader. The
 * leaders that forgotten acknowledgements were given to were elected by such majorities too. In the leader's own term the
 * replica's vote is the leader's from then on. Each start of a recovering replica is an incarnation of its own: what an earlier one
 * is told means nothing to a later one.
 *
 * This is "Protocol-Aware Recovery" (Alagappan and others, FAST 2018) in Raft's words. It rests on two things:
 * - One disk at a time is lost: the next one only after the last one's replica is whole again.
 * - A cluster is born once. It has an id from its first committed entry on, and a blank replica that meets one who knows it,
 *   or finds it in its own data directory, takes no part in a birth. Replicas that have never held an entry take their first election for its birth, and to a blank
 *   one the birth looks the same whether it is new or wiped. Until every replica has its first entry, a disk that is lost
 *   can cost what was acknowledged, if another replica is down at the same time.
 */
import type { NodeId } from '../../vm/clock.ts';
import { writeDetail } from '../../vm/event-detail.ts';
import { type HardState, type Recovery, saveHardState } from './hard-state.ts';
import { propose } from './log.ts';
import type { RaftMessage } from './messages.ts';
import { becomeUnknown, type Progress } from './progress.ts';
import type { LeadingReplica, RaftReplica } from './state.ts';

type Recovered = Extract<RaftMessage, { type: 'Recovered' }>;

/** So many that no two lives of a replica are taken for one. */
const INCARNATIONS = 2 ** 32;

/** Whether this replica may ask for votes: one that learns may not, nor one that the configuration gives no vote. */
export function mayCampaign({ state, ctx }: RaftReplica): boolean {
  return state.hard.recovery !== 'recovering' && state.cluster.voters.includes(ctx.self);
}

/** Whether its recovery lets this replica vote for a candidate whose log ends at `candidateLast`. */
export function mayVoteFor({ recovery }: HardState, candidateLast: number): boolean {
  return recovery === 'normal' || (recovery === 'new' && candidateLast === 0);
}

/** Changes the recovery, durably. */
function setRecovery({ state, ctx }: RaftReplica, recovery: Recovery): void {
  const { hard } = state;
  if (hard.recovery === recovery) return;
  hard.recovery = recovery;
  saveHardState(hard, ctx.disk);
  ctx.note('config', { detail: writeDetail({ recovery }) });
}

/**
 * A leader has reached this replica, or it has met somebody who knows the id of its cluster. A blank one that had no part in
 * that must learn what it may have forgotten.
 */
export function reachedByCluster(replica: RaftReplica): void {
  if (replica.state.hard.recovery === 'new') setRecovery(replica, 'recovering');
}

/** This replica has acknowledged more than it holds: its disk is an older copy of what it was, and may have forgotten votes too. */
export function hasForgotten(replica: RaftReplica): void {
  setRecovery(replica, 'recovering');
}

/** What an answer to the leader says of this replica's recovery: nothing, or which incarnation of it is recovering. */
export function recoveryNote({ state, ctx }: RaftReplica): { readonly recovering?: number } {
  if (state.hard.recovery === 'normal') return {};
  state.incarnation ??= ctx.random(INCARNATIONS);
  return { recovering: state.incarnation };
}

/** A leader looks at `recovering` in a follower's answer before the rest of it. `index` is the answer's. */
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

/** Tells a recovering follower that it is whole, if it is. It is told again with every answer until it has heard. */
export function tellRecovered({ state, ctx }: LeadingReplica, peer: NodeId): void {
  const { hard, log, leadership } = state;
  const { recovering, match } = leadership.progress[peer]!;
  if (recovering === undefined || match < recovering.index || log.commit < recovering.index) return;
  ctx.send(peer, { type: 'Recovered', term: hard.term, incarnation: recovering.incarnation });
}

/** The leader says that this replica is whole. */
export function onRecovered(replica: RaftReplica, from: NodeId, { term, incarnation }: Recovered): void {
  const { hard, incarnation: mine } = replica.state;
  if (hard.recovery !== 'recovering' || term !== hard.term || incarnation !== mine) return;
  // A vote in this term that it has forgotten may still be counted: it gives no other, to nobody but who has won.
  hard.votedFor ??= from;
  setRecovery(replica, 'normal');
}

/** How far a voter's answers count: nothing of one that is recovering does. */
export function counted(progress: Progress | undefined, value: (progress: Progress) => number): number {
  return progress === undefined || progress.recovering !== undefined ? 0 : value(progress);
}
