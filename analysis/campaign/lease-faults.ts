/**
 * Faults on leaders that answer reads by a lease, within what a lease tolerates
 * (`replication/raft/lease.ts`). In each the leader's clock is as slow as it may be and those of
 * the others are as fast; then somebody else leads, or would if it were not for the lease, while
 * the old leader does not learn of it and is read from.
 */
import { between, pick, type RandomState } from '../../vm/index.ts';
import type { Fault } from '../../vm/sim/index.ts';
import type { ActiveFaults } from './active-faults.ts';
import type { CampaignCluster } from './cluster.ts';
import { cut, type Link, pairs, rateOf, type TimedFault } from './faults.ts';
import type { Clocks, Plan } from './plan.ts';

/**
 * Something to be done as soon as a condition holds, if the leader still leads then; otherwise it
 * is given up.
 */
interface Trigger {
  readonly leader: string;
  readonly isTime: () => boolean;
  readonly fire: () => void;
  readonly giveUp: () => void;
  readonly untilUs: number;
}

/**
 * How long to wait for a trigger, how long a fault lasts, and the longest pause before the next one
 * (virtual microseconds).
 */
const TRIGGER_US = 1_000_000;
const LASTING_US = 700_000;
const PAUSE_US = 800_000;

/** The lease faults of one run. */
export class LeaseFaults {
  readonly #clocks: Clocks;
  readonly #plan: Plan;
  readonly #cluster: CampaignCluster;
  readonly #random: RandomState;
  readonly #active: ActiveFaults;
  #trigger: Trigger | undefined;
  #nextUs = 0;

  constructor(
    clocks: Clocks,
    plan: Plan,
    cluster: CampaignCluster,
    random: RandomState,
    active: ActiveFaults,
  ) {
    this.#clocks = clocks;
    this.#plan = plan;
    this.#cluster = cluster;
    this.#random = random;
    this.#active = active;
  }

  /** Injects what is due. */
  act(): void {
    const { leader, now } = this.#cluster;
    if (this.#trigger !== undefined) this.#wait(this.#trigger);
    else if (leader !== undefined && now >= this.#nextUs) this.#injectOne(leader);
  }

  #injectOne(leader: string): void {
    const { nodes } = this.#cluster;
    const others = nodes.filter((node) => node !== leader);
    const group = this.#cluster.group();
    const rate = (node: string) => (node === leader ? this.#clocks.slowest : this.#clocks.fastest);
    this.#active.inject(
      nodes.map((node) => ({ type: 'rate', node, ticksPerSecond: rate(node) })),
      group,
    );
    pick(this.#random, [
      () => this.#fire(leader, cutOff(leader, others), group),
      () => this.#handOver(leader, others, group),
      () => this.#delayAnswers(leader, others, group),
      () => this.#restartGranters(leader, others, group),
    ])();
  }

  /**
   * It transfers leadership, which does not wait for election timeouts, and does not hear the
   * result.
   */
  #handOver(leader: string, others: readonly string[], group: number): void {
    const to = pick(this.#random, others);
    this.#cluster.ask({ type: 'transfer', to, node: leader }, group);
    const isTime = () => this.#cluster.asksForVotes(to);
    const deaf = cut(pairs(others, [leader]));
    this.#waitFor(leader, isTime, () => this.#fire(leader, deaf, group), [], group);
  }

  /** Answers given in time reach it only when one of the others is about to campaign. */
  #delayAnswers(leader: string, others: readonly string[], group: number): void {
    const answers = pairs(others, [leader]);
    const mute = cut(pairs([leader], others));
    const deaf = cut(answers);
    const fault = { begin: deaf.begin, end: [...mute.end, ...deaf.end] };
    this.#active.inject([...mute.begin, ...answers.map(clog)], group);
    const fire = () => {
      this.#active.inject(answers.map(unclog), group);
      // They arrive now, and nothing after them.
      this.#active.after(1, () => this.#fire(leader, fault, group));
    };
    const isTime = () => others.some((node) => this.#cluster.isAboutToCampaign(node));
    this.#waitFor(leader, isTime, fire, [...mute.end, ...answers.map(unclog)], group);
  }

  /**
   * Only a majority hears it; when one of the others is about to ask for votes, those start again,
   * and no longer hear it either.
   */
  #restartGranters(leader: string, others: readonly string[], group: number): void {
    const count = Math.floor(this.#cluster.nodes.length / 2);
    const granters = others.slice(0, count);
    const rivals = others.slice(count);
    const unheard = cutOff(leader, rivals);
    const alone = cutOff(leader, granters);
    const restarts = granters.map((node) => ({ type: 'restart', node }) as const);
    const fault = { begin: [...alone.begin, ...restarts], end: [...alone.end, ...unheard.end] };
    this.#active.inject(unheard.begin, group);
    const isTime = () => rivals.some((node) => this.#cluster.isAboutToCampaign(node));
    this.#waitFor(leader, isTime, () => this.#fire(leader, fault, group), unheard.end, group);
  }

  #waitFor(
    leader: string,
    isTime: () => boolean,
    fire: () => void,
    end: readonly Fault[],
    group: number,
  ): void {
    const giveUp = () => this.#active.inject([...end, ...this.#usualRates], group);
    this.#trigger = { leader, isTime, fire, giveUp, untilUs: this.#cluster.now + TRIGGER_US };
  }

  #wait({ leader, isTime, fire, giveUp, untilUs }: Trigger): void {
    const leads = this.#cluster.leads(leader);
    const isDue = leads && isTime();
    if (!isDue && leads && this.#cluster.now < untilUs) return;
    this.#trigger = undefined;
    this.#nextUs = this.#cluster.now + LASTING_US + between(this.#random, 1, PAUSE_US);
    if (isDue) fire();
    else giveUp();
  }

  /**
   * The leader is read from while the fault lasts; then all clocks have their first rates again.
   */
  #fire(leader: string, { begin, end }: TimedFault, group: number): void {
    this.#nextUs = this.#cluster.now + LASTING_US + between(this.#random, 1, PAUSE_US);
    this.#active.depose(leader, { begin, end: [...end, ...this.#usualRates] }, LASTING_US, group);
  }

  get #usualRates(): readonly Fault[] {
    return this.#cluster.nodes.map((node) => rateOf(this.#plan, node));
  }
}

/** Cuts the leader off from these. */
function cutOff(leader: string, others: readonly string[]): TimedFault {
  return cut([...pairs([leader], others), ...pairs(others, [leader])]);
}

function clog(link: Link): Fault {
  return { type: 'clog', ...link };
}

function unclog(link: Link): Fault {
  return { type: 'unclog', ...link };
}
