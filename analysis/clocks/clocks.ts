/**
 * The classic logical-clock exercise as runs on disk: several runs of the same machines, each with
 * a seed of its own, that differ in the rates and the random numbers they draw. Here they are
 * planned and simulated; `live.ts` runs the same plan with real processes in real time.
 */
import { join } from 'node:path';
import { type Manifest, SCHEMA_VERSION } from '../../logs/format/index.ts';
import { packageVersion, RunWriter } from '../../logs/index.ts';
import type { ClockSettings, EventRecord, NodeId } from '../../vm/index.ts';
import { type DieSettings, randomMessages } from '../../vm/programs/index.ts';
import { CALM_DISK, CALM_NETWORK, drawMachines, World } from '../../vm/sim/index.ts';

/**
 * Ticks a second of the machines: whole numbers drawn from `low` to `high` for every run, or one
 * `fixed` for each machine.
 */
export type Rates = { readonly low: number; readonly high: number } | { readonly fixed: readonly number[] };

/** The settings of the exercise. */
export interface ClocksSettings {
  readonly machines: number;
  readonly rates: Rates;
  readonly seconds: number;
  readonly runs: number;
  readonly die: DieSettings;
  /**
   * The first run's; the second has the next number, and so on: any of them can be repeated alone.
   */
  readonly seed: number;
  readonly clock: ClockSettings;
}

/** One run of the exercise. */
export interface ClocksRun {
  /** `run-1`, `run-2`, ...: its folder's name. */
  readonly name: string;
  readonly seed: number;
  readonly seconds: number;
  readonly machines: readonly { readonly id: NodeId; readonly ticksPerSecond: number }[];
  readonly die: DieSettings;
  readonly clock: ClockSettings;
  /** Where the rates come from. */
  readonly rates: Rates;
}

/** The runs that the settings ask for. */
export function planRuns(settings: ClocksSettings): ClocksRun[] {
  const { rates, seconds, die, clock } = settings;
  return Array.from({ length: settings.runs }, (_, run) => {
    const seed = settings.seed + run;
    const machines =
      'fixed' in rates
        ? rates.fixed.map((ticksPerSecond, i) => ({ id: `m${i + 1}`, ticksPerSecond }))
        : drawMachines(settings.machines, seed, [rates.low, rates.high], 'm');
    return { name: `run-${run + 1}`, seed, seconds, machines, die, clock, rates };
  });
}

/** The manifest of a run. */
export function clocksManifest(run: ClocksRun, mode: 'simulated' | 'live'): Manifest {
  return {
    schemaVersion: SCHEMA_VERSION,
    program: 'random-messages',
    machines: [...run.machines],
    seed: run.seed,
    stamp: run.clock.stamp,
    vector: run.clock.vector,
    versions: { tickraft: packageVersion(), ...(mode === 'live' && { node: process.version }) },
    settings: {
      mode,
      seconds: run.seconds,
      rates: 'fixed' in run.rates ? run.rates.fixed.join(',') : `${run.rates.low}-${run.rates.high}`,
      internal: `${run.die.internal}/${run.die.sides}`,
    },
    ...(mode === 'live' && { startedAt: new Date().toISOString() }),
    finished: false,
  };
}

/** Virtual time between two reports of progress. */
const SLICE_US = 60_000_000;

/**
 * Simulates a run into the new folder `parent/run.name`, as fast as it goes. Returns the number of
 * rows. `onProgress` is called with the virtual seconds so far. Throws a `LogError` if the folder
 * cannot be written.
 */
export async function simulateRun(
  parent: string,
  run: ClocksRun,
  onProgress: (seconds: number) => void,
): Promise<number> {
  const writer = new RunWriter(join(parent, run.name), clocksManifest(run, 'simulated'));
  try {
    simulate(run, (record) => writer.write(record), onProgress);
  } catch (error) {
    await writer.close();
    throw error;
  }
  await writer.finish();
  return writer.rows;
}

function simulate(
  run: ClocksRun,
  event: (record: EventRecord) => void,
  onProgress: (seconds: number) => void,
): void {
  const { seed, machines, clock } = run;
  const settings = { seed, machines, clock, record: true, network: CALM_NETWORK, disk: CALM_DISK };
  const world = new World(randomMessages(run.die), settings, { event });
  const endUs = Math.round(run.seconds * 1_000_000);
  while (world.now < endUs) {
    world.advance(Math.min(SLICE_US, endUs - world.now));
    onProgress(world.now / 1_000_000);
  }
  for (const { machine } of world.nodes.values()) {
    for (const effect of machine.stop(world.now)) if (effect.type === 'event') event(effect.event);
  }
}
