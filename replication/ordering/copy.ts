/**
 * The whole state of a leader, for a follower that its log cannot bring up to date: a replica that
 * was away for long, or one whose history has parted from the leader's.
 *
 * The leader freezes its data and sends it in pages of key order, one at a time, each when it is
 * asked for. The follower collects them beside its own data; with the last page, data and log are
 * switched in one write, so that a crash leaves either the old state or the new one.
 *
 * Left out: a copy that was cut short begins anew (Raft's goes on, `raft/snapshot/`).
 */
import { type NodeId, prefixEnd, type StoreReader, writeDetail } from '../../vm/index.ts';
import { assert } from '../core/assert.ts';
import { loadSessions } from '../core/client-sessions.ts';
import { appliedIndex } from '../core/sessions.ts';
import { holds, positionAt, replaceLog } from './log.ts';
import type { Copied, Copy, Pair } from './messages.ts';
import { supersedeWaiting } from './requests.ts';
import type { Follower, LeadingReplica, OrderingReplica } from './state.ts';

/** The most pairs in a page. */
const PAGE_PAIRS = 1_000;
/** After so many heartbeats without an answer a page is sent again. */
const LOST_HEARTBEATS = 5;

/** Sends the page that a follower wants, unless it is on its way. */
export function sendPage(replica: LeadingReplica, peer: NodeId, follower: Follower): void {
  const { state, ctx, settings } = replica;
  const { leading } = state;
  const { from, sentAt } = follower.copy!;
  if (sentAt !== undefined && ctx.now - sentAt < LOST_HEARTBEATS * settings.heartbeatTicks) return;
  const to = currentView(replica);
  const view = ctx.snapshots.frozen(viewName(to.index));
  assert(view !== undefined, `no view of the data as of ${to.index}`);
  const { epoch, round } = leading;
  const page = readPage(view, from, settings.maxBytesPerPage);
  ctx.send(peer, { type: 'Copy', epoch, round, to, from, ...page }, { early: true });
  follower.copy = { from, sentAt: ctx.now };
  follower.toldAt = ctx.now;
}

/** The frozen state to send: the one in use, as long as the log continues it. */
function currentView({ state, ctx }: LeadingReplica) {
  const { log, leading } = state;
  if (leading.view !== undefined && leading.view.index >= log.base.index) return leading.view;
  if (leading.view !== undefined) ctx.snapshots.release(viewName(leading.view.index));
  const { index, term, by } = positionAt(log, log.applied)!;
  leading.view = { index, term, by };
  ctx.snapshots.freeze(viewName(index));
  ctx.note('snapshot', { index, detail: writeDetail({ taken: true }) });
  return leading.view;
}

/** Releases the view once nobody copies it, or this replica no longer leads. */
export function releaseView({ state, ctx }: OrderingReplica): void {
  const { leading } = state;
  if (leading?.view === undefined) return;
  if (Object.values(leading.followers).some(({ copy }) => copy !== undefined)) return;
  dropView({ state, ctx });
}

/** Releases the view that a leader has, if it has one. */
export function dropView({ state, ctx }: Pick<OrderingReplica, 'state' | 'ctx'>): void {
  const { leading } = state;
  if (leading?.view === undefined) return;
  ctx.snapshots.release(viewName(leading.view.index));
  leading.view = undefined;
}

function viewName(index: number): string {
  return `copy/${index}`;
}

function readPage(view: StoreReader, from: string, bytes: number): Pick<Copy, 'pairs' | 'next'> {
  const pairs: Pair[] = [];
  let size = 0;
  for (const pair of view.range(from, prefixEnd(''))) {
    if (pairs.length === PAGE_PAIRS || size >= bytes) return { pairs, next: pair[0] };
    pairs.push(pair);
    size += pair[0].length + JSON.stringify(pair[1]).length;
  }
  return { pairs, next: undefined };
}

/** A follower says which page it wants, or that it has all. */
export function onCopied({ state, ctx }: LeadingReplica, from: NodeId, reply: Copied): void {
  const { leading } = state;
  const follower = leading.followers[from];
  if (follower === undefined || reply.epoch !== leading.epoch) return;
  follower.heardAt = ctx.now;
  follower.round = Math.max(follower.round, reply.round);
  if (follower.copy === undefined) return;
  if (reply.next === undefined) {
    follower.copy = undefined;
    // Whether the log continues what it has is asked with the next heartbeat.
    follower.match = undefined;
    follower.inFlight = false;
  } else if (reply.next !== follower.copy.from) follower.copy = { from: reply.next, sentAt: undefined };
}

/** A page of the leader's state. */
export function onCopy(replica: OrderingReplica, from: NodeId, page: Copy): void {
  const { state, ctx } = replica;
  const { to, epoch, round } = page;
  const next = isHere(replica, from, page) ? undefined : takePage(replica, from, page);
  const { incarnation: recovering } = state;
  ctx.send(from, { type: 'Copied', epoch, round, index: to.index, next, recovering });
}

/**
 * Whether the copy is a late one, of what this replica has already. Where histories can part, one
 * that goes less far is late only if this leadership has had its state copied here before.
 */
function isHere({ state, oneHistory }: OrderingReplica, leader: NodeId, { to, epoch }: Copy): boolean {
  const { log, copied } = state;
  if (oneHistory) return to.index <= log.commit;
  if (copied?.from === leader && copied.epoch === epoch && to.index <= copied.index) return true;
  return to.index === log.commit && holds(log, to);
}

/** Takes the page if it is the one that comes next. Returns the key to go on from. */
function takePage(
  replica: OrderingReplica,
  leader: NodeId,
  { to, epoch, from, pairs, next }: Copy,
): string | undefined {
  const { state, ctx } = replica;
  const { receiving } = state;
  const isSame = receiving?.to.index === to.index && receiving.to.by === to.by;
  const wanted = isSame ? receiving.next : '';
  if (!isSame) state.receiving = { to, next: '' };
  if (from !== wanted) return wanted;
  const { incoming } = ctx.snapshots;
  if (from === '') for (const [key] of [...incoming.range('', prefixEnd(''))]) incoming.delete(key);
  for (const [key, value] of pairs) incoming.put(key, value);
  if (next === undefined) {
    install(replica, to);
    state.copied = { from: leader, epoch, index: to.index };
  } else state.receiving = { to, next };
  return next;
}

/** Data, log and indexes are switched together. */
function install(replica: OrderingReplica, to: Copy['to']): void {
  const { state, ctx } = replica;
  ctx.snapshots.install();
  loadSessions(ctx.data);
  assert(appliedIndex(ctx.data) === to.index, `a copy of ${to.index} says ${appliedIndex(ctx.data)}`);
  // What it has acknowledged to earlier leaders stays, if it is this leader's too.
  replaceLog(state.log, ctx.disk, to, replica.oneHistory);
  state.receiving = undefined;
  ctx.note('snapshot', { index: to.index, detail: writeDetail({ installed: true }) });
  ctx.installed(to.index);
  supersedeWaiting(replica);
}
