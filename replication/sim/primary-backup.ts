/** Primary-backup replication as simulations run it. */
import { chance, pick, type RandomState } from '../../vm/index.ts';
import type { PresetName } from '../../vm/sim/index.ts';
import { keyValueMachine } from '../core/key-value.ts';
import { SessionWindow } from '../core/session-window.ts';
import type { createPrimaryBackup } from '../primary-backup/primary-backup.ts';
import {
  ACKS,
  PRIMARY_BACKUP_CLASS,
  PRIMARY_BACKUP_SETTINGS,
  type PrimaryBackupSettings,
} from '../primary-backup/settings.ts';
import { HARD_STATE } from '../primary-backup/state.ts';
import { drawOrderingSettings, logRecords } from './ordered.ts';
import {
  type Demands,
  type KeyValueProtocol,
  type Settings,
  type SimulatedProtocol,
  shortSetting,
} from './protocol.ts';
import { checkSettings } from './settings.ts';

type Options = Partial<PrimaryBackupSettings> & { readonly eager?: boolean };

const PRESET_OPTIONS: Readonly<Record<PresetName, Options>> = {
  quick: {},
  class: { ...PRIMARY_BACKUP_CLASS, eager: false },
};

const KNOWN = {
  protocol: 'primary-backup',
  usual: { ...PRIMARY_BACKUP_SETTINGS, eager: true },
  words: { ack: ACKS },
};

/** Primary-backup replication, made by `create`: tests hand over one with a bug in it. */
export function simulatedPrimaryBackup(create: typeof createPrimaryBackup): SimulatedProtocol {
  return {
    name: 'primary-backup',
    title: 'Primary-backup',
    leases: false,
    changesMembers: false,
    shortSettings: [
      ...ACKS.map((ack) => shortSetting(ack, { ack })),
      shortSetting('sole-survivor', { soleSurvivor: true }),
    ],
    Window: SessionWindow,
    create(preset, settings = {}) {
      const options = { ...PRESET_OPTIONS[preset], ...checkSettings<Options>(KNOWN, settings) };
      const protocol: unknown = create(keyValueMachine, options);
      return protocol as KeyValueProtocol;
    },
    disk: (term, entries) => [
      { space: 'program', key: HARD_STATE, value: { term, votedFor: null, recovery: 'normal' } },
      ...logRecords(entries),
    ],
    longestElection: (preset) => ({ ...PRIMARY_BACKUP_SETTINGS, ...PRESET_OPTIONS[preset] }).electionTicks[1],
    drawSettings,
  };
}

/**
 * Mostly such as keep what is acknowledged: campaigns hold a run to what its settings guarantee.
 */
function drawSettings(random: RandomState, demands: Demands): Settings {
  return {
    ack: pick(random, ['all-alive', 'all-alive', 'majority', 'majority', 'primary']),
    soleSurvivor: chance(random, 0.15),
    electionTicks: pick(random, [
      [15, 30],
      [6, 12],
      [6, 24],
    ]),
    silentTicks: pick(random, [4, 10, 30]),
    ...drawOrderingSettings(random, demands),
  };
}
