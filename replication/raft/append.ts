/**
 * The follower's side of AppendEntries (Raft, 5.3 and Figure 2): check that the logs agree up to
 * the new entries, cut only what conflicts, append what is missing, and answer for exactly what was
 * compared.
 */
import type { NodeId } from '../../vm/index.ts';
import { checkedNote } from './check.ts';
import { commitTo } from './commit.ts';
import { drainedNote } from './drain.ts';
import { hearLeader } from './election.ts';
import { append, effective, type Log, lastIndex, termAt, truncateAfter } from './log.ts';
import type { ConflictHint, Entry, RaftMessage } from './messages.ts';
import { hasForgotten, reachedByCluster, recoveryNote } from './recovery.ts';
import type { RaftReplica } from './state.ts';
import { noteAppended, noteConfiguration } from './trace.ts';

type AppendEntries = Extract<RaftMessage, { type: 'AppendEntries' }>;

/** Handles an append or heartbeat of this term's leader, or refuses one of an earlier term. */
export function onAppendEntries(replica: RaftReplica, from: NodeId, request: AppendEntries): void {
  const { state, ctx } = replica;
  const { hard, log } = state;
  const { round, prevIndex } = request;
  const reply = { type: 'AppendEntriesReply', term: hard.term, round } as const;
  if (request.term < hard.term) {
    ctx.send(from, { ...reply, success: false, index: prevIndex, hint: undefined, ...recoveryNote(replica) });
    return;
  }
  hearLeader(replica, from);
  reachedByCluster(replica);
  // In a leader's term nothing is cut that was acknowledged to it.
  if ((request.acknowledged ?? 0) > lastIndex(log)) hasForgotten(replica);
  // Entries at or before the base are committed, so they agree.
  if (prevIndex > log.base.index && termAt(log, prevIndex) !== request.prevTerm) {
    const hint = conflictHint(log, prevIndex);
    ctx.send(from, { ...reply, success: false, index: prevIndex, hint, ...recoveryNote(replica) });
    return;
  }
  appendNew(replica, from, request.entries);
  const proven = Math.max(prevIndex + request.entries.length, log.base.index);
  commitTo(replica, Math.min(request.commit, proven));
  const checked = state.check && checkedNote(replica);
  if (hard.recovery !== 'normal' || checked !== undefined || state.election.drained) {
    const notes = { ...recoveryNote(replica), ...checked, ...drainedNote(state) };
    ctx.send(from, { ...reply, success: true, index: proven, hint: undefined, ...notes });
  } else if (!request.quiet) {
    const { type, term } = reply;
    // Field by field: every heartbeat is answered, and a spread would cost more than everything
    // else here.
    ctx.send(from, { type, term, round, success: true, index: proven, hint: undefined });
  }
}

/** Skips entries that it has, cuts at the first conflict, appends the rest. */
function appendNew(replica: RaftReplica, from: NodeId, entries: readonly Entry[]): void {
  const { log } = replica.state;
  const firstNew = entries.findIndex(
    ({ index, term }) => index > log.base.index && termAt(log, index) !== term,
  );
  if (firstNew < 0) return;
  const first = entries[firstNew]!.index;
  const cut = first <= lastIndex(log);
  const before = effective(log).index;
  if (cut) truncateAfter(log, replica.ctx.disk, first - 1);
  if (effective(log).index < before) noteConfiguration(replica, 'rollback');
  for (let i = firstNew; i < entries.length; i++) append(log, entries[i]!);
  noteAppended(replica, first, from, cut);
}

/**
 * The term of the entry that conflicts, and where that term begins here; or where this log ends.
 */
function conflictHint(log: Log, prevIndex: number): ConflictHint {
  const term = termAt(log, prevIndex);
  if (term === undefined) return { term: 0, index: lastIndex(log) + 1 };
  let index = prevIndex;
  while (index - 1 > log.base.index && termAt(log, index - 1) === term) index--;
  return { term, index };
}
