/**
 * Committing and applying (Raft, 5.3 and 5.4.2): an entry is committed once a majority holds it
 * durably, and a leader counts copies only of entries of its own term; earlier ones are committed
 * along with them.
 */

import { assert } from '../core/assert.ts';
import { applyEntry, clusterIdOf, saveApplied } from '../core/sessions.ts';
import { entryAt, lastIndex, termAt } from './log.ts';
import { majorityValue } from './quorum.ts';
import { answerReads } from './reads.ts';
import { counted } from './recovery.ts';
import { answerWaiting } from './requests.ts';
import type { LeadingReplica, RaftReplica } from './state.ts';
import { noteApplied, noteCommitted } from './trace.ts';

/**
 * This leader's own entries up to `index` are durable, if it still leads the term in which it wrote
 * them.
 */
export function ownEntriesDurable({ state }: RaftReplica, term: number, index: number): void {
  const { hard, leadership } = state;
  if (leadership !== undefined && hard.term === term)
    leadership.durableIndex = Math.max(leadership.durableIndex, index);
}

/**
 * Moves the leader's commit index to the highest that a majority holds, if that is of its own term
 * (5.4.2).
 */
export function advanceCommit(replica: LeadingReplica): void {
  const { state, ctx } = replica;
  const { hard, log, leadership } = state;
  const index = majorityValue(replica, (voter) =>
    voter === ctx.self ? leadership.durableIndex : counted(leadership.progress[voter], ({ match }) => match),
  );
  if (index > log.commit && termAt(log, index) === hard.term) commitTo(replica, index);
}

/** Moves the commit index forward, never back, and applies what is newly committed. */
export function commitTo(replica: RaftReplica, index: number): void {
  const { log } = replica.state;
  if (index <= log.commit) return;
  assert(index <= lastIndex(log), `commit ${index} beyond the log's end ${lastIndex(log)}`);
  log.commit = index;
  noteCommitted(replica);
  applyCommitted(replica);
}

/** Applies everything committed, in order, and answers the requests that wait for it. */
function applyCommitted(replica: RaftReplica): void {
  const { state, ctx, machine, settings } = replica;
  const { log } = state;
  const skipped: number[] = [];
  if (log.applied >= log.commit) return;
  const first = log.applied + 1;
  while (log.applied < log.commit) {
    const entry = entryAt(log, log.applied + 1)!;
    const applied = applyEntry(machine, ctx.data, entry, settings);
    log.applied = entry.index;
    if (entry.data.type === 'noop') state.cluster.id = clusterIdOf(ctx.data);
    if (applied.fresh) ctx.applied({ ...applied.fresh, index: entry.index, term: entry.term });
    else if (entry.data.type === 'command') skipped.push(entry.index);
    answerWaiting(replica, entry, applied.outcome);
  }
  saveApplied(ctx.data, log.applied);
  noteApplied(replica, first, skipped);
  answerReads(replica);
}
