/**
 * Attacks on leaders that answer reads by a lease, within what a lease must bear (`replication/raft/lease.ts`). In each the
 * leader's clock is as slow as it may be and those of the others are as fast; then somebody else leads, or would if it
 * were not for the lease, while the old leader hears nothing of it and is read from.
 */
import { between, type RandomState } from '../../vm/random.ts';
import type { Fault } from '../../vm/sim/actions.ts';
import { type Attack, cut, type Link, pairs, rateOf } from './faults.ts';
import { type Clocks, type Plan, pick } from './plan.ts';
import type { Stage } from './stage.ts';
import type { Underway } from './underway.ts';

/** Something to be done as soon as it is time, if the leader leads until then; otherwise nothing is done. */
interface Ambush {
  readonly leader: string;
  readonly isTime: () => boolean;
  readonly strike: () => void;
  readonly giveUp: () => void;
  readonly untilUs: number;
}

/** How long to wait in ambush, how long a blow is felt, and the most that passes before the next attack (virtual microseconds). */
const AMBUSH_US = 1_000_000;
const BLOW_US = 700_000;
const PAUSE_US = 800_000;

/** The hunter of one run. */
export class LeaseHunter {
  readonly #clocks: Clocks;
  readonly #plan: Plan;
  readonly #stage: Stage;
  readonly #random: RandomState;
  readonly #underway: Underway;
  #ambush: Ambush | undefined;
  #nextUs = 0;

  constructor(clocks: Clocks, plan: Plan, stage: Stage, random: RandomState, underway: Underway) {
    this.#clocks = clocks;
    this.#plan = plan;
    this.#stage = stage;
    this.#random = random;
    this.#underway = underway;
  }

  /** Strikes, if it is time. */
  act(): void {
    const { leader, now } = this.#stage;
    if (this.#ambush !== undefined) this.#wait(this.#ambush);
    else if (leader !== undefined && now >= this.#nextUs) this.#attack(leader);
  }

  #attack(leader: string): void {
    const { nodes } = this.#stage;
    const others = nodes.filter((node) => node !== leader);
    const group = this.#stage.group();
    const rate = (node: string) => (node === leader ? this.#clocks.slowest : this.#clocks.fastest);
    this.#underway.inject(
      nodes.map((node) => ({ type: 'rate', node, ticksPerSecond: rate(node) })),
      group,
    );
    pick(this.#random, [
      () => this.#strike(leader, cutOff(leader, others), group),
      () => this.#handOver(leader, others, group),
      () => this.#delayAnswers(leader, others, group),
      () => this.#restartGranters(leader, others, group),
    ])();
  }

  /** It hands over, which needs nobody's patience, and does not hear what comes of it. */
  #handOver(leader: string, others: readonly string[], group: number): void {
    const to = pick(this.#random, others);
    this.#stage.ask({ type: 'transfer', to, node: leader }, group);
    const isTime = () => this.#stage.asksForVotes(to);
    const deaf = cut(pairs(others, [leader]));
    this.#lieInWait(leader, isTime, () => this.#strike(leader, deaf, group), [], group);
  }

  /** What was answered to it in time it hears only when one of the others is about to ask for votes. */
  #delayAnswers(leader: string, others: readonly string[], group: number): void {
    const answers = pairs(others, [leader]);
    const mute = cut(pairs([leader], others));
    const deaf = cut(answers);
    const blow = { begin: deaf.begin, end: [...mute.end, ...deaf.end] };
    this.#underway.inject([...mute.begin, ...answers.map(clog)], group);
    const strike = () => {
      this.#underway.inject(answers.map(unclog), group);
      // They arrive now, and nothing after them.
      this.#underway.after(1, () => this.#strike(leader, blow, group));
    };
    const isTime = () => others.some((node) => this.#stage.isImpatient(node));
    this.#lieInWait(leader, isTime, strike, [...mute.end, ...answers.map(unclog)], group);
  }

  /** Only a majority hears it; when one of the others is about to ask for votes, those start again, and no longer hear it either. */
  #restartGranters(leader: string, others: readonly string[], group: number): void {
    const count = Math.floor(this.#stage.nodes.length / 2);
    const granters = others.slice(0, count);
    const rivals = others.slice(count);
    const unheard = cutOff(leader, rivals);
    const alone = cutOff(leader, granters);
    const restarts = granters.map((node) => ({ type: 'restart', node }) as const);
    const blow = { begin: [...alone.begin, ...restarts], end: [...alone.end, ...unheard.end] };
    this.#underway.inject(unheard.begin, group);
    const isTime = () => rivals.some((node) => this.#stage.isImpatient(node));
    this.#lieInWait(leader, isTime, () => this.#strike(leader, blow, group), unheard.end, group);
  }

  #lieInWait(
    leader: string,
    isTime: () => boolean,
    strike: () => void,
    end: readonly Fault[],
    group: number,
  ): void {
    const giveUp = () => this.#underway.inject([...end, ...this.#usualRates], group);
    this.#ambush = { leader, isTime, strike, giveUp, untilUs: this.#stage.now + AMBUSH_US };
  }

  #wait({ leader, isTime, strike, giveUp, untilUs }: Ambush): void {
    const leads = this.#stage.leads(leader);
    const isDue = leads && isTime();
    if (!isDue && leads && this.#stage.now < untilUs) return;
    this.#ambush = undefined;
    this.#nextUs = this.#stage.now + BLOW_US + between(this.#random, 1, PAUSE_US);
    if (isDue) strike();
    else giveUp();
  }

  /** The leader is read from while the blow is felt; then all clocks have the rates again that they began with. */
  #strike(leader: string, { begin, end }: Attack, group: number): void {
    this.#nextUs = this.#stage.now + BLOW_US + between(this.#random, 1, PAUSE_US);
    this.#underway.depose(leader, { begin, end: [...end, ...this.#usualRates] }, BLOW_US, group);
  }

  get #usualRates(): readonly Fault[] {
    return this.#stage.nodes.map((node) => rateOf(this.#plan, node));
  }
}

/** Nothing passes between the leader and these. */
function cutOff(leader: string, others: readonly string[]): Attack {
  return cut([...pairs([leader], others), ...pairs(others, [leader])]);
}

function clog(link: Link): Fault {
  return { type: 'clog', ...link };
}

function unclog(link: Link): Fault {
  return { type: 'unclog', ...link };
}
