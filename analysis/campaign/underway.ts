/** The attacks of a run that have begun: what ends each of them, and when. */
import { between, type RandomState } from '../../vm/random.ts';
import type { Fault } from '../../vm/sim/actions.ts';
import type { Attack } from './faults.ts';
import type { Stage } from './stage.ts';

/** Something to be done later. */
interface Later {
  readonly atUs: number;
  readonly act: () => void;
}

/** Attacks under way. */
export class Underway {
  /** How many have begun so far. */
  count = 0;
  readonly #stage: Stage;
  readonly #random: RandomState;
  #later: Later[] = [];

  constructor(stage: Stage, random: RandomState) {
    this.#stage = stage;
    this.#random = random;
  }

  /** Does what is due. */
  act(): void {
    const { now } = this.#stage;
    const due = this.#later.filter(({ atUs }) => atUs <= now);
    this.#later = this.#later.filter(({ atUs }) => atUs > now);
    for (const { act } of due) act();
  }

  /** Does something after so many microseconds. */
  after(us: number, act: () => void): void {
    this.#later.push({ atUs: this.#stage.now + us, act });
  }

  /** Begins an attack, and ends it after at most so long. */
  begin({ begin, end }: Attack, longestUs: number): void {
    this.count++;
    const group = this.#stage.group();
    this.inject(begin, group);
    this.after(between(this.#random, 1, longestUs), () => this.#end(end, group));
  }

  /** Begins an attack on a leader that may be deposed by it without knowing, and is read from; ends it after so long. */
  depose(leader: string, { begin, end }: Attack, us: number, group = this.#stage.group()): void {
    this.count++;
    this.inject(begin, group);
    this.#stage.deposed = leader;
    this.after(us, () => {
      this.inject(end, group);
      this.#stage.deposed = undefined;
    });
  }

  inject(faults: readonly Fault[], group: number): void {
    for (const fault of faults) this.#stage.inject(fault, group);
  }

  #end(faults: readonly Fault[], group: number): void {
    // Another attack's end may have started it already.
    const isDue = (fault: Fault) => fault.type !== 'restart' || this.#stage.status(fault.node) === 'down';
    for (const fault of faults) if (isDue(fault)) this.#stage.inject(fault, group);
  }
}
