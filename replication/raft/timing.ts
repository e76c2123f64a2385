/** Raft's times in real time: how many ticks of a clock of a given rate they are. */
import type { RaftSettings } from './settings.ts';

/**
 * The default election timeout and heartbeat: those of etcd, for a computer that is busy or stopped
 * for a moment is no reason to elect. A leader whose process ends is noticed at once all the same
 * (`failover.ts`).
 */
const ELECTION_MS = 1_000;
const HEARTBEAT_MS = 100;
/** An election timeout leaves time for at least this many heartbeats, and this many ticks. */
const LEAST_HEARTBEATS = 5;
const LEAST_ELECTION_TICKS = 6;
/**
 * The longest election timeout is so many times the shortest. The literature has 2; pre-votes and
 * the order of quick failover (`failover.ts`) settle what a wider range would, and a leader that
 * stands still is missed for less long.
 */
const ELECTION_RANGE = 1.5;
/** How long a request may wait for its answer. */
const REQUEST_MS = 5_000;

/**
 * How much faster one clock may run than another while leases hold: many times what those of
 * computers differ by.
 */
const CLOCKS_DIFFER = 1.1;
/** A lease is extended once a tick, and ends at ticks: a shorter one would end before the next. */
const LEAST_LEASE_TICKS = 2;

/** Times that can be chosen, in milliseconds. */
export interface Timing {
  /**
   * The shortest election timeout; the longest is 1.5 times that. Default: 1,000, or five
   * heartbeats or six ticks if that is longer.
   */
  readonly electionMs?: number | undefined;
  /** The heartbeat interval. Default: 100, or a tick if that is longer. */
  readonly heartbeatMs?: number | undefined;
  /**
   * How long a leader may answer reads without asking the others (dissertation, 6.4.1), within
   * `leaseRangeMs`. Default: no leases.
   */
  readonly leaseMs?: number | undefined;
}

/** The times of any protocol that elects, with clocks of `ticksPerSecond`. */
export function electionTiming(
  ticksPerSecond: number,
  timing: Timing = {},
): Pick<RaftSettings, 'heartbeatTicks' | 'electionTicks' | 'requestTicks'> {
  const low = shortestElection(ticksPerSecond, timing);
  const high = Math.ceil(ELECTION_RANGE * low);
  return {
    heartbeatTicks: heartbeatTicks(ticksPerSecond, timing),
    electionTicks: [low, high],
    requestTicks: Math.max(2 * high, ticksIn(REQUEST_MS, ticksPerSecond)),
  };
}

/** Settings for live replicas, with clocks of `ticksPerSecond`. */
export function liveTiming(ticksPerSecond: number, timing: Timing = {}): Partial<RaftSettings> {
  return {
    ...electionTiming(ticksPerSecond, timing),
    leaseTicks: Math.floor(((timing.leaseMs ?? 0) * ticksPerSecond) / 1_000),
    tellCommits: true,
    quickFailover: true,
    tellAcknowledged: true,
  };
}

/** The shortest heartbeat that a clock of that rate can keep, in milliseconds. */
export function leastHeartbeatMs(ticksPerSecond: number): number {
  return Math.ceil(1_000 / ticksPerSecond);
}

/**
 * The shortest election timeout that may be chosen at that rate and with that heartbeat, in
 * milliseconds.
 */
export function leastElectionMs(ticksPerSecond: number, timing: Timing): number {
  return Math.ceil((leastElection(ticksPerSecond, timing) * 1_000) / ticksPerSecond);
}

/**
 * The shortest and the longest lease, in milliseconds, as `lease.ts` has it for clocks that differ.
 */
export function leaseRangeMs(ticksPerSecond: number, timing: Timing): readonly [number, number] {
  const longest = Math.floor((shortestElection(ticksPerSecond, timing) - 1) / CLOCKS_DIFFER);
  return [
    Math.ceil((LEAST_LEASE_TICKS * 1_000) / ticksPerSecond),
    Math.floor((longest * 1_000) / ticksPerSecond),
  ];
}

function shortestElection(ticksPerSecond: number, timing: Timing): number {
  const wanted = ticksIn(timing.electionMs ?? ELECTION_MS, ticksPerSecond);
  return Math.max(wanted, leastElection(ticksPerSecond, timing));
}

function leastElection(ticksPerSecond: number, timing: Timing): number {
  return Math.max(LEAST_ELECTION_TICKS, LEAST_HEARTBEATS * heartbeatTicks(ticksPerSecond, timing));
}

/** Rounded down: heartbeats come at least this often. */
function heartbeatTicks(ticksPerSecond: number, { heartbeatMs = HEARTBEAT_MS }: Timing): number {
  return Math.max(1, Math.floor((heartbeatMs * ticksPerSecond) / 1_000));
}

function ticksIn(ms: number, ticksPerSecond: number): number {
  return Math.ceil((ms * ticksPerSecond) / 1_000);
}
