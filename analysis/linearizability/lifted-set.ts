/**
 * Which operations have been lifted, as bits. Those that returned are lifted about in the order of
 * their calls, so only the words between the first that is not lifted and the last that is need to
 * be told. Those that need not happen may stay to the end and are kept apart, or they would hold
 * the beginning back.
 */

/** A set of operations by index. */
export class LiftedSet {
  /** By operation: its bit. Those that must happen come first, then a new word begins. */
  readonly #bit: Int32Array;
  readonly #words: Uint32Array;
  /** The first word of operations that need not happen. */
  readonly #optionalFrom: number;
  /** Of the bits of operations that must happen: all below are set; none from here on. */
  #low = 0;
  #high = 0;

  constructor(operations: number, isOptional: (operation: number) => boolean) {
    this.#bit = new Int32Array(operations);
    let must = 0;
    for (let i = 0; i < operations; i++) if (!isOptional(i)) this.#bit[i] = must++;
    this.#optionalFrom = (must + 31) >> 5;
    let optional = this.#optionalFrom << 5;
    for (let i = 0; i < operations; i++) if (isOptional(i)) this.#bit[i] = optional++;
    this.#words = new Uint32Array((optional + 31) >> 5);
  }

  has(operation: number): boolean {
    return this.#isSet(this.#bit[operation]!);
  }

  add(operation: number): void {
    const bit = this.#bit[operation]!;
    this.#words[bit >> 5]! |= 1 << (bit & 31);
    if (bit >> 5 >= this.#optionalFrom) return;
    if (bit >= this.#high) this.#high = bit + 1;
    while (this.#low < this.#high && this.#isSet(this.#low)) this.#low++;
  }

  delete(operation: number): void {
    const bit = this.#bit[operation]!;
    this.#words[bit >> 5]! &= ~(1 << (bit & 31));
    if (bit >> 5 >= this.#optionalFrom) return;
    if (bit < this.#low) this.#low = bit;
    while (this.#high > this.#low && !this.#isSet(this.#high - 1)) this.#high--;
  }

  /** Words that `write` needs at most. */
  get size(): number {
    return this.#words.length + 2;
  }

  /**
   * Writes what tells this set from every other one into `row` from `at` on; returns where that
   * ends.
   */
  write(row: Uint32Array, at: number): number {
    row[at++] = this.#low;
    row[at++] = this.#high;
    for (let word = this.#low >> 5; word << 5 < this.#high; word++) row[at++] = this.#words[word]!;
    for (let word = this.#optionalFrom; word < this.#words.length; word++) row[at++] = this.#words[word]!;
    return at;
  }

  #isSet(bit: number): boolean {
    return (this.#words[bit >> 5]! & (1 << (bit & 31))) !== 0;
  }
}
