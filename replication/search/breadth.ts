/**
 * Breadth first: all states that one choice leads to, then two, and so on, so that the first way to
 * something is a shortest one.
 *
 * Choices that change different machines and nothing else can be made in any order, and all orders
 * lead to the same state. With `reduce` only some orders are gone, by sleep sets (Godefroid 1996):
 * what was delivered before, and could as well be delivered after, is not delivered after. A state
 * is met by several ways at the same depth, and what is asleep is what is asleep on all of them.
 * So every state is still reached, and at the same depth: of the shortest ways to it, the first in
 * the order in which choices are tried is never cut off, for a choice that sleeps on it could be
 * moved forward, which would make an earlier way of the same length.
 */
import { kindOf, placeOf } from './choices.ts';
import { type Bounds, type Ending, type Found, LOOK_EVERY, type Wanted, type Way } from './found.ts';
import type { Model, Row } from './model.ts';
import { Numbers, Rows } from './rows.ts';
import { Visited } from './visited.ts';

/** Links are numbered in the bits of one number. */
const MOST_MACHINES = 5;

/** Goes through a model, breadth first. */
export class Breadth {
  readonly #model: Model;
  readonly #bounds: Bounds;
  readonly #wanted: Wanted;
  readonly #visited = new Visited();
  readonly #rows: Rows;
  /** By state: the one before, the choice that led here, and the links whose deliveries sleep. */
  readonly #parents = new Numbers();
  readonly #led = new Numbers();
  readonly #asleep = new Numbers();
  /** By machine: the bits of the links to it. Undefined where orders are not reduced. */
  readonly #linksTo: readonly number[] | undefined;
  readonly #print = new Uint32Array(2);
  readonly #here: Row;
  readonly #after: Row;
  readonly #choices: number[] = [];
  #generated = 0;
  /** The first state of the next level. */
  #next = 0;
  #ended: Ended | undefined;
  #deadlock: Way | undefined;
  #livelock: Way | undefined;

  constructor(model: Model, bounds: Bounds, wanted: Wanted) {
    this.#model = model;
    this.#bounds = bounds;
    this.#wanted = wanted;
    this.#rows = new Rows(model.width);
    this.#here = new Int32Array(model.width);
    this.#after = new Int32Array(model.width);
    const { length } = model.nodes;
    if (wanted.reduce && length <= MOST_MACHINES)
      this.#linksTo = model.nodes.map((_, to) =>
        model.nodes.reduce((bits, _node, from) => bits | (1 << (from * length + to)), 0),
      );
  }

  /** Goes on until something is found, or a bound is reached. */
  run(): Found {
    const { root } = this.#model;
    this.#model.printOf(root, this.#print);
    this.#meet(root, -1, -1, 0);
    let depth = 0;
    for (let level = 0; this.#ended === undefined && level < this.#rows.length; level = this.#next) {
      if (depth >= this.#bounds.depth) return this.#found({ ending: 'depth' }, depth);
      this.#next = this.#rows.length;
      for (let index = level; index < this.#next && this.#ended === undefined; index++) {
        if (index % LOOK_EVERY === 0 && this.#bounds.isOver()) this.#ended = { ending: 'time' };
        else this.#expand(index);
      }
      if (this.#ended === undefined) depth++;
    }
    return this.#found(this.#ended ?? { ending: 'complete' }, depth);
  }

  #expand(index: number): void {
    const choices = this.#choices;
    this.#rows.get(index, this.#here);
    this.#rows.forget(index);
    this.#model.choices(this.#here, choices);
    if (choices.length === 0) this.#noteDeadlock(index);
    const asleep = this.#asleep.get(index);
    // What need not be tried after those that were: what slept, and what was tried.
    let tried = asleep;
    for (const choice of choices) {
      const bit = this.#linksTo !== undefined && kindOf(choice) === 'deliver' ? 1 << placeOf(choice) : 0;
      if ((bit & asleep) !== 0) continue;
      const isLocal = this.#take(index, choice, tried, bit);
      if (isLocal) tried |= bit;
      if (this.#ended !== undefined) return;
    }
  }

  /** Makes a choice. Returns whether it commutes with those of other machines. */
  #take(index: number, choice: number, tried: number, bit: number): boolean {
    const { taken, nodes } = this.#model;
    const after = this.#after;
    after.set(this.#here);
    this.#model.take(after, choice);
    this.#generated++;
    const { wrong, isLocal } = taken;
    if (wrong !== undefined) {
      this.#ended = { ending: 'broken', way: { choices: [...this.#wayTo(index), choice], what: wrong } };
      return false;
    }
    this.#model.printOf(after, this.#print);
    const sleeps = bit !== 0 && isLocal ? tried & ~this.#linksTo![placeOf(choice) % nodes.length]! : 0;
    this.#meet(after, index, choice, sleeps);
    return isLocal;
  }

  /** A state is met: the one that `#print` is of. */
  #meet(row: Row, before: number, choice: number, sleeps: number): void {
    const index = this.#rows.length;
    const known = this.#visited.find(this.#print[0]!, this.#print[1]!, index);
    if (known >= 0) {
      if (known >= this.#next) this.#asleep.set(known, this.#asleep.get(known) & sleeps);
      else this.#noteLivelock(row, before, known, choice);
      return;
    }
    this.#rows.add(row);
    this.#parents.push(before);
    this.#led.push(choice);
    this.#asleep.push(sleeps);
    if (this.#wanted.isGoal?.(row))
      this.#ended = { ending: 'goal', way: { choices: this.#wayTo(index), what: 'the goal is reached' } };
    else if (index + 1 >= this.#bounds.states) this.#ended = { ending: 'states' };
  }

  /** Nothing can be chosen any more. */
  #noteDeadlock(index: number): void {
    if (this.#deadlock !== undefined || !this.#model.isStill(this.#here)) return;
    const what = this.#model.whoWaits(this.#here);
    if (what !== undefined) this.#deadlock = { choices: this.#wayTo(index), what };
  }

  /** A way has come back to a state that it has passed: it can go round for ever. */
  #noteLivelock(row: Row, before: number, known: number, choice: number): void {
    if (this.#livelock !== undefined) return;
    let index = before;
    while (index > known) index = this.#parents.get(index);
    if (index !== known) return;
    const what = this.#model.whoWaits(row);
    if (what !== undefined) this.#livelock = { choices: [...this.#wayTo(before), choice], what };
  }

  #wayTo(index: number): number[] {
    const choices: number[] = [];
    for (let at = index; at > 0; at = this.#parents.get(at)) choices.push(this.#led.get(at));
    return choices.reverse();
  }

  #found({ ending, way }: Ended, depth: number): Found {
    const isWhole = ending === 'complete' || ending === 'depth';
    return {
      ...{ ending, way, generated: this.#generated, distinct: this.#rows.length },
      completeTo: depth,
      deepest: isWhole ? depth : depth + 1,
      bytes: [this.#visited, this.#rows, this.#parents, this.#led, this.#asleep].reduce(
        (sum, { bytes }) => sum + bytes,
        0,
      ),
      ...{ deadlock: this.#deadlock, livelock: this.#livelock },
    };
  }
}

interface Ended {
  readonly ending: Ending;
  readonly way?: Way;
}
