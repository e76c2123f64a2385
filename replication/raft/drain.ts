/**
 * A drained replica is about to be stopped, or is not to be relied on: it hands leadership over,
 * and again whenever it is elected. It stands for election as others do, as it may be the only one
 * that has all that is committed. Its answers to leaders say that it is drained, so that they
 * transfer leadership to others. Volatile: a replica that is started anew is in use.
 */
import { effective } from './log.ts';
import { answer } from './responses.ts';
import { isLeading, type LeadingReplica, type RaftReplica, type RaftState } from './state.ts';
import { requestTransfer, startTransfer } from './transfer.ts';

/** Takes this replica out of use, or into use again, at the request of a client of its own. */
export function onDrain(replica: RaftReplica, id: string, drained: boolean): void {
  const { election, requests } = replica.state;
  election.drained = drained;
  if (!drained || !isLeading(replica)) {
    answer(replica, id, undefined, { ok: true, value: election.leader ?? null });
  } else if (requests.transfer !== undefined) requests.transfer.askers.push({ id, from: undefined });
  else requestTransfer(replica, id, undefined);
}

/**
 * A drained replica leads: it hands over to one that is in use by its own account. While it tries,
 * commands wait; so if nobody takes over it leads for as long before it tries again.
 */
export function handOverIfDrained(replica: LeadingReplica): void {
  const { state, ctx, settings } = replica;
  const { election, requests, leadership, log } = state;
  if (!election.drained || requests.transfer !== undefined || ctx.now < leadership.handOverAt) return;
  const inUse = effective(log).halves[0].filter((peer) => leadership.progress[peer]?.drained === false);
  if (startTransfer(replica, inUse)) leadership.handOverAt = ctx.now + 2 * settings.electionTicks[1];
}

/** What a drained replica says of it in every answer to a leader. */
export function drainedNote({ election }: RaftState): { readonly drained?: true } {
  return election.drained ? { drained: true } : {};
}
