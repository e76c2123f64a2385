/**
 * The leader's side of AppendEntries (Raft, 5.3): what to send to whom, and what the answers mean.
 *
 * A follower is probed until the logs are known to agree, then appends are pipelined. Sends leave
 * early, while the leader's own write is still under way (dissertation, 10.2.1).
 */
import type { NodeId } from '../../vm/index.ts';
import { entriesFrom, type Log, lastIndex, termAt } from './log.ts';
import type { ConflictHint, Entry, RaftMessage } from './messages.ts';
import { accepted, heard, type Progress, refused } from './progress.ts';
import { noteRecovery, tellRecovered } from './recovery.ts';
import { sendPage } from './snapshot/snapshot.ts';
import { isLeading, type LeadingReplica, type RaftReplica } from './state.ts';

type Reply = Extract<RaftMessage, { type: 'AppendEntriesReply' }>;

/**
 * Sends every follower what is due: new entries, the commit index, a read round, or a heartbeat.
 */
export function replicate(replica: LeadingReplica): void {
  const { progress } = replica.state.leadership;
  for (const peer in progress) replicateTo(replica, peer, progress[peer]!);
}

function replicateTo(replica: LeadingReplica, peer: NodeId, progress: Progress): void {
  const { log } = replica.state;
  if (progress.next <= log.base.index || progress.mode === 'snapshot') {
    if (!sendPage(replica, peer, progress) && isDue(replica, progress))
      sendAppend(replica, peer, progress, [], log.base.index);
    return;
  }
  while (progress.next <= lastIndex(log) && hasRoom(replica, progress)) {
    sendAppend(replica, peer, progress, nextEntries(replica, progress));
    if (progress.mode === 'probe') return;
  }
  if (isDue(replica, progress)) sendAppend(replica, peer, progress, []);
  else if (isCommitDue(replica, progress)) tellCommit(replica, peer, progress);
}

/**
 * Announces a commit to a follower that has all entries. It is no heartbeat, for it asks for no
 * answer.
 */
function tellCommit({ state, ctx }: RaftReplica, peer: NodeId, progress: Progress): void {
  const { log, reads } = state;
  const { term } = state.hard;
  const { commit } = log;
  const prevIndex = progress.next - 1;
  const news = { type: 'AppendEntries', term, prevIndex, prevTerm: termAt(log, prevIndex)! } as const;
  ctx.send(
    peer,
    { ...news, entries: [], commit, round: reads.round, quiet: true },
    { early: true, lazy: true },
  );
  progress.toldCommit = commit;
}

/** Whether a message is due even without new entries: a heartbeat, or a read round. */
function isDue({ state, ctx, settings }: RaftReplica, { sentAt, toldRound }: Progress): boolean {
  if (ctx.now - sentAt >= settings.heartbeatTicks) return true;
  return state.reads.rounds.some(({ index, round }) => index !== undefined && round > toldRound);
}

function nextEntries({ state, settings }: RaftReplica, { next }: Progress): readonly Entry[] {
  return entriesFrom(state.log, next, settings.maxEntriesPerAppend, settings.maxBytesPerAppend);
}

/** Whether the follower would otherwise learn of a commit only with the next heartbeat. */
function isCommitDue({ state, settings }: RaftReplica, progress: Progress): boolean {
  if (!settings.tellCommits || progress.mode !== 'replicate') return false;
  return progress.inFlight.length === 0 && progress.toldCommit < state.log.commit;
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
  const { term } = state.hard;
  const { commit } = state.log;
  const { round } = state.reads;
  const prevTerm = termAt(state.log, prevIndex)!;
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
  if (!isLeading(replica) || reply.term !== replica.state.hard.term) return;
  const progress = replica.state.leadership.progress[from];
  if (progress === undefined) return;
  heard(progress, reply.round, replica.ctx.now);
  noteRecovery(replica, from, reply.recovering, reply.index);
  if (reply.success) progress.checked = reply.checked;
  progress.drained = reply.drained === true;
  // While a follower is being sent a snapshot, an answer to an earlier append does not say what it
  // needs.
  if (progress.mode === 'snapshot') return;
  if (reply.success) accepted(progress, reply.index);
  else stepBack(replica.state.log, progress, reply);
  tellRecovered(replica, from);
}

/**
 * Steps back to where the logs may agree. Refusals of anything but the latest guess are outdated.
 */
function stepBack(log: Log, progress: Progress, { index, hint }: Reply): void {
  const stale = progress.mode === 'probe' ? index !== progress.next - 1 : index <= progress.match;
  if (stale) return;
  refused(progress, index, hint === undefined ? index : afterConflict(log, hint, index));
}

/**
 * The entry to try next: after this leader's last entry of the conflicting term, if it has one
 * (Raft, 5.3).
 */
function afterConflict(log: Log, hint: ConflictHint, prevIndex: number): number {
  for (let index = prevIndex; hint.term > 0 && index > log.base.index; index--) {
    const term = termAt(log, index)!;
    if (term === hint.term) return index + 1;
    if (term < hint.term) break;
  }
  return hint.index;
}
