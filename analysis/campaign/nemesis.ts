/** The campaign's nemesis: begins faults, random and targeted, and ends each after a while. */
import { between, chance, pick, type RandomState } from '../../vm/index.ts';
import { ActiveFaults } from './active-faults.ts';
import type { CampaignCluster } from './cluster.ts';
import { faultDraws, loseDisk } from './faults.ts';
import { MemberFaults } from './member-faults.ts';
import type { Plan } from './plan.ts';
import { TargetedFaults } from './targeted-faults.ts';

/** One run's nemesis. */
export class Nemesis {
  readonly #plan: Plan;
  readonly #cluster: CampaignCluster;
  readonly #random: RandomState;
  readonly #targeted: TargetedFaults;
  readonly #members: MemberFaults | undefined;
  readonly #active: ActiveFaults;
  #nextUs: number;

  constructor(plan: Plan, cluster: CampaignCluster, random: RandomState) {
    this.#plan = plan;
    this.#cluster = cluster;
    this.#random = random;
    this.#active = new ActiveFaults(cluster, random);
    this.#targeted = new TargetedFaults(plan, cluster, random, this.#active);
    if (plan.members?.isAimedAt) this.#members = new MemberFaults(plan, cluster, random, this.#active);
    this.#nextUs = between(random, 1, 2 * plan.faultEveryUs);
  }

  /** Faults begun so far. */
  get faults(): number {
    return this.#active.count;
  }

  /** Ends the faults that are over, and begins those that are due. */
  act(): void {
    const { now } = this.#cluster;
    this.#active.act();
    this.#targeted.act();
    this.#members?.act();
    if (now < this.#nextUs) return;
    this.#nextUs = now + between(this.#random, 1, this.#plan.faultEveryUs);
    this.#injectOne();
  }

  /** Begins one random fault, or a transfer of leadership. */
  #injectOne(): void {
    const random = this.#random;
    const { leader, nodes } = this.#cluster;
    // Leaders are hit most: that is where the protocol's decisions are.
    const target = leader !== undefined && chance(random, 0.6) ? leader : pick(random, nodes);
    if (chance(random, 0.08)) {
      this.#cluster.ask({ type: 'transfer', to: pick(random, nodes), node: target }, this.#cluster.group());
    } else if (chance(random, 0.1)) this.#loseDisk(target);
    else if (chance(random, 0.05)) this.#restartInLoop(target);
    else {
      const fault = pick(random, faultDraws(this.#plan))(random, this.#plan, nodes, target);
      this.#active.begin(fault, pick(random, [30_000, 500_000, 2_000_000]));
    }
  }

  #loseDisk(target: string): void {
    if (!this.#cluster.members.mayLoseDisk(target)) return;
    this.#active.begin(loseDisk(this.#random, this.#plan, this.#cluster.nodes, target), 1_000_000);
  }

  #restartInLoop(node: string): void {
    const group = this.#cluster.group();
    const everyUs = between(this.#random, 20_000, 400_000);
    this.#active.count++;
    for (let i = 0; i < between(this.#random, 2, 8); i++) {
      this.#active.after(i * everyUs, () => this.#active.inject([{ type: 'restart', node }], group));
    }
  }
}
