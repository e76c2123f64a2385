/** The mesh whose lowest id leads, as simulations run it. */
import { pick, type RandomState } from '../../vm/index.ts';
import type { PresetName } from '../../vm/sim/index.ts';
import { keyValueMachine } from '../core/key-value.ts';
import { SessionWindow } from '../core/session-window.ts';
import type { createLowestPort } from '../lowest-port/lowest-port.ts';
import { LOWEST_PORT_CLASS, LOWEST_PORT_SETTINGS, type LowestPortSettings } from '../lowest-port/settings.ts';
import { drawOrderingSettings, logRecords } from './ordered.ts';
import type { Demands, KeyValueProtocol, Settings, SimulatedProtocol } from './protocol.ts';
import { checkSettings } from './settings.ts';

type Options = Partial<LowestPortSettings> & { readonly eager?: boolean };

const PRESET_OPTIONS: Readonly<Record<PresetName, Options>> = {
  quick: {},
  class: { ...LOWEST_PORT_CLASS, eager: false },
};

const KNOWN = { protocol: 'lowest-port', usual: { ...LOWEST_PORT_SETTINGS, eager: true }, words: {} };

/** The mesh, made by `create`: tests hand over one with a bug in it. */
export function simulatedLowestPort(create: typeof createLowestPort): SimulatedProtocol {
  return {
    name: 'lowest-port',
    title: 'Lowest port',
    leases: false,
    changesMembers: false,
    shortSettings: [],
    Window: SessionWindow,
    create(preset, settings = {}) {
      const options = { ...PRESET_OPTIONS[preset], ...checkSettings<Options>(KNOWN, settings) };
      const protocol: unknown = create(keyValueMachine, options);
      return protocol as KeyValueProtocol;
    },
    disk: (_term, entries) => logRecords(entries.map((entry) => ({ ...entry, term: 0 }))),
    longestElection(preset) {
      const { missTicks, deadMisses } = { ...LOWEST_PORT_SETTINGS, ...PRESET_OPTIONS[preset] };
      return missTicks * (deadMisses + 1);
    },
    drawSettings,
  };
}

function drawSettings(random: RandomState, demands: Demands): Settings {
  return {
    missTicks: pick(random, [3, 4, 8]),
    deadMisses: pick(random, [2, 3, 5]),
    longestBackoff: pick(random, [4, 32]),
    ...drawOrderingSettings(random, demands),
  };
}
