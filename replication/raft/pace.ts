/** Raft's times in real time: how many ticks of a clock of a given rate they are. */
import type { RaftSettings } from './types.ts';

/** A follower's patience with a silent leader, drawn from these milliseconds. A process that shares its computer is now and then kept waiting. */
const ELECTION_MS = [300, 600] as const;
/** However slow the clock, elections leave a leader time for a few heartbeats. */
const LEAST_ELECTION_TICKS = 6;
/** How long a request may wait for its answer. */
const REQUEST_MS = 5_000;

/** How much faster one clock may run than another while leases hold: many times what those of computers differ by. */
const CLOCKS_DIFFER = 1.1;
/** A lease is extended once a tick, and runs out at ticks: a shorter one would be over before the next. */
const LEAST_LEASE_TICKS = 2;

/**
 * Settings for replicas that serve people, with clocks of `ticksPerSecond`. `leaseMs`: how long a leader may answer by a
 * lease, within `leaseRangeMs`; without it there are none.
 */
export function livePace(ticksPerSecond: number, leaseMs = 0): Partial<RaftSettings> {
  const low = shortestElection(ticksPerSecond);
  const high = Math.max(2 * low, ticksIn(ELECTION_MS[1], ticksPerSecond));
  return {
    electionTicks: [low, high],
    leaseTicks: Math.floor((leaseMs * ticksPerSecond) / 1_000),
    requestTicks: Math.max(4 * high, ticksIn(REQUEST_MS, ticksPerSecond)),
    tellCommits: true,
  };
}

/** The shortest and the longest lease at that rate, in milliseconds, as `lease.ts` has it for clocks that differ. */
export function leaseRangeMs(ticksPerSecond: number): readonly [number, number] {
  const longest = Math.floor((shortestElection(ticksPerSecond) - 1) / CLOCKS_DIFFER);
  return [
    Math.ceil((LEAST_LEASE_TICKS * 1_000) / ticksPerSecond),
    Math.floor((longest * 1_000) / ticksPerSecond),
  ];
}

function shortestElection(ticksPerSecond: number): number {
  return Math.max(LEAST_ELECTION_TICKS, ticksIn(ELECTION_MS[0], ticksPerSecond));
}

function ticksIn(ms: number, ticksPerSecond: number): number {
  return Math.ceil((ms * ticksPerSecond) / 1_000);
}
