/**
 * Committing and applying (Raft, 5.3 and 5.4.2): an entry is committed once a majority holds it durably,
 * and a leader counts copies only of entries of its own term; earlier ones are committed along with them.
 */

import { assert } from '../core/assert.ts';
import { applyEntry, clusterIdOf } from '../core/sessions.ts';
import { entryAt, lastIndex, termAt } from './log.ts';
import { majorityValue } from './quorum.ts';
import { answerReads } from './reads.ts';
import { counted } from './recovery.ts';
import { answerWaiting } from './requests.ts';
import { noteApplied, noteCommitted } from './trace.ts';
import type { RaftReplica } from './types.ts';

/** This leader's own entries up to `index` are durable, if it still leads the term in which it wrote them. */
export function ownEntriesDurable({ state }: RaftReplica, term: number, index: number): void {
  if (state.role === 'leader' && state.term === term)
    state.durableIndex = Math.max(state.durableIndex, index);
}

/** Moves the leader's commit index to the highest that a majority holds, if that is of its own term (5.4.2). */
export function advanceCommit(replica: RaftReplica): void {
  const { state, ctx } = replica;
  if (state.role !== 'leader') return;
  const index = majorityValue(replica, (voter) =>
    voter === ctx.self ? state.durableIndex : counted(state.progress[voter], ({ match }) => match),
  );
  if (index > state.commit && termAt(state, index) === state.term) commitTo(replica, index);
}

/** Moves the commit index forward, never back, and applies what is newly committed. */
export function commitTo(replica: RaftReplica, index: number): void {
  const { state } = replica;
  if (index <= state.commit) return;
  assert(index <= lastIndex(state), `commit ${index} beyond the log's end ${lastIndex(state)}`);
  state.commit = index;
  noteCommitted(replica);
  applyCommitted(replica);
}

/** Applies everything committed, in order, and answers the requests that wait for it. */
function applyCommitted(replica: RaftReplica): void {
  const { state, ctx, machine, settings } = replica;
  const skipped: number[] = [];
  if (state.applied >= state.commit) return;
  const first = state.applied + 1;
  while (state.applied < state.commit) {
    const entry = entryAt(state, state.applied + 1)!;
    const applied = applyEntry(machine, ctx.data, entry, settings);
    state.applied = entry.index;
    if (entry.data.type === 'noop') state.clusterId = clusterIdOf(ctx.data);
    if (applied.fresh) ctx.applied({ ...applied.fresh, index: entry.index, term: entry.term });
    else if (entry.data.type === 'command') skipped.push(entry.index);
    answerWaiting(replica, entry, applied.outcome);
  }
  noteApplied(replica, first, skipped);
  answerReads(replica);
}
