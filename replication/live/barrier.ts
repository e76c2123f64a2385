/**
 * A query that every state machine answers, and that asks for nothing: a linearizable read of it
 * returns once this replica has applied all that was acknowledged before.
 */
import type { StateMachine } from '../state-machine.ts';

/** The query. It never leaves this process: only the question for an index goes to the leader. */
export const BARRIER: unknown = Object.freeze({ type: 'barrier' });

/** The machine, which answers `BARRIER` too. */
export function withBarrier<C, R, Q, A>(machine: StateMachine<C, R, Q, A>): StateMachine<C, R, Q, A> {
  return {
    name: machine.name,
    apply: (command, store, position) => machine.apply(command, store, position),
    query: (query, store) => (query === BARRIER ? (null as A) : machine.query(query, store)),
  };
}
