/** The faults that a campaign's nemesis draws from: how each begins, and what ends it. */
import { between, chance, pick, type RandomState } from '../../vm/index.ts';
import type { Fault } from '../../vm/sim/index.ts';
import { drawDisk, drawNetwork, type Plan } from './plan.ts';

/** How a fault begins, and what ends it. */
export interface TimedFault {
  readonly begin: readonly Fault[];
  readonly end: readonly Fault[];
}

/** Draws a fault that affects `target`. */
export type Draw = (random: RandomState, plan: Plan, nodes: readonly string[], target: string) => TimedFault;

export const crash: Draw = (random, _plan, _nodes, node) => {
  const unsynced = pick(random, ['draw', 'draw', 'lost', 'kept'] as const);
  return { begin: [{ type: 'crash', node, unsynced }], end: [{ type: 'restart', node }] };
};

const quickRestart: Draw = (_random, _plan, _nodes, node) => {
  return { begin: [{ type: 'restart', node }], end: [] };
};

export const powerFailure: Draw = (_random, _plan, nodes) => {
  return {
    begin: nodes.map((node) => ({ type: 'crash', node })),
    end: nodes.map((node) => ({ type: 'restart', node })),
  };
};

export const pause: Draw = (_random, _plan, _nodes, node) => {
  return { begin: [{ type: 'pause', node }], end: [{ type: 'resume', node }] };
};

export const split: Draw = (random, _plan, nodes) => {
  const left = nodes.filter(() => chance(random, 0.5));
  const right = nodes.filter((node) => !left.includes(node));
  return cut([...pairs(left, right), ...pairs(right, left)]);
};

/** Nobody hears the target, or it hears nobody, or both. */
export const isolate: Draw = (random, _plan, nodes, node) => {
  const others = nodes.filter((other) => other !== node);
  const out = pairs([node], others);
  const into = pairs(others, [node]);
  return cut(pick(random, [into, out, out, [...into, ...out]]));
};

export const cutSomeLinks: Draw = (random, _plan, nodes) =>
  cut(pairs(nodes, nodes).filter(() => chance(random, 0.3)));

export type Link = { readonly from: string; readonly to: string };

/** Every link from one of these to another one of those. */
export function pairs(from: readonly string[], to: readonly string[]): Link[] {
  return from.flatMap((one) =>
    to.filter((other) => other !== one).map((other) => ({ from: one, to: other })),
  );
}

/** Cuts links, and later opens the same ones: faults overlap, and none is to end another. */
export function cut(links: readonly Link[]): TimedFault {
  return {
    begin: links.map((link) => ({ type: 'block', ...link })),
    end: links.map((link) => ({ type: 'unblock', ...link })),
  };
}

const worseNetwork: Draw = (random, plan) => {
  return {
    begin: [{ type: 'network', settings: { ...drawNetwork(random, plan.duplicates), lossRate: 0.2 } }],
    end: [{ type: 'network', settings: plan.network }],
  };
};

/** A clock runs at another allowed rate. */
const steadyRate: Draw = (random, plan, _nodes, node) => {
  const { slowest, fastest } = plan.clocks!;
  const ticksPerSecond = pick(random, [slowest, fastest, between(random, slowest, fastest)]);
  return { begin: [{ type: 'rate', node, ticksPerSecond }], end: [rateOf(plan, node)] };
};

const otherRate: Draw = (random, plan, _nodes, node) => {
  const { ticksPerSecond } = rateOf(plan, node);
  const times = pick(random, [0.1, 0.3, 2, 4, 10]);
  return {
    begin: [{ type: 'rate', node, ticksPerSecond: Math.max(1, Math.round(ticksPerSecond * times)) }],
    end: [rateOf(plan, node)],
  };
};

/** Resets a machine's clock to its first rate. */
export function rateOf(plan: Plan, node: string): Extract<Fault, { type: 'rate' }> {
  // One that joins has the rate of the first.
  const { ticksPerSecond } = plan.machines.find(({ id }) => id === node) ?? plan.machines[0]!;
  return { type: 'rate', node, ticksPerSecond };
}

const drift: Draw = (random, plan, _nodes, node) => {
  const perSecond = pick(random, [0.5, 0.8, 1.2, 2]);
  return {
    begin: [{ type: 'drift', node, perSecond }],
    end: [{ type: 'drift', node, perSecond: 1 }, rateOf(plan, node)],
  };
};

const jump: Draw = (random, _plan, _nodes, node) => {
  const ticks = between(random, 1, 100) * pick(random, [-1, 1]);
  return { begin: [{ type: 'jump', node, ticks }], end: [] };
};

const slowDisk: Draw = (random, plan, _nodes, node) => {
  const settings = { ...plan.disk, ...drawDisk(random) };
  return { begin: [{ type: 'disk', node, settings }], end: [{ type: 'disk', node, settings: plan.disk }] };
};

const fullDisk: Draw = (_random, plan, _nodes, node) => {
  const settings = { ...plan.disk, full: true };
  return { begin: [{ type: 'disk', node, settings }], end: [{ type: 'disk', node, settings: plan.disk }] };
};

export const clog: Draw = (random, _plan, nodes, node) => {
  const others = nodes.filter((other) => other !== node && chance(random, 0.5));
  const links = chance(random, 0.5) ? pairs([node], others) : pairs(others, [node]);
  return {
    begin: links.map((link) => ({ type: 'clog', ...link })),
    end: links.map((link) => ({ type: 'unclog', ...link })),
  };
};

/**
 * The disk, or a part of it, is lost: by a write torn in the middle, by rot, or with all that is on
 * it.
 */
export const loseDisk: Draw = (random, _plan, _nodes, node) => {
  const begin = pick<readonly Fault[]>(random, [
    [{ type: 'crash', node, unsynced: 'torn' }],
    [
      { type: 'rot', node },
      { type: 'crash', node },
    ],
    [{ type: 'wipe', node }],
  ]);
  return { begin, end: [{ type: 'restart', node }] };
};

/** Slow and full disks, and clocks that run at another rate or jump. */
export const DISK_FAULTS: readonly Draw[] = [slowDisk, fullDisk];
export const CLOCK_FAULTS: readonly Draw[] = [otherRate, drift, jump];

const ANYWHERE: readonly Draw[] = [
  crash,
  quickRestart,
  powerFailure,
  split,
  isolate,
  cutSomeLinks,
  worseNetwork,
  slowDisk,
  fullDisk,
  clog,
];
const AT_STEADY_CLOCKS: readonly Draw[] = [...ANYWHERE, steadyRate];
/** A paused process sees no ticks: its clock stops, too. */
const AT_WILD_CLOCKS: readonly Draw[] = [...ANYWHERE, pause, ...CLOCK_FAULTS];

/** The faults that come at random. */
export function faultDraws({ clocks }: Plan): readonly Draw[] {
  return clocks === undefined ? AT_WILD_CLOCKS : AT_STEADY_CLOCKS;
}
