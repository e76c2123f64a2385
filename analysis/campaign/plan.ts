/**
 * What a seed determines before a campaign's run begins: the cluster, its links and disks, and how
 * long it lasts.
 */
import type { SessionLimits } from '../../replication/index.ts';
import { between, chance, pick, type RandomState, seedRandom } from '../../vm/index.ts';
import type { DiskSettings, LinkSettings, MachineSettings } from '../../vm/sim/index.ts';

/** What the nemesis aims at besides random faults. */
export type Target =
  /** Leaders with entries that are not committed. */
  | 'leaders'
  /** Replicas in the middle of a write. */
  | 'writes'
  /** Leaders that are deposed without knowing it, and read from. */
  | 'reads'
  /** Leaders that reach just a majority and have the slowest disk. */
  | 'quorums'
  | undefined;

/** The range of clock rates, in ticks a second. */
export interface Clocks {
  readonly slowest: number;
  readonly fastest: number;
}

/** A client, and the keys that it asks about. */
export interface ClientPlan {
  /** Whether it works in a session, and tries again. */
  readonly inSession: boolean;
  /** Whether it reads by leases. */
  readonly byLease: boolean;
  /** Whether it does nothing but read, and does so all the time while a leader may be deposed. */
  readonly isReader: boolean;
  /** How it works if it has several commands of one session under way. */
  readonly pipeline: PipelinePlan | undefined;
  readonly lists: readonly string[];
  readonly registers: readonly string[];
}

/** How a client works that has several commands of one session under way. */
export interface PipelinePlan {
  /** The most commands that wait for their answers at once. */
  readonly depth: number;
  /** The longest that it keeps an answer before it acknowledges it (virtual microseconds). */
  readonly keepsUs: number;
  /** How likely it is to ask two replicas at once. */
  readonly asksTwo: number;
  /** After how many tries it gives a command up. */
  readonly mostTries: number;
  /**
   * How likely it is, each time that it begins something, to open another session or to crash for a
   * while.
   */
  readonly reopens: number;
  readonly dies: number;
}

/** How the members change in a run. Times in virtual microseconds. */
export interface MembersPlan {
  /** How many callers change them, each for itself. */
  readonly operators: number;
  /** The longest pause between two changes of one of them. */
  readonly pauseUs: number;
  /** The most machines that there may be, those that join included. */
  readonly mostMachines: number;
  /** The fewest voters that they leave. */
  readonly fewestVoters: number;
  /** Whether faults are aimed at changes that are under way. */
  readonly isAimedAt: boolean;
}

/** A seed's run. Times in virtual microseconds. */
export interface Plan {
  readonly seed: number;
  readonly machines: readonly MachineSettings[];
  readonly network: LinkSettings;
  readonly disk: Required<DiskSettings>;
  readonly clients: readonly ClientPlan[];
  /** How long faults happen. */
  readonly stormUs: number;
  /** Faults begin at intervals drawn from [1, this]. */
  readonly faultEveryUs: number;
  /** Clients and nemesis act at intervals drawn from [1, this]. */
  readonly sliceUs: number;
  readonly target: Target;
  /**
   * The range that all clock rates stay in, with no process paused: then leases may be relied on.
   * Undefined where clocks are unrestricted.
   */
  readonly clocks: Clocks | undefined;
  /** Whether the network may deliver messages twice. */
  readonly duplicates: boolean;
  /** So low that they are reached, where clients have several commands of a session under way. */
  readonly sessionLimits: SessionLimits | undefined;
  /** Undefined where the members stay what they are. */
  readonly members: MembersPlan | undefined;
}

/** The middle of the machines' rates: an election takes some 0.3 to 1 s. */
const TICKS_PER_SECOND = 50;

const TARGETS: readonly Target[] = ['leaders', 'leaders', 'writes', 'reads', 'quorums', undefined];
/** Where clocks can be relied on, so are reads by leases: the harder part. */
const LEASE_TARGETS: readonly Target[] = [
  'leaders',
  'writes',
  'quorums',
  undefined,
  ...(['reads', 'reads', 'reads', 'reads', 'reads'] as const),
];

/** How many of the runs have clients with several commands of a session under way. */
const PIPELINED_RUNS = 0.5;

/** In how many of the runs the members change. */
const MEMBER_RUNS = 0.3;

/** A lease is short, and old answers by it are given in a part of it. */
const READERS = 2;

/** So slow that many a crash catches unsynced writes. */
const SLOW_DISK: DiskSettings = { syncUs: [5_000, 70_000] };

/** So quick that a new leader has changed something before an old one's lease would end. */
const QUICK_DISK: DiskSettings = { syncUs: [100, 500] };
const QUICK_NETWORK: LinkSettings = {
  delayUs: [300, 3_000],
  lossRate: 0,
  duplicateRate: 0,
  reorderRate: 0,
};

/** Draws a plan. */
export function drawPlan(seed: number, random: RandomState): Plan {
  const plan = withPipelines(drawRun(seed, random), seedRandom(`campaign/${seed}/sessions`));
  return withMembers(plan, seedRandom(`campaign/${seed}/members`));
}

/** In some runs the members change: from a stream of its own, as with pipelines. */
function withMembers(plan: Plan, random: RandomState): Plan {
  if (!chance(random, MEMBER_RUNS)) return plan;
  const members = {
    operators: pick(random, [1, 1, 2]),
    pauseUs: pick(random, [200_000, 600_000, 2_000_000]),
    mostMachines: plan.machines.length + between(random, 1, 4),
    fewestVoters: pick(random, [1, 2, 2, 3]),
    isAimedAt: chance(random, 0.6),
  };
  return { ...plan, members };
}

function drawRun(seed: number, random: RandomState): Plan {
  const size = pick(random, [3, 3, 4, 5, 5, 5]);
  const isSteady = chance(random, 0.3);
  const target = pick(random, isSteady ? LEASE_TARGETS : TARGETS);
  // The answers of a broken lease are stale for no longer than the lease: the others must be
  // quicker.
  const aimsAtLeases = isSteady && target === 'reads';
  // A command without a session happens once only where the network delivers no message twice.
  const duplicates = chance(random, 0.5);
  // Equal clocks hide what a lease assumes.
  const spread = pick(random, isSteady ? [10, 60, 60] : [0, 0, 10, 60]);
  const rate = (percent: number) => Math.round((TICKS_PER_SECOND * percent) / 100);
  const machines = Array.from({ length: size }, (_, i) => ({
    id: `n${i + 1}`,
    ticksPerSecond: rate(between(random, 100 - spread, 100 + spread)),
  }));
  return {
    seed,
    machines,
    network: aimsAtLeases ? QUICK_NETWORK : drawNetwork(random, duplicates),
    disk: {
      ...(target === 'writes' ? SLOW_DISK : aimsAtLeases ? QUICK_DISK : drawDisk(random)),
      full: false,
      lazyData: chance(random, 0.3),
    },
    clients: drawClients(random, !duplicates, isSteady),
    stormUs: 8_000_000,
    // With a target, other faults are rare.
    faultEveryUs:
      target === 'leaders' || target === 'quorums'
        ? 8_000_000
        : pick(random, [500_000, 1_500_000, 4_000_000]),
    sliceUs: target === 'writes' ? 3_000 : pick(random, [3_000, 15_000]),
    target,
    clocks: isSteady ? { slowest: rate(100 - spread), fastest: rate(100 + spread) } : undefined,
    duplicates,
    sessionLimits: undefined,
    members: undefined,
  };
}

/**
 * In some runs, some of the clients in sessions have several commands under way. Drawn from a
 * stream of its own, so that all other runs are the same as without them.
 */
function withPipelines(plan: Plan, random: RandomState): Plan {
  if (!chance(random, PIPELINED_RUNS)) return plan;
  const inSession = plan.clients.filter((client) => client.inSession);
  const sure = pick(random, inSession);
  const clients = plan.clients.map((client) => {
    const isPipelined = client === sure || (client.inSession && chance(random, 0.4));
    return isPipelined ? { ...client, pipeline: drawPipeline(random) } : client;
  });
  const sessionLimits = {
    maxSessions: pick(random, [2, 3, 5, 8, 1_000]),
    maxKeptResults: pick(random, [2, 4, 8, 10_000]),
    sessionUseGrain: pick(random, [1, 1, 10, 1_000]),
  };
  return { ...plan, clients, sessionLimits };
}

function drawPipeline(random: RandomState): PipelinePlan {
  return {
    depth: pick(random, [2, 3, 5, 8]),
    keepsUs: pick(random, [0, 20_000, 300_000]),
    asksTwo: pick(random, [0, 0.2, 0.5]),
    mostTries: pick(random, [2, 5, 100]),
    reopens: pick(random, [0, 0.1, 0.3]),
    dies: pick(random, [0, 0.05, 0.15]),
  };
}

/** A few clients on few keys, so that they meet. */
function drawClients(random: RandomState, bare: boolean, byLease: boolean): readonly ClientPlan[] {
  const [lists, registers] = pick(random, [
    [['a', 'b'], ['x']],
    [['a'], ['x', 'y']],
    [['a'], ['x']],
  ]) as [string[], string[]];
  const workers = between(random, 3, 6);
  const readers = byLease ? READERS : 0;
  return Array.from({ length: workers + readers }, (_, i) => {
    const isReader = i >= workers;
    const inSession = !isReader && (!bare || i % 3 !== 2);
    return { inSession, byLease, isReader, pipeline: undefined, lists, registers };
  });
}

/** A network anywhere between orderly and hostile. */
export function drawNetwork(random: RandomState, duplicates: boolean): LinkSettings {
  const low = between(random, 100, 5_000);
  return {
    delayUs: [low, low + pick(random, [500, 5_000, 20_000, 80_000])],
    lossRate: pick(random, [0, 0, 0.02, 0.1]),
    duplicateRate: duplicates ? pick(random, [0, 0, 0.05, 0.2]) : 0,
    reorderRate: pick(random, [0, 0, 0.05, 0.3]),
  };
}

/** A disk anywhere between quick and so slow that crashes catch unsynced writes. */
export function drawDisk(random: RandomState): DiskSettings {
  const low = pick(random, [100, 1_000, 5_000]);
  return { syncUs: [low, low + pick(random, [400, 10_000, 60_000])] };
}
