/**
 * The machine: a clock, an inbox, logical clocks, a disk, and a program.
 *
 * Every method is one step: it changes this machine only and returns its effects in the order they
 * must happen. A machine never waits and touches nothing outside; hosts (`vm/sim/`, `vm/live/`)
 * tick it, hand it messages and carry its effects out.
 *
 * Persist before send is kept here, for every program: sends and responses that are not `early`
 * stay in `held` until all that was written to the program's disk before them is durable. They
 * become events of the logical clocks only when they leave, so logs and links stay in order.
 */
import { countEvent, raiseTo, receiveClock, type Vector } from './clock.ts';
import type { EventFields, EventKind, EventRecord } from './event.ts';
import { writeDetail } from './event-detail.ts';
import type { InboxItem, MachineState, Outgoing } from './machine-state.ts';
import { clonePlain } from './plain.ts';
import type { Applied, Context, Effect, Envelope, MachineOptions, Program, SendOptions } from './program.ts';
import { roll, seedRandom } from './random.ts';
import type { Disk, Keyspace, Store, StoreReader, Value, Write } from './store.ts';

/** A machine running `program`. */
export class Machine<S, M, Q> {
  readonly program: Program<S, M, Q>;
  readonly options: MachineOptions;
  /** Plain data; read it freely, change it only through steps. */
  state: MachineState<S, M, Q>;
  /**
   * The name under which this incarnation counts in vector clocks: `n1`, after a restart `n1.2`.
   */
  readonly #vectorName: string;
  readonly #context: Context<M>;
  #timeUs = 0;
  #effects: Effect<M>[] = [];
  #outgoing: Outgoing<M>[] = [];
  #writes: Write[] = [];
  #gating = false;
  /** Whether a message, a row or the disk has the vector, too: it is copied before it changes. */
  #isVectorShared = true;

  /** A machine that is about to `start`, or, given `state`, one that is running. */
  constructor(program: Program<S, M, Q>, options: MachineOptions, state?: MachineState<S, M, Q>) {
    this.program = program;
    this.options = options;
    this.#vectorName = options.boot === 1 ? options.self : `${options.self}.${options.boot}`;
    this.#context = this.#makeContext();
    this.state = state ?? {
      ticks: 0,
      lamport: 0,
      vector: options.clock.vector ? {} : undefined,
      sent: 0,
      random: seedRandom(`${options.seed}/${options.self}/${options.boot}`),
      inbox: [],
      batch: 0,
      gate: 0,
      durable: 0,
      held: [],
      program: undefined as S,
    };
  }

  /** An independent copy of this machine, on a copy of its disk. */
  clone(disk: Disk): Machine<S, M, Q> {
    return new Machine(this.program, { ...this.options, disk }, clonePlain(this.state));
  }

  /**
   * The first step: the program reads its disk. `timeUs` is what event rows say; the program never
   * sees it.
   */
  start(timeUs: number): Effect<M>[] {
    this.#begin(timeUs);
    const { disk } = this.options;
    const saved = disk.program.get(CLOCK_KEY) as { lamport: number; vector: Vector | null } | undefined;
    if (saved) {
      this.state.lamport = saved.lamport;
      if (this.state.vector) this.state.vector = saved.vector ?? {};
    }
    this.state.program = this.program.init(this.#context, disk as Record<Keyspace, StoreReader>);
    this.#note('start', { detail: writeDetail({ boot: this.options.boot }) });
    return this.#finish(true);
  }

  /**
   * Puts something into the inbox; the next tick (or, for an eager program, the next `work`) takes
   * it. News of links and of drops is not even queued for a program that does not listen for it.
   */
  deliver(item: InboxItem<M, Q>): void {
    if ('link' in item && this.program.onLink === undefined) return;
    if ('dropped' in item && this.program.onDropped === undefined) return;
    this.state.inbox.push(item);
  }

  /** One tick of this machine's clock, under the program's loop policy. */
  tick(timeUs: number): Effect<M>[] {
    this.#begin(timeUs);
    const { messagesPerTick, tickWhenBusy } = this.program.policy;
    this.state.ticks++;
    const taken = this.#take(messagesPerTick);
    if (taken === 0 || tickWhenBusy) this.program.onTick(this.state.program, this.#context);
    return this.#finish(true);
  }

  /** Ticks were skipped: the machine's clock counts them, and nothing else happens. */
  skip(ticks: number): void {
    this.state.ticks += ticks;
  }

  /** Handles all that has arrived, between ticks: what an eager program's host calls. */
  work(timeUs: number): Effect<M>[] {
    this.#begin(timeUs);
    return this.#finish(this.#take(Number.POSITIVE_INFINITY) > 0);
  }

  /** All batches up to `batch` are durable: what waited for them leaves. */
  durable(batch: number, timeUs: number): Effect<M>[] {
    this.#begin(timeUs);
    const state = this.state;
    if (batch <= state.durable) return this.#effects;
    state.durable = batch;
    let count = 0;
    let handled = false;
    while (count < state.held.length && state.held[count]!.after <= batch) {
      const { what } = state.held[count++]!;
      if (what.type === 'mark') {
        this.program.onDurable?.(state.program, what.mark, this.#context);
        handled = true;
      } else this.#leave(what);
    }
    if (count > 0) state.held.splice(0, count);
    return this.#finish(handled);
  }

  /** The last step of a clean stop: what is held is never sent. */
  stop(timeUs: number): Effect<M>[] {
    this.#begin(timeUs);
    this.#note('stop');
    return this.#effects;
  }

  /**
   * Records an event that its host saw happen to this machine (a message that was dropped on
   * arrival, say).
   */
  witness(event: EventKind, fields: EventFields, timeUs: number): Effect<M>[] {
    this.#begin(timeUs);
    this.#note(event, fields);
    return this.#effects;
  }

  #begin(timeUs: number): void {
    this.#timeUs = timeUs;
    this.#effects = [];
  }

  #take(most: number): number {
    const { inbox, program: state } = this.state;
    const count = Math.min(most, inbox.length);
    for (let i = 0; i < count; i++) {
      // One message at a time leaves the front; a drained inbox is cleared once, at the end.
      const item = count === 1 ? inbox.shift()! : inbox[i]!;
      if ('envelope' in item) this.#receive(item.envelope);
      else if ('request' in item) this.program.onRequest?.(state, item.request, this.#context);
      else if ('link' in item) this.program.onLink?.(state, item.link, item.up, this.#context);
      else if ('dropped' in item) this.program.onDropped?.(state, item.to, item.dropped, this.#context);
      else this.program.onClusterId?.(state, item.clusterId, this.#context);
    }
    if (count > 1) inbox.splice(0, count);
    return count;
  }

  #receive(envelope: Envelope<M>): void {
    const { state, program } = this;
    state.lamport = receiveClock(state.lamport, envelope.lamport);
    if (state.vector) {
      const vector = this.#ownVector(state.vector);
      if (envelope.vector) raiseTo(vector, envelope.vector);
      countEvent(vector, this.#vectorName);
    }
    if (this.options.record) {
      const kind = program.kindOf?.(envelope.body);
      this.#record('receive', { peer: envelope.from, message: envelope.id, kind });
    }
    program.onMessage(state.program, envelope, this.#context);
  }

  /**
   * Ends a step: collects what was written into one batch, releases what need not wait for it,
   * holds the rest.
   */
  #finish(handled: boolean): Effect<M>[] {
    const { state, program } = this;
    for (let again = handled; again || this.#writes.length > 0 || this.#outgoing.length > 0; ) {
      if (again) program.settle?.(state.program, this.#context);
      again = false;
      if (this.#writes.length > 0) this.#persist();
      const outgoing = this.#outgoing;
      this.#outgoing = [];
      for (const what of outgoing) {
        if (!what.early && state.gate > state.durable) state.held.push({ after: state.gate, what });
        else if (what.type !== 'mark') this.#leave(what);
        else {
          program.onDurable?.(state.program, what.mark, this.#context);
          again = true;
        }
      }
    }
    return this.#effects;
  }

  #persist(): void {
    const { state } = this;
    const batch = ++state.batch;
    const lazy = !this.#gating;
    if (!lazy) state.gate = batch;
    this.#gating = false;
    // The clocks are stored too, so that a restarted machine does not number its events from the
    // beginning again.
    const clock = { lamport: state.lamport, vector: this.#shareVector() ?? null };
    this.options.disk.program.put(CLOCK_KEY, clock);
    this.#writes.push({ space: 'program', key: CLOCK_KEY, value: clock });
    this.#effects.push({ type: 'persist', batch, writes: this.#writes, lazy });
    this.#writes = [];
  }

  #leave(what: Exclude<Outgoing<M>, { type: 'mark' }>): void {
    const { state } = this;
    if (what.type === 'respond') {
      this.#effects.push({ type: 'respond', request: what.request, outcome: what.outcome });
      return;
    }
    const { self, boot, clock } = this.options;
    if (clock.stamp === 'after') this.#advance();
    const { lamport } = state;
    const vector = this.#shareVector();
    if (clock.stamp === 'before') this.#advance();
    const id = boot === 1 ? `${self}-${++state.sent}` : `${self}.${boot}-${++state.sent}`;
    const envelope: Envelope<M> = { id, from: self, lamport, vector, body: what.body };
    if (this.options.record) {
      const kind = this.program.kindOf?.(what.body);
      this.#record('send', { peer: what.to.join(' '), message: envelope.id, kind });
    }
    this.#effects.push({ type: 'send', to: what.to, envelope, lazy: what.lazy });
  }

  #advance(): void {
    const { state } = this;
    state.lamport++;
    if (state.vector) countEvent(this.#ownVector(state.vector), this.#vectorName);
  }

  /** The vector, to be given to others. */
  #shareVector(): Vector | undefined {
    this.#isVectorShared = true;
    return this.state.vector;
  }

  /** The vector, to be changed in place. */
  #ownVector(vector: Vector): Record<string, number> {
    const own = this.#isVectorShared ? { ...vector } : vector;
    this.state.vector = own;
    this.#isVectorShared = false;
    return own;
  }

  #note(event: EventKind, fields?: EventFields | (() => EventFields)): void {
    this.#advance();
    if (this.options.record) this.#record(event, typeof fields === 'function' ? fields() : fields);
  }

  #record(event: EventKind, fields: EventFields | undefined): void {
    const { state, program } = this;
    const columns = state.program === undefined ? undefined : program.columns?.(state.program);
    // Field by field: spreading costs more than all the rest of a step.
    const record: EventRecord = {
      timeUs: this.#timeUs,
      node: this.options.self,
      tick: state.ticks,
      lamport: state.lamport,
      vector: this.#shareVector(),
      event,
      peer: fields?.peer,
      message: fields?.message,
      kind: fields?.kind,
      queue: state.inbox.length,
      term: fields?.term ?? columns?.term,
      role: fields?.role ?? columns?.role,
      index: fields?.index,
      commit: fields?.commit ?? columns?.commit,
      detail: fields?.detail,
    };
    this.#effects.push({ type: 'event', event: record });
  }

  #makeContext(): Context<M> {
    const machine = this;
    const { self, peers, joining = false, disk } = this.options;
    const store = (space: Keyspace): Store => {
      const write = (key: string, value: Value | undefined) => {
        machine.#writes.push({ space, key, value });
        if (space !== 'data') machine.#gating = true;
      };
      return {
        get: (key) => disk[space].get(key),
        range: (from, to, options) => disk[space].range(from, to, options),
        put(key, value) {
          disk[space].put(key, value);
          write(key, value);
        },
        delete(key) {
          disk[space].delete(key);
          write(key, undefined);
        },
      };
    };
    return {
      self,
      peers,
      joining,
      get now() {
        return machine.state.ticks + (machine.options.due?.() ?? 0);
      },
      disk: store('program'),
      data: store('data'),
      snapshots: {
        incoming: store('incoming'),
        install() {
          disk.swap();
          machine.#writes.push({ swap: true });
          machine.#gating = true;
        },
        freeze: (name) => disk.freeze(name),
        frozen: (name) => disk.frozen(name),
        release: (name) => disk.release(name),
      },
      random: (sides) => roll(machine.state.random, sides),
      send(to, body, options?: SendOptions) {
        const receivers = typeof to === 'string' ? [to] : to;
        const { early = false, lazy = false } = options ?? {};
        machine.#outgoing.push({ type: 'send', to: receivers, body, early, lazy });
      },
      respond(request, outcome, options?: SendOptions) {
        machine.#outgoing.push({ type: 'respond', request, outcome, early: options?.early === true });
      },
      whenDurable(mark) {
        machine.#outgoing.push({ type: 'mark', mark, early: false });
      },
      applied(entry: Applied) {
        machine.#effects.push({ type: 'applied', entry });
      },
      installed(index) {
        machine.#effects.push({ type: 'installed', index });
      },
      note: (event, fields) => machine.#note(event, fields),
    };
  }
}

/** Where a machine keeps its logical clocks on its program's disk. */
export const CLOCK_KEY = 'clock';
