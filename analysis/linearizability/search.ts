/**
 * The search for one linearization: Wing and Gong's algorithm (1993) with Lowe's memoisation (2017), in the
 * form of Horn and Kroening (2015) that Porcupine made known.
 *
 * Calls and returns stand in a list by time. The search takes any operation that has been called before the first
 * return still in the list and fits the state, lifts it out, and goes on; at a return it cannot pass, it puts
 * the last one back and tries the next. A pair of lifted operations and state is never visited twice.
 *
 * Operations that never returned have no return in the list: they may be lifted, and need not be.
 */
import type { Model, Operation } from './history.ts';

/** Where a search stands. */
export type SearchState = 'searching' | 'linearizable' | 'not linearizable';

/** A search that can be run a little at a time. */
export class Search<S, I, O> {
  state: SearchState = 'searching';
  /** The longest linearization found so far, as operation indexes in order. */
  longest: readonly number[] = [];
  readonly #model: Model<S, I, O>;
  readonly #operations: readonly Operation<I, O>[];
  // The list: slot 0 is its head; then calls and returns by time. 0 as next: the end.
  readonly #operationAt: Int32Array;
  readonly #isCall: Uint8Array;
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  readonly #returnSlot: Int32Array;
  // The lifted set as bits, and its bounds: all below `#low` are lifted, none from `#high` on.
  readonly #lifted: Uint32Array;
  #low = 0;
  #high = 0;
  #mustReturn = 0;
  #slot: number;
  #current: S;
  readonly #path: { readonly slot: number; readonly before: S; readonly high: number }[] = [];
  readonly #visited = new Set<string>();

  /** `operations` must be sorted by call. */
  constructor(model: Model<S, I, O>, operations: readonly Operation<I, O>[]) {
    this.#model = model;
    this.#operations = operations;
    this.#current = model.initial;
    this.#lifted = new Uint32Array((operations.length >> 5) + 1);
    const events: { readonly at: number; readonly operation: number; readonly isCall: boolean }[] = [];
    operations.forEach(({ calledAt, returnedAt }, operation) => {
      events.push({ at: calledAt, operation, isCall: true });
      if (returnedAt === undefined) return;
      events.push({ at: returnedAt, operation, isCall: false });
      this.#mustReturn++;
    });
    // At one instant calls come first: touching operations count as concurrent.
    events.sort((a, b) => a.at - b.at || Number(b.isCall) - Number(a.isCall) || a.operation - b.operation);
    const slots = events.length + 1;
    this.#operationAt = new Int32Array(slots);
    this.#isCall = new Uint8Array(slots);
    this.#next = new Int32Array(slots);
    this.#previous = new Int32Array(slots);
    this.#returnSlot = new Int32Array(operations.length);
    events.forEach(({ operation, isCall }, i) => {
      const slot = i + 1;
      this.#operationAt[slot] = operation;
      this.#isCall[slot] = isCall ? 1 : 0;
      this.#previous[slot] = i;
      this.#next[i] = slot;
      if (!isCall) this.#returnSlot[operation] = slot;
    });
    this.#slot = this.#next[0]!;
    if (this.#mustReturn === 0) this.state = 'linearizable';
  }

  /** Takes at most `steps` steps. */
  run(steps: number): SearchState {
    for (let i = 0; i < steps && this.state === 'searching'; i++) {
      if (this.#slot !== 0 && this.#isCall[this.#slot] === 1) this.#tryCall();
      else this.#backtrack();
    }
    return this.state;
  }

  #tryCall(): void {
    const slot = this.#slot;
    const operation = this.#operationAt[slot]!;
    const { input, output } = this.#operations[operation]!;
    const after = this.#model.step(this.#current, input, output);
    if (after !== undefined) {
      const high = this.#high;
      this.#mark(operation);
      const key = this.#key(after.state);
      if (!this.#visited.has(key)) {
        this.#visited.add(key);
        this.#path.push({ slot, before: this.#current, high });
        this.#current = after.state;
        this.#lift(slot, operation);
        this.#slot = this.#next[0]!;
        return;
      }
      this.#unmark(operation, high);
    }
    this.#slot = this.#next[slot]!;
  }

  #backtrack(): void {
    const last = this.#path.pop();
    if (last === undefined) {
      this.state = 'not linearizable';
      return;
    }
    const operation = this.#operationAt[last.slot]!;
    this.#current = last.before;
    this.#unmark(operation, last.high);
    this.#putBack(last.slot, operation);
    this.#slot = this.#next[last.slot]!;
  }

  #mark(operation: number): void {
    this.#lifted[operation >> 5]! |= 1 << (operation & 31);
    if (operation >= this.#high) this.#high = operation + 1;
    while (this.#low < this.#high && this.#isLifted(this.#low)) this.#low++;
  }

  #unmark(operation: number, high: number): void {
    this.#lifted[operation >> 5]! &= ~(1 << (operation & 31));
    this.#high = high;
    if (operation < this.#low) this.#low = operation;
  }

  #isLifted(operation: number): boolean {
    return (this.#lifted[operation >> 5]! & (1 << (operation & 31))) !== 0;
  }

  /** The lifted set and the state, exactly: only the bits between the bounds need to be told. */
  #key(state: S): string {
    let key = `${this.#low}`;
    for (let word = this.#low >> 5; word <= (this.#high - 1) >> 5; word++) key += `,${this.#lifted[word]}`;
    return `${key};${this.#model.key(state)}`;
  }

  #lift(slot: number, operation: number): void {
    this.#unlink(slot);
    if (this.#path.length > this.longest.length)
      this.longest = this.#path.map((p) => this.#operationAt[p.slot]!);
    if (this.#operations[operation]!.returnedAt === undefined) return;
    this.#unlink(this.#returnSlot[operation]!);
    if (--this.#mustReturn === 0) this.state = 'linearizable';
  }

  #putBack(slot: number, operation: number): void {
    if (this.#operations[operation]!.returnedAt !== undefined) {
      this.#relink(this.#returnSlot[operation]!);
      this.#mustReturn++;
    }
    this.#relink(slot);
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
