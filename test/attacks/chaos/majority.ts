/** Which replicas the test has taken down, and since when a majority has been up. */

/** Measures only waits that a cluster could have avoided, because a majority was up. */
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
   * How long, in milliseconds, a wait that began at `start` has lasted while a majority was up
   * without interruption.
   */
  waited(start: number): number {
    return this.#since === undefined ? 0 : performance.now() - Math.max(start, this.#since);
  }
}
