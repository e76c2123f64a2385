/**
 * Faults in the middle of changes of the members: of the leader in every phase of them, and of the
 * learners that it brings up to date.
 */
import { between, chance, pick, type RandomState } from '../../vm/index.ts';
import type { ActiveFaults } from './active-faults.ts';
import type { CampaignCluster } from './cluster.ts';
import { crash, cut, isolate, pairs } from './faults.ts';
import type { Plan } from './plan.ts';

/** The faults of one run. */
export class MemberFaults {
  readonly #plan: Plan;
  readonly #cluster: CampaignCluster;
  readonly #random: RandomState;
  readonly #active: ActiveFaults;
  /** What the leader was at when it was last hit. */
  #last = '';
  #nextUs = 0;

  constructor(plan: Plan, cluster: CampaignCluster, random: RandomState, active: ActiveFaults) {
    this.#plan = plan;
    this.#cluster = cluster;
    this.#random = random;
    this.#active = active;
  }

  /** Hits a leader that has come further with a change, sometimes. */
  act(): void {
    const { leader, now } = this.#cluster;
    if (leader === undefined || now < this.#nextUs) return;
    const at = this.#phase(leader);
    if (at === this.#last) return;
    this.#last = at;
    if (at === '' || !chance(this.#random, 0.3)) return;
    this.#nextUs = now + between(this.#random, 1, 1_500_000);
    this.#hit(leader);
  }

  /** How far the change is that is under way; empty if there is none. */
  #phase(leader: string): string {
    const { configuration, commit, learning = {} } = this.#cluster.view(leader);
    if (configuration === undefined) return '';
    const { index, outgoing } = configuration;
    const phases = Object.entries(learning).map(([learner, phase]) => `${learner} ${phase}`);
    if (index <= commit && outgoing === undefined) return phases.join(' ');
    return [index, index <= commit, outgoing === undefined, ...phases].join(' ');
  }

  #hit(leader: string): void {
    const random = this.#random;
    const { nodes } = this.#cluster;
    const learners = Object.keys(this.#cluster.view(leader).learning ?? {});
    if (learners.length > 0 && chance(random, 0.4)) {
      const learner = pick(random, learners);
      const fault = chance(random, 0.5)
        ? cut([...pairs([learner], nodes), ...pairs(nodes, [learner])])
        : crash(random, this.#plan, nodes, learner);
      this.#active.begin(fault, 1_500_000);
      return;
    }
    const fire = pick(random, [crash, crash, isolate]);
    this.#active.begin(fire(random, this.#plan, nodes, leader), 1_500_000);
  }
}
