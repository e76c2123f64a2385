/**
 * The agenda of a simulated world: a binary heap of immutable items, earliest first, ties in order
 * of entry.
 */

/** Something due at a virtual time. */
export interface Timed {
  /** Virtual microseconds. */
  readonly at: number;
  /** Unique and increasing: breaks ties, so that the order never depends on the heap's shape. */
  readonly order: number;
}

function isBefore(a: Timed, b: Timed): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

/** A priority queue over `Timed` items. */
export class TimedQueue<T extends Timed> {
  readonly #heap: T[];

  constructor(heap: T[] = []) {
    this.#heap = heap;
  }

  get size(): number {
    return this.#heap.length;
  }

  /** The earliest item, left in place. */
  peek(): T | undefined {
    return this.#heap[0];
  }

  push(item: T): void {
    const heap = this.#heap;
    let hole = heap.length;
    heap.push(item);
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      if (!isBefore(item, heap[parent]!)) break;
      heap[hole] = heap[parent]!;
      hole = parent;
    }
    heap[hole] = item;
  }

  /** Takes the earliest item out. */
  pop(): T | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (heap.length === 0 || last === undefined) return first;
    let hole = 0;
    for (;;) {
      let child = 2 * hole + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, last)) break;
      heap[hole] = heap[child]!;
      hole = child;
    }
    heap[hole] = last;
    return first;
  }

  /** Takes the earliest of the items that `is` picks out, if there is one. */
  take(is: (item: T) => boolean): T | undefined {
    const found = this.#heap.filter(is).sort((a, b) => (isBefore(a, b) ? -1 : 1))[0];
    if (found === undefined) return undefined;
    for (const item of this.#heap.splice(0)) if (item !== found) this.push(item);
    return found;
  }

  /** All items, in no particular order. */
  items(): readonly T[] {
    return this.#heap;
  }

  clone(): TimedQueue<T> {
    return new TimedQueue(this.#heap.slice());
  }
}
