/** Responses: how the outcome of a request reaches its caller. */
import { type NodeId, type Outcome, writeDetail } from '../../vm/index.ts';
import type { ReplicationErrorCode } from '../errors.ts';
import type { RaftReplica } from './state.ts';

/**
 * A failure as plain data. Two codes are used between replicas only: `NotLeader` (nothing happened,
 * ask another) and `Superseded` (it may have happened, ask again: the session knows).
 */
export function failure(code: ReplicationErrorCode | 'NotLeader' | 'Superseded', message: string): Outcome {
  return { ok: false, code, message };
}

/**
 * Answers a request: to a client of this replica, or to the replica that passed it on. `index`: the
 * entry whose outcome this is.
 */
export function answer(
  replica: RaftReplica,
  id: string,
  from: NodeId | undefined,
  outcome: Outcome,
  index?: number,
): void {
  const { ctx } = replica;
  const { requests } = replica.state;
  if (from !== undefined) {
    const key = servingKey(from, id);
    const attempt = requests.serving[key]!;
    delete requests.serving[key];
    replyTo(replica, from, { id, attempt }, outcome, index);
    return;
  }
  requests.outstanding--;
  const error = outcome.ok ? undefined : outcome.code;
  ctx.note('respond', () => ({ index, detail: writeDetail({ id, error }) }));
  ctx.respond(id, outcome, { early: true });
}

/**
 * Answers an attempt of another replica's request, whatever else of that request is under way here.
 */
export function replyTo(
  { state, ctx }: RaftReplica,
  to: NodeId,
  { id, attempt }: { readonly id: string; readonly attempt: number },
  outcome: Outcome,
  index?: number,
): void {
  ctx.send(to, { type: 'ForwardReply', term: state.hard.term, id, attempt, outcome, index }, { early: true });
}

/** How `Requests.serving` names a request of another replica. */
export function servingKey(from: NodeId, id: string): string {
  return `${from} ${id}`;
}
