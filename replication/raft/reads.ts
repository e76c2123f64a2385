/**
 * Linearizable reads without log entries: ReadIndex (dissertation, 6.4).
 *
 * The leader records its commit index, makes sure by one round of heartbeats that it still leads,
 * and the replica that asked answers once that index is applied there. All reads of one step share
 * a round. A new leader waits until it has committed in its own term: before, its commit index may
 * lag behind what was acknowledged.
 */
import type { NodeId, Outcome } from '../../vm/index.ts';
import { queryMachine } from '../core/sessions.ts';
import type { ProtocolRequest } from '../protocol.ts';
import { confirmedRound } from './followers.ts';
import { holdsLease } from './lease.ts';
import { termAt } from './log.ts';
import { answer, failure } from './responses.ts';
import type { LeadingReplica, RaftReplica } from './state.ts';

type Read = Extract<ProtocolRequest, { type: 'read' }>;

/**
 * Answers a read that needs no leader at once; otherwise keeps it and returns true: a read index is
 * needed.
 */
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
  state.reads.pending[id] = { query, deadline: ctx.now + settings.requestTicks, index: undefined };
  return true;
}

/**
 * The leader takes a request for a read index. It answers by its lease, if it may; otherwise
 * `settle` starts a round.
 */
export function askReadIndex(
  replica: LeadingReplica,
  id: string,
  from: NodeId | undefined,
  deadline: number,
  lease: boolean,
): void {
  const { log, reads } = replica.state;
  if (lease && holdsLease(replica)) giveIndex(replica, id, from, log.commit);
  else reads.rounds.push({ id, from, deadline, index: undefined, round: 0 });
}

function giveIndex(replica: RaftReplica, id: string, from: NodeId | undefined, index: number): void {
  const outcome: Outcome = { ok: true, value: index };
  if (from === undefined) readIndexKnown(replica, id, outcome);
  else answer(replica, id, from, outcome);
}

/**
 * Starts a round for reads that have none yet, and gives out indexes that a majority has confirmed.
 */
export function confirmReads(replica: LeadingReplica): void {
  const { hard, log, reads } = replica.state;
  if (reads.rounds.length === 0) return;
  if (termAt(log, log.commit) !== hard.term) return;
  const unstarted = reads.rounds.filter(({ index }) => index === undefined);
  if (unstarted.length > 0) {
    reads.round++;
    for (const read of unstarted) {
      read.index = log.commit;
      read.round = reads.round;
    }
  }
  const confirmed = confirmedRound(replica);
  while (
    reads.rounds.length > 0 &&
    reads.rounds[0]!.index !== undefined &&
    reads.rounds[0]!.round <= confirmed
  ) {
    const { id, from, index } = reads.rounds.shift()!;
    giveIndex(replica, id, from, index!);
  }
}

/** A leader has said which index a read of this replica must wait for, or why it cannot. */
export function readIndexKnown(replica: RaftReplica, id: string, outcome: Outcome): void {
  const { log, reads } = replica.state;
  const read = reads.pending[id];
  if (read === undefined) return;
  if (outcome.ok) {
    read.index = outcome.value as number;
    if (read.index > log.applied) return;
    delete reads.pending[id];
    answerRead(replica, id, read.query);
    return;
  }
  delete reads.pending[id];
  answer(
    replica,
    id,
    undefined,
    outcome.code === 'NotLeader' ? failure('NoLeader', outcome.message) : outcome,
  );
}

/** Answers the reads whose index is applied. */
export function answerReads(replica: RaftReplica): void {
  const { log, reads } = replica.state;
  for (const id in reads.pending) {
    const { index, query } = reads.pending[id]!;
    if (index === undefined || index > log.applied) continue;
    delete reads.pending[id];
    answerRead(replica, id, query);
  }
}

function answerRead(replica: RaftReplica, id: string, query: unknown): void {
  const value = queryMachine(replica.machine, replica.ctx.data, query);
  answer(replica, id, undefined, { ok: true, value });
}

/** Ends reads whose deadline has passed. They changed nothing, so their outcome is certain. */
export function expireReads(replica: RaftReplica): void {
  const { ctx } = replica;
  const { reads } = replica.state;
  const late = reads.rounds.filter(({ deadline }) => deadline <= ctx.now);
  if (late.length > 0) reads.rounds = reads.rounds.filter(({ deadline }) => deadline > ctx.now);
  for (const { id, from } of late) if (from !== undefined) answer(replica, id, from, unconfirmed());
  for (const id in reads.pending) {
    if (reads.pending[id]!.deadline > ctx.now) continue;
    delete reads.pending[id];
    answer(replica, id, undefined, unconfirmed());
  }
}

function unconfirmed(): Outcome {
  return failure('NoLeader', 'no leader confirmed the read in time');
}
