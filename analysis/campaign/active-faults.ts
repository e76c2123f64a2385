/** The active faults of a run: what ends each of them, and when. */
import { between, type RandomState } from '../../vm/index.ts';
import type { Fault } from '../../vm/sim/index.ts';
import type { CampaignCluster } from './cluster.ts';
import type { TimedFault } from './faults.ts';

/** Something to be done later. */
interface Later {
  readonly atUs: number;
  readonly act: () => void;
}

/** Faults under way. */
export class ActiveFaults {
  /** How many have begun so far. */
  count = 0;
  readonly #cluster: CampaignCluster;
  readonly #random: RandomState;
  #later: Later[] = [];

  constructor(cluster: CampaignCluster, random: RandomState) {
    this.#cluster = cluster;
    this.#random = random;
  }

  /** Does what is due. */
  act(): void {
    const { now } = this.#cluster;
    const due = this.#later.filter(({ atUs }) => atUs <= now);
    this.#later = this.#later.filter(({ atUs }) => atUs > now);
    for (const { act } of due) act();
  }

  /** Does something after `us` microseconds. */
  after(us: number, act: () => void): void {
    this.#later.push({ atUs: this.#cluster.now + us, act });
  }

  /** Begins a fault, and ends it after at most `longestUs`. */
  begin({ begin, end }: TimedFault, longestUs: number): void {
    this.count++;
    const group = this.#cluster.group();
    this.inject(begin, group);
    this.after(between(this.#random, 1, longestUs), () => this.#end(end, group));
  }

  /**
   * Begins a fault on a leader that may be deposed by it without knowing, and is read from; ends it
   * after `us`.
   */
  depose(leader: string, { begin, end }: TimedFault, us: number, group = this.#cluster.group()): void {
    this.count++;
    this.inject(begin, group);
    this.#cluster.deposed = leader;
    this.after(us, () => {
      this.inject(end, group);
      this.#cluster.deposed = undefined;
    });
  }

  inject(faults: readonly Fault[], group: number): void {
    for (const fault of faults) this.#cluster.inject(fault, group);
  }

  #end(faults: readonly Fault[], group: number): void {
    // Another fault's end may have started it already.
    const isDue = (fault: Fault) => fault.type !== 'restart' || this.#cluster.status(fault.node) === 'down';
    for (const fault of faults) if (isDue(fault)) this.#cluster.inject(fault, group);
  }
}
