/**
 * The leader's side of AppendEntries (Raft, 5.3): what to send to whom, and what the answers mean.
 *
 * A follower is probed until the logs are known to agree, then appends are pipelined. Sends leave early,
 * while the leader's own write is still under way (dissertation, 10.2.1).
 */
import type { NodeId } from '../../vm/clock.ts';
import { entriesFrom, lastIndex, termAt } from './log.ts';
import type { ConflictHint, Entry, RaftMessage } from './messages.ts';
import { accepted, heard, type Progress, refused } from './progress.ts';
import { noteRecovery, tellRecovered } from './recovery.ts';
import { sendPage } from './snapshot/snapshot.ts';
import type { RaftReplica, RaftState } from './types.ts';

type Reply = Extract<RaftMessage, { type: 'AppendEntriesReply' }>;

/** Sends every follower what is due: new entries, the commit index, a read round, or a heartbeat. */
export function replicate(replica: RaftReplica): void {
  const { state } = replica;
  if (state.role !== 'leader') return;
  for (const peer in state.progress) replicateTo(replica, peer, state.progress[peer]!);
}

function replicateTo(replica: RaftReplica, peer: NodeId, progress: Progress): void {
  const { state } = replica;
  if (progress.next <= state.base.index || progress.mode === 'snapshot') {
    if (!sendPage(replica, peer, progress) && isDue(replica, progress))
      sendAppend(replica, peer, progress, [], state.base.index);
    return;
  }
  while (progress.next <= lastIndex(state) && hasRoom(replica, progress)) {
    sendAppend(replica, peer, progress, nextEntries(replica, progress));
    if (progress.mode === 'probe') return;
  }
  if (isDue(replica, progress)) sendAppend(replica, peer, progress, []);
  else if (isCommitDue(replica, progress)) tellCommit(replica, peer, progress);
}

/** Announces a commit to a follower that has all entries. It is no heartbeat, for it asks for no answer. */
function tellCommit({ state, ctx }: RaftReplica, peer: NodeId, progress: Progress): void {
  const { term, commit, round } = state;
  const prevIndex = progress.next - 1;
  const news = { type: 'AppendEntries', term, prevIndex, prevTerm: termAt(state, prevIndex)! } as const;
  ctx.send(peer, { ...news, entries: [], commit, round, quiet: true }, { early: true, lazy: true });
  progress.toldCommit = commit;
}

/** Whether a message is due even without new entries: a heartbeat, or a read round. */
function isDue({ state, ctx, settings }: RaftReplica, { sentAt, toldRound }: Progress): boolean {
  if (ctx.now - sentAt >= settings.heartbeatTicks) return true;
  return state.rounds.some(({ index, round }) => index !== undefined && round > toldRound);
}

function nextEntries({ state, settings }: RaftReplica, { next }: Progress): readonly Entry[] {
  return entriesFrom(state, next, settings.maxEntriesPerAppend, settings.maxBytesPerAppend);
}

/** Whether the follower would otherwise learn of a commit only with the next heartbeat. */
function isCommitDue({ state, settings }: RaftReplica, progress: Progress): boolean {
  if (!settings.tellCommits || progress.mode !== 'replicate') return false;
  return progress.inFlight.length === 0 && progress.toldCommit < state.commit;
}

/** A probe is one append in flight; if it is lost, the next heartbeat repeats it. */
function hasRoom({ ctx, settings }: RaftReplica, progress: Progress): boolean {
  if (progress.mode === 'replicate') return progress.inFlight.length < settings.maxAppendsInFlight;
  return progress.inFlight.length === 0 || ctx.now - progress.sentAt >= settings.heartbeatTicks;
}

function sendAppend(
  { state, ctx, settings }: RaftReplica,
  peer: NodeId,
  progress: Progress,
  entries: readonly Entry[],
  prevIndex = progress.next - 1,
): void {
  const { term, commit, round } = state;
  const prevTerm = termAt(state, prevIndex)!;
  const append = { type: 'AppendEntries', term, prevIndex, prevTerm, entries, commit, round } as const;
  const told = settings.tellAcknowledged ? { ...append, acknowledged: progress.match } : append;
  ctx.send(peer, told, { early: true });
  progress.sentAt = ctx.now;
  progress.toldRound = round;
  progress.toldCommit = commit;
  const last = entries.at(-1);
  if (last === undefined) return;
  if (progress.mode === 'replicate') {
    progress.inFlight.push(last.index);
    progress.next = last.index + 1;
  } else progress.inFlight = [last.index];
}

/** A follower's answer. */
export function onAppendEntriesReply(replica: RaftReplica, from: NodeId, reply: Reply): void {
  const { state, ctx } = replica;
  const progress = state.progress[from];
  if (state.role !== 'leader' || reply.term !== state.term || progress === undefined) return;
  heard(progress, reply.round, ctx.now);
  noteRecovery(replica, from, reply.recovering, reply.index);
  // While a follower is being sent a snapshot, an answer to an earlier append does not say what it needs.
  if (progress.mode === 'snapshot') return;
  if (reply.success) accepted(progress, reply.index);
  else stepBack(state, progress, reply);
  tellRecovered(replica, from);
}

/** Steps back to where the logs may agree. Refusals of anything but the latest guess are outdated. */
function stepBack(state: RaftState, progress: Progress, { index, hint }: Reply): void {
  const stale = progress.mode === 'probe' ? index !== progress.next - 1 : index <= progress.match;
  if (stale) return;
  refused(progress, index, hint === undefined ? index : afterConflict(state, hint, index));
}

/** The entry to try next: after this leader's last entry of the conflicting term, if it has one (Raft, 5.3). */
function afterConflict(state: RaftState, hint: ConflictHint, prevIndex: number): number {
  for (let index = prevIndex; hint.term > 0 && index > state.base.index; index--) {
    const term = termAt(state, index)!;
    if (term === hint.term) return index + 1;
    if (term < hint.term) break;
  }
  return hint.index;
}
