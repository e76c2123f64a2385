/**
 * Depth first, or random ways: other orders than breadth first, which come far from the beginning
 * soon, and whose ways are not the shortest.
 */
import { roll, seedRandom } from '../../vm/index.ts';
import { type Bounds, type Ending, type Found, LOOK_EVERY, type Wanted, type Way } from './found.ts';
import type { Model, Row } from './model.ts';
import { Visited } from './visited.ts';

/** How long a way may become where nothing else is said. */
const LONGEST = 100;

interface Place {
  readonly row: Row;
  readonly number: number;
  readonly choices: number[];
  /** The choice that is being followed. */
  choice: number;
}

/** Goes through a model along one way after the other. */
export class Walks {
  readonly #model: Model;
  readonly #bounds: Bounds;
  readonly #wanted: Wanted;
  readonly #random: ReturnType<typeof seedRandom> | undefined;
  readonly #visited = new Visited();
  readonly #print = new Uint32Array(2);
  #generated = 0;
  #deepest = 0;
  #isCut = false;
  #deadlock: Way | undefined;
  #livelock: Way | undefined;
  /** The way from the beginning. */
  readonly #way: Place[] = [];

  /** `seed`: random ways; without one, depth first. */
  constructor(model: Model, bounds: Bounds, wanted: Wanted, seed: number | undefined) {
    this.#model = model;
    const depth = Number.isFinite(bounds.depth) ? bounds.depth : LONGEST;
    this.#bounds = { ...bounds, depth };
    this.#wanted = wanted;
    this.#random = seed === undefined ? undefined : seedRandom(`search/${seed}`);
  }

  /** Goes on until something is found, or a bound is reached. */
  run(): Found {
    this.#enter(this.#model.root.slice());
    if (this.#wanted.isGoal?.(this.#model.root)) return this.#found('goal', this.#end('the goal is reached'));
    for (;;) {
      if (this.#generated % LOOK_EVERY === 0 && this.#bounds.isOver()) return this.#found('time', undefined);
      if (this.#visited.size >= this.#bounds.states) return this.#found('states', undefined);
      const choice = this.#choose();
      if (choice === undefined) {
        if (!this.#back()) return this.#found(this.#isCut ? 'depth' : 'complete', undefined);
        continue;
      }
      const row = this.#way.at(-1)!.row.slice();
      this.#model.take(row, choice);
      this.#generated++;
      this.#way.at(-1)!.choice = choice;
      const { wrong } = this.#model.taken;
      if (wrong !== undefined) return this.#found('broken', this.#end(wrong));
      if (this.#wanted.isGoal?.(row)) return this.#found('goal', this.#end('the goal is reached'));
      this.#enter(row);
    }
  }

  /** The next choice from the end of the way; undefined if the way goes no further. */
  #choose(): number | undefined {
    const { choices } = this.#way.at(-1)!;
    if (choices.length === 0) return undefined;
    if (this.#way.length > this.#bounds.depth) {
      this.#isCut = true;
      return undefined;
    }
    if (this.#random === undefined) return choices.shift();
    return choices[roll(this.#random, choices.length) - 1];
  }

  /** Leaves the end of the way; a random way begins anew. False if there is nowhere to go. */
  #back(): boolean {
    if (this.#random === undefined) this.#way.pop();
    else if (this.#way.length === 1) return false;
    else this.#way.length = 1;
    return this.#way.length > 0;
  }

  /** A state is met: the way goes on from it, depth first only if it is new. */
  #enter(row: Row): void {
    this.#model.printOf(row, this.#print);
    const known = this.#visited.find(this.#print[0]!, this.#print[1]!, this.#visited.size);
    if (known >= 0 && this.#way.some(({ number }) => number === known)) this.#noteLivelock(row);
    if (known >= 0 && this.#random === undefined) return;
    const choices: number[] = [];
    this.#model.choices(row, choices);
    const number = known < 0 ? this.#visited.size - 1 : known;
    if (choices.length === 0) this.#noteDeadlock(row);
    this.#deepest = Math.max(this.#deepest, this.#way.length);
    this.#way.push({ row, number, choices, choice: -1 });
  }

  #noteDeadlock(row: Row): void {
    const what =
      this.#deadlock === undefined && this.#model.isStill(row) ? this.#model.whoWaits(row) : undefined;
    if (what !== undefined) this.#deadlock = this.#end(what);
  }

  #noteLivelock(row: Row): void {
    const what = this.#livelock === undefined ? this.#model.whoWaits(row) : undefined;
    if (what !== undefined) this.#livelock = this.#end(what);
  }

  /** The way that has been gone. */
  #end(what: string): Way {
    return { choices: this.#way.map(({ choice }) => choice).filter((choice) => choice >= 0), what };
  }

  #found(ending: Ending, way: Way | undefined): Found {
    return {
      ...{ ending, way, generated: this.#generated, distinct: this.#visited.size },
      completeTo: undefined,
      deepest: this.#deepest,
      bytes: this.#visited.bytes,
      ...{ deadlock: this.#deadlock, livelock: this.#livelock },
    };
  }
}
