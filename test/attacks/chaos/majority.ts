/** Which replicas the test has taken down, and since when a majority has been up. */

/** Keeps the time, so that a wait can be told from one that no cluster could have shortened. */
export class Majority {
  readonly #size: number;
  readonly #down = new Set<string>();
  /** Since when a majority is up, by `performance.now()`; undefined while none is. */
  #since: number | undefined = performance.now();

  constructor(size: number) {
    this.#size = size;
  }

  /** Replicas that may still be taken down without losing the majority. */
  get spare(): number {
    return Math.ceil(this.#size / 2) - 1 - this.#down.size;
  }

  isDown(id: string): boolean {
    return this.#down.has(id);
  }

  /** Must be called before the replica is touched. */
  down(id: string): void {
    this.#down.add(id);
    if (this.spare < 0) this.#since = undefined;
  }

  /** Must be called once the replica answers again. */
  up(id: string): void {
    this.#down.delete(id);
    if (this.spare >= 0) this.#since ??= performance.now();
  }

  /**
   * How long, in milliseconds, somebody has waited since `start` while a majority was up without a
   * break.
   */
  waited(start: number): number {
    return this.#since === undefined ? 0 : performance.now() - Math.max(start, this.#since);
  }
}
