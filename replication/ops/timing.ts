/** The options `--election-timeout`, `--heartbeat` and `--lease`. */
import type { Option } from 'commander';
import type { z } from 'zod';
import { leaseRangeMs, leastElectionMs, leastHeartbeatMs, type Timing } from '../raft/timing.ts';
import { option, wholeNumber } from './options.ts';

const milliseconds = wholeNumber(1, 1_000_000).optional();

/** Milliseconds; `checkTiming` says which go together. */
export const timingOptions = { electionTimeout: milliseconds, heartbeat: milliseconds, lease: milliseconds };

/** What was given. */
export interface TimingGiven {
  readonly electionTimeout?: number | undefined;
  readonly heartbeat?: number | undefined;
  readonly lease?: number | undefined;
}

/** The options. */
export function timingFlags(): Option[] {
  return [
    option(
      '--election-timeout <ms>',
      'how long a leader may be silent before the others elect a new one: between this and 1.5 times this. ' +
        'They do not wait where they see that its process has ended',
    ).default(undefined, '1000, or five heartbeats or six ticks if that is more'),
    option('--heartbeat <ms>', 'how often a leader sends heartbeats').default(
      undefined,
      '100, or one tick if that is more',
    ),
    option(
      '--lease <ms>',
      'how long a leader may answer reads without asking the others, once a majority has answered it. ' +
        'Safe only if no clock runs more than a tenth faster than another. Set it on all replicas or on none',
    ).default(undefined, 'no leases'),
  ];
}

/** The same as arguments of a command. */
export function timingArguments({ electionTimeout, heartbeat, lease }: TimingGiven): string[] {
  const given = { '--election-timeout': electionTimeout, '--heartbeat': heartbeat, '--lease': lease };
  return Object.entries(given).flatMap(([flag, ms]) => (ms === undefined ? [] : [flag, String(ms)]));
}

/** Refuses times that do not fit together, or that a clock of that rate cannot keep. */
export function checkTiming(given: TimingGiven & { readonly rate: number }, ctx: z.RefinementCtx): void {
  const { electionTimeout, heartbeat, lease, rate } = given;
  const refuse = (name: string, message: string) =>
    ctx.addIssue({ code: 'custom', path: [name], message: `${message} at --rate ${rate}` });
  const timing: Timing = { electionMs: electionTimeout, heartbeatMs: heartbeat };
  const leastHeartbeat = leastHeartbeatMs(rate);
  if (heartbeat !== undefined && heartbeat < leastHeartbeat) {
    refuse('heartbeat', `must be at least a tick, which is ${leastHeartbeat} ms`);
  }
  const leastElection = leastElectionMs(rate, timing);
  if (electionTimeout !== undefined && electionTimeout < leastElection) {
    refuse('electionTimeout', `must be at least ${leastElection} ms: five heartbeats and six ticks`);
  }
  const [least, most] = leaseRangeMs(rate, timing);
  if (lease !== undefined && (lease < least || lease > most)) {
    const why = `must be from ${least} to ${most} with this election timeout: two ticks or more, and well below it,`;
    refuse('lease', why);
  }
}
