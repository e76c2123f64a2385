/** Quorum replication as simulations run it. */
import { chance, pick, type RandomState, type Value } from '../../vm/index.ts';
import type { PresetName } from '../../vm/sim/index.ts';
import { keyValueMachine } from '../core/key-value.ts';
import { SessionWindow } from '../core/session-window.ts';
import type { createNwr } from '../nwr/nwr.ts';
import { CONFLICTS, NWR_CLASS, NWR_SETTINGS, type NwrSettings } from '../nwr/settings.ts';
import {
  type Demands,
  type KeyValueProtocol,
  type Settings,
  type SimulatedProtocol,
  shortSetting,
} from './protocol.ts';
import { checkSettings } from './settings.ts';

type Options = Partial<NwrSettings> & { readonly eager?: boolean };

const PRESET_OPTIONS: Readonly<Record<PresetName, Options>> = {
  quick: {},
  class: { ...NWR_CLASS, eager: false },
};

const KNOWN = {
  protocol: 'nwr',
  usual: { ...NWR_SETTINGS, eager: true },
  words: { conflicts: CONFLICTS },
};

/** Quorum replication, made by `create`: tests hand over one with a bug in it. */
export function simulatedNwr(create: typeof createNwr): SimulatedProtocol {
  return {
    name: 'nwr',
    title: 'N/W/R quorums',
    leases: false,
    changesMembers: false,
    shortSettings: [
      {
        usage: 'N/W/R such as 3/2/2',
        form: /^\d{1,3}\/\d{1,3}\/\d{1,3}$/,
        settings: (quorum) => ({ quorum }),
      },
      ...CONFLICTS.map((conflicts) => shortSetting(conflicts, { conflicts })),
      shortSetting('no-handoff', { handoff: false }),
    ],
    Window: SessionWindow,
    create(preset, settings = {}) {
      const options = { ...PRESET_OPTIONS[preset], ...checkSettings<Options>(KNOWN, settings) };
      const protocol: unknown = create(keyValueMachine, options);
      return protocol as KeyValueProtocol;
    },
    // There is no log: each entry is a value of its key, written by nobody of the run.
    disk: (_term, entries) =>
      entries.map(({ index, command }) => ({
        space: 'program',
        key: `k/${command.key}`,
        value: [
          { by: 'before', at: index, past: {}, value: 'value' in command ? command.value : null },
        ] as Value,
      })),
    longestElection: () => 0,
    drawSettings,
  };
}

function drawSettings(random: RandomState, { machines }: Demands): Settings {
  const { length } = machines;
  const quorums = ['3/2/2', '3/1/1', '3/3/1', '3/1/3', `${length}/2/${length - 1}`];
  return {
    eager: chance(random, 0.8),
    quorum: pick(random, quorums),
    conflicts: pick(random, CONFLICTS),
    handoff: chance(random, 0.8),
    readRepair: chance(random, 0.7),
    spreadTicks: pick(random, [5, 20]),
    retryTicks: pick(random, [5, 15]),
    requestTicks: pick(random, [100, 500]),
    maxWaiting: pick(random, [5, 1_000]),
    maxKeysPerSpread: pick(random, [1, 100]),
  };
}
