/**
 * The second half of a run, when the storm is over. First a drawn majority, the core, is made healthy and must make
 * progress by itself, whatever the others do: they stay as the storm left them, cut off from the core or on links that
 * come and go. Then everything is made healthy, and all must agree.
 */
import { between, chance, type RandomState } from '../../vm/random.ts';
import type { Fault } from '../../vm/sim/commands.ts';
import { CALM_DISK } from '../../vm/sim/disk.ts';
import { CALM_NETWORK } from '../../vm/sim/network.ts';
import { type Link, pairs, rateOf } from './attacks.ts';
import { type Plan, pick } from './plan.ts';
import type { Stage } from './stage.ts';

/** Links between core and others that come and go change at distances drawn from [1, this] microseconds. */
const FLAP_US = 400_000;

/** The recovery of one run. */
export class Recovery {
  /** The replicas that must make progress by themselves. */
  readonly core: readonly string[];
  /** What the whole recovery belongs to: a story keeps it or is about something else. */
  readonly group: number;
  readonly #plan: Plan;
  readonly #stage: Stage;
  readonly #random: RandomState;
  /** Links that come and go. */
  readonly #flapping: readonly Link[];
  #nextUs = 0;

  /** Makes the core healthy. */
  constructor(plan: Plan, stage: Stage, random: RandomState) {
    this.#plan = plan;
    this.#stage = stage;
    this.#random = random;
    this.group = stage.group();
    this.core = drawCore(stage.nodes, random);
    const others = stage.nodes.filter((node) => !this.core.includes(node));
    this.#inflict({ type: 'network', settings: CALM_NETWORK });
    for (const link of pairs(this.core, this.core)) this.#inflict({ type: 'unblock', ...link });
    this.#makeWell(this.core);
    const flapping = others.filter(() => chance(random, 0.5));
    const cutOff = others.filter((node) => !flapping.includes(node));
    for (const link of linksBetween(this.core, cutOff)) this.#inflict({ type: 'block', ...link });
    this.#flapping = linksBetween(this.core, flapping);
  }

  /** Lets links come and go. */
  act(): void {
    const { now } = this.#stage;
    if (this.#flapping.length === 0 || now < this.#nextUs) return;
    this.#nextUs = now + between(this.#random, 1, FLAP_US);
    const type = pick(this.#random, ['block', 'unblock'] as const);
    for (const link of this.#flapping) if (chance(this.#random, 0.5)) this.#inflict({ type, ...link });
  }

  /** Makes all healthy. */
  healAll(): void {
    this.#inflict({ type: 'heal' });
    this.#makeWell(this.#stage.nodes);
  }

  #makeWell(nodes: readonly string[]): void {
    for (const node of nodes) {
      this.#inflict({ type: 'disk', node, settings: CALM_DISK });
      this.#inflict(rateOf(this.#plan, node));
      this.#inflict({ type: 'resume', node });
      if (this.#stage.status(node) === 'down') this.#inflict({ type: 'restart', node });
    }
  }

  #inflict(fault: Fault): void {
    this.#stage.inflict(fault, this.group);
  }
}

/** A majority, most often a bare one: that is where progress is hardest. */
function drawCore(nodes: readonly string[], random: RandomState): readonly string[] {
  const majority = Math.floor(nodes.length / 2) + 1;
  const size = chance(random, 0.6) ? majority : between(random, majority, nodes.length);
  const left = [...nodes];
  while (left.length > size) left.splice(between(random, 0, left.length - 1), 1);
  return left;
}

function linksBetween(these: readonly string[], those: readonly string[]): Link[] {
  return [...pairs(these, those), ...pairs(those, these)];
}
