/**
 * Token buckets: a burst for each key, and a refill rate per second. Times are given in
 * milliseconds; nothing here reads a clock.
 */

export interface RateOptions {
  /** How many at once. */
  readonly burst: number;
  readonly perSecond: number;
  /** Keys to remember at most; the longest unused begins anew. */
  readonly keys: number;
}

/** What of each key is left. */
export class Rates {
  readonly #options: RateOptions;
  /** The longest unused first. */
  readonly #buckets = new Map<string, { left: number; at: number }>();

  constructor(options: RateOptions) {
    this.#options = options;
  }

  /** Takes one, if there is one. */
  take(key: string, now: number): boolean {
    const { burst, perSecond, keys } = this.#options;
    const bucket = this.#buckets.get(key) ?? { left: burst, at: now };
    const left = Math.min(burst, bucket.left + ((now - bucket.at) / 1000) * perSecond);
    this.#buckets.delete(key);
    this.#buckets.set(key, { left: left < 1 ? left : left - 1, at: now });
    if (this.#buckets.size > keys) this.#buckets.delete(this.#buckets.keys().next().value!);
    return left >= 1;
  }

  /** Gives one back. */
  give(key: string): void {
    const bucket = this.#buckets.get(key);
    if (bucket) bucket.left = Math.min(this.#options.burst, bucket.left + 1);
  }
}
