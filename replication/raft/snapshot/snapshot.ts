/**
 * Snapshots (Raft, 7; dissertation, 5): bringing a follower up to date whose next entry has been
 * compacted away.
 *
 * A replica's data, client sessions and applied index included, is its snapshot: nothing is written
 * to take one. The leader keeps a frozen view of its data; the follower collects it in `incoming`,
 * durably and in pages of key order, and asks for each next page by its first key. After the last
 * page, data and log are switched in one write.
 *
 * Nothing is sent that the follower holds already, whichever replica restarts or leads. The leader
 * first asks, with an empty page, and sends a page only as the answer to what the follower needs
 * next. If the follower has a part of just this snapshot, it continues there. Otherwise it says,
 * with each key to continue from, which page of pairs it holds there: in a copy that was not
 * finished, and in its own data. Where the leader's view has the same pairs, it says so instead of
 * sending them (`snapshot/pages.ts`). The follower compares again before it relies on that: the
 * message may be late, and the pairs gone. Everything else is deleted page by page, so the result
 * is exactly the view.
 *
 * Left out: parts of a page. Where one pair has changed, all pairs of its page are sent; the
 * applied index is one of the first page.
 */
import {
  compareKeys,
  type NodeId,
  prefixEnd,
  type Store,
  type StoreReader,
  type Value,
  writeDetail,
} from '../../../vm/index.ts';
import { assert } from '../../core/assert.ts';
import { loadSessions } from '../../core/client-sessions.ts';
import { appliedIndex, clusterIdOf } from '../../core/sessions.ts';
import { dropCheck } from '../check.ts';
import { configurationIn } from '../effective.ts';
import { hearLeader } from '../election.ts';
import { effective, replaceLog, termAt } from '../log.ts';
import type { Held, RaftMessage } from '../messages.ts';
import { becomeSnapshot, heard, installed, type Progress, type SnapshotProgress } from '../progress.ts';
import { answerReads } from '../reads.ts';
import { noteRecovery, reachedByCluster, recoveryNote } from '../recovery.ts';
import { supersedeWaiting } from '../requests.ts';
import { isLeading, type LeadingReplica, type RaftReplica, type Receiving } from '../state.ts';
import { noteConfiguration } from '../trace.ts';
import { heldIn, type Page, putPage, readPage, samePage } from './pages.ts';

type InstallSnapshot = Extract<RaftMessage, { type: 'InstallSnapshot' }>;
type InstallSnapshotReply = Extract<RaftMessage, { type: 'InstallSnapshotReply' }>;

/** What is recorded of a copy on its way in. */
type StoredReceiving = Omit<Receiving, 'term'> & { readonly form?: number };

type Content = Pick<InstallSnapshot, 'from' | 'pairs' | 'next' | 'same'>;
/** With about how many bytes its pairs are. */
type SizedContent = Content & { readonly size: number };
type Wanted = NonNullable<SnapshotProgress['wanted']>;

/** The most leftovers of earlier data that one tick deletes. */
const CLEARED_PER_TICK = 1_000;
/** Where a follower remembers on disk what it is receiving. */
export const RECEIVING = 'receiving';
/**
 * In what form it is receiving data. A copy begun in another form (versions before this one
 * recorded none) is compared from the beginning, for its first part is not that of this form.
 */
const FORM = 2;

/** An empty page: it asks the follower what it needs. */
const QUESTION: SizedContent = { from: '', pairs: [], next: '', same: undefined, size: 0 };

/**
 * Sends the follower the page that it has asked for, or, if it is time, asks it what it needs.
 * Returns whether it was.
 */
export function sendPage(replica: LeadingReplica, peer: NodeId, progress: Progress): boolean {
  const { state, ctx, settings } = replica;
  becomeSnapshot(progress);
  // No view is kept for a follower that does not answer: a view keeps all that has changed since.
  if (ctx.now - progress.heardAt > settings.electionTicks[0]) {
    progress.snapshot = undefined;
    return false;
  }
  if (progress.installFrom > state.log.applied) return false;
  progress.snapshot ??= newSnapshotProgress(currentView(replica, progress.installFrom), progress);
  const { index, wanted, sentAt } = progress.snapshot;
  // The page or its answer may be lost; the follower knows which.
  const isLost = sentAt === undefined || ctx.now - sentAt >= settings.electionTicks[0] / 2;
  if (wanted === undefined && !isLost) return false;
  const { size, ...content } = wanted === undefined ? QUESTION : contentFor(replica, index, wanted);
  const { term } = state.hard;
  const { round } = state.reads;
  const lastTerm = state.snapshot.view!.term;
  const page = ++progress.pages;
  ctx.send(
    peer,
    { type: 'InstallSnapshot', term, index, lastTerm, page, ...content, round },
    { early: true },
  );
  if (size > 0) {
    const { shipped } = progress;
    progress.shipped = { pages: shipped.pages + 1, bytes: shipped.bytes + size };
  }
  progress.sentAt = ctx.now;
  progress.toldRound = round;
  progress.snapshot = { ...progress.snapshot, wanted: undefined, sentAt: ctx.now };
  return true;
}

function newSnapshotProgress(index: number, { pages }: Progress): SnapshotProgress {
  return { index, wanted: undefined, sentAt: undefined, answered: pages };
}

/**
 * The index of the view to send: the one being sent already, if the log still continues it and it
 * is of no entry before `from`, or a fresh one.
 */
function currentView(replica: LeadingReplica, from: number): number {
  const { state, ctx } = replica;
  const { log, snapshot } = state;
  const oldest = Math.max(log.base.index, from);
  if (snapshot.view !== undefined && snapshot.view.index >= oldest) return snapshot.view.index;
  if (snapshot.view !== undefined) ctx.snapshots.release(viewName(snapshot.view.index));
  const index = log.applied;
  snapshot.view = { index, term: termAt(log, index)! };
  ctx.snapshots.freeze(viewName(index));
  ctx.note('snapshot', { index, detail: writeDetail({ taken: true }) });
  // Snapshots of an older view cannot be continued.
  for (const progress of Object.values(state.leadership.progress)) {
    if (progress.snapshot !== undefined) progress.snapshot = newSnapshotProgress(index, progress);
  }
  return index;
}

function viewName(index: number): string {
  return `snapshot/${index}`;
}

/** The page of the view that the follower wants, or that the follower holds the same. */
function contentFor({ ctx, settings }: RaftReplica, index: number, { from, held }: Wanted): SizedContent {
  const view = ctx.snapshots.frozen(viewName(index));
  assert(view !== undefined, `no view of the data as of ${index}`);
  const bytes = settings.maxBytesPerPage;
  for (const same of held) {
    const page = samePage(view, from, same, bytes);
    if (page !== undefined) return { from, pairs: [], next: page.next, same, size: 0 };
  }
  // No further than what the follower has compared: what follows may be the same again.
  const last = held.map((one) => one.last).sort(compareKeys)[0];
  const { pairs, next, size } = readPage(view, from, last === undefined ? { bytes } : { bytes, last });
  return { from, pairs, next, same: undefined, size };
}

/** A follower's answer: which page it needs next, or that it has them all. */
export function onInstallSnapshotReply(
  replica: RaftReplica,
  from: NodeId,
  reply: InstallSnapshotReply,
): void {
  if (!isLeading(replica) || reply.term !== replica.state.hard.term) return;
  const progress = replica.state.leadership.progress[from];
  if (progress === undefined) return;
  heard(progress, reply.round, replica.ctx.now);
  noteRecovery(replica, from, reply.recovering, reply.index);
  const { snapshot } = progress;
  if (snapshot?.index !== reply.index || reply.page <= snapshot.answered) return;
  if (reply.next !== undefined) {
    // The page asked for now is sent once: answers to other pages under way are outdated.
    const wanted = { from: reply.next, held: reply.held };
    progress.snapshot = { ...snapshot, wanted, answered: progress.pages };
    return;
  }
  replica.ctx.note('snapshot', { peer: from, index: reply.index, detail: writeDetail(progress.shipped) });
  installed(progress, reply.index);
}

/** Releases the view when no follower is being sent it any more. */
export function releaseView({ state, ctx }: RaftReplica): void {
  const { snapshot, leadership } = state;
  if (snapshot.view === undefined) return;
  const followers = leadership === undefined ? [] : Object.values(leadership.progress);
  if (followers.some((progress) => progress.snapshot !== undefined)) return;
  ctx.snapshots.release(viewName(snapshot.view.index));
  snapshot.view = undefined;
}

/** A page from the leader. */
export function onInstallSnapshot(replica: RaftReplica, from: NodeId, page: InstallSnapshot): void {
  const { state, ctx } = replica;
  const { hard, log, snapshot } = state;
  const { index, round } = page;
  const reply = { type: 'InstallSnapshotReply', index, page: page.page, round } as const;
  if (page.term < hard.term) {
    ctx.send(from, { ...reply, term: hard.term, next: page.from, held: [] });
    return;
  }
  hearLeader(replica, from);
  reachedByCluster(replica);
  if (isOutdated(snapshot.receiving, page)) return;
  const next = index <= log.commit ? undefined : takePage(replica, page);
  const held = next === undefined ? [] : heldFrom(replica, next);
  ctx.send(from, { ...reply, term: hard.term, next, held, ...recoveryNote(replica) });
}

/** Whether the leader that a replica is receiving from sends a later snapshot meanwhile. */
function isOutdated(receiving: Receiving | undefined, { term, index }: InstallSnapshot): boolean {
  return receiving !== undefined && term === receiving.term && index < receiving.index;
}

/**
 * Takes the page if it is the one that comes next. Returns the key to go on from; undefined when
 * all is installed.
 */
function takePage(replica: RaftReplica, page: InstallSnapshot): string | undefined {
  const { state, ctx, settings } = replica;
  const { index, lastTerm, term } = page;
  const { receiving: before } = state.snapshot;
  const isSame = before?.index === index && before.lastTerm === lastTerm;
  // What is there of another snapshot is compared from the beginning. This is recorded on disk with
  // the first page.
  const receiving = { index, lastTerm, term, next: isSame ? before.next : '' };
  state.snapshot.receiving = receiving;
  const isQuestion = page.next === page.from;
  const taken = page.from !== receiving.next || isQuestion ? undefined : pageOf(replica, page);
  if (taken === undefined) return receiving.next;
  const next = putPage(ctx.snapshots.incoming, page.from, taken, settings.maxBytesPerPage);
  if (next !== undefined) {
    remember(replica, { ...receiving, next });
    return next;
  }
  install(replica, index, lastTerm);
  return undefined;
}

/** Where this replica holds pairs of earlier data. */
function holdings({ ctx }: RaftReplica): readonly StoreReader[] {
  return [ctx.snapshots.incoming, ctx.data];
}

/** What it holds from a key on. */
function heldFrom(replica: RaftReplica, from: string): readonly Held[] {
  return holdings(replica).flatMap((store) => heldIn(store, from, replica.settings.maxBytesPerPage) ?? []);
}

/**
 * The pairs of a page, from the message or from what this replica holds; undefined if it does not
 * hold them (any more).
 */
function pageOf(replica: RaftReplica, { from, pairs, same, next }: InstallSnapshot): Page | undefined {
  if (same === undefined) return { pairs, next };
  for (const store of holdings(replica)) {
    const page = samePage(store, from, same, replica.settings.maxBytesPerPage);
    if (page !== undefined) return { pairs: page.pairs, next };
  }
  return undefined;
}

function remember({ state, ctx }: RaftReplica, receiving: Receiving | undefined): void {
  const { snapshot } = state;
  snapshot.receiving = receiving;
  if (receiving === undefined) {
    snapshot.leftovers = true;
    ctx.disk.delete(RECEIVING);
  } else ctx.disk.put(RECEIVING, { ...receiving, form: FORM });
}

/** Data, log and indexes are switched together: what is on disk is either all old or all new. */
function install(replica: RaftReplica, index: number, term: number): void {
  const { state, ctx } = replica;
  const { log, cluster } = state;
  const before = effective(log).index;
  ctx.snapshots.install();
  dropCheck(replica);
  loadSessions(ctx.data);
  assert(appliedIndex(ctx.data) === index, `a snapshot of ${index} says ${appliedIndex(ctx.data)}`);
  replaceLog(log, ctx.disk, { index, term }, configurationIn(ctx.data, cluster.founders));
  remember(replica, undefined);
  log.commit = index;
  log.applied = index;
  cluster.id = clusterIdOf(ctx.data);
  ctx.note('snapshot', { index, detail: writeDetail({ installed: true }) });
  if (effective(log).index !== before) noteConfiguration(replica, 'install');
  ctx.installed(index);
  supersedeWaiting(replica, index);
  answerReads(replica);
}

/** Deletes a part of what an installed snapshot replaced, or of a copy that was not finished. */
export function clearLeftovers(replica: RaftReplica): void {
  const { state, ctx } = replica;
  const { log, snapshot } = state;
  // Entries have brought it this far meanwhile.
  if (snapshot.receiving !== undefined && log.commit >= snapshot.receiving.index)
    remember(replica, undefined);
  if (snapshot.receiving === undefined && snapshot.leftovers)
    snapshot.leftovers = !clear(ctx.snapshots.incoming);
}

/** Deletes some of what is in `store`. Returns whether it is empty now. */
function clear(store: Store): boolean {
  const found = [...store.range('', prefixEnd(''), { limit: CLEARED_PER_TICK })];
  for (const [key] of found) store.delete(key);
  return found.length < CLEARED_PER_TICK;
}

/**
 * What a restarted replica was receiving. Records of earlier versions have no term: it is 0, which
 * no leader has.
 */
export function loadReceiving(disk: { get(key: string): Value | undefined }): Receiving | undefined {
  const found = disk.get(RECEIVING) as unknown as (StoredReceiving & { term?: number }) | undefined;
  if (found === undefined) return undefined;
  const { form, ...receiving } = { term: 0, ...found };
  return form === FORM ? receiving : { ...receiving, next: '' };
}
