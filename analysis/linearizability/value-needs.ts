/**
 * What the operations that are still in the list need of each value: quick cuts for registers,
 * whose operations tell which value they saw and which they left.
 *
 * A value that some operation must still find, and that none will leave any more, has to be the
 * present one: so a value may not be overwritten before its last reader, and two such values at
 * once are a dead end.
 */
import type { Effect, Model, Operation } from './history.ts';

const NONE = -1;

/** Counts by value, kept up to date as operations are lifted and put back. */
export class ValueNeeds {
  /** Every operation only reads or only writes, and reads say what they saw. */
  readonly #isPlain: boolean;
  readonly #isOptional: (operation: number) => boolean;
  readonly #ids = new Map<string, number>();
  /** By operation: the value that it must find, and the one that it may leave. */
  readonly #sees: Int32Array;
  readonly #leaves: Int32Array;
  /** By value: operations in the list that must find it, and that may leave it. */
  readonly #seekers: Int32Array;
  readonly #makers: Int32Array;
  /** Values with seekers and without makers. */
  #orphans = 0;
  /** By value: of its seekers, those that may go now. */
  readonly #ready: Int32Array;

  private constructor(effects: readonly Effect[], isOptional: (operation: number) => boolean) {
    this.#isOptional = isOptional;
    const idOf = (value: string | undefined) => (value === undefined ? NONE : this.#id(value));
    this.#isPlain = effects.every(
      ({ sees, leaves, avoids, changes }) =>
        avoids === undefined && changes === undefined && (sees === undefined) !== (leaves === undefined),
    );
    // An operation that need not happen must find nothing.
    this.#sees = Int32Array.from(effects, ({ sees }, i) => (isOptional(i) ? NONE : idOf(sees)));
    this.#leaves = Int32Array.from(effects, ({ leaves }) => idOf(leaves));
    this.#seekers = new Int32Array(this.#ids.size);
    this.#makers = new Int32Array(this.#ids.size);
    this.#ready = new Int32Array(this.#ids.size);
    effects.forEach((_, operation) => {
      this.#count(operation, 1);
    });
  }

  /** Undefined if not all operations tell their effect. */
  static of<S, I, O>(
    model: Model<S, I, O>,
    operations: readonly Operation<I, O>[],
    isOptional: (operation: number) => boolean,
  ): ValueNeeds | undefined {
    const effects = operations.map(({ input, output }) => model.effect(input, output));
    return effects.every((effect) => effect !== undefined) ? new ValueNeeds(effects, isOptional) : undefined;
  }

  lift(operation: number): void {
    this.#count(operation, -1);
  }

  putBack(operation: number): void {
    this.#count(operation, 1);
  }

  /**
   * Whether every operation in the list may still find what it needs, if this is the present value.
   */
  allows(value: string, isAny: boolean): boolean {
    if (this.#orphans === 0) return true;
    return this.#orphans === 1 && (isAny || this.#isOrphan(this.#ids.get(value) ?? NONE));
  }

  /**
   * Of the operations that may go now, a write that is safe to take at once, or undefined: all that
   * must find its value may go now too, right after it. In any legal order, they and the write
   * could as well be moved here. One that need not happen is taken only if others need its value.
   */
  harmless(ready: readonly number[]): number | undefined {
    if (!this.#isPlain || this.#orphans > 0) return undefined;
    for (const operation of ready) this.#addReady(operation, 1);
    const found = ready.find((operation) => {
      const value = this.#leaves[operation]!;
      if (value === NONE || this.#seekers[value] !== this.#ready[value]) return false;
      return this.#seekers[value]! > 0 || !this.#isOptional(operation);
    });
    for (const operation of ready) this.#addReady(operation, -1);
    return found;
  }

  #addReady(operation: number, by: number): void {
    const value = this.#sees[operation]!;
    if (value !== NONE) this.#ready[value]! += by;
  }

  #id(value: string): number {
    const id = this.#ids.get(value) ?? this.#ids.size;
    this.#ids.set(value, id);
    return id;
  }

  #count(operation: number, by: number): void {
    const seen = this.#sees[operation]!;
    const left = this.#leaves[operation]!;
    if (seen !== NONE) this.#change(this.#seekers, seen, by);
    if (left !== NONE) this.#change(this.#makers, left, by);
  }

  #change(counts: Int32Array, value: number, by: number): void {
    if (this.#isOrphan(value)) this.#orphans--;
    counts[value]! += by;
    if (this.#isOrphan(value)) this.#orphans++;
  }

  #isOrphan(value: number): boolean {
    return value !== NONE && this.#seekers[value]! > 0 && this.#makers[value] === 0;
  }
}
