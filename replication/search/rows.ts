/** Rows of numbers in large blocks, of which those that are no longer needed are given back. */
import type { Row } from './model.ts';

const ROWS_A_BLOCK = 1 << 13;

/** Rows in the order in which they were added, from the oldest that is kept. */
export class Rows {
  length = 0;
  readonly #width: number;
  #blocks: (Int32Array | undefined)[] = [];

  constructor(width: number) {
    this.#width = width;
  }

  /** Bytes of memory. */
  get bytes(): number {
    return this.#blocks.filter((block) => block !== undefined).length * ROWS_A_BLOCK * this.#width * 4;
  }

  add(row: Row): void {
    const place = this.length % ROWS_A_BLOCK;
    if (place === 0) this.#blocks.push(new Int32Array(ROWS_A_BLOCK * this.#width));
    this.#blocks.at(-1)!.set(row, place * this.#width);
    this.length++;
  }

  /** Copies a row into `to`. */
  get(index: number, to: Row): void {
    const start = (index % ROWS_A_BLOCK) * this.#width;
    const block = this.#blocks[Math.floor(index / ROWS_A_BLOCK)]!;
    for (let i = 0; i < this.#width; i++) to[i] = block[start + i]!;
  }

  /** Rows before this one are no longer needed. */
  forget(before: number): void {
    const block = Math.floor(before / ROWS_A_BLOCK);
    if (block > 0) this.#blocks[block - 1] = undefined;
  }
}

/** Whole numbers, as many as there are to be. */
export class Numbers {
  length = 0;
  #values = new Int32Array(1 << 12);

  /** Bytes of memory. */
  get bytes(): number {
    return this.#values.byteLength;
  }

  push(value: number): void {
    if (this.length === this.#values.length) {
      const values = new Int32Array(2 * this.length);
      values.set(this.#values);
      this.#values = values;
    }
    this.#values[this.length++] = value;
  }

  get(index: number): number {
    return this.#values[index]!;
  }

  set(index: number, value: number): void {
    this.#values[index] = value;
  }
}
