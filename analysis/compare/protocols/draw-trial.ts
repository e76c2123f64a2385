/**
 * What a seed decides of a trial, before any protocol runs: the faults with their times, and what
 * each client asks for, when, and whom it asks first. Every protocol gets the same.
 *
 * A trial is calm at first: clients open their sessions, then all are idle, then they work, and
 * nothing fails. Then comes the storm, in which faults begin and end while they work on. Then all
 * is healed, and every request must be answered.
 */
import { between, chance, pick, type RandomState, seedRandom } from '../../../vm/index.ts';
import { CALM_DISK, CALM_NETWORK, type Fault, type LinkSettings } from '../../../vm/sim/index.ts';
import {
  CLOCK_FAULTS,
  clog,
  crash,
  cutSomeLinks,
  DISK_FAULTS,
  type Draw,
  isolate,
  pause,
  powerFailure,
  split,
} from '../../campaign/faults.ts';
import type { Plan } from '../../campaign/plan.ts';

/** The sorts of faults that can be asked for, and what is drawn of each. */
const FAULTS = {
  crash: [crash],
  partition: [split, isolate, cutSomeLinks],
  pause: [pause],
  power: [powerFailure],
  network: [badNetwork],
  clog: [clog],
  disk: DISK_FAULTS,
  clocks: CLOCK_FAULTS,
} as const satisfies Record<string, readonly Draw[]>;

export type FaultSort = keyof typeof FAULTS;
export const FAULT_SORTS = Object.keys(FAULTS) as readonly FaultSort[];
export const USUAL_FAULTS: readonly FaultSort[] = ['crash', 'partition', 'pause'];

/** The phases of a trial, in virtual microseconds since its start. */
export const IDLE_FROM_US = 1_000_000;
export const WORK_FROM_US = 2_000_000;
export const STORM_FROM_US = 4_000_000;
export const STORM_TO_US = 10_000_000;
/** How long after the storm all must be answered and agree. */
export const CALM_US = 20_000_000;
/** Clients and faults act at multiples of this. */
export const SLICE_US = 5_000;

/** Something that is done to the world at a time. */
export interface DueFault {
  readonly atUs: number;
  readonly faults: readonly Fault[];
  /** Faults that begin and end together have the same. */
  readonly group: number;
  readonly begins: boolean;
}

/** What a client wants. A `cas` writes over what the client last found there. */
export interface Wish {
  /** When it wants it, whether or not it has been served before. */
  readonly dueUs: number;
  readonly type: 'read' | 'append' | 'put' | 'cas';
  readonly key: string;
  /** What it writes: unique. */
  readonly value: string;
  /** The replicas in the order in which it asks them, again from the first after the last. */
  readonly contacts: readonly string[];
}

/** A client with its wishes, by time. */
export interface TrialClient {
  readonly name: string;
  readonly wishes: readonly Wish[];
}

/** A trial. */
export interface Trial {
  readonly seed: number;
  readonly plan: Plan;
  readonly faults: readonly DueFault[];
  readonly clients: readonly TrialClient[];
}

/** What all trials of a comparison have in common. */
export interface TrialSettings {
  readonly replicas: number;
  readonly faults: readonly FaultSort[];
}

const CLIENTS = ['p', 'q', 'r'] as const;
/** Keys that only appends change, and others: so few that clients meet. */
const LISTS = ['a', 'b'] as const;
const REGISTERS = ['x', 'y'] as const;
/** How long a client waits between two wishes, and the storm between two faults. */
const BETWEEN_WISHES_US: readonly [number, number] = [40_000, 240_000];
const BETWEEN_FAULTS_US: readonly [number, number] = [300_000, 2_000_000];
const FAULT_LASTS_US: readonly [number, number] = [100_000, 2_000_000];

/** Draws the trial of a seed. */
export function drawTrial(seed: number, { replicas, faults }: TrialSettings): Trial {
  const nodes = Array.from({ length: replicas }, (_, i) => `n${i + 1}`);
  const plan: Plan = {
    seed,
    machines: nodes.map((id) => ({ id, ticksPerSecond: 100 })),
    network: CALM_NETWORK,
    disk: { ...CALM_DISK, full: false, lazyData: false },
    ...{ clients: [], stormUs: STORM_TO_US, faultEveryUs: 1, sliceUs: SLICE_US },
    ...{ target: undefined, clocks: undefined, duplicates: false },
    ...{ sessionLimits: undefined, members: undefined },
  };
  // Streams of their own: other faults change nothing about what clients want.
  const clients = CLIENTS.map((name) => drawClient(name, nodes, seedRandom(`compare/${seed}/${name}`)));
  return { seed, plan, clients, faults: drawFaults(faults, plan, nodes) };
}

function drawClient(name: string, nodes: readonly string[], random: RandomState): TrialClient {
  const wishes: Wish[] = [];
  for (let at = next(WORK_FROM_US, BETWEEN_WISHES_US, random); at < STORM_TO_US; ) {
    const isList = chance(random, 0.5);
    // At first only changes, so that it can be said what a change costs.
    const reads = chance(random, 0.5) && at >= STORM_FROM_US;
    const type = reads ? 'read' : isList ? 'append' : pick(random, ['put', 'cas'] as const);
    const first = between(random, 0, nodes.length - 1);
    wishes.push({
      dueUs: at,
      type,
      key: pick(random, isList ? LISTS : REGISTERS),
      value: `${name}${wishes.length + 1}`,
      contacts: [...nodes.slice(first), ...nodes.slice(0, first)],
    });
    at = next(at, BETWEEN_WISHES_US, random);
  }
  return { name, wishes };
}

function drawFaults(sorts: readonly FaultSort[], plan: Plan, nodes: readonly string[]): DueFault[] {
  const random = seedRandom(`compare/${plan.seed}/faults`);
  const due: DueFault[] = [];
  if (sorts.length === 0) return due;
  let group = 0;
  for (let at = next(STORM_FROM_US, BETWEEN_FAULTS_US, random); at < STORM_TO_US; ) {
    const draw: Draw = pick(random, FAULTS[pick(random, sorts)] as readonly Draw[]);
    const { begin, end } = draw(random, plan, nodes, pick(random, nodes));
    group++;
    due.push({ atUs: at, faults: begin, group, begins: true });
    const endUs = Math.min(next(at, FAULT_LASTS_US, random), STORM_TO_US);
    if (end.length > 0) due.push({ atUs: endUs, faults: end, group, begins: false });
    at = next(at, BETWEEN_FAULTS_US, random);
  }
  return due.sort((a, b) => a.atUs - b.atUs || a.group - b.group);
}

function next(fromUs: number, [low, high]: readonly [number, number], random: RandomState): number {
  return fromUs + SLICE_US * Math.round(between(random, low, high) / SLICE_US);
}

/** Late and lost messages; never twice, as over a socket. */
function badNetwork(random: RandomState, plan: Plan): ReturnType<Draw> {
  const low = between(random, 1_000, 20_000);
  const settings: LinkSettings = {
    delayUs: [low, low + pick(random, [5_000, 50_000])],
    lossRate: pick(random, [0.02, 0.1, 0.3]),
    duplicateRate: 0,
    reorderRate: 0,
  };
  return {
    begin: [{ type: 'network', settings }],
    end: [{ type: 'network', settings: plan.network }],
  };
}
