/**
 * What the clients of a run were told, and whether all of it can be true (after Jepsen's list-append).
 *
 * Lists only grow, so an acknowledged append (its value and the length it made) fixes one place of the final
 * list, and a linearizable read must be at least as long as whatever was known before it began.
 */

/** The final lists by key. */
export type Lists = ReadonlyMap<string, readonly number[]>;

/** One run's ledger. */
export class Ledger {
  /** The first lie, if there was one. */
  broken: string | undefined;
  acknowledged = 0;
  reads = 0;
  /** By key: each place of the list that somebody has seen. */
  readonly #places = new Map<string, Map<number, number>>();
  /** By key: the length that everyone may rely on. */
  readonly #length = new Map<string, number>();

  /** The length that a linearizable read of `key` must reach if it begins now. */
  atLeast(key: string): number {
    return this.#length.get(key) ?? 0;
  }

  /** An append was acknowledged: `value` made the list `length` long. */
  appended(key: string, value: number, length: number): void {
    this.acknowledged++;
    this.#see(key, length - 1, value, 'the append of');
    this.#grow(key, length);
  }

  /** A read was answered. `atLeast` as it was when the read began; 0 for a stale one. */
  read(key: string, list: readonly number[], atLeast: number, linearizable: boolean): void {
    this.reads++;
    if (list.length < atLeast) {
      this.#break(`a read of ${key} saw ${list.length} values, though ${atLeast} were known before it began`);
    }
    list.forEach((value, place) => {
      this.#see(key, place, value, 'a read of');
    });
    if (linearizable) this.#grow(key, list.length);
  }

  /** Compares all that was told with the final lists of one replica. */
  compare(node: string, lists: Lists): void {
    for (const [key, list] of lists) {
      if (new Set(list).size < list.length) this.#break(`${node} has a command twice in ${key}: ${list}`);
    }
    for (const [key, places] of this.#places) {
      for (const [place, value] of places) {
        const there = lists.get(key)?.[place];
        if (there === value) continue;
        this.#break(
          `${node} has ${there ?? 'nothing'} at ${key}[${place}], where a client was told ${value}`,
        );
      }
    }
  }

  #see(key: string, place: number, value: number, how: string): void {
    const places = this.#places.get(key) ?? new Map<number, number>();
    this.#places.set(key, places);
    const other = places.get(place);
    if (other === undefined) places.set(place, value);
    else if (other !== value)
      this.#break(`${how} ${key} put ${value} at [${place}], where ${other} was seen`);
  }

  #grow(key: string, length: number): void {
    this.#length.set(key, Math.max(this.atLeast(key), length));
  }

  #break(what: string): void {
    this.broken ??= what;
  }
}
