/**
 * A quick cut for keys that only grow: texts and lists that operations append to or read, and never
 * replace. Whatever such a key holds is the beginning of all that it will hold, so a state that is
 * not the beginning of what some operation must still find is a dead end. Without this, every order
 * of concurrent appends is tried up to the next read.
 */
import type { Model, Operation } from './history.ts';

const NONE = -1;

/** What operations in the list must find, kept up to date as they are lifted and put back. */
export class GrowingValues<S> {
  readonly #begins: (begin: S, whole: S) => boolean;
  /** What is still to be found, by place: the shortest first. */
  readonly #found: readonly S[];
  /** By operation: its place, or NONE. */
  readonly #place: Int32Array;
  readonly #isLifted: Uint8Array;
  /** The first place that is not lifted. */
  #first = 0;

  private constructor(begins: (begin: S, whole: S) => boolean, found: readonly S[], place: Int32Array) {
    this.#begins = begins;
    this.#found = found;
    this.#place = place;
    this.#isLifted = new Uint8Array(found.length);
  }

  /** Undefined if the key may hold something that is not more of what it held. */
  static of<S, I, O>(
    model: Model<S, I, O>,
    operations: readonly Operation<I, O>[],
    isOptional: (operation: number) => boolean,
  ): GrowingValues<S> | undefined {
    const { growth } = model;
    if (growth === undefined) return undefined;
    if (!growth.isGrowing(operations)) return undefined;
    const seekers = operations.flatMap(({ input, output }, operation) => {
      const found = isOptional(operation) ? undefined : growth.found(input, output);
      return found === undefined ? [] : [{ operation, ...found }];
    });
    seekers.sort((a, b) => a.length - b.length);
    const place = new Int32Array(operations.length).fill(NONE);
    seekers.forEach(({ operation }, at) => {
      place[operation] = at;
    });
    const found = seekers.map(({ state }) => state);
    return new GrowingValues(growth.begins, found, place);
  }

  lift(operation: number): void {
    const place = this.#place[operation]!;
    if (place === NONE) return;
    this.#isLifted[place] = 1;
    while (this.#isLifted[this.#first] === 1) this.#first++;
  }

  putBack(operation: number): void {
    const place = this.#place[operation]!;
    if (place === NONE) return;
    this.#isLifted[place] = 0;
    if (place < this.#first) this.#first = place;
  }

  /**
   * Whether the operation in the list that must find the shortest may still find it. What the
   * others must find begins so too, or the search ends later.
   */
  allows(state: S): boolean {
    return this.#first >= this.#found.length || this.#begins(state, this.#found[this.#first]!);
  }
}
