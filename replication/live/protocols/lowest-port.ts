/** The mesh whose lowest id leads, in real time. A silent master is replaced as soon as Raft's. */
import { createLowestPort } from '../../lowest-port/lowest-port.ts';
import { LOWEST_PORT_SETTINGS } from '../../lowest-port/settings.ts';
import type { LowestPortState } from '../../lowest-port/state.ts';
import type { Protocol } from '../../protocol.ts';
import { electionTiming } from '../../raft/timing.ts';
import type { StateMachine } from '../../state-machine.ts';
import type { LiveProtocol, LiveRun } from './live-protocol.ts';
import { attendOrdered } from './ordered.ts';

/**
 * A server that starts, and hears nobody, leads after so many times as long as a master may be
 * silent. One that has missed something and leads before its links are up takes from the others
 * what it has missed.
 */
const JOIN_TIMEOUTS = 3;

export const LOWEST_PORT: LiveProtocol = {
  name: 'lowest-port',
  create<C, R, Q, A>(machine: StateMachine<C, R, Q, A>, { rate, timing }: LiveRun) {
    const { heartbeatTicks, electionTicks, requestTicks } = electionTiming(rate, timing);
    const { deadMisses } = LOWEST_PORT_SETTINGS;
    const protocol: unknown = createLowestPort(machine, {
      ...{ heartbeatTicks, requestTicks },
      missTicks: Math.ceil(electionTicks[0] / deadMisses),
      joinTicks: JOIN_TIMEOUTS * electionTicks[0],
    });
    return protocol as Protocol<unknown, unknown, C, R, Q, A>;
  },
  attend: (replica) =>
    attendOrdered<LowestPortState>(
      replica,
      () => 0,
      ({ peers }, peer) => peers[peer]?.status === 'alive',
    ),
};
