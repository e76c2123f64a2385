/** What is due on the agenda of a world is made to happen out of its turn. */
import type { ByHand } from './actions.ts';
import type { Arrival, SimEvent } from './node.ts';
import type { TimedQueue } from './queue.ts';

/**
 * Carries out an action. Throws a RangeError where there is no message; then nothing has happened.
 */
export function actByHand<M>(
  agenda: TimedQueue<SimEvent<M>>,
  action: ByHand,
  happen: (event: SimEvent<M>) => void,
): void {
  if (action.type === 'sync') {
    const take = () => agenda.take(({ type }) => type === 'synced');
    for (let next = take(); next !== undefined; next = take()) happen(next);
    return;
  }
  const { from, to } = action;
  const oldest = agenda.take(
    (event) => event.type === 'arrival' && event.node === to && event.envelope.from === from,
  ) as Arrival<M> | undefined;
  if (oldest === undefined) throw new RangeError(`no message is on its way from ${from} to ${to}`);
  if (action.keep) agenda.push(oldest);
  happen(oldest);
}
