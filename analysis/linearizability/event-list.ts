/**
 * Calls and returns in the order of time, as a list from which an operation can be lifted and put
 * back in constant time. Operations that never returned have no return in it.
 */
import type { Operation } from './history.ts';

/** The list. Slot 0 is its head; then calls and returns by time. Slot 0 as next: the end. */
export class EventList {
  /** How many operations are still in the list that must happen. */
  mustHappen = 0;
  readonly #operationAt: Int32Array;
  readonly #isCall: Uint8Array;
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  readonly #callSlot: Int32Array;
  /** By operation; 0: it never returned. */
  readonly #returnSlot: Int32Array;
  /** By operation: it need not happen. */
  readonly #isOptional: Uint8Array;

  constructor(operations: readonly Operation<unknown, unknown>[]) {
    const events: { readonly at: number; readonly operation: number; readonly isCall: boolean }[] = [];
    operations.forEach(({ calledAt, returnedAt }, operation) => {
      events.push({ at: calledAt, operation, isCall: true });
      if (returnedAt !== undefined) events.push({ at: returnedAt, operation, isCall: false });
    });
    // At one instant calls come first: touching operations count as concurrent.
    events.sort((a, b) => a.at - b.at || Number(b.isCall) - Number(a.isCall) || a.operation - b.operation);
    const slots = events.length + 1;
    this.#operationAt = new Int32Array(slots);
    this.#isCall = new Uint8Array(slots);
    this.#next = new Int32Array(slots);
    this.#previous = new Int32Array(slots);
    this.#returnSlot = new Int32Array(operations.length);
    this.#callSlot = new Int32Array(operations.length);
    this.#isOptional = Uint8Array.from(operations, ({ returnedAt, early }) =>
      returnedAt === undefined || early ? 1 : 0,
    );
    this.mustHappen = this.#isOptional.reduce((count, optional) => count + 1 - optional, 0);
    events.forEach(({ operation, isCall }, i) => {
      const slot = i + 1;
      this.#operationAt[slot] = operation;
      this.#isCall[slot] = isCall ? 1 : 0;
      this.#previous[slot] = i;
      this.#next[i] = slot;
      if (isCall) this.#callSlot[operation] = slot;
      else this.#returnSlot[operation] = slot;
    });
  }

  get first(): number {
    return this.#next[0]!;
  }

  next(slot: number): number {
    return this.#next[slot]!;
  }

  /** False for a return, and for the end. */
  isCall(slot: number): boolean {
    return this.#isCall[slot] === 1;
  }

  operationAt(slot: number): number {
    return this.#operationAt[slot]!;
  }

  callSlot(operation: number): number {
    return this.#callSlot[operation]!;
  }

  /** Whether the operation need not happen: it never returned, or may have happened before. */
  isOptional(operation: number): boolean {
    return this.#isOptional[operation] === 1;
  }

  /** Takes the operation out that is called at `slot`. */
  lift(slot: number): void {
    const operation = this.#operationAt[slot]!;
    const returned = this.#returnSlot[operation]!;
    this.#unlink(slot);
    if (returned !== 0) this.#unlink(returned);
    if (!this.isOptional(operation)) this.mustHappen--;
  }

  /** Puts back what was lifted last. */
  putBack(slot: number): void {
    const operation = this.#operationAt[slot]!;
    const returned = this.#returnSlot[operation]!;
    if (returned !== 0) this.#relink(returned);
    this.#relink(slot);
    if (!this.isOptional(operation)) this.mustHappen++;
  }

  #unlink(slot: number): void {
    const next = this.#next[slot]!;
    const previous = this.#previous[slot]!;
    this.#next[previous] = next;
    if (next !== 0) this.#previous[next] = previous;
  }

  #relink(slot: number): void {
    const next = this.#next[slot]!;
    this.#next[this.#previous[slot]!] = slot;
    if (next !== 0) this.#previous[next] = slot;
  }
}
