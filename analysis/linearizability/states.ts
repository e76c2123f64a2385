/** The states that a search has seen, each with a number. */
import type { Model } from './history.ts';

/** What a state costs beside its key, in bytes, about. */
const BYTES_PER_STATE = 100;

/** States by number. */
export class States<S> {
  /** Bytes in use, about. */
  bytes = 0;
  readonly #key: (state: S) => string;
  readonly #states: S[] = [];
  readonly #keys: string[] = [];
  readonly #ids = new Map<string, number>();

  constructor(model: Model<S, never, never>) {
    this.#key = (state) => model.key(state);
  }

  at(id: number): S {
    return this.#states[id]!;
  }

  keyAt(id: number): string {
    return this.#keys[id]!;
  }

  /** Equal states have one number. */
  idOf(state: S): number {
    const key = this.#key(state);
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const id = this.#states.push(state) - 1;
    this.#keys.push(key);
    this.#ids.set(key, id);
    this.bytes += 2 * key.length + BYTES_PER_STATE;
    return id;
  }
}
