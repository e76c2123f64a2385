/**
 * The search for one linearization: Wing and Gong's algorithm (1993) with Lowe's memoisation
 * (2017), in the form of Horn and Kroening (2015), as used by Porcupine.
 *
 * Calls and returns stand in a list by time. The search takes any operation that has been called
 * before the first return still in the list and fits the state, lifts it out, and continues; at a
 * return it cannot pass, it puts the last one back and tries the next. A pair of lifted operations
 * and state is never tried twice.
 *
 * Operations that never returned have no return in the list: they may be lifted, and need not be.
 * Those that may have happened before the history begins may be lifted as if they had, at their
 * return.
 *
 * Cuts leave out orders that cannot matter:
 * - A read that fits now goes now, and nothing else is tried: it changes nothing, so an order in
 *   which it comes later is as good with it here.
 * - Of two operations that do and answer the same, the one that was called and returned first goes
 *   first: in any order they could change places.
 * - An operation that need not happen goes only right before one that would not come out the same
 *   without it: otherwise the order is as good without it.
 * - A value that some operation must still find is not overwritten by the last one that could leave
 *   it (`value-needs.ts`).
 * - A text or list that only grows must be the beginning of what is still to be found in its place
 *   (`growing-values.ts`).
 */
import { EventList } from './event-list.ts';
import { GrowingValues } from './growing-values.ts';
import type { Model, Operation } from './history.ts';
import { LiftedSet } from './lifted-set.ts';
import { States } from './states.ts';
import { ValueNeeds } from './value-needs.ts';
import { VisitedRows } from './visited-rows.ts';

/** Where a search stands. */
export type SearchState = 'searching' | 'linearizable' | 'not linearizable';

/** Steps between two checks of the budget. */
const STEPS_BETWEEN_CHECKS = 4_096;

// How an operation came to be lifted: others can be tried instead; it may as well go now as later;
// or it happened before the history begins.
const TRIED = 0;
const ONLY = 1;
const PASSED = 2;

const ILLEGAL = -1;
const NONE = -1;

/** A search that can be run a little at a time. */
export class Search<S, I, O> {
  state: SearchState = 'searching';
  /**
   * Of the orders found so far one with the most operations that must happen, and few others:
   * operation indexes.
   */
  longest: readonly number[] = [];
  #leastLeft = Number.POSITIVE_INFINITY;
  readonly #model: Model<S, I, O>;
  readonly #operations: readonly Operation<I, O>[];
  readonly #list: EventList;
  readonly #lifted: LiftedSet;
  readonly #states: States<S>;
  readonly #needs: ValueNeeds | undefined;
  readonly #growing: GrowingValues<S> | undefined;
  readonly #visited = new VisitedRows();
  readonly #twins: Int32Array;
  /** A buffer for a configuration: the state, and the set of lifted operations. */
  readonly #row: Uint32Array;
  #current: number;
  /** The configuration has just been come to: nothing has been tried in it yet. */
  #isNew = true;
  /** What to try next. */
  #slot = 0;
  // The way here: what was lifted, the state before, and how.
  #depth = 0;
  readonly #pathSlot: Int32Array;
  readonly #pathBefore: Int32Array;
  readonly #pathWay: Uint8Array;

  /**
   * `operations` must be sorted by call. Begins in `from`. With `toTheEnd`, goes on where it is
   * known already that no order can be completed, to see how far one goes.
   */
  constructor(
    model: Model<S, I, O>,
    operations: readonly Operation<I, O>[],
    { from = model.initial, toTheEnd = false }: { readonly from?: S; readonly toTheEnd?: boolean } = {},
  ) {
    this.#model = model;
    this.#operations = operations;
    this.#list = new EventList(operations);
    const isOptional = (operation: number) => this.#list.isOptional(operation);
    this.#lifted = new LiftedSet(operations.length, isOptional);
    this.#needs = toTheEnd ? undefined : ValueNeeds.of(model, operations, isOptional);
    this.#growing = toTheEnd ? undefined : GrowingValues.of(model, operations, isOptional);
    this.#row = new Uint32Array(this.#lifted.size + 1);
    this.#twins = twins(operations, isOptional);
    this.#states = new States(model);
    this.#current = this.#states.idOf(from);
    this.#pathSlot = new Int32Array(operations.length);
    this.#pathBefore = new Int32Array(operations.length);
    this.#pathWay = new Uint8Array(operations.length);
    if (this.#list.mustHappen === 0) this.state = 'linearizable';
  }

  /** About how many bytes are in use. */
  get bytes(): number {
    return this.#visited.bytes + this.#states.bytes;
  }

  /** Takes at most `steps` steps, fewer if `isOver` says so. */
  run(steps: number, isOver: () => boolean = () => false): SearchState {
    for (let i = 1; i <= steps && this.state === 'searching'; i++) {
      this.#step();
      if (i % STEPS_BETWEEN_CHECKS === 0 && isOver()) break;
    }
    return this.state;
  }

  #step(): void {
    if (this.#isNew) {
      if (this.#goWithoutAThought()) return;
      this.#isNew = false;
      if (this.#isDeadEnd() || !this.#remember()) {
        this.#backtrack();
        return;
      }
      this.#slot = this.#list.first;
    }
    if (this.#slot === 0) {
      this.#backtrack();
      return;
    }
    const operation = this.#list.operationAt(this.#slot);
    if (this.#list.isCall(this.#slot)) {
      const after = this.#tryNow(operation);
      if (after === ILLEGAL) this.#slot = this.#list.next(this.#slot);
      else this.#lift(this.#slot, after, TRIED);
    } else if (this.#list.isOptional(operation)) {
      // Its last moment is over: it happened before all this. Nothing behind its return can be
      // tried instead.
      this.#lift(this.#list.callSlot(operation), this.#current, PASSED);
    } else this.#backtrack();
  }

  /** Lifts what may as well go now as later, if there is such an operation. */
  #goWithoutAThought(): boolean {
    const slots: number[] = [];
    for (let slot = this.#list.first; this.#list.isCall(slot); slot = this.#list.next(slot)) {
      const operation = this.#list.operationAt(slot);
      const { input, output } = this.#operations[operation]!;
      if (!this.#list.isOptional(operation) && this.#model.isRead(input, output)) {
        if (this.#after(this.#current, operation) === this.#current) {
          this.#lift(slot, this.#current, ONLY);
          return true;
        }
      }
      slots.push(slot);
    }
    // Where the state is not known, a read may yet say what it is.
    if (this.#needs === undefined || this.#isUnknown()) return false;
    const write = this.#needs.harmless(slots.map((slot) => this.#list.operationAt(slot)));
    if (write === undefined) return false;
    const slot = slots.find((slot) => this.#list.operationAt(slot) === write)!;
    this.#lift(slot, this.#after(this.#current, write), ONLY);
    return true;
  }

  #isUnknown(): boolean {
    return this.#model.isUnknown(this.#states.at(this.#current));
  }

  /** Whether something that is left can no longer find what it must. */
  #isDeadEnd(): boolean {
    const isUnknown = this.#isUnknown();
    if (this.#growing !== undefined && !isUnknown && !this.#growing.allows(this.#states.at(this.#current)))
      return true;
    if (this.#needs === undefined) return false;
    return !this.#needs.allows(this.#states.keyAt(this.#current), isUnknown);
  }

  /** The state after the operation, if it can go now and is worth trying. */
  #tryNow(operation: number): number {
    const twin = this.#twins[operation]!;
    if (twin !== NONE && !this.#lifted.has(twin)) return ILLEGAL;
    const after = this.#after(this.#current, operation);
    if (after === ILLEGAL) return ILLEGAL;
    if (after === this.#current && this.#list.isOptional(operation)) return ILLEGAL;
    return this.#wasLastInVain(operation, after) ? ILLEGAL : after;
  }

  /**
   * Whether the last operation need not have happened, and `operation` would come to the same state
   * without it.
   */
  #wasLastInVain(operation: number, after: number): boolean {
    if (this.#depth === 0 || this.#pathWay[this.#depth - 1] !== TRIED) return false;
    const last = this.#list.operationAt(this.#pathSlot[this.#depth - 1]!);
    return (
      this.#list.isOptional(last) && this.#after(this.#pathBefore[this.#depth - 1]!, operation) === after
    );
  }

  #after(state: number, operation: number): number {
    const { input, output } = this.#operations[operation]!;
    const before = this.#states.at(state);
    const after = this.#model.step(before, input, output);
    if (after === undefined) return ILLEGAL;
    return after.state === before ? state : this.#states.idOf(after.state);
  }

  /** False if this configuration is known. */
  #remember(): boolean {
    this.#row[0] = this.#current;
    return this.#visited.add(this.#row, this.#lifted.write(this.#row, 1));
  }

  #lift(slot: number, after: number, way: number): void {
    this.#pathSlot[this.#depth] = slot;
    this.#pathBefore[this.#depth] = this.#current;
    this.#pathWay[this.#depth] = way;
    this.#depth++;
    this.#lifted.add(this.#list.operationAt(slot));
    this.#list.lift(slot);
    this.#needs?.lift(this.#list.operationAt(slot));
    this.#growing?.lift(this.#list.operationAt(slot));
    this.#current = after;
    this.#isNew = true;
    if (this.#list.mustHappen > 0) return;
    this.state = 'linearizable';
    this.#keepLongest();
  }

  /** Puts back what was lifted last, and goes on behind it; with it all that had no alternative. */
  #backtrack(): void {
    this.#keepLongest();
    while (this.#depth > 0) {
      const slot = this.#pathSlot[--this.#depth]!;
      this.#current = this.#pathBefore[this.#depth]!;
      this.#list.putBack(slot);
      this.#needs?.putBack(this.#list.operationAt(slot));
      this.#growing?.putBack(this.#list.operationAt(slot));
      this.#lifted.delete(this.#list.operationAt(slot));
      if (this.#pathWay[this.#depth] !== TRIED) continue;
      this.#slot = this.#list.next(slot);
      return;
    }
    this.state = 'not linearizable';
  }

  #keepLongest(): void {
    const left = this.#list.mustHappen;
    if (left > this.#leastLeft || (left === this.#leastLeft && this.#depth >= this.longest.length)) return;
    this.#leastLeft = left;
    const longest: number[] = [];
    for (let i = 0; i < this.#depth; i++) {
      if (this.#pathWay[i] !== PASSED) longest.push(this.#list.operationAt(this.#pathSlot[i]!));
    }
    this.longest = longest;
  }
}

/**
 * By operation: one that does and answers the same, was called no later and returned no later; or
 * NONE.
 */
function twins(
  operations: readonly Operation<unknown, unknown>[],
  isOptional: (operation: number) => boolean,
): Int32Array {
  const returned = (operation: number) => operations[operation]!.returnedAt ?? Number.POSITIVE_INFINITY;
  const byKind = new Map<string, number[]>();
  return Int32Array.from(operations, ({ input, output }, operation) => {
    const kind = JSON.stringify([input, output, isOptional(operation)]);
    const same = byKind.get(kind) ?? [];
    byKind.set(kind, same);
    const twin = same.findLast((other) => returned(other) <= returned(operation));
    same.push(operation);
    return twin ?? NONE;
  });
}
