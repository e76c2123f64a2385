/** How the outcome of a request reaches its caller. */
import { type NodeId, type Outcome, writeDetail } from '../../vm/index.ts';
import type { ReplicationErrorCode } from '../errors.ts';
import type { Asker } from './messages.ts';
import type { OrderingReplica } from './state.ts';

/**
 * Codes between replicas only: `NotLeader` (nothing happened, ask another), `Superseded` (it may
 * have happened; ask again where the session knows).
 */
type FailureCode = ReplicationErrorCode | 'NotLeader' | 'Superseded';

export function failure(code: FailureCode, message: string): Outcome {
  return { ok: false, code, message };
}

/** How `Requests.serving` names a request of another replica. */
export function servingKey(from: NodeId, id: string): string {
  return `${from} ${id}`;
}

/** Answers a client of this replica, or the replica that passed the request on. */
export function answer({ state, ctx }: OrderingReplica, id: string, from: Asker, outcome: Outcome): void {
  const { requests } = state;
  if (from !== undefined) {
    const key = servingKey(from, id);
    const attempt = requests.serving[key]!;
    delete requests.serving[key];
    ctx.send(from, { type: 'ForwardReply', id, attempt, outcome }, { early: true });
    return;
  }
  requests.outstanding--;
  const error = outcome.ok ? undefined : outcome.code;
  ctx.note('respond', () => ({ detail: writeDetail({ id, error }) }));
  ctx.respond(id, outcome, { early: true });
}
