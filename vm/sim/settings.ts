/** What a simulated world is made of: with a seed, all that decides its course besides the actions it is given. */
import type { NodeId } from '../clock.ts';
import type { ClockSettings } from '../program.ts';
import type { Write } from '../store.ts';
import type { DiskSettings } from './disk.ts';
import type { LinkSettings } from './network.ts';

/** A machine at the start of a world. */
export interface MachineSettings {
  readonly id: NodeId;
  readonly ticksPerSecond: number;
  /** What is on its disk, durable, before it starts for the first time; nothing unless given. */
  readonly disk?: readonly Write[];
}

/** What a world is made of. */
export interface WorldSettings {
  readonly seed: string | number;
  /** Machines in the run's order. */
  readonly machines: readonly MachineSettings[];
  readonly clock: ClockSettings;
  /** Whether event records are made. The course of events is the same either way. */
  readonly record: boolean;
  readonly network: LinkSettings;
  readonly disk: DiskSettings;
}
