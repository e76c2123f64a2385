/**
 * One timeline of a run: a history, the latest event rows before its instant, and what the last
 * step was. Travelling back refills both by replaying the last stretch, so nothing has to be kept.
 */
import type { ProtocolRequest } from '../../replication/index.ts';
import type { KeyValueProtocol } from '../../replication/sim/index.ts';
import type { EventRecord } from '../../vm/index.ts';
import type { Input, SimEvent, WorldObserver } from '../../vm/sim/index.ts';
import {
  type AnyHistory,
  type AnyWorld,
  openRun,
  protocolOf,
  type Run,
  type Setup,
  watchRun,
} from './run.ts';

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

/** A row of the event list; `number` tells rows apart. */
export interface Row {
  readonly number: number;
  readonly record: EventRecord;
}

/**
 * How many simulation events are replayed to fill the list after travelling, and how many rows the
 * list keeps.
 */
const WINDOW_STEPS = 300;
const MOST_ROWS = 150;

const NOTHING: TimelineStep = { cause: undefined, before: 0, stamp: undefined, ticks: 0, records: [] };

export class Timeline {
  readonly setup: Setup;
  readonly protocol: KeyValueProtocol | undefined;
  /** `A`, `B`, ... */
  readonly name: string;
  /** The action at which this timeline branched off; empty for the first. */
  readonly origin: string;
  /** The latest rows, oldest first. */
  rows: Row[] = [];
  step: TimelineStep = NOTHING;
  /** The last step in which something notable happened. */
  lastNotable: TimelineStep = NOTHING;
  /** How many simulation events of this timeline have been seen. */
  furthest: number;
  #history: AnyHistory;
  /** What the step under way has recorded; nothing is recorded outside of steps. */
  #records: EventRecord[] | undefined;
  #rowCount = 0;

  private constructor(
    setup: Setup,
    name: string,
    origin: string,
    open: (observer: WorldObserver) => AnyHistory,
  ) {
    this.setup = setup;
    this.name = name;
    this.protocol = protocolOf(setup);
    this.origin = origin;
    this.#history = open({ event: (record) => this.#records?.push(record) });
    this.furthest = this.world.steps;
  }

  /** The timeline of a run, at the run's instant. Throws a RangeError if the run is impossible. */
  static open(run: Run): Timeline {
    const timeline = new Timeline(run, 'A', '', (observer) => openRun(run, observer));
    timeline.furthest = Math.max(run.steps, ...run.inputs.map(({ steps }) => steps));
    timeline.travel(run.steps);
    return timeline;
  }

  /** Another timeline with the same past, whose future is its own. */
  branch(name: string, origin: string): Timeline {
    const copy = new Timeline(this.setup, name, origin, (observer) => this.#history.branch(observer));
    copy.rows = this.rows.slice();
    copy.#rowCount = this.#rowCount;
    return copy;
  }

  get world(): AnyWorld {
    return this.#history.world;
  }

  /** This timeline as plain data. */
  get run(): Run {
    const { program, machines, preset, seed } = this.setup;
    return { program, machines, preset, seed, inputs: this.#history.inputs, steps: this.world.steps };
  }

  /** Whether the future is known. */
  get isInPast(): boolean {
    return this.world.steps < this.furthest;
  }

  /** Lets the next thing happen. */
  forward(): void {
    const { next } = this.world;
    if (next === undefined) return;
    this.#watch(next, () => this.#history.forward());
    this.furthest = Math.max(this.furthest, this.world.steps);
  }

  /** Lets virtual time pass. */
  advance(us: number): void {
    const until = this.world.now + us;
    for (let at = this.world.nextAt; at !== undefined && at <= until; at = this.world.nextAt) this.forward();
    this.world.now = until;
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
    this.rows = [];
    this.step = this.lastNotable = NOTHING;
    if (steps <= WINDOW_STEPS) {
      const before = Math.max(0, steps - 1);
      watchRun({ ...this.run, steps: before }, (record) => this.#keep(record));
      this.#history.seek(before);
    } else this.#history.seek(steps - WINDOW_STEPS);
    while (this.world.steps < steps) this.forward();
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
    const records: EventRecord[] = [];
    this.#records = records;
    try {
      act();
    } finally {
      this.#records = undefined;
    }
    this.step = { cause, before, stamp, ticks, records };
    if (cause.type === 'input' || records.some(isNotable)) this.lastNotable = this.step;
    for (const record of records) this.#keep(record);
  }

  #keep(record: EventRecord): void {
    this.rows.push({ number: ++this.#rowCount, record });
    if (this.rows.length > 2 * MOST_ROWS) this.rows = this.rows.slice(-MOST_ROWS);
  }
}

/** Whether an event is notable: heartbeats and routine answers are not. */
function isNotable({ event, kind }: EventRecord): boolean {
  switch (event) {
    case 'role':
    case 'vote':
    case 'append':
    case 'commit':
    case 'respond':
    case 'fault':
      return true;
    // Digests are steps of a check, of which the leader tells the result.
    case 'config':
      return kind !== 'check';
    // All messages of the clocks exercise, which have no kind, are notable.
    case 'send':
    case 'receive':
      return kind === undefined;
    default:
      return false;
  }
}
