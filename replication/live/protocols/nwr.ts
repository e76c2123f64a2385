/** Quorum replication in real time. Nobody leads, so there is no leader to watch. */
import { createNwr } from '../../nwr/nwr.ts';
import type { Protocol } from '../../protocol.ts';
import { electionTiming } from '../../raft/timing.ts';
import type { StateMachine } from '../../state-machine.ts';
import type { LiveProtocol, LiveRun } from './live-protocol.ts';

/**
 * After how long without an answer a machine is asked again, and another one in its place; and how
 * often machines compare their copies.
 */
const RETRY_MS = 500;
const SPREAD_MS = 1_000;

/** A copy on each of so many replicas, of which most must answer: any two quorums overlap. */
function wholeQuorum(replicas: number): string {
  const most = Math.floor(replicas / 2) + 1;
  return `${Math.max(replicas, most)}/${most}/${most}`;
}

export const NWR: LiveProtocol = {
  name: 'nwr',
  create<C, R, Q, A>(machine: StateMachine<C, R, Q, A>, { rate, settings, replicas }: LiveRun) {
    const { quorum = wholeQuorum(replicas.length), conflicts = 'last-writer', handoff = true } = settings;
    const ticks = (ms: number) => Math.max(1, Math.round((ms * rate) / 1_000));
    const protocol: unknown = createNwr(machine, {
      ...{ quorum, conflicts, handoff },
      retryTicks: ticks(RETRY_MS),
      spreadTicks: ticks(SPREAD_MS),
      requestTicks: electionTiming(rate).requestTicks,
    });
    return protocol as Protocol<unknown, unknown, C, R, Q, A>;
  },
  attend: () => ({
    step() {},
    vitals: () => ({
      isReceiving: false,
      ...{ configuration: undefined, configIndex: undefined, followers: undefined, autopilot: undefined },
      leaderChanges: 0,
    }),
    autopilot: undefined,
  }),
};
