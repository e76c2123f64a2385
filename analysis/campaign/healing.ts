/**
 * The second half of a run, after the faults. First a random majority, the core, is made healthy
 * and must make progress by itself, whatever the others do: they are off, or as the faults left
 * them, cut off from the core or on links that go down and up. Then everything is made healthy, and
 * all must agree.
 *
 * A replica that has lost its disk does not vote before it has learned everything again. So a
 * majority of the core must be normal; where too few are, all are made healthy first, until there
 * are enough.
 */
import { between, chance, pick, type RandomState } from '../../vm/index.ts';
import { CALM_DISK, CALM_NETWORK, type Fault } from '../../vm/sim/index.ts';
import type { CampaignCluster } from './cluster.ts';
import { type Link, pairs, rateOf } from './faults.ts';
import type { Plan } from './plan.ts';

/**
 * Links between core and others that go down and up change at intervals drawn from [1, this]
 * microseconds.
 */
const FLAP_US = 400_000;

/** The healing of one run. */
export class Healing {
  /** The replicas that must make progress by themselves. */
  core: readonly string[] = [];
  /** The group of all its acts: a scenario keeps it or is about something else. */
  readonly group: number;
  readonly #plan: Plan;
  readonly #cluster: CampaignCluster;
  readonly #random: RandomState;
  /** Links that go down and up. */
  #flapping: readonly Link[] = [];
  #nextUs = 0;

  /** Starts what is down: only then is it known what its disk has kept. */
  constructor(plan: Plan, cluster: CampaignCluster, random: RandomState) {
    this.#plan = plan;
    this.#cluster = cluster;
    this.#random = random;
    this.group = cluster.group();
    for (const node of cluster.nodes) this.#start(node);
  }

  /** Whether a majority is normal. */
  get hasMajority(): boolean {
    const { members, guarantees } = this.#cluster;
    const normal = this.#normal();
    // Machines that belong to no cluster yet are none of those that must be up.
    const { voters } = members.configuration;
    return normal.length >= guarantees.servedBy(voters.length) && members.areQuorum(normal);
  }

  /** Whether all members are normal. */
  get isNormal(): boolean {
    return this.#cluster.members.areWhole;
  }

  /** Draws a core, makes it healthy, and leaves the others as they are. */
  begin(): void {
    const random = this.#random;
    const cluster = this.#cluster;
    this.core = this.#drawCore();
    this.#inject({ type: 'network', settings: CALM_NETWORK });
    for (const link of pairs(this.core, this.core)) {
      this.#inject({ type: 'unblock', ...link });
      this.#inject({ type: 'unclog', ...link });
    }
    this.#makeHealthy(this.core);
    const others = cluster.nodes.filter((node) => !this.core.includes(node));
    for (const node of others) if (chance(random, 0.3)) this.#inject({ type: 'crash', node });
    const { servedWhileOthersFlap } = cluster.guarantees;
    const flapping = others.filter(() => chance(random, 0.5) && servedWhileOthersFlap);
    const cutOff = others.filter((node) => !flapping.includes(node));
    for (const link of linksBetween(this.core, cutOff)) this.#inject({ type: 'block', ...link });
    this.#flapping = linksBetween(this.core, flapping);
  }

  /** Lets links come and go. */
  act(): void {
    const { now } = this.#cluster;
    if (this.#flapping.length === 0 || now < this.#nextUs) return;
    this.#nextUs = now + between(this.#random, 1, FLAP_US);
    const type = pick(this.#random, ['block', 'unblock'] as const);
    for (const link of this.#flapping) if (chance(this.#random, 0.5)) this.#inject({ type, ...link });
  }

  /** Makes all healthy. */
  healAll(): void {
    this.#inject({ type: 'heal' });
    this.#inject({ type: 'network', settings: CALM_NETWORK });
    this.#makeHealthy(this.#cluster.nodes);
  }

  #makeHealthy(nodes: readonly string[]): void {
    for (const node of nodes) {
      // How it keeps data is no fault of a disk: whether some is lost in a crash was decided when
      // it was written.
      const { lazyData } = this.#plan.disk;
      this.#inject({ type: 'disk', node, settings: { ...CALM_DISK, full: false, lazyData } });
      this.#inject({ type: 'drift', node, perSecond: 1 });
      this.#inject(rateOf(this.#plan, node));
      this.#inject({ type: 'resume', node });
      this.#start(node);
    }
  }

  #start(node: string): void {
    if (this.#cluster.status(node) === 'down') this.#inject({ type: 'restart', node });
  }

  #normal(): readonly string[] {
    return this.#cluster.nodes.filter((node) => this.#cluster.view(node).recovery === 'normal');
  }

  /**
   * A majority of normal voters, mostly no more than that, where progress is hardest; else with
   * others besides. And all learners.
   */
  #drawCore(): readonly string[] {
    const random = this.#random;
    const { members, guarantees } = this.#cluster;
    const { voters, learners } = members.configuration;
    // The fewest that are a majority, and that the protocol says serve clients by themselves.
    const least = Math.max(majorityOf(voters), guarantees.servedBy(voters.length));
    const size = chance(random, 0.6) ? least : between(random, least, voters.length);
    const core = drawSome(random, intersection(voters, this.#normal()), least);
    const rest = voters.filter((node) => !core.includes(node));
    // A learner may be promoted, and its vote be needed then.
    return [...core, ...drawSome(random, rest, size - least), ...learners];
  }

  #inject(fault: Fault): void {
    this.#cluster.inject(fault, this.group);
  }
}

function majorityOf(nodes: readonly string[]): number {
  return Math.floor(nodes.length / 2) + 1;
}

function intersection(some: readonly string[], others: readonly string[]): readonly string[] {
  return some.filter((one) => others.includes(one));
}

/** `count` random ones of them, in their order. */
function drawSome(random: RandomState, from: readonly string[], count: number): readonly string[] {
  const left = [...from];
  while (left.length > count) left.splice(between(random, 0, left.length - 1), 1);
  return left;
}

function linksBetween(these: readonly string[], those: readonly string[]): Link[] {
  return [...pairs(these, those), ...pairs(those, these)];
}
