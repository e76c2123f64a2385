/** Raft as simulations run it. */
import { between, chance, pick, type RandomState, seedRandom } from '../../vm/index.ts';
import type { PresetName } from '../../vm/sim/index.ts';
import { batchOf } from '../core/batch.ts';
import { keyValueMachine } from '../core/key-value.ts';
import { SessionWindow } from '../core/session-window.ts';
import { logOnDisk } from '../raft/log.ts';
import type { createRaft } from '../raft/raft.ts';
import { CLASS_SETTINGS, DEFAULT_SETTINGS, type RaftSettings } from '../raft/settings.ts';
import type { Demands, KeyValueProtocol, Settings, SettingValue, SimulatedProtocol } from './protocol.ts';

type Options = Partial<RaftSettings> & { readonly eager?: boolean };

/** For a class to watch, handlers run at ticks only. */
const PRESET_OPTIONS: Readonly<Record<PresetName, Options>> = {
  quick: {},
  class: { ...CLASS_SETTINGS, eager: false },
};

/**
 * Raft, made by `create`, with clients that use `Window`: tests hand over those with a bug in them.
 */
export function simulatedRaft(create: typeof createRaft, Window = SessionWindow): SimulatedProtocol {
  return {
    name: 'raft',
    title: 'Raft',
    leases: true,
    Window,
    changesMembers: true,
    shortSettings: [],
    create(preset, settings = {}) {
      const protocol: unknown = create(keyValueMachine, { ...PRESET_OPTIONS[preset], ...options(settings) });
      return protocol as KeyValueProtocol;
    },
    disk: (term, entries) =>
      logOnDisk(
        term,
        entries.map(({ index, term, command }) => ({
          index,
          term,
          data: { type: 'commands', batches: [batchOf([command], undefined)] },
        })),
      ),
    longestElection: (preset) => ({ ...DEFAULT_SETTINGS, ...PRESET_OPTIONS[preset] }).electionTicks[1],
    drawSettings,
  };
}

const KINDS: Readonly<Record<string, string>> = {
  number: 'one number',
  object: 'a range such as 15-30',
  boolean: 'on or off',
};

/** What may be set, and what each is usually. */
const USUAL = { ...DEFAULT_SETTINGS, eager: true } as unknown as Record<string, SettingValue | undefined>;

/**
 * The settings by their names in `RaftSettings`, and `eager`. Throws a RangeError for any other.
 */
function options(settings: Settings): Options {
  for (const [name, value] of Object.entries(settings)) {
    const usual = Object.hasOwn(USUAL, name) ? USUAL[name] : undefined;
    if (usual === undefined) {
      throw new RangeError(`raft has no setting ${name} (it has ${Object.keys(USUAL).join(', ')})`);
    }
    if (typeof usual !== typeof value) throw new RangeError(`${name} is ${KINDS[typeof usual]}`);
    if (typeof value === 'boolean' || typeof value === 'string') continue;
    const [low, high] = typeof value === 'number' ? [value, value] : value;
    if (low < 1 || low > high) throw new RangeError(`${name} must be at least 1, and a range must not fall`);
  }
  return settings as Options;
}

/**
 * If everything waits for ticks, more clients than sessions would expire each other's before any is
 * used.
 */
const MANY_SESSIONS = 1_000;

type Range = readonly [number, number];

const ELECTION_TICKS: readonly Range[] = [
  [15, 30],
  [6, 7],
  [6, 24],
];
/** With leases, which are shorter, of more than a tick or two. */
const PATIENT_ELECTION_TICKS: readonly Range[] = [
  [15, 30],
  [15, 18],
  [10, 12],
];

function drawSettings(random: RandomState, { seed, target, clocks, sessionLimits }: Demands): Settings {
  const electionTicks = pick(random, clocks === undefined ? ELECTION_TICKS : PATIENT_ELECTION_TICKS);
  const leaseTicks = drawLease(random, electionTicks[0], clocks);
  const eager = chance(random, 0.75);
  // From a stream of its own: every other setting is what it would be without.
  const quickFailover = chance(seedRandom(`campaign/${seed}/failover`), 0.5);
  return {
    eager,
    quickFailover,
    electionTicks,
    ...(leaseTicks === undefined ? {} : { leaseTicks }),
    requestTicks: pick(random, [30, 100, 500]),
    // With one entry at a time, a fault can hit a leader between any two.
    maxCommandsPerEntry: pick(seedRandom(`campaign/${seed}/entries`), [1, 3, 1_000]),
    maxEntriesPerAppend: target === 'leaders' ? 1 : pick(random, [1, 2, 1_000]),
    maxAppendsInFlight: pick(random, [1, 8]),
    maxWaiting: pick(random, [3, 1_000]),
    maxSessions: eager ? pick(random, [2, MANY_SESSIONS]) : MANY_SESSIONS,
    maxBytesPerAppend: pick(random, [60, 2 ** 20]),
    maxLogEntries: pick(random, [4, 12, 10_000]),
    maxBytesPerPage: pick(random, [30, 2 ** 16]),
    tellCommits: chance(random, 0.3),
    ...sessionLimits,
    ...(eager ? {} : { maxSessions: MANY_SESSIONS }),
  };
}

/**
 * As long as the clocks allow (`../raft/lease.ts`). Where clocks are unrestricted leases are
 * sometimes on too, and nobody reads by them: nothing else may be affected.
 */
function drawLease(random: RandomState, shortest: number, clocks: Demands['clocks']): number | undefined {
  if (clocks === undefined) return chance(random, 0.1) ? between(random, 1, shortest - 1) : undefined;
  return Math.floor(((shortest - 1) * clocks.slowest) / clocks.fastest);
}
