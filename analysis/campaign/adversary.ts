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
  /** Whether a crash now would lose something that the replica has written; or its vote for another one. */
  hasUnsynced(node: string): boolean;
  hasUnsyncedVote(node: string): boolean;
  /** Whether the replica has entries that it does not know to be committed. */
  hasUncommitted(node: string): boolean;
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

const crash: Draw = (_random, _plan, _nodes, node) => {
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

const isolate: Draw = (random, _plan, nodes, node) => {
  const others = nodes.filter((other) => other !== node);
  const out = pairs([node], others);
  const into = pairs(others, [node]);
  return cut(pick(random, [into, out, out, [...into, ...out]]));
};

const cutSomeLinks: Draw = (random, _plan, nodes) =>
  cut(pairs(nodes, nodes).filter(() => chance(random, 0.3)));

type Link = { readonly from: string; readonly to: string };

function pairs(from: readonly string[], to: readonly string[]): Link[] {
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
    begin: [{ type: 'network', settings: { ...drawNetwork(random), lossRate: 0.2 } }],
    end: [{ type: 'network', settings: plan.world.network }],
  };
};

const otherRate: Draw = (random, plan, _nodes, node) => {
  const { ticksPerSecond } = plan.world.machines.find(({ id }) => id === node)!;
  return {
    begin: [{ type: 'rate', node, ticksPerSecond: ticksPerSecond * pick(random, [0.3, 2, 4]) }],
    end: [{ type: 'rate', node, ticksPerSecond }],
  };
};

const slowDisk: Draw = (random, plan, _nodes, node) => {
  return {
    begin: [{ type: 'disk', node, settings: drawDisk(random) }],
    end: [{ type: 'disk', node, settings: plan.world.disk }],
  };
};

const ATTACKS: readonly Draw[] = [
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

/** One run's adversary. */
export class Adversary {
  attacks = 0;
  readonly #plan: Plan;
  readonly #random: RandomState;
  #nextUs: number;
  /** When it aims again. */
  #nextAimUs = 0;
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
    if (this.#plan.aim === 'leaders' && victim.now >= this.#nextAimUs) this.#hunt(victim);
    if (this.#plan.aim === 'writes') this.#crashUnsynced(victim);
    if (victim.now < this.#nextUs) return;
    this.#nextUs = victim.now + between(this.#random, 1, this.#plan.faultEveryUs);
    this.#attack(victim);
  }

  /** Makes everything good again, for good. */
  stop(victim: Victim): void {
    for (const { faults } of this.#ends) this.#end(victim, faults);
    this.#ends = [];
    victim.inflict({ type: 'heal' });
    victim.inflict({ type: 'network', settings: CALM_NETWORK });
    for (const node of victim.nodes) {
      victim.inflict({ type: 'disk', node, settings: CALM_DISK });
      if (victim.isDown(node)) victim.inflict({ type: 'restart', node });
    }
  }

  #attack(victim: Victim): void {
    const random = this.#random;
    // Leaders suffer most: that is where the protocol's decisions are.
    const target =
      victim.leader !== undefined && chance(random, 0.6) ? victim.leader : pick(random, victim.nodes);
    if (chance(random, 0.08)) {
      victim.transfer(target);
      return;
    }
    const attack = pick(random, ATTACKS)(random, this.#plan, victim.nodes, target);
    this.#begin(victim, attack, pick(random, [30_000, 500_000, 2_000_000]));
  }

  /** Strikes a leader with entries that few others have: what becomes of them is the protocol's hardest question. */
  #hunt(victim: Victim): void {
    const random = this.#random;
    const { leader } = victim;
    if (leader === undefined || !victim.hasUncommitted(leader)) return;
    this.#nextAimUs = victim.now + between(random, 1, 100_000);
    const strike = pick(random, [crash, isolate, isolate, isolate]);
    this.#begin(victim, strike(random, this.#plan, victim.nodes, leader), 1_500_000);
  }

  /** Power failures in the middle of writes, over at once. Votes are written seldom, so they are watched for. */
  #crashUnsynced(victim: Victim): void {
    const random = this.#random;
    const voting = victim.nodes.filter((node) => victim.hasUnsyncedVote(node));
    if (voting.length > 0 && chance(random, 0.5)) {
      victim.inflict({ type: 'restart', node: pick(random, voting) });
      return;
    }
    const writing = victim.nodes.filter((node) => victim.hasUnsynced(node));
    if (writing.length === 0 || victim.now < this.#nextAimUs) return;
    this.#nextAimUs = victim.now + between(random, 1, 600_000);
    const struck = chance(random, 0.5) ? writing : [pick(random, writing)];
    for (const node of struck) victim.inflict({ type: 'restart', node });
  }

  #begin(victim: Victim, { begin, end }: Attack, longestUs: number): void {
    this.attacks++;
    for (const fault of begin) victim.inflict(fault);
    this.#ends.push({ atUs: victim.now + between(this.#random, 1, longestUs), faults: end });
  }

  #end(victim: Victim, faults: readonly Fault[]): void {
    for (const fault of faults) {
      if (fault.type !== 'restart' || victim.isDown(fault.node)) victim.inflict(fault);
    }
  }
}
