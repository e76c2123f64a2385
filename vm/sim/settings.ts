/** Settings of a simulated world: with the seed, all that determines a run besides the actions. */
import type { NodeId } from '../clock.ts';
import type { ClockSettings } from '../program.ts';
import type { Write } from '../store.ts';
import type { DiskSettings } from './disk.ts';
import type { LinkSettings } from './network.ts';

/** A machine at the start of a world. */
export interface MachineSettings {
  readonly id: NodeId;
  /** How fast its clock ticks, in virtual time. */
  readonly ticksPerSecond: number;
  /** What is on its disk, durable, before it starts for the first time. Default: nothing. */
  readonly disk?: readonly Write[];
}

/** What a world is made of. */
export interface WorldSettings {
  /** Decides everything that is random. */
  readonly seed: string | number;
  /** The machines, in order. */
  readonly machines: readonly MachineSettings[];
  /** How the logical clocks of all machines work. */
  readonly clock: ClockSettings;
  /** Whether event records are made. The run is the same either way. */
  readonly record: boolean;
  /** How all links behave at first. */
  readonly network: LinkSettings;
  /** How all disks behave at first. */
  readonly disk: DiskSettings;
}
