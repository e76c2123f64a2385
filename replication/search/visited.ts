/**
 * A set of fingerprints in typed arrays, twelve bytes each, with a number to each. It doubles when
 * it is two thirds full.
 */

const FIRST_SIZE = 1 << 12;

/** The fingerprints that were met. */
export class Visited {
  size = 0;
  #a = new Uint32Array(FIRST_SIZE);
  #b = new Uint32Array(FIRST_SIZE);
  /** The number of each, plus one; 0 where there is none. */
  #numbers = new Int32Array(FIRST_SIZE);

  /** Bytes of memory. */
  get bytes(): number {
    return 12 * this.#a.length;
  }

  /**
   * The number of a fingerprint that is there; one that is not gets `number`, and -1 is returned.
   */
  find(a: number, b: number, number: number): number {
    const at = this.#placeOf(a, b);
    const known = this.#numbers[at]!;
    if (known !== 0) return known - 1;
    this.#put(at, a, b, number + 1);
    this.size++;
    if (3 * this.size > 2 * this.#a.length) this.#grow();
    return -1;
  }

  #placeOf(a: number, b: number): number {
    const mask = this.#a.length - 1;
    let at = (a ^ (b << 7)) & mask;
    while (this.#numbers[at] !== 0 && (this.#a[at] !== a || this.#b[at] !== b)) at = (at + 1) & mask;
    return at;
  }

  #put(at: number, a: number, b: number, number: number): void {
    this.#a[at] = a;
    this.#b[at] = b;
    this.#numbers[at] = number;
  }

  #grow(): void {
    const [a, b, numbers] = [this.#a, this.#b, this.#numbers];
    this.#a = new Uint32Array(2 * a.length);
    this.#b = new Uint32Array(2 * a.length);
    this.#numbers = new Int32Array(2 * a.length);
    for (let i = 0; i < a.length; i++) {
      if (numbers[i] !== 0) this.#put(this.#placeOf(a[i]!, b[i]!), a[i]!, b[i]!, numbers[i]!);
    }
  }
}
