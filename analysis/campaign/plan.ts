/** What a seed decides before a campaign's run begins: the cluster, its wires and disks, and how long it lasts. */
import type { Protocol } from '../../replication/protocol.ts';
import { createRaft } from '../../replication/raft/raft.ts';
import { between, chance, type RandomState, roll } from '../../vm/random.ts';
import type { DiskSettings } from '../../vm/sim/disk.ts';
import type { LinkSettings } from '../../vm/sim/network.ts';
import type { WorldSettings } from '../../vm/sim/settings.ts';
import { listMachine } from './list-machine.ts';

/** A protocol over the campaign's lists, with settings that the seed draws. */
export type DrawProtocol = (random: RandomState, aim: Aim) => Protocol<unknown, unknown>;

/** What the adversary is keen on besides chance: leaders with entries that are not committed, or replicas in the middle of a write. */
export type Aim = 'leaders' | 'writes' | undefined;

/** A seed's run. Times in virtual microseconds. */
export interface Plan {
  readonly world: WorldSettings;
  readonly clients: number;
  /** How long faults happen, and how long the quiet afterwards may take to settle. */
  readonly stormUs: number;
  readonly quietUs: number;
  /** Faults begin at a distance drawn from [1, this]. */
  readonly faultEveryUs: number;
  /** Clients and adversary act at distances drawn from [1, this]. */
  readonly sliceUs: number;
  readonly aim: Aim;
}

/** The middle of the machines' rates: an election takes some 0.3 to 1 s. */
const TICKS_PER_SECOND = 50;

/** So slow that many a crash catches unsynced writes. */
const SLOW_DISK: DiskSettings = { syncUs: [5_000, 70_000] };

/** Draws one of the choices. */
export function pick<T>(random: RandomState, choices: readonly T[]): T {
  return choices[roll(random, choices.length) - 1]!;
}

/** Draws a plan. */
export function drawPlan(seed: number, random: RandomState): Plan {
  const size = pick(random, [3, 3, 4, 5, 5, 5]);
  const aim = pick<Aim>(random, ['leaders', 'leaders', 'writes', undefined]);
  const spread = pick(random, [0, 0, 10, 60]);
  const machines = Array.from({ length: size }, (_, i) => ({
    id: `n${i + 1}`,
    ticksPerSecond: (TICKS_PER_SECOND * between(random, 100 - spread, 100 + spread)) / 100,
  }));
  return {
    world: {
      ...{ seed, machines, record: false },
      clock: { stamp: 'after', vector: false },
      network: drawNetwork(random),
      disk: aim === 'writes' ? SLOW_DISK : drawDisk(random),
    },
    clients: between(random, 2, 5),
    stormUs: 8_000_000,
    quietUs: 30_000_000,
    faultEveryUs: aim === 'leaders' ? 8_000_000 : pick(random, [500_000, 1_500_000, 4_000_000]),
    sliceUs: aim === 'writes' ? 3_000 : pick(random, [3_000, 15_000]),
    aim,
  };
}

/** A network anywhere between orderly and hostile. */
export function drawNetwork(random: RandomState): LinkSettings {
  const low = between(random, 100, 5_000);
  return {
    delayUs: [low, low + pick(random, [500, 5_000, 20_000, 80_000])],
    lossRate: pick(random, [0, 0, 0.02, 0.1]),
    duplicateRate: pick(random, [0, 0, 0.05, 0.2]),
    reorderRate: pick(random, [0, 0, 0.05, 0.3]),
  };
}

/** A disk anywhere between quick and so slow that crashes catch unsynced writes. */
export function drawDisk(random: RandomState): DiskSettings {
  const low = pick(random, [100, 1_000, 5_000]);
  return { syncUs: [low, low + pick(random, [400, 10_000, 60_000])] };
}

/** Raft with limits so low, at times, that they are reached. */
export function drawRaft(create: typeof createRaft): DrawProtocol {
  return (random, aim) =>
    create(listMachine, {
      eager: chance(random, 0.75),
      electionTicks: pick(random, [
        [15, 30],
        [6, 7],
        [6, 24],
      ]),
      requestTicks: pick(random, [30, 100, 500]),
      // One entry at a time, a leader can be struck between any two.
      maxEntriesPerAppend: aim === 'leaders' ? 1 : pick(random, [1, 2, 1_000]),
      maxAppendsInFlight: pick(random, [1, 8]),
      maxWaiting: pick(random, [3, 1_000]),
      maxSessions: pick(random, [2, 1_000]),
      maxBytesPerAppend: pick(random, [60, 2 ** 20]),
      maxLogEntries: pick(random, [4, 12, 10_000]),
      tellCommits: chance(random, 0.3),
    });
}

/** The protocols that a campaign can try, by name. */
export const CAMPAIGN_PROTOCOLS: Readonly<Record<string, DrawProtocol>> = { raft: drawRaft(createRaft) };
