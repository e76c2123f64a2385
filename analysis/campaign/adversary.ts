/** The campaign's adversary: begins attacks, by chance or where it hurts, and ends each after a while. */
import { between, chance, type RandomState } from '../../vm/random.ts';
import type { Fault } from '../../vm/sim/commands.ts';
import { ATTACKS, type Attack, loseDisk } from './attacks.ts';
import { Hunter } from './hunter.ts';
import { type Plan, pick } from './plan.ts';
import type { Stage } from './stage.ts';

/** Something to be done later. */
interface Later {
  readonly atUs: number;
  readonly act: () => void;
}

/** One run's adversary. */
export class Adversary {
  attacks = 0;
  readonly #plan: Plan;
  readonly #stage: Stage;
  readonly #random: RandomState;
  readonly #hunter: Hunter;
  #nextUs: number;
  #later: Later[] = [];

  constructor(plan: Plan, stage: Stage, random: RandomState) {
    this.#plan = plan;
    this.#stage = stage;
    this.#random = random;
    this.#hunter = new Hunter(plan, stage, random, this);
    this.#nextUs = between(random, 1, 2 * plan.faultEveryUs);
  }

  /** Ends what is to end, and begins what is to begin. */
  act(): void {
    const { now } = this.#stage;
    const due = this.#later.filter(({ atUs }) => atUs <= now);
    this.#later = this.#later.filter(({ atUs }) => atUs > now);
    for (const { act } of due) act();
    this.#hunter.act();
    if (now < this.#nextUs) return;
    this.#nextUs = now + between(this.#random, 1, this.#plan.faultEveryUs);
    this.#attack();
  }

  /** Does something after so many microseconds. */
  after(us: number, act: () => void): void {
    this.#later.push({ atUs: this.#stage.now + us, act });
  }

  /** Begins an attack, and ends it after at most so long. */
  begin({ begin, end }: Attack, longestUs: number): void {
    this.attacks++;
    const group = this.#stage.group();
    this.inflict(begin, group);
    this.after(between(this.#random, 1, longestUs), () => this.#end(end, group));
  }

  #end(faults: readonly Fault[], group: number): void {
    // Another attack's end may have started it already.
    const isDue = (fault: Fault) => fault.type !== 'restart' || this.#stage.status(fault.node) === 'down';
    for (const fault of faults) if (isDue(fault)) this.#stage.inflict(fault, group);
  }

  inflict(faults: readonly Fault[], group: number): void {
    for (const fault of faults) this.#stage.inflict(fault, group);
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
      const attack = pick(random, ATTACKS)(random, this.#plan, nodes, target);
      this.begin(attack, pick(random, [30_000, 500_000, 2_000_000]));
    }
  }

  /**
   * One replica at a time may have lost its disk, and the next one only after all are whole again: what a majority has
   * forgotten no protocol can know.
   */
  #loseDisk(target: string): void {
    if (this.#stage.nodes.some((node) => this.#stage.view(node).standing !== 'whole')) return;
    if (this.#stage.nodes.some((node) => this.#stage.status(node) === 'down')) return;
    this.begin(loseDisk(this.#random, this.#plan, this.#stage.nodes, target), 1_000_000);
  }

  #restartAgainAndAgain(node: string): void {
    const group = this.#stage.group();
    const everyUs = between(this.#random, 20_000, 400_000);
    this.attacks++;
    for (let i = 0; i < between(this.#random, 2, 8); i++) {
      this.after(i * everyUs, () => this.inflict([{ type: 'restart', node }], group));
    }
  }
}
