/** Raft's times in real time: how many ticks of a clock of a given rate they are. */
import type { RaftSettings } from './types.ts';

/** A follower's patience with a silent leader, drawn from these milliseconds. A process that shares its computer is now and then kept waiting. */
const ELECTION_MS = [300, 600] as const;
/** However slow the clock, elections leave a leader time for a few heartbeats. */
const LEAST_ELECTION_TICKS = 6;
/** How long a request may wait for its answer. */
const REQUEST_MS = 5_000;

/** Settings for replicas that serve people, with clocks of `ticksPerSecond`. */
export function livePace(ticksPerSecond: number): Partial<RaftSettings> {
  const ticks = (ms: number) => Math.ceil((ms * ticksPerSecond) / 1_000);
  const low = Math.max(LEAST_ELECTION_TICKS, ticks(ELECTION_MS[0]));
  const high = Math.max(2 * low, ticks(ELECTION_MS[1]));
  return {
    electionTicks: [low, high],
    requestTicks: Math.max(4 * high, ticks(REQUEST_MS)),
    tellCommits: true,
  };
}
