/**
 * One timeline of a run: a history, and all that was seen of it so far (its track), also what comes
 * after the instant that is shown. Going back and doing something else makes another timeline.
 */
import type { ProtocolRequest } from '../../../replication/index.ts';
import type { KeyValueProtocol } from '../../../replication/sim/index.ts';
import type { EventRecord } from '../../../vm/index.ts';
import type { Input, SimEvent } from '../../../vm/sim/index.ts';
import { type AnyHistory, type AnyWorld, openRun, protocolOf, type Run, type Setup, setupOf } from './run.ts';
import { openScript, type Script } from './script.ts';
import { isNotable, type Row, Track } from './track.ts';

export type Action = Input<ProtocolRequest>['action'];

/** What one step was. */
export interface TimelineStep {
  readonly cause: SimEvent<unknown> | { readonly type: 'input'; readonly action: Action } | undefined;
  /**
   * The machine's Lamport clock before it, and the stamp of the message that was first in its
   * inbox.
   */
  readonly before: number;
  readonly stamp: number | undefined;
  /** The machine's ticks before it. */
  readonly ticks: number;
  readonly records: readonly EventRecord[];
}

/** Where a timeline branched off. */
export interface Origin {
  readonly parent: Timeline;
  readonly steps: number;
  /** Virtual microseconds. */
  readonly atUs: number;
  /** What was done there. */
  readonly action: string;
}

const NOTHING: TimelineStep = { cause: undefined, before: 0, stamp: undefined, ticks: 0, records: [] };

export class Timeline {
  readonly setup: Setup;
  readonly protocol: KeyValueProtocol | undefined;
  /** The scenario that it plays, if it does. */
  readonly script: Script | undefined;
  /** `A`, `B`, ... */
  readonly name: string;
  /** Undefined for the first. */
  readonly origin: Origin | undefined;
  step: TimelineStep = NOTHING;
  /** The last step in which something notable happened. */
  lastNotable: TimelineStep = NOTHING;
  readonly track: Track;
  /** The latest virtual time that was shown, in microseconds: a scenario's end is known before. */
  seenUs = 0;
  #history!: AnyHistory;
  /** What the step under way has recorded. */
  #records: EventRecord[] = [];

  private constructor(setup: Setup, name: string, origin: Origin | undefined, track: Track) {
    this.setup = setupOf(setup);
    this.name = name;
    this.origin = origin;
    this.track = track;
    this.protocol = protocolOf(setup);
    this.script = 'script' in setup ? openScript(setup.script) : undefined;
  }

  /**
   * The timeline of a run, at the run's instant. Throws a RangeError if the run is impossible.
   */
  static open(run: Run): Timeline {
    const timeline = new Timeline(run, 'A', undefined, new Track());
    const { script, track } = timeline;
    const isTold = script?.inputs.every((input, i) => isSame(input, run.inputs[i])) === true;
    const furthest = Math.max(
      ...[run.steps, isTold ? script!.steps : 0],
      ...run.inputs.map(({ steps }) => steps),
    );
    timeline.#history = openRun({ ...run, steps: furthest }, timeline.#observer, (world) => {
      track.add(world, timeline.#take());
    });
    timeline.travel(run.steps);
    return timeline;
  }

  /** Another timeline with the same past, whose future is its own. */
  branch(name: string, action: string): Timeline {
    const { steps, now } = this.world;
    const origin = { parent: this, steps, atUs: now, action };
    const copy = new Timeline(this.setup, name, origin, this.track.until(steps));
    copy.#history = this.#history.branch(copy.#observer);
    return copy;
  }

  get #observer() {
    return { event: (record: EventRecord) => void this.#records.push(record) };
  }

  get world(): AnyWorld {
    return this.#history.world;
  }

  /** This timeline as plain data. */
  get run(): Run {
    return { ...this.setup, inputs: this.#history.inputs, steps: this.world.steps };
  }

  /** How many simulation events of this timeline have been seen. */
  get furthest(): number {
    return this.track.steps;
  }

  /** Whether the future is known. */
  get isInPast(): boolean {
    return this.world.steps < this.furthest;
  }

  /** The rows up to the instant that is shown. */
  get rows(): readonly Row[] {
    return this.track.rowsUntil(this.world.steps);
  }

  /** Lets the next thing happen. */
  forward(): void {
    const { next } = this.world;
    if (next !== undefined) this.#watch(next, () => this.#history.forward());
  }

  /** Lets virtual time pass. */
  advance(us: number): void {
    const until = this.world.now + us;
    for (let at = this.world.nextAt; at !== undefined && at <= until; at = this.world.nextAt) this.forward();
    this.world.now = Math.max(this.world.now, until);
  }

  /** Lets things happen until one is notable, or `most` have happened. Returns whether one was. */
  forwardToNote(most: number): boolean {
    for (let i = 0; i < most; i++) {
      this.forward();
      if (this.lastNotable === this.step) return true;
    }
    return false;
  }

  /** Goes to the instant after `steps` simulation events. */
  travel(steps: number): void {
    this.step = this.lastNotable = NOTHING;
    this.#history.seek(Math.max(0, steps - 1));
    while (this.world.steps < steps && this.world.next !== undefined) this.forward();
  }

  /** Goes to a virtual time, in microseconds, as far as it has been seen. */
  travelTo(us: number): void {
    this.travel(this.track.stepsAt(us));
  }

  /** Does something to the world, now. Not for instants in the past: `branch` first. */
  do(action: Action): void {
    this.#watch({ type: 'input', action }, () => this.#history.do(action));
  }

  #watch(cause: NonNullable<TimelineStep['cause']>, act: () => void): void {
    const state = 'node' in cause ? this.world.node(cause.node).machine.state : undefined;
    const first = state?.inbox[0];
    const stamp = first !== undefined && 'envelope' in first ? first.envelope.lamport : undefined;
    const before = state?.lamport ?? 0;
    const ticks = state?.ticks ?? 0;
    this.#take();
    try {
      act();
    } finally {
      const records = this.#take();
      this.step = { cause, before, stamp, ticks, records };
      if (cause.type === 'input' || records.some(isNotable)) this.lastNotable = this.step;
      if (cause.type === 'input' || this.world.steps > this.furthest) this.track.add(this.world, records);
    }
  }

  #take(): EventRecord[] {
    const records = this.#records;
    this.#records = [];
    return records;
  }
}

/** Whether two inputs are the same. */
export function isSame(a: Input<ProtocolRequest>, b: Input<ProtocolRequest> | undefined): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
