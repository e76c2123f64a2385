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
 * It is whole again, and told so by the leader, once both are true:
 * - It has durably all that the leader's log had when the leader first heard of its loss. Whatever it had
 *   acknowledged is committed or superseded there.
 * - Every other voter has confirmed the leader since. Whoever asked for the forgotten votes is one of them, so no
 *   candidate of a later term can still count on one; and in the leader's own term its vote is the leader's.
 *
 * This is what the paper's section 8 of "Viewstamped Replication Revisited" calls recovery, in Raft's words. What it
 * cannot see: a majority none of which has ever held an entry is taken for the birth of a cluster.
 */
import type { NodeId } from '../../vm/clock.ts';
import { lastIndex, saveHardState } from './log.ts';
import type { Progress, RaftMessage, RaftState, Replica, Standing } from './types.ts';

type Promote = Extract<RaftMessage, { type: 'Promote' }>;

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
  ctx.note('config', { detail: `standing=${standing}` });
}

/** A leader has reached this replica. A blank one that had no part in its election must learn what it may have forgotten. */
export function reachedByLeader(replica: Replica): void {
  if (replica.state.standing === 'blank') setStanding(replica, 'learning');
}

/** What an answer to the leader says of this replica's standing. */
export function standingNote({ standing }: RaftState): { readonly learning?: true } {
  return standing === 'whole' ? {} : { learning: true };
}

/**
 * What a leader notes of a follower's answer, before it looks at the rest of it: `learning` as the answer says, and
 * `refusedAt` the index of a refused append.
 */
export function noteStanding(
  replica: Replica,
  peer: NodeId,
  learning: boolean,
  refusedAt: number | undefined,
): void {
  const { state } = replica;
  const progress = state.progress[peer]!;
  if (!learning) {
    progress.learning = undefined;
    return;
  }
  const lostAgain = refusedAt !== undefined && refusedAt <= progress.match;
  if (progress.learning === undefined || lostAgain) {
    // Whatever was known of its log it may have lost.
    progress.learning = { index: lastIndex(state), round: ++state.round };
    progress.match = 0;
    if (progress.mode !== 'snapshot') {
      progress.mode = 'probe';
      progress.inFlight = [];
      progress.next = (refusedAt ?? lastIndex(state)) + 1;
    }
  }
}

/** Tells a learning follower that it is whole, if it is. It is told again with every answer until it has heard. */
export function promoteWhole({ state, ctx }: Replica, peer: NodeId): void {
  const { learning, match } = state.progress[peer]!;
  if (learning === undefined || match < learning.index) return;
  const others = Object.keys(state.progress).filter((other) => other !== peer);
  if (others.some((other) => state.progress[other]!.round < learning.round)) return;
  ctx.send(peer, { type: 'Promote', term: state.term, index: learning.index });
}

/** The leader says that this replica is whole. */
export function onPromote(replica: Replica, from: NodeId, { term, index }: Promote): void {
  const { state } = replica;
  // A promise to an earlier life of this replica, that had more than this one, means nothing.
  if (state.standing !== 'learning' || term !== state.term || lastIndex(state) < index) return;
  // Its vote in this term may have been asked for already, and whoever leads the term has won.
  state.votedFor = from;
  setStanding(replica, 'whole');
}

/** How far a voter's answers count: nothing of one that is learning does. */
export function counted(progress: Progress | undefined, value: (progress: Progress) => number): number {
  return progress === undefined || progress.learning !== undefined ? 0 : value(progress);
}
