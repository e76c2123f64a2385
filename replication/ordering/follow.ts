/** A follower takes what its leader sends: entries that continue its log. */
import { commitTo } from './apply.ts';
import { append, type Entry, entryAt, holds, lastIndex, positionAt, truncateAfter } from './log.ts';
import type { Update } from './messages.ts';
import type { OrderingReplica } from './state.ts';

/**
 * Entries from the replica that the protocol takes for the leader. Returns whether they continue
 * what is here. If not, the answer says what is committed here, and the leader goes on from that.
 */
export function onUpdate(replica: OrderingReplica, from: string, update: Update): boolean {
  const { state, ctx } = replica;
  const { log } = state;
  const { prev, entries, epoch, round } = update;
  const reply = { type: 'Updated', epoch, round, recovering: state.incarnation } as const;
  dropOthers(replica, update);
  // A leader that lacks what is committed here is of another history.
  const isShort = !replica.oneHistory && update.last < log.commit;
  if (isShort || !holds(log, prev) || !appendNew(replica, from, entries)) {
    const { index, by } = positionAt(log, log.commit) ?? log.base;
    ctx.send(from, { ...reply, ok: false, index, by });
    return false;
  }
  const last = entries.at(-1) ?? prev;
  // A copy under way is overtaken.
  if (last.index >= (state.receiving?.to.index ?? Number.POSITIVE_INFINITY)) state.receiving = undefined;
  commitTo(replica, Math.min(update.commit, last.index));
  ctx.send(from, { ...reply, ok: true, index: last.index, by: last.by });
  return true;
}

/**
 * What this log has beyond the leader's, and the leader has not ordered, is of another history.
 * (What it has ordered itself only makes this message a late one.)
 */
function dropOthers({ state, ctx }: OrderingReplica, { last, by }: Update): void {
  const { log } = state;
  const end = Math.max(last, log.commit);
  const next = entryAt(log, end + 1);
  if (next !== undefined && next.by !== by) truncateAfter(log, ctx.disk, end);
}

/** Skips entries that are here, cuts at the first other one, appends the rest. */
function appendNew({ state, ctx }: OrderingReplica, from: string, entries: readonly Entry[]): boolean {
  const { log } = state;
  const firstNew = entries.findIndex((entry) => !holds(log, entry));
  if (firstNew < 0) return true;
  const first = entries[firstNew]!.index;
  if (first <= log.commit) return false;
  const cut = first <= lastIndex(log);
  if (cut) truncateAfter(log, ctx.disk, first - 1);
  for (const entry of entries.slice(firstNew)) append(log, ctx.disk, entry);
  ctx.note('append', () => {
    const detail = `first=${first}${cut ? ' cut=true' : ''}`;
    return { peer: from, index: lastIndex(log), detail };
  });
  return true;
}
