/** How fast a simulated world goes. */
import { between, seedRandom } from '../random.ts';
import { CALM_DISK, type DiskSettings } from './disk.ts';
import { CALM_NETWORK, type LinkSettings } from './network.ts';
import type { MachineSettings, WorldSettings } from './settings.ts';

/**
 * `quick`: as a production cluster would. `class`: messages take a good part of a second, slow
 * enough to watch.
 */
export type PresetName = 'quick' | 'class';

/** The settings of a preset. */
export interface Preset {
  readonly network: LinkSettings;
  readonly disk: DiskSettings;
  /** Ticks a second of a machine's clock, drawn from [low, high]. */
  readonly rates: readonly [number, number];
}

export const PRESETS: Readonly<Record<PresetName, Preset>> = {
  quick: { network: CALM_NETWORK, disk: CALM_DISK, rates: [100, 100] },
  class: {
    network: { ...CALM_NETWORK, delayUs: [200_000, 600_000] },
    disk: { ...CALM_DISK, syncUs: [20_000, 60_000] },
    rates: [1, 6],
  },
};

/**
 * A world at the preset `quick`, without events, where nothing goes wrong; it lacks a seed and
 * machines.
 */
export const CALM_WORLD = {
  clock: { stamp: 'after', vector: false },
  record: false,
  network: CALM_NETWORK,
  disk: CALM_DISK,
} as const satisfies Omit<WorldSettings, 'seed' | 'machines'>;

/**
 * Machines `n1`, `n2` and so on, each with a rate from [low, high] ticks a second. The same seed
 * draws the same.
 */
export function drawMachines(
  count: number,
  seed: WorldSettings['seed'] = 1,
  [low, high]: Preset['rates'] = PRESETS.quick.rates,
  prefix = 'n',
): MachineSettings[] {
  const random = seedRandom(`rates/${seed}`);
  return Array.from({ length: count }, (_, i) => ({
    id: `${prefix}${i + 1}`,
    ticksPerSecond: between(random, low, high),
  }));
}
