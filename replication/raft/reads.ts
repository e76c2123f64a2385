/**
 * Linearizable reads without log entries: ReadIndex (dissertation, 6.4).
 *
 * The leader records its commit index, makes sure by one round of heartbeats that it still leads, and the replica that
 * asked answers once that index is applied there. All reads of one step share a round. A new leader waits
 * until it has committed in its own term: before, its commit index may lag behind what was acknowledged.
 */
import type { NodeId } from '../../vm/clock.ts';
import type { Outcome } from '../../vm/program.ts';
import { queryMachine } from '../core/sessions.ts';
import type { ProtocolRequest } from '../protocol.ts';
import { holdsLease } from './lease.ts';
import { termAt } from './log.ts';
import { confirmedRound } from './quorum.ts';
import { answer, failure } from './responses.ts';
import type { RaftReplica } from './types.ts';

type Read = Extract<ProtocolRequest, { type: 'read' }>;

/** Answers a read that needs no leader at once; otherwise keeps it and returns true: a read index is needed. */
export function readHere(replica: RaftReplica, id: string, { query, consistency }: Read): boolean {
  const { state, ctx, settings } = replica;
  if (consistency === 'stale') {
    answerRead(replica, id, query);
    return false;
  }
  if (consistency === 'lease' && settings.leaseTicks === 0) {
    answer(replica, id, undefined, failure('Rejected', 'leases are off: leaseTicks is 0'));
    return false;
  }
  state.reads[id] = { query, deadline: ctx.now + settings.requestTicks, index: undefined };
  return true;
}

/** The leader takes a request for a read index. It answers by its lease, if it may; otherwise `settle` starts a round. */
export function askReadIndex(
  replica: RaftReplica,
  id: string,
  from: NodeId | undefined,
  deadline: number,
  lease: boolean,
): void {
  const { state } = replica;
  if (lease && holdsLease(replica)) giveIndex(replica, id, from, state.commit);
  else state.rounds.push({ id, from, deadline, index: undefined, round: 0 });
}

function giveIndex(replica: RaftReplica, id: string, from: NodeId | undefined, index: number): void {
  const outcome: Outcome = { ok: true, value: index };
  if (from === undefined) readIndexKnown(replica, id, outcome);
  else answer(replica, id, from, outcome);
}

/** Starts a round for reads that have none yet, and gives out indexes that a majority has confirmed. */
export function confirmReads(replica: RaftReplica): void {
  const { state } = replica;
  if (state.role !== 'leader' || state.rounds.length === 0) return;
  if (termAt(state, state.commit) !== state.term) return;
  const unstarted = state.rounds.filter(({ index }) => index === undefined);
  if (unstarted.length > 0) {
    state.round++;
    for (const read of unstarted) {
      read.index = state.commit;
      read.round = state.round;
    }
  }
  const confirmed = confirmedRound(replica);
  while (
    state.rounds.length > 0 &&
    state.rounds[0]!.index !== undefined &&
    state.rounds[0]!.round <= confirmed
  ) {
    const { id, from, index } = state.rounds.shift()!;
    giveIndex(replica, id, from, index!);
  }
}

/** A leader has said which index a read of this replica must wait for, or why it cannot. */
export function readIndexKnown(replica: RaftReplica, id: string, outcome: Outcome): void {
  const { state } = replica;
  const read = state.reads[id];
  if (read === undefined) return;
  if (outcome.ok) {
    read.index = outcome.value as number;
    if (read.index > state.applied) return;
    delete state.reads[id];
    answerRead(replica, id, read.query);
    return;
  }
  delete state.reads[id];
  answer(
    replica,
    id,
    undefined,
    outcome.code === 'NotLeader' ? failure('NoLeader', outcome.message) : outcome,
  );
}

/** Answers the reads whose index is applied. */
export function answerReads(replica: RaftReplica): void {
  const { state } = replica;
  for (const id in state.reads) {
    const { index, query } = state.reads[id]!;
    if (index === undefined || index > state.applied) continue;
    delete state.reads[id];
    answerRead(replica, id, query);
  }
}

function answerRead(replica: RaftReplica, id: string, query: unknown): void {
  const value = queryMachine(replica.machine, replica.ctx.data, query);
  answer(replica, id, undefined, { ok: true, value });
}

/** Ends reads whose deadline has passed. They changed nothing, so their outcome is certain. */
export function expireReads(replica: RaftReplica): void {
  const { state, ctx } = replica;
  const late = state.rounds.filter(({ deadline }) => deadline <= ctx.now);
  if (late.length > 0) state.rounds = state.rounds.filter(({ deadline }) => deadline > ctx.now);
  for (const { id, from } of late) if (from !== undefined) answer(replica, id, from, unconfirmed());
  for (const id in state.reads) {
    if (state.reads[id]!.deadline > ctx.now) continue;
    delete state.reads[id];
    answer(replica, id, undefined, unconfirmed());
  }
}

function unconfirmed(): Outcome {
  return failure('NoLeader', 'no leader confirmed the read in time');
}
