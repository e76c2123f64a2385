/** Targeted faults: injected when and where a protocol's guarantees are hardest to keep. */
import { between, chance, pick, type RandomState } from '../../vm/index.ts';
import type { ActiveFaults } from './active-faults.ts';
import type { CampaignCluster } from './cluster.ts';
import { crash, cut, isolate, pairs, rateOf } from './faults.ts';
import { LeaseFaults } from './lease-faults.ts';
import type { Plan } from './plan.ts';

/** A disk that is slower than all others (microseconds a sync). */
const SLOWEST_US: readonly [number, number] = [500_000, 900_000];

/** The targeted faults of one run. */
export class TargetedFaults {
  readonly #plan: Plan;
  readonly #cluster: CampaignCluster;
  readonly #random: RandomState;
  readonly #active: ActiveFaults;
  readonly #leases: LeaseFaults | undefined;
  /** When the next one may be injected. */
  #nextUs = 0;

  constructor(plan: Plan, cluster: CampaignCluster, random: RandomState, active: ActiveFaults) {
    this.#plan = plan;
    this.#cluster = cluster;
    this.#random = random;
    this.#active = active;
    const { target, clocks } = plan;
    if (target === 'reads' && clocks !== undefined)
      this.#leases = new LeaseFaults(clocks, plan, cluster, random, active);
  }

  /** Injects what is due. */
  act(): void {
    const { target } = this.#plan;
    if (target === 'writes') this.#crashUnsynced();
    this.#leases?.act();
    const { leader, now } = this.#cluster;
    if (leader === undefined || now < this.#nextUs) return;
    if (target === 'leaders') this.#hitLeader(leader);
    if (target === 'reads' && this.#leases === undefined) this.#depose(leader);
    if (target === 'quorums' && chance(this.#random, 0.5)) this.#narrow(leader);
    else if (target === 'quorums') this.#forget(leader);
  }

  /**
   * Hits a leader with entries that few others have: keeping those right is hardest for a protocol.
   */
  #hitLeader(leader: string): void {
    const random = this.#random;
    if (!this.#cluster.hasUncommitted(leader)) return;
    this.#wait(100_000);
    const fire = pick(random, [crash, isolate, isolate, isolate]);
    this.#active.begin(fire(random, this.#plan, this.#cluster.nodes, leader), 1_500_000);
  }

  /**
   * Power failures in the middle of writes, with an immediate restart. Votes are written seldom, so
   * they are watched for.
   */
  #crashUnsynced(): void {
    const random = this.#random;
    const { nodes, now } = this.#cluster;
    const voting = nodes.filter((node) => this.#cluster.hasUnsyncedVote(node));
    if (voting.length > 0 && chance(random, 0.5)) {
      this.#restart([pick(random, voting)]);
      return;
    }
    const writing = nodes.filter((node) => this.#cluster.hasUnsynced(node));
    if (writing.length === 0 || now < this.#nextUs) return;
    this.#wait(600_000);
    this.#restart(chance(random, 0.5) ? writing : [pick(random, writing)]);
  }

  /**
   * A leader that the others no longer hear, whose own clock is slow, believes for long that it
   * still leads.
   */
  #depose(leader: string): void {
    const random = this.#random;
    const { nodes } = this.#cluster;
    this.#wait(3_000_000);
    const others = nodes.filter((node) => node !== leader);
    const rate = rateOf(this.#plan, leader);
    const slow = { ...rate, ticksPerSecond: Math.max(1, Math.round(rate.ticksPerSecond / 10)) };
    const links = cut([...pairs([leader], others), ...pairs(others, [leader])]);
    const fault = { begin: [slow, ...links.begin], end: [rate, ...links.end] };
    this.#active.depose(leader, fault, between(random, 500_000, 2_500_000));
  }

  /**
   * A leader that reaches just a majority, and whose own disk is the slowest of it, loses power;
   * and those that heard it are cut off from the others. If it has counted what is not on its disk,
   * the others elect somebody who never knew of it.
   */
  #narrow(leader: string): void {
    const random = this.#random;
    const { nodes } = this.#cluster;
    const followers = nodes.filter((node) => node !== leader && this.#cluster.status(node) === 'up');
    const near = followers.slice(0, Math.floor(nodes.length / 2));
    const far = nodes.filter((node) => node !== leader && !near.includes(node));
    this.#wait(4_000_000);
    const group = this.#cluster.group();
    const active = this.#active;
    active.count++;
    const unheard = cut(pairs([leader], far));
    const slow = { ...this.#plan.disk, syncUs: SLOWEST_US };
    active.inject([...unheard.begin, { type: 'disk', node: leader, settings: slow }], group);
    active.after(between(random, 100_000, 600_000), () => {
      active.inject([...unheard.end, { type: 'disk', node: leader, settings: this.#plan.disk }], group);
      active.begin(cut([...pairs(near, [leader, ...far]), ...pairs([leader, ...far], near)]), 2_500_000);
      active.inject(
        [
          { type: 'crash', node: leader, unsynced: 'lost' },
          { type: 'restart', node: leader },
        ],
        group,
      );
    });
  }

  /**
   * One of those who heard a leader that reaches just a majority loses its disk, comes back, and
   * soon the leader is off. If it counts before it has learned what it forgot, it helps those who
   * never knew of it to elect one of them.
   */
  #forget(leader: string): void {
    const random = this.#random;
    const { nodes } = this.#cluster;
    const others = nodes.filter((node) => node !== leader);
    const near = others.slice(0, Math.floor(nodes.length / 2));
    const far = others.filter((node) => !near.includes(node));
    const [victim, ...rest] = near as [string, ...string[]];
    this.#wait(4_000_000);
    const active = this.#active;
    active.begin(cut(pairs([leader], far)), 1_000_000);
    active.after(between(random, 100_000, 400_000), () => {
      if (!this.#cluster.members.mayLoseDisk(victim) || !this.#cluster.leads(leader)) return;
      const lost = {
        begin: [
          { type: 'wipe', node: victim },
          { type: 'restart', node: victim },
        ],
        end: [],
      } as const;
      active.begin(lost, 1);
      active.begin(cut([...pairs(rest, [victim, ...far]), ...pairs([victim, ...far], rest)]), 2_500_000);
      active.after(between(random, 1, 60_000), () =>
        active.begin(crash(random, this.#plan, nodes, leader), 2_000_000),
      );
    });
  }

  #wait(longestUs: number): void {
    this.#nextUs = this.#cluster.now + between(this.#random, 1, longestUs);
  }

  #restart(nodes: readonly string[]): void {
    const group = this.#cluster.group();
    for (const node of nodes) this.#cluster.inject({ type: 'restart', node }, group);
  }
}
