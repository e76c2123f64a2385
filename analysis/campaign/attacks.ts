/** The attacks that a campaign's adversary draws from: how each begins, and what ends it. */
import { chance, type RandomState } from '../../vm/random.ts';
import type { Fault } from '../../vm/sim/commands.ts';
import { drawDisk, drawNetwork, type Plan, pick } from './plan.ts';

/** How a fault begins, and what ends it. */
export interface Attack {
  readonly begin: readonly Fault[];
  readonly end: readonly Fault[];
}

/** Draws an attack on a cluster in which `target` is to suffer. */
export type Draw = (random: RandomState, plan: Plan, nodes: readonly string[], target: string) => Attack;

export const crash: Draw = (_random, _plan, _nodes, node) => {
  return { begin: [{ type: 'crash', node }], end: [{ type: 'restart', node }] };
};

const quickRestart: Draw = (_random, _plan, _nodes, node) => {
  return { begin: [{ type: 'restart', node }], end: [] };
};

const powerFailure: Draw = (_random, _plan, nodes) => {
  return {
    begin: nodes.map((node) => ({ type: 'crash', node })),
    end: nodes.map((node) => ({ type: 'restart', node })),
  };
};

const pause: Draw = (_random, _plan, _nodes, node) => {
  return { begin: [{ type: 'pause', node }], end: [{ type: 'resume', node }] };
};

const split: Draw = (random, _plan, nodes) => {
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

const cutSomeLinks: Draw = (random, _plan, nodes) =>
  cut(pairs(nodes, nodes).filter(() => chance(random, 0.3)));

export type Link = { readonly from: string; readonly to: string };

/** Every link from one of these to another one of those. */
export function pairs(from: readonly string[], to: readonly string[]): Link[] {
  return from.flatMap((one) =>
    to.filter((other) => other !== one).map((other) => ({ from: one, to: other })),
  );
}

/** Cuts links, and later opens the same ones: faults overlap, and none is to end another. */
function cut(links: readonly Link[]): Attack {
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

const otherRate: Draw = (random, plan, _nodes, node) => {
  const { ticksPerSecond } = rateOf(plan, node);
  const times = pick(random, [0.3, 2, 4]);
  return {
    begin: [{ type: 'rate', node, ticksPerSecond: Math.round(ticksPerSecond * times) }],
    end: [rateOf(plan, node)],
  };
};

/** What gives a machine's clock the rate that it began with. */
export function rateOf(plan: Plan, node: string): Extract<Fault, { type: 'rate' }> {
  const { ticksPerSecond } = plan.machines.find(({ id }) => id === node)!;
  return { type: 'rate', node, ticksPerSecond };
}

const slowDisk: Draw = (random, plan, _nodes, node) => {
  return {
    begin: [{ type: 'disk', node, settings: drawDisk(random) }],
    end: [{ type: 'disk', node, settings: plan.disk }],
  };
};

/** What comes by chance. */
export const ATTACKS: readonly Draw[] = [
  crash,
  quickRestart,
  powerFailure,
  pause,
  split,
  isolate,
  cutSomeLinks,
  worseNetwork,
  otherRate,
  slowDisk,
];
