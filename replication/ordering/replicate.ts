/**
 * A leader copies its log to the others: to each the entries after what it is known to have, one
 * message at a time, and a heartbeat where there is nothing new. A protocol decides what to commit
 * from `durable` and each follower's `match`.
 */
import type { NodeId } from '../../vm/index.ts';
import { sendPage } from './copy.ts';
import { holds, lastIndex, lastPosition, positionAt } from './log.ts';
import type { Updated } from './messages.ts';
import type { Follower, LeadingReplica } from './state.ts';

/** After so many heartbeats without an answer a message is taken for lost. */
const LOST_HEARTBEATS = 3;

/** Sends everyone what is due. */
export function replicate(replica: LeadingReplica): void {
  for (const [peer, follower] of Object.entries(replica.state.leading.followers)) {
    if (follower.copy !== undefined) sendPage(replica, peer, follower);
    else sendUpdate(replica, peer, follower);
  }
}

function sendUpdate(replica: LeadingReplica, peer: NodeId, follower: Follower): void {
  const { state, ctx, settings } = replica;
  const { log, leading } = state;
  const { epoch, round, by: own } = leading;
  const prev = follower.match === undefined ? lastPosition(log) : positionAt(log, follower.match);
  if (prev === undefined) {
    // Dropped from the log meanwhile.
    startCopy(follower);
    return;
  }
  const entries = entriesFor(replica, follower, prev.index);
  const isDue = follower.toldAt === undefined || ctx.now - follower.toldAt >= settings.heartbeatTicks;
  if (entries.length === 0 && !isDue && follower.toldRound >= round) return;
  const counted = follower.alive && follower.match !== undefined;
  const told = { epoch, round, by: own, commit: log.commit, last: lastIndex(log), counted };
  const { index, by } = prev;
  ctx.send(peer, { type: 'Update', ...told, prev: { index, by }, entries }, { early: true });
  follower.toldAt = ctx.now;
  follower.toldRound = round;
  if (entries.length === 0) return;
  follower.inFlight = true;
  follower.carriedAt = ctx.now;
}

/** The entries to send now: none while others are on their way. */
function entriesFor({ state, ctx, settings }: LeadingReplica, follower: Follower, after: number) {
  const { log } = state;
  const isLost = ctx.now - follower.carriedAt >= LOST_HEARTBEATS * settings.heartbeatTicks;
  if (follower.match === undefined || (follower.inFlight && !isLost)) return [];
  const start = after - log.base.index;
  return log.entries.slice(start, start + settings.maxEntriesPerUpdate);
}

function startCopy(follower: Follower): void {
  follower.match = undefined;
  follower.copy = { from: '', sentAt: undefined };
}

/** A follower's answer to entries or to a heartbeat. */
export function onUpdated({ state, ctx }: LeadingReplica, from: NodeId, reply: Updated): void {
  const follower = state.leading.followers[from];
  if (follower === undefined || reply.epoch !== state.leading.epoch) return;
  follower.heardAt = ctx.now;
  follower.round = Math.max(follower.round, reply.round);
  if (follower.copy !== undefined) return;
  const { log } = state;
  if (reply.ok) {
    if (reply.index > (follower.match ?? -1)) follower.inFlight = false;
    follower.match = Math.max(follower.match ?? 0, reply.index);
    return;
  }
  // What it knows to be committed is in this log too, unless histories have parted or the log
  // begins later.
  follower.inFlight = false;
  if (reply.index <= lastIndex(log) && holds(log, reply)) follower.match = reply.index;
  else startCopy(follower);
}
