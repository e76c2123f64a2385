/** A leader's bookkeeping: how it begins, what it orders, and what of its log is on disk. */
import type { NodeId } from '../../vm/index.ts';
import { append, type EntryData, entryAt, lastIndex } from './log.ts';
import type { Follower, Leading, LeadingReplica, OrderingReplica } from './state.ts';

/** Begins to lead: all `peers` are thought alive, until they are silent for too long. */
export function startLeading(
  { state, ctx }: OrderingReplica,
  { epoch, by, term }: Pick<Leading, 'epoch' | 'by' | 'term'>,
  peers: readonly NodeId[],
): void {
  state.leader = ctx.self;
  state.receiving = undefined;
  const followers = Object.fromEntries(peers.map((peer) => [peer, newFollower(ctx.now)]));
  const start = { durable: 0, marked: 0, round: 0, reads: [], view: undefined };
  state.leading = { epoch, by, term, ...start, followers };
}

/** A follower of which nothing is known but that it is there. */
export function newFollower(now: number): Follower {
  return {
    alive: true,
    heardAt: now,
    match: undefined,
    inFlight: false,
    carriedAt: now,
    toldAt: undefined,
    toldRound: 0,
    round: 0,
    copy: undefined,
    recovering: undefined,
  };
}

/** Orders something: it stands at the end of this leader's log. */
export function propose({ state, ctx }: LeadingReplica, data: EntryData): number {
  const { log, leading } = state;
  const index = lastIndex(log) + 1;
  append(log, ctx.disk, { index, term: leading.term, by: leading.by, data });
  ctx.note('append', { index });
  return index;
}

/** Asks to be told once the leader's own log is on disk as it is now. */
export function markDurable({ state, ctx }: LeadingReplica): void {
  const { log, leading } = state;
  const index = lastIndex(log);
  if (leading.marked === index) return;
  leading.marked = index;
  ctx.whenDurable({ epoch: leading.epoch, index });
}

/** The leader's own log is on disk up to `index`. */
export function ownLogDurable({ state }: OrderingReplica, epoch: number, index: number): void {
  const { leading } = state;
  if (leading?.epoch === epoch) leading.durable = Math.max(leading.durable, index);
}

/** Whether the leader has committed an entry of its own leadership. */
export function hasCommittedOwn({ state }: LeadingReplica): boolean {
  return (entryAt(state.log, state.log.commit) ?? state.log.base).by === state.leading.by;
}
