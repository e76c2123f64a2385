/** How fast a simulated world goes. */
import { CALM_DISK, type DiskSettings } from './disk.ts';
import { CALM_NETWORK, type LinkSettings } from './network.ts';

/** `quick`: as a production cluster would. `class`: messages take a good part of a second, slow enough to watch. */
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
