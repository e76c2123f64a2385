/** The campaign's adversary: begins attacks, by chance or where it hurts, and ends each after a while. */
import { between, chance, type RandomState } from '../../vm/random.ts';
import { attacks, loseDisk } from './faults.ts';
import { Hunter } from './hunter.ts';
import { type Plan, pick } from './plan.ts';
import type { Stage } from './stage.ts';
import { Underway } from './underway.ts';

/** One run's adversary. */
export class Adversary {
  readonly #plan: Plan;
  readonly #stage: Stage;
  readonly #random: RandomState;
  readonly #hunter: Hunter;
  readonly #underway: Underway;
  #nextUs: number;

  constructor(plan: Plan, stage: Stage, random: RandomState) {
    this.#plan = plan;
    this.#stage = stage;
    this.#random = random;
    this.#underway = new Underway(stage, random);
    this.#hunter = new Hunter(plan, stage, random, this.#underway);
    this.#nextUs = between(random, 1, 2 * plan.faultEveryUs);
  }

  /** Attacks begun so far. */
  get attacks(): number {
    return this.#underway.count;
  }

  /** Ends what is to end, and begins what is to begin. */
  act(): void {
    const { now } = this.#stage;
    this.#underway.act();
    this.#hunter.act();
    if (now < this.#nextUs) return;
    this.#nextUs = now + between(this.#random, 1, this.#plan.faultEveryUs);
    this.#attack();
  }

  #attack(): void {
    const random = this.#random;
    const { leader, nodes } = this.#stage;
    // Leaders suffer most: that is where the protocol's decisions are.
    const target = leader !== undefined && chance(random, 0.6) ? leader : pick(random, nodes);
    if (chance(random, 0.08)) {
      this.#stage.ask({ type: 'transfer', to: pick(random, nodes), node: target }, this.#stage.group());
    } else if (chance(random, 0.1)) this.#loseDisk(target);
    else if (chance(random, 0.05)) this.#restartAgainAndAgain(target);
    else {
      const attack = pick(random, attacks(this.#plan))(random, this.#plan, nodes, target);
      this.#underway.begin(attack, pick(random, [30_000, 500_000, 2_000_000]));
    }
  }

  #loseDisk(target: string): void {
    if (!this.#stage.mayLoseDisk) return;
    this.#underway.begin(loseDisk(this.#random, this.#plan, this.#stage.nodes, target), 1_000_000);
  }

  #restartAgainAndAgain(node: string): void {
    const group = this.#stage.group();
    const everyUs = between(this.#random, 20_000, 400_000);
    this.#underway.count++;
    for (let i = 0; i < between(this.#random, 2, 8); i++) {
      this.#underway.after(i * everyUs, () => this.#underway.inject([{ type: 'restart', node }], group));
    }
  }
}
