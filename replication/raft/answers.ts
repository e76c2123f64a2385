/** Answers: how the outcome of a request reaches whoever asked. */
import type { NodeId } from '../../vm/clock.ts';
import type { Outcome } from '../../vm/program.ts';
import type { ReplicationErrorCode } from '../errors.ts';
import type { Replica } from './types.ts';

/**
 * A failure as plain data. Two are between replicas only: `NotLeader` (nothing happened, ask another) and `Superseded` (it
 * may have happened, ask again: the session knows).
 */
export function failure(code: ReplicationErrorCode | 'NotLeader' | 'Superseded', message: string): Outcome {
  return { ok: false, code, message };
}

/** Answers a request: to a client of this replica, or to the replica that passed it on. `index`: the entry whose outcome this is. */
export function answer(
  replica: Replica,
  id: string,
  from: NodeId | undefined,
  outcome: Outcome,
  index?: number,
): void {
  const { state, ctx } = replica;
  if (from !== undefined) {
    ctx.send(from, { type: 'ForwardReply', term: state.term, id, outcome, index }, { early: true });
    return;
  }
  state.outstanding--;
  ctx.note('respond', () => ({ index, detail: outcome.ok ? `id=${id}` : `id=${id} error=${outcome.code}` }));
  ctx.respond(id, outcome, { early: true });
}
