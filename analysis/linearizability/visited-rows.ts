/**
 * The configurations that a search has been in, told apart exactly and kept in few bytes: rows of
 * 32-bit words in one long array, found through a hash table of their places. A set of strings
 * would need five times as much.
 */

/** A set of rows of 32-bit words. */
export class VisitedRows {
  #words = new Uint32Array(1 << 10);
  #used = 0;
  /** Places in `#words`, plus one; 0: empty. Its size is a power of two. */
  #table = new Uint32Array(1 << 8);
  #count = 0;

  /** Bytes in use. */
  get bytes(): number {
    return this.#words.byteLength + this.#table.byteLength;
  }

  /** Adds the first `length` words of `row`; false if they are there already. */
  add(row: Uint32Array, length: number): boolean {
    const mask = this.#table.length - 1;
    let at = hash(row, length) & mask;
    for (; this.#table[at] !== 0; at = (at + 1) & mask) {
      if (this.#isAt(this.#table[at]! - 1, row, length)) return false;
    }
    this.#table[at] = this.#append(row, length) + 1;
    if (++this.#count * 2 > this.#table.length) this.#grow();
    return true;
  }

  #isAt(place: number, row: Uint32Array, length: number): boolean {
    if (this.#words[place] !== length) return false;
    for (let i = 0; i < length; i++) if (this.#words[place + 1 + i] !== row[i]) return false;
    return true;
  }

  #append(row: Uint32Array, length: number): number {
    const place = this.#used;
    this.#used += length + 1;
    if (this.#used > this.#words.length) {
      const words = new Uint32Array(Math.max(2 * this.#words.length, this.#used));
      words.set(this.#words);
      this.#words = words;
    }
    this.#words[place] = length;
    for (let i = 0; i < length; i++) this.#words[place + 1 + i] = row[i]!;
    return place;
  }

  #grow(): void {
    this.#table = new Uint32Array(2 * this.#table.length);
    const mask = this.#table.length - 1;
    for (let place = 0; place < this.#used; place += this.#words[place]! + 1) {
      const length = this.#words[place]!;
      let at = hash(this.#words.subarray(place + 1, place + 1 + length), length) & mask;
      while (this.#table[at] !== 0) at = (at + 1) & mask;
      this.#table[at] = place + 1;
    }
  }
}

/** Mixes every word into every bit (the finalizer of MurmurHash3 after each). */
function hash(row: Uint32Array, length: number): number {
  let mixed = length;
  for (let i = 0; i < length; i++) {
    mixed = Math.imul(mixed ^ row[i]!, 0x85ebca6b);
    mixed ^= mixed >>> 13;
    mixed = Math.imul(mixed, 0xc2b2ae35);
    mixed ^= mixed >>> 16;
  }
  return mixed >>> 0;
}
