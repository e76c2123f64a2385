/** The campaign's adversary: draws faults, begins them, and ends each after a while. */
import { between, chance, type RandomState } from '../../vm/random.ts';
import type { Fault } from '../../vm/sim/commands.ts';
import { CALM_DISK } from '../../vm/sim/disk.ts';
import { CALM_NETWORK } from '../../vm/sim/network.ts';
import { drawDisk, drawNetwork, type Plan, pick } from './plan.ts';

/** What the adversary may see and do. */
export interface Victim {
  /** Virtual microseconds. */
  readonly now: number;
  readonly nodes: readonly string[];
  /** Whoever leads, if someone does. */
  readonly leader: string | undefined;
  isDown(node: string): boolean;
  inflict(fault: Fault): void;
  /** Asks a replica to hand leadership over. */
  transfer(node: string): void;
}

/** How a fault begins, and what ends it. */
interface Attack {
  readonly begin: readonly Fault[];
  readonly end: readonly Fault[];
}

/** Draws an attack on a cluster in which `target` is to suffer. */
type Draw = (random: RandomState, plan: Plan, nodes: readonly string[], target: string) => Attack;

const HEAL: Fault = { type: 'heal' };

const ATTACKS: readonly Draw[] = [
  function crash(_random, _plan, _nodes, node) {
    return { begin: [{ type: 'crash', node }], end: [{ type: 'restart', node }] };
  },
  function quickRestart(_random, _plan, _nodes, node) {
    return { begin: [{ type: 'restart', node }], end: [] };
  },
  function powerFailure(_random, _plan, nodes) {
    return {
      begin: nodes.map((node) => ({ type: 'crash', node })),
      end: nodes.map((node) => ({ type: 'restart', node })),
    };
  },
  function pause(_random, _plan, _nodes, node) {
    return { begin: [{ type: 'pause', node }], end: [{ type: 'resume', node }] };
  },
  function split(random, _plan, nodes) {
    const left = nodes.filter(() => chance(random, 0.5));
    const right = nodes.filter((node) => !left.includes(node));
    return { begin: [{ type: 'partition', groups: [left, right] }], end: [HEAL] };
  },
  function isolate(random, _plan, nodes, node) {
    const ways = pick(random, ['in', 'out', 'both', 'both']);
    const others = nodes.filter((other) => other !== node);
    return {
      begin: [
        ...(ways === 'in' ? [] : others.map((to) => ({ type: 'block', from: node, to }) as const)),
        ...(ways === 'out' ? [] : others.map((from) => ({ type: 'block', from, to: node }) as const)),
      ],
      end: [HEAL],
    };
  },
  function cutSomeLinks(random, _plan, nodes) {
    const pairs = nodes.flatMap((from) => nodes.filter((to) => to !== from).map((to) => ({ from, to })));
    const cut = pairs.filter(() => chance(random, 0.3));
    return { begin: cut.map((pair) => ({ type: 'block', ...pair })), end: [HEAL] };
  },
  function worseNetwork(random, plan) {
    return {
      begin: [{ type: 'network', settings: { ...drawNetwork(random), lossRate: 0.2 } }],
      end: [{ type: 'network', settings: plan.world.network }],
    };
  },
  function otherRate(random, plan, _nodes, node) {
    const { ticksPerSecond } = plan.world.machines.find(({ id }) => id === node)!;
    return {
      begin: [{ type: 'rate', node, ticksPerSecond: ticksPerSecond * pick(random, [0.3, 2, 4]) }],
      end: [{ type: 'rate', node, ticksPerSecond }],
    };
  },
  function slowDisk(random, plan, _nodes, node) {
    return {
      begin: [{ type: 'disk', node, settings: drawDisk(random) }],
      end: [{ type: 'disk', node, settings: plan.world.disk }],
    };
  },
];

/** One run's adversary. */
export class Adversary {
  attacks = 0;
  readonly #plan: Plan;
  readonly #random: RandomState;
  #nextUs: number;
  #ends: { readonly atUs: number; readonly faults: readonly Fault[] }[] = [];

  constructor(plan: Plan, random: RandomState) {
    this.#plan = plan;
    this.#random = random;
    this.#nextUs = between(random, 1, 2 * plan.faultEveryUs);
  }

  /** Ends what is to end, and begins what is to begin. */
  act(victim: Victim): void {
    const due = this.#ends.filter(({ atUs }) => atUs <= victim.now);
    this.#ends = this.#ends.filter(({ atUs }) => atUs > victim.now);
    for (const { faults } of due) this.#end(victim, faults);
    if (victim.now < this.#nextUs) return;
    this.#nextUs = victim.now + between(this.#random, 1, this.#plan.faultEveryUs);
    this.#attack(victim);
  }

  /** Makes everything good again, for good. */
  stop(victim: Victim): void {
    for (const { faults } of this.#ends) this.#end(victim, faults);
    this.#ends = [];
    victim.inflict(HEAL);
    victim.inflict({ type: 'network', settings: CALM_NETWORK });
    for (const node of victim.nodes) {
      victim.inflict({ type: 'disk', node, settings: CALM_DISK });
      if (victim.isDown(node)) victim.inflict({ type: 'restart', node });
    }
  }

  #attack(victim: Victim): void {
    const random = this.#random;
    this.attacks++;
    // Leaders suffer most: that is where the protocol's decisions are.
    const target =
      victim.leader !== undefined && chance(random, 0.6) ? victim.leader : pick(random, victim.nodes);
    if (chance(random, 0.08)) {
      victim.transfer(target);
      return;
    }
    const { begin, end } = pick(random, ATTACKS)(random, this.#plan, victim.nodes, target);
    for (const fault of begin) victim.inflict(fault);
    const lastsUs = between(random, 1, pick(random, [30_000, 500_000, 2_000_000]));
    this.#ends.push({ atUs: victim.now + lastsUs, faults: end });
  }

  #end(victim: Victim, faults: readonly Fault[]): void {
    for (const fault of faults) {
      if (fault.type !== 'restart' || victim.isDown(fault.node)) victim.inflict(fault);
    }
  }
}
