/** The campaign's adversary: begins attacks, by chance or where it hurts, and ends each after a while. */
import { between, chance, type RandomState } from '../../vm/random.ts';
import type { Fault } from '../../vm/sim/commands.ts';
import { ATTACKS, type Attack, crash, isolate } from './attacks.ts';
import { type Plan, pick } from './plan.ts';
import type { Stage } from './stage.ts';

/** What ends an attack, and when. */
interface End {
  readonly atUs: number;
  readonly faults: readonly Fault[];
  readonly group: number;
}

/** One run's adversary. */
export class Adversary {
  attacks = 0;
  readonly #plan: Plan;
  readonly #stage: Stage;
  readonly #random: RandomState;
  #nextUs: number;
  /** When it aims again. */
  #nextAimUs = 0;
  #ends: End[] = [];

  constructor(plan: Plan, stage: Stage, random: RandomState) {
    this.#plan = plan;
    this.#stage = stage;
    this.#random = random;
    this.#nextUs = between(random, 1, 2 * plan.faultEveryUs);
  }

  /** Ends what is to end, and begins what is to begin. */
  act(): void {
    const { now } = this.#stage;
    const due = this.#ends.filter(({ atUs }) => atUs <= now);
    this.#ends = this.#ends.filter(({ atUs }) => atUs > now);
    for (const { faults, group } of due) this.#inflict(faults, group);
    if (this.#plan.aim === 'leaders' && now >= this.#nextAimUs) this.#hunt();
    if (this.#plan.aim === 'writes') this.#crashUnsynced();
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
      return;
    }
    const attack = pick(random, ATTACKS)(random, this.#plan, nodes, target);
    this.#begin(attack, pick(random, [30_000, 500_000, 2_000_000]));
  }

  /** Strikes a leader with entries that few others have: what becomes of them is the protocol's hardest question. */
  #hunt(): void {
    const random = this.#random;
    const { leader, nodes } = this.#stage;
    if (leader === undefined || !this.#stage.hasUncommitted(leader)) return;
    this.#nextAimUs = this.#stage.now + between(random, 1, 100_000);
    const strike = pick(random, [crash, isolate, isolate, isolate]);
    this.#begin(strike(random, this.#plan, nodes, leader), 1_500_000);
  }

  /** Power failures in the middle of writes, over at once. Votes are written seldom, so they are watched for. */
  #crashUnsynced(): void {
    const random = this.#random;
    const { nodes, now } = this.#stage;
    const voting = nodes.filter((node) => this.#stage.hasUnsyncedVote(node));
    if (voting.length > 0 && chance(random, 0.5)) {
      this.#strike([pick(random, voting)]);
      return;
    }
    const writing = nodes.filter((node) => this.#stage.hasUnsynced(node));
    if (writing.length === 0 || now < this.#nextAimUs) return;
    this.#nextAimUs = now + between(random, 1, 600_000);
    this.#strike(chance(random, 0.5) ? writing : [pick(random, writing)]);
  }

  #strike(nodes: readonly string[]): void {
    const group = this.#stage.group();
    for (const node of nodes) this.#stage.inflict({ type: 'restart', node }, group);
  }

  #begin({ begin, end }: Attack, longestUs: number): void {
    this.attacks++;
    const group = this.#stage.group();
    for (const fault of begin) this.#stage.inflict(fault, group);
    this.#ends.push({
      atUs: this.#stage.now + between(this.#random, 1, longestUs),
      faults: end,
      group,
    });
  }

  #inflict(faults: readonly Fault[], group: number): void {
    for (const fault of faults) {
      // Another attack's end may have started it already.
      if (fault.type === 'restart' && this.#stage.status(fault.node) !== 'down') continue;
      this.#stage.inflict(fault, group);
    }
  }
}
