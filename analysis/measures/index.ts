/**
 * All measures, in the order of reports. Each is a table of flat rows, units at the ends of the
 * names. A new measure is a function and a line below.
 */
import type { Run } from '../run/load.ts';
import { measureDrifts, measureJumps } from './clocks.ts';
import { measureCommits, measureCopies, measureCopiesOverTime, measureCopyDelays } from './commits.ts';
import { measureElections } from './elections.ts';
import { measureFailovers, measureLeaders } from './leaders.ts';
import { measureLinks } from './links.ts';
import { measureMachines } from './machines.ts';
import { measureConfigurations, measureLearners, measureTolerance } from './members.ts';
import { measureBlocking, measureRequests } from './requests.ts';
import { measureMix, measureThroughput, measureTimeline } from './timeline.ts';

export const MEASURES = {
  machines: measureMachines,
  jumps: measureJumps,
  drifts: measureDrifts,
  mix: measureMix,
  links: measureLinks,
  elections: measureElections,
  leaders: measureLeaders,
  failovers: measureFailovers,
  requests: measureRequests,
  blocking: measureBlocking,
  commits: measureCommits,
  copies: measureCopies,
  copyDelays: measureCopyDelays,
  copiesOverTime: measureCopiesOverTime,
  configurations: measureConfigurations,
  learners: measureLearners,
  tolerance: measureTolerance,
  timeline: measureTimeline,
  throughput: measureThroughput,
} as const satisfies Record<string, (run: Run) => Promise<readonly object[]>>;

/** Every measure's rows, by its name. */
export type Measures = {
  readonly [name in keyof typeof MEASURES]: Awaited<ReturnType<(typeof MEASURES)[name]>>;
};
