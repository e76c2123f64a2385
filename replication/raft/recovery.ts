/**
 * A replica's standing: whether its votes and acknowledgements count.
 *
 * Raft assumes that a disk keeps what was written to it. A replica that lost its disk has forgotten votes it gave and
 * entries it acknowledged; if it took part again as if it were new, two leaders could win one term, and what was
 * acknowledged could be lost with a single further failure. So a replica that finds its disk empty is `blank`: it helps
 * elect only a leader whose log is empty too, as at the birth of a cluster. If a leader with a log, or one it has
 * not voted for, finds it, it is `learning`, as it is after a repair: it takes entries and answers, but neither votes nor
 * counts for anything.
 *
 * When a leader first hears of such a loss it appends an entry. The replica is whole again, and told so, once it has that
 * entry, and a majority that forgot nothing has it too. Why this is enough: let m of n voters be a majority, and k of
 * them have forgotten. A candidate that counts on forgotten votes still needs m - k others, and as m + (m - k) > n - k one
 * of those has the entry. If it voted before it took the entry, it would have refused this leader's older term; if after,
 * the candidate's log would have to reach as far, but a candidate of a newer term takes nothing from this leader. The
 * leaders that forgotten acknowledgements were given to were elected by such majorities too. In the leader's own term the
 * replica's vote is the leader's from then on. Each start of a learning replica is a life of its own: what an earlier one
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
import { propose, saveHardState } from './log.ts';
import type { RaftMessage } from './messages.ts';
import { becomeUnknown, type Progress } from './progress.ts';
import type { RaftState, Replica, Standing } from './types.ts';

type Promote = Extract<RaftMessage, { type: 'Promote' }>;

/** So many that no two lives of a replica are taken for one. */
const LIVES = 2 ** 32;

/** Whether this replica may ask for votes: one that learns may not, nor one that the configuration gives no vote. */
export function mayCampaign({ state, ctx }: Replica): boolean {
  return state.standing !== 'learning' && state.voters.includes(ctx.self);
}

/** Whether its standing lets this replica vote for a candidate whose log ends at `candidateLast`. */
export function mayVoteFor(state: RaftState, candidateLast: number): boolean {
  return state.standing === 'whole' || (state.standing === 'blank' && candidateLast === 0);
}

/** Changes the standing, durably. */
function setStanding({ state, ctx }: Replica, standing: Standing): void {
  if (state.standing === standing) return;
  state.standing = standing;
  saveHardState(state, ctx.disk);
  ctx.note('config', { detail: writeDetail({ standing }) });
}

/**
 * A leader has reached this replica, or it has met somebody who knows the id of its cluster. A blank one that had no part in
 * that must learn what it may have forgotten.
 */
export function reachedByCluster(replica: Replica): void {
  if (replica.state.standing === 'blank') setStanding(replica, 'learning');
}

/** This replica has acknowledged more than it holds: its disk is an older copy of what it was, and may have forgotten votes too. */
export function hasForgotten(replica: Replica): void {
  setStanding(replica, 'learning');
}

/** What an answer to the leader says of this replica's standing: nothing, or which life of it is learning. */
export function standingNote({ state, ctx }: Replica): { readonly learning?: number } {
  if (state.standing === 'whole') return {};
  state.life ??= ctx.random(LIVES);
  return { learning: state.life };
}

/** A leader looks at `learning` in a follower's answer before the rest of it. `index` is the answer's. */
export function noteStanding(replica: Replica, peer: NodeId, life: number | undefined, index: number): void {
  const progress = replica.state.progress[peer]!;
  if (life === undefined) progress.learning = undefined;
  else if (progress.learning?.life !== life) {
    progress.learning = { life, index: propose(replica, { type: 'noop' }) };
    becomeUnknown(progress, index + 1);
  }
}

/** Tells a learning follower that it is whole, if it is. It is told again with every answer until it has heard. */
export function promoteWhole({ state, ctx }: Replica, peer: NodeId): void {
  const { learning, match } = state.progress[peer]!;
  if (learning === undefined || match < learning.index || state.commit < learning.index) return;
  ctx.send(peer, { type: 'Promote', term: state.term, life: learning.life });
}

/** The leader says that this replica is whole. */
export function onPromote(replica: Replica, from: NodeId, { term, life }: Promote): void {
  const { state } = replica;
  if (state.standing !== 'learning' || term !== state.term || life !== state.life) return;
  // A vote in this term that it has forgotten may still be counted: it gives no other, to nobody but who has won.
  state.votedFor ??= from;
  setStanding(replica, 'whole');
}

/** How far a voter's answers count: nothing of one that is learning does. */
export function counted(progress: Progress | undefined, value: (progress: Progress) => number): number {
  return progress === undefined || progress.learning !== undefined ? 0 : value(progress);
}
