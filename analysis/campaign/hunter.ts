/** Aimed attacks: those that strike when and where a protocol's promises are hardest to keep. */
import { between, chance, type RandomState } from '../../vm/random.ts';
import { crash, cut, isolate, pairs, rateOf } from './faults.ts';
import { LeaseHunter } from './lease-hunter.ts';
import { type Plan, pick } from './plan.ts';
import type { Stage } from './stage.ts';
import type { Underway } from './underway.ts';

/** A disk that is slower than all others (microseconds a sync). */
const SLOWEST_US: readonly [number, number] = [500_000, 900_000];

/** One run's aim. */
export class Hunter {
  readonly #plan: Plan;
  readonly #stage: Stage;
  readonly #random: RandomState;
  readonly #underway: Underway;
  readonly #leases: LeaseHunter | undefined;
  /** When it aims again. */
  #nextUs = 0;

  constructor(plan: Plan, stage: Stage, random: RandomState, underway: Underway) {
    this.#plan = plan;
    this.#stage = stage;
    this.#random = random;
    this.#underway = underway;
    const { aim, clocks } = plan;
    if (aim === 'reads' && clocks !== undefined)
      this.#leases = new LeaseHunter(clocks, plan, stage, random, underway);
  }

  /** Strikes, if it is time. */
  act(): void {
    const { aim } = this.#plan;
    if (aim === 'writes') this.#crashUnsynced();
    this.#leases?.act();
    const { leader, now } = this.#stage;
    if (leader === undefined || now < this.#nextUs) return;
    if (aim === 'leaders') this.#strikeLeader(leader);
    if (aim === 'reads' && this.#leases === undefined) this.#depose(leader);
    if (aim === 'quorums' && chance(this.#random, 0.5)) this.#narrow(leader);
    else if (aim === 'quorums') this.#forget(leader);
  }

  /** A leader with entries that few others have: what becomes of them is the protocol's hardest question. */
  #strikeLeader(leader: string): void {
    const random = this.#random;
    if (!this.#stage.hasUncommitted(leader)) return;
    this.#wait(100_000);
    const strike = pick(random, [crash, isolate, isolate, isolate]);
    this.#underway.begin(strike(random, this.#plan, this.#stage.nodes, leader), 1_500_000);
  }

  /** Power failures in the middle of writes, over at once. Votes are written seldom, so they are watched for. */
  #crashUnsynced(): void {
    const random = this.#random;
    const { nodes, now } = this.#stage;
    const voting = nodes.filter((node) => this.#stage.hasUnsyncedVote(node));
    if (voting.length > 0 && chance(random, 0.5)) {
      this.#restart([pick(random, voting)]);
      return;
    }
    const writing = nodes.filter((node) => this.#stage.hasUnsynced(node));
    if (writing.length === 0 || now < this.#nextUs) return;
    this.#wait(600_000);
    this.#restart(chance(random, 0.5) ? writing : [pick(random, writing)]);
  }

  /** A leader that the others no longer hear, whose own clock is slow, believes for long that it still leads. */
  #depose(leader: string): void {
    const random = this.#random;
    const { nodes } = this.#stage;
    this.#wait(3_000_000);
    const others = nodes.filter((node) => node !== leader);
    const rate = rateOf(this.#plan, leader);
    const slow = { ...rate, ticksPerSecond: Math.max(1, Math.round(rate.ticksPerSecond / 10)) };
    const links = cut([...pairs([leader], others), ...pairs(others, [leader])]);
    const attack = { begin: [slow, ...links.begin], end: [rate, ...links.end] };
    this.#underway.depose(leader, attack, between(random, 500_000, 2_500_000));
  }

  /**
   * A leader that reaches just a majority, and whose own disk is the slowest of it, loses power; and whoever heard it is
   * cut off from the others. If it has counted what is not on its disk, the others elect somebody who never knew of it.
   */
  #narrow(leader: string): void {
    const random = this.#random;
    const { nodes } = this.#stage;
    const followers = nodes.filter((node) => node !== leader && this.#stage.status(node) === 'up');
    const near = followers.slice(0, Math.floor(nodes.length / 2));
    const far = nodes.filter((node) => node !== leader && !near.includes(node));
    this.#wait(4_000_000);
    const group = this.#stage.group();
    const underway = this.#underway;
    underway.count++;
    const unheard = cut(pairs([leader], far));
    const slow = { ...this.#plan.disk, syncUs: SLOWEST_US };
    underway.inject([...unheard.begin, { type: 'disk', node: leader, settings: slow }], group);
    underway.after(between(random, 100_000, 600_000), () => {
      underway.inject([...unheard.end, { type: 'disk', node: leader, settings: this.#plan.disk }], group);
      underway.begin(cut([...pairs(near, [leader, ...far]), ...pairs([leader, ...far], near)]), 2_500_000);
      underway.inject(
        [
          { type: 'crash', node: leader, unsynced: 'lost' },
          { type: 'restart', node: leader },
        ],
        group,
      );
    });
  }

  /**
   * One of those who heard a leader that reaches just a majority loses its disk, comes back, and soon the leader is off. If
   * it counts before it has learned what it forgot, it helps those who never knew of it to elect one of them.
   */
  #forget(leader: string): void {
    const random = this.#random;
    const { nodes } = this.#stage;
    const others = nodes.filter((node) => node !== leader);
    const near = others.slice(0, Math.floor(nodes.length / 2));
    const far = others.filter((node) => !near.includes(node));
    const [victim, ...rest] = near as [string, ...string[]];
    this.#wait(4_000_000);
    const underway = this.#underway;
    underway.begin(cut(pairs([leader], far)), 1_000_000);
    underway.after(between(random, 100_000, 400_000), () => {
      if (!this.#stage.mayLoseDisk || !this.#stage.leads(leader)) return;
      const lost = {
        begin: [
          { type: 'wipe', node: victim },
          { type: 'restart', node: victim },
        ],
        end: [],
      } as const;
      underway.begin(lost, 1);
      underway.begin(cut([...pairs(rest, [victim, ...far]), ...pairs([victim, ...far], rest)]), 2_500_000);
      underway.after(between(random, 1, 60_000), () =>
        underway.begin(crash(random, this.#plan, nodes, leader), 2_000_000),
      );
    });
  }

  #wait(longestUs: number): void {
    this.#nextUs = this.#stage.now + between(this.#random, 1, longestUs);
  }

  #restart(nodes: readonly string[]): void {
    const group = this.#stage.group();
    for (const node of nodes) this.#stage.inject({ type: 'restart', node }, group);
  }
}
