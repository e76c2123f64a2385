/** What was measured in the runs of a sweep. */
import type { Estimate } from '../../compare/statistics.ts';
import type { Cell } from './grid.ts';

/** One run of a sweep. */
export interface SweepRun {
  readonly path: string;
  readonly seed: number;
  readonly events: number;
  readonly violated: boolean;
  /** Ticks a second, machine by machine. */
  readonly rates: readonly number[];
  /** The key numbers of the clock exercise, by name. */
  readonly numbers: Readonly<Record<string, number | null>>;
}

/** A setting with what its repetitions say. */
export interface SweepSetting {
  readonly name: string;
  readonly levels: Cell['levels'];
  readonly runs: readonly SweepRun[];
  readonly estimates: Readonly<Record<string, Estimate | null>>;
}
