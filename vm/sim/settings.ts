/** What a simulated world is made of: with a seed, all that decides its course besides the commands it is given. */
import type { NodeId } from '../clock.ts';
import type { ClockSettings } from '../program.ts';
import type { DiskSettings } from './disk.ts';
import type { LinkSettings } from './network.ts';

/** What a world is made of. */
export interface WorldSettings {
  readonly seed: string | number;
  /** Machines in the run's order, with the ticks a second of each one's clock. */
  readonly machines: readonly { readonly id: NodeId; readonly ticksPerSecond: number }[];
  readonly clock: ClockSettings;
  /** Whether event records are made. The course of events is the same either way. */
  readonly record: boolean;
  readonly network: LinkSettings;
  readonly disk: DiskSettings;
}
