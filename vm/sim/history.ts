/**
 * The history of a world: go to any past instant, and branch into another future.
 *
 * Inputs are few and small, worlds are large: the history keeps every input, checkpoints of the
 * world every so often, and reaches an instant by replaying from the nearest checkpoint before it.
 * Checkpoints get sparser with age, so that memory grows with the logarithm of the run's length.
 */
import type { WorldAction } from './actions.ts';
import type { WorldObserver } from './observer.ts';
import type { World } from './world.ts';

/**
 * An action and when it was done: after how many simulation events, and at what virtual
 * microsecond.
 */
export interface Input<Q> {
  readonly steps: number;
  readonly atUs: number;
  readonly action: Exclude<WorldAction<Q>, { type: 'step' | 'advance' }>;
}

/**
 * Checkpoints kept of each generation: the newest every `CHECKPOINT_STEPS` steps, older ones at
 * twice the distance, and so on.
 */
const CHECKPOINT_STEPS = 256;
const CHECKPOINTS_PER_GENERATION = 16;

interface Checkpoint<S, M, Q> {
  readonly world: World<S, M, Q>;
  /** How many inputs it has seen: none of those given directly after its last simulation event. */
  readonly applied: number;
}

/** A world with a past. Once a world has a history, change it only through this object. */
export class History<S, M, Q> {
  /** The world at the current instant. Replaced by travelling: do not keep it. */
  world: World<S, M, Q>;
  readonly #observer: WorldObserver;
  #inputs: Input<Q>[] = [];
  /** How many inputs the current world has seen; the rest are its known future. */
  #applied = 0;
  #checkpoints: Checkpoint<S, M, Q>[];

  /**
   * Begins at `world`, which is cloned. `observer` watches what happens going forward; travel is
   * silent.
   */
  constructor(world: World<S, M, Q>, observer: WorldObserver = {}) {
    this.#observer = observer;
    this.world = world.clone(observer);
    this.#checkpoints = [{ world: world.clone(), applied: 0 }];
  }

  /**
   * All inputs, earliest first: those of the past, then, after travelling back, those of the known
   * future.
   */
  get inputs(): readonly Input<Q>[] {
    return this.#inputs;
  }

  /** Lets `count` things happen; inputs of the known future are given again at their instants. */
  forward(count = 1): void {
    this.#giveDue();
    for (let i = 0; i < count && this.#step(); i++) this.#giveDue();
  }

  /** Lets virtual time pass. */
  advance(us: number): void {
    const until = this.world.now + us;
    this.#giveDue(until);
    while (!this.#inputAhead && (this.world.nextAt ?? Number.POSITIVE_INFINITY) <= until) {
      this.#step();
      this.#giveDue(until);
    }
    this.world.now = until;
  }

  /** Does an action now. A known future is discarded: `branch` first to keep it. */
  do(action: Input<Q>['action']): void {
    const { steps, now: atUs } = this.world;
    // First of all: an action that the world refuses does not belong in its past.
    this.world.do(action);
    this.#forgetFuture();
    this.#inputs.push({ steps, atUs, action });
    this.#applied++;
  }

  /** Goes to the instant after `steps` simulation events and all inputs given there. */
  seek(steps: number): void {
    const start = this.#checkpoints.findLast(({ world }) => world.steps <= steps) ?? this.#checkpoints[0]!;
    this.world = start.world.clone();
    this.#applied = start.applied;
    this.#giveDue();
    while (this.world.steps < steps && this.world.step()) this.#giveDue();
    this.world = this.world.clone(this.#observer);
  }

  /** One simulation event back. Stays at the beginning. */
  back(): void {
    this.seek(Math.max(this.#checkpoints[0]!.world.steps, this.world.steps - 1));
  }

  /** A second history with the same past: its future is its own. */
  branch(observer: WorldObserver = {}): History<S, M, Q> {
    const copy = new History(this.world, observer);
    copy.#inputs = this.#inputs.slice();
    copy.#applied = this.#applied;
    copy.#checkpoints = this.#checkpoints.slice();
    copy.#forgetFuture();
    return copy;
  }

  #step(): boolean {
    const stepped = this.world.step();
    if (stepped && this.world.steps % CHECKPOINT_STEPS === 0) this.#checkpoint();
    return stepped;
  }

  /** Whether an input of the known future comes before the next simulation event. */
  get #inputAhead(): boolean {
    return this.#inputs[this.#applied]?.steps === this.world.steps;
  }

  /**
   * Gives the inputs that were given between the last simulation event and the next, as far as
   * `until` (microseconds).
   */
  #giveDue(until = Number.POSITIVE_INFINITY): void {
    while (this.#inputAhead && this.#inputs[this.#applied]!.atUs <= until) {
      const { atUs, action } = this.#inputs[this.#applied++]!;
      this.world.now = atUs;
      this.world.do(action);
    }
  }

  #forgetFuture(): void {
    this.#inputs.length = this.#applied;
    const { steps } = this.world;
    this.#checkpoints = this.#checkpoints.filter(({ world }, i) => i === 0 || world.steps <= steps);
  }

  #checkpoint(): void {
    const newest = this.world.steps;
    if (this.#checkpoints.some(({ world }) => world.steps >= newest)) return;
    this.#checkpoints.push({ world: this.world.clone(), applied: this.#applied });
    this.#checkpoints = this.#checkpoints.filter(({ world }, i) => {
      const age = (newest - world.steps) / CHECKPOINT_STEPS;
      // How often the age doubles: the bits of a whole number, the same in every engine as a
      // logarithm need not be.
      const generation = 32 - Math.clz32((age + 1) / CHECKPOINTS_PER_GENERATION);
      return i === 0 || world.steps % (CHECKPOINT_STEPS * 2 ** generation) === 0;
    });
  }
}
