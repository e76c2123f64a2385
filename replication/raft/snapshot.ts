/**
 * Snapshots (Raft, 7; dissertation, 5): bringing a follower up to date whose next entry has been compacted away.
 *
 * A replica's data, client sessions and applied index included, is its snapshot: nothing is written to take one. The
 * leader keeps a frozen view of its data and sends it in pages of key order; the follower gathers them in
 * `incoming`, durably, and asks for each next page by its first key, so a restart of the follower goes on where it
 * was. When the last page is in, data and log change over in one write.
 *
 * A leader that restarts has lost its view: its transfer begins anew with a later one.
 */
import type { NodeId } from '../../vm/clock.ts';
import { prefixEnd, type Store, type Value } from '../../vm/store.ts';
import { invariant } from '../invariant.ts';
import { appliedIndex } from '../sessions.ts';
import { hearLeader } from './election.ts';
import { replaceLog, termAt } from './log.ts';
import { answerReads } from './reads.ts';
import { supersedeWaiting } from './requests.ts';
import { noteStanding, reachedByLeader, standingNote } from './standing.ts';
import type { Progress, RaftMessage, Receiving, Replica } from './types.ts';

type InstallSnapshot = Extract<RaftMessage, { type: 'InstallSnapshot' }>;
type InstallSnapshotReply = Extract<RaftMessage, { type: 'InstallSnapshotReply' }>;

/** The most pairs, and about the most bytes, in a page. */
const PAGE_PAIRS = 1_000;
const PAGE_BYTES = 64 * 1024;
/** Leftovers of earlier data that one tick clears away. */
const CLEARED_PER_TICK = 1_000;
/** Where a follower remembers on disk what it is receiving. */
export const RECEIVING = 'receiving';

/** Sends the follower the page that it waits for, if it is time. Returns whether it was. */
export function sendPage(replica: Replica, peer: NodeId, progress: Progress): boolean {
  const { state, ctx, settings } = replica;
  progress.mode = 'snapshot';
  progress.inFlight = [];
  // Nothing is kept for one that does not answer: a view keeps all that has changed since.
  if (ctx.now - progress.heardAt > settings.electionTicks[0]) {
    progress.snapshot = undefined;
    return false;
  }
  progress.snapshot ??= { index: currentView(replica), from: '', askedAt: undefined };
  const { index, from, askedAt } = progress.snapshot;
  if (askedAt !== undefined && ctx.now - askedAt < settings.electionTicks[0] / 2) return false;
  const page = readPage(replica, index, from);
  const { term, round } = state;
  const lastTerm = state.view!.term;
  ctx.send(peer, { type: 'InstallSnapshot', term, index, lastTerm, from, ...page, round }, { early: true });
  progress.sentAt = ctx.now;
  progress.toldRound = round;
  progress.snapshot.askedAt = ctx.now;
  return true;
}

/** The index of the view to send: the one being sent already, if the log still continues it, or a fresh one. */
function currentView(replica: Replica): number {
  const { state, ctx } = replica;
  if (state.view !== undefined && state.view.index >= state.base.index) return state.view.index;
  if (state.view !== undefined) ctx.snapshots.release(viewName(state.view.index));
  const index = state.applied;
  state.view = { index, term: termAt(state, index)! };
  ctx.snapshots.freeze(viewName(index));
  ctx.note('snapshot', { index, detail: 'taken=true' });
  // Transfers of an older view cannot go on.
  for (const progress of Object.values(state.progress)) {
    if (progress.snapshot !== undefined) progress.snapshot = { index, from: '', askedAt: undefined };
  }
  return index;
}

function viewName(index: number): string {
  return `snapshot/${index}`;
}

function readPage({ ctx }: Replica, index: number, from: string): Pick<InstallSnapshot, 'pairs' | 'next'> {
  const view = ctx.snapshots.frozen(viewName(index));
  invariant(view !== undefined, `no view of the data as of ${index}`);
  const pairs: (readonly [string, Value])[] = [];
  let bytes = 0;
  for (const pair of view.range(from, prefixEnd(''), { limit: PAGE_PAIRS + 1 })) {
    if (pairs.length === PAGE_PAIRS || bytes >= PAGE_BYTES) return { pairs, next: pair[0] };
    pairs.push(pair);
    bytes += pair[0].length + JSON.stringify(pair[1]).length;
  }
  return { pairs, next: undefined };
}

/** A follower's answer: which page it needs next, or that it has them all. */
export function onInstallSnapshotReply(replica: Replica, from: NodeId, reply: InstallSnapshotReply): void {
  const { state, ctx } = replica;
  const progress = state.progress[from];
  if (state.role !== 'leader' || reply.term !== state.term || progress === undefined) return;
  progress.heardAt = ctx.now;
  progress.round = Math.max(progress.round, reply.round);
  noteStanding(replica, from, reply.learning, reply.index);
  if (progress.snapshot?.index !== reply.index) return;
  if (reply.next !== undefined) {
    // The same answer twice, to a page that was sent twice: one of them has been served.
    if (reply.next !== progress.snapshot.from)
      progress.snapshot = { index: reply.index, from: reply.next, askedAt: undefined };
    return;
  }
  progress.snapshot = undefined;
  progress.mode = 'probe';
  progress.match = Math.max(progress.match, reply.index);
  progress.next = progress.match + 1;
}

/** Lets go of the view that nobody is being sent any more. */
export function releaseView({ state, ctx }: Replica): void {
  if (state.view === undefined) return;
  if (Object.values(state.progress).some(({ snapshot }) => snapshot !== undefined)) return;
  ctx.snapshots.release(viewName(state.view.index));
  state.view = undefined;
}

/** A page from the leader. */
export function onInstallSnapshot(replica: Replica, from: NodeId, page: InstallSnapshot): void {
  const { state, ctx } = replica;
  const { index, round } = page;
  const reply = { type: 'InstallSnapshotReply', index, round } as const;
  if (page.term < state.term) {
    ctx.send(from, { ...reply, term: state.term, next: page.from });
    return;
  }
  hearLeader(replica, from);
  reachedByLeader(replica);
  const next = index <= state.commit ? undefined : takePage(replica, page);
  ctx.send(from, { ...reply, term: state.term, next, ...standingNote(replica) });
}

/** Takes the page if it is the one that comes next. Returns the key to go on from; undefined when all is installed. */
function takePage(replica: Replica, page: InstallSnapshot): string | undefined {
  const { state, ctx } = replica;
  const { index, lastTerm } = page;
  let { receiving } = state;
  if (receiving?.index !== index || receiving.lastTerm !== lastTerm) {
    receiving = { index, lastTerm, next: '' };
    remember(replica, receiving);
  }
  // Pages of an earlier copy must be gone before the first one of this.
  if (receiving.next === '' && !clear(ctx.snapshots.incoming)) return '';
  if (page.from !== receiving.next) return receiving.next;
  for (const [key, value] of page.pairs) ctx.snapshots.incoming.put(key, value);
  if (page.next !== undefined) {
    remember(replica, { index, lastTerm, next: page.next });
    return page.next;
  }
  install(replica, index, lastTerm);
  return undefined;
}

function remember({ state, ctx }: Replica, receiving: Receiving | undefined): void {
  state.receiving = receiving;
  if (receiving === undefined) {
    state.leftovers = true;
    ctx.disk.delete(RECEIVING);
  } else ctx.disk.put(RECEIVING, { ...receiving });
}

/** Data, log and indexes change over together: what is on disk is either all old or all new. */
function install(replica: Replica, index: number, term: number): void {
  const { state, ctx } = replica;
  ctx.snapshots.install();
  invariant(appliedIndex(ctx.data) === index, `a snapshot of ${index} says ${appliedIndex(ctx.data)}`);
  replaceLog(replica, index, term);
  remember(replica, undefined);
  state.commit = index;
  state.applied = index;
  ctx.note('snapshot', { index, detail: 'installed=true' });
  ctx.installed(index);
  supersedeWaiting(replica, index);
  answerReads(replica);
}

/** Clears away a part of what an installed snapshot replaced, or of a copy that was not finished. */
export function clearLeftovers(replica: Replica): void {
  const { state, ctx } = replica;
  // Entries have brought it as far meanwhile.
  if (state.receiving !== undefined && state.commit >= state.receiving.index) remember(replica, undefined);
  if (state.receiving === undefined && state.leftovers) state.leftovers = !clear(ctx.snapshots.incoming);
}

/** Deletes some of what is in `store`. Whether it is empty now. */
function clear(store: Store): boolean {
  const found = [...store.range('', prefixEnd(''), { limit: CLEARED_PER_TICK })];
  for (const [key] of found) store.delete(key);
  return found.length < CLEARED_PER_TICK;
}

/** What a restarted replica was receiving. */
export function loadReceiving(disk: { get(key: string): Value | undefined }): Receiving | undefined {
  return disk.get(RECEIVING) as unknown as Receiving | undefined;
}
