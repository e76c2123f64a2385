/**
 * A simulated world: machines, their wires and disks, and a virtual time that jumps from one happening to
 * the next. Single-threaded and deterministic: the same settings and the same commands give the same events,
 * byte for byte, in Node and in a browser.
 *
 * All input is a list of commands (`do`) between steps; `clone` gives an independent world with the same
 * future. `history.ts` builds time travel on these two.
 */
import type { NodeId } from '../clock.ts';
import type { EventFields } from '../event.ts';
import { writeDetail, writeFault } from '../event-detail.ts';
import { Machine } from '../machine.ts';
import type { Effect, Envelope, Program } from '../program.ts';
import { between, type RandomState, seedRandom } from '../random.ts';
import { tickPeriod } from './clocks.ts';
import type { WorldCommand } from './commands.ts';
import { SimDisk } from './disk.ts';
import { type Inside, inflict } from './faults.ts';
import { cloneNetwork, linkName, type NetworkState, openNetwork, pass, route } from './network.ts';
import type { Arrival, Happening, Place } from './node.ts';
import type { WorldObserver } from './observer.ts';
import { TimedQueue } from './queue.ts';
import type { WorldSettings } from './settings.ts';

/** The most that may wait in an inbox; what arrives beyond is dropped, and the log says so. */
const INBOX_LIMIT = 10_000;

/** A world whose machines all run `program`. */
export class World<S, M, Q> {
  readonly program: Program<S, M, Q>;
  readonly settings: WorldSettings;
  readonly observer: WorldObserver;
  /** Virtual microseconds since the start. */
  now = 0;
  /** Happenings so far: a world's position in its own history. */
  steps = 0;
  readonly places = new Map<NodeId, Place<S, M, Q>>();
  network: NetworkState<M>;
  #random: RandomState;
  #agenda = new TimedQueue<Happening<M>>();
  #order = 0;
  #requests = 0;

  /** A new world, or, given `from`, one at the same instant as that. */
  constructor(
    program: Program<S, M, Q>,
    settings: WorldSettings,
    observer: WorldObserver = {},
    from?: World<S, M, Q>,
  ) {
    this.program = program;
    this.settings = settings;
    this.observer = observer;
    if (from !== undefined) {
      this.network = cloneNetwork(from.network);
      this.#random = [...from.#random];
      this.#copy(from);
      return;
    }
    this.network = openNetwork(settings.network);
    this.#random = seedRandom(`world/${settings.seed}`);
    for (const { id, ticksPerSecond, disk: written } of settings.machines) {
      const disk = new SimDisk(settings.disk, written);
      const machine = this.#machine(id, disk, 1);
      this.places.set(id, {
        ...{ id, machine, disk, status: 'up', boot: 1 },
        ...{ ticksPerSecond, drift: undefined, behind: 0 },
      });
    }
    for (const place of this.places.values()) this.#start(place);
  }

  /** Virtual microseconds of the next happening, or undefined in a world where nothing will ever happen. */
  get nextAt(): number | undefined {
    return this.#agenda.peek()?.at;
  }

  /** What happens next. */
  get next(): Happening<M> | undefined {
    return this.#agenda.peek();
  }

  /** Messages on their way, as the agenda has them. */
  get inFlight(): Arrival<M>[] {
    return this.#agenda.items().filter((item) => item.type === 'arrival');
  }

  /** Lets the next thing happen. False if there is none. */
  step(): boolean {
    const next = this.#agenda.pop();
    if (next === undefined) return false;
    this.now = next.at;
    this.steps++;
    const place = this.place(next.node);
    if (next.type === 'arrival') this.#arrive(place, next);
    else if (next.boot !== place.boot || place.status === 'down') return true;
    else if (next.type === 'tick') this.#tick(place);
    else this.#synced(place);
    return true;
  }

  /** Lets time pass: everything due within the next `us` microseconds happens. */
  advance(us: number): void {
    const until = this.now + us;
    for (let at = this.nextAt; at !== undefined && at <= until; at = this.nextAt) this.step();
    this.now = until;
  }

  /** Hands a machine a request from outside. Returns its id, which `observer.responded` will name; a machine that is not up never answers. */
  request(node: NodeId, body: Q): string {
    const place = this.place(node);
    const id = `q${++this.#requests}`;
    if (place.status !== 'up') return id;
    place.machine.deliver({ request: { id, body } });
    if (this.program.policy.eager) this.#carry(place, place.machine.work(this.now));
    return id;
  }

  /** Carries out one command. Throws a RangeError for a machine that does not exist, and a `RepairRefused`; then nothing has happened. */
  do(command: WorldCommand<Q>): void {
    switch (command.type) {
      case 'step':
        this.step();
        return;
      case 'advance':
        this.advance(command.us);
        return;
      case 'request':
        this.request(command.node, command.body);
        return;
      default:
        inflict(this.#inside, command);
    }
  }

  /** The machine's place by its name. Throws a RangeError if there is none. */
  place(node: NodeId): Place<S, M, Q> {
    const place = this.places.get(node);
    if (place === undefined) {
      throw new RangeError(
        `no machine ${node} in this world (there are ${[...this.places.keys()].join(', ')})`,
      );
    }
    return place;
  }

  /** An independent world with the same past and, given the same commands, the same future. */
  clone(observer: WorldObserver = {}): World<S, M, Q> {
    return new World(this.program, this.settings, observer, this);
  }

  #copy(from: World<S, M, Q>): void {
    this.now = from.now;
    this.steps = from.steps;
    this.#agenda = from.#agenda.clone();
    this.#order = from.#order;
    this.#requests = from.#requests;
    for (const place of from.places.values()) {
      const disk = place.disk.clone();
      this.places.set(place.id, { ...place, disk, machine: place.machine.clone(disk.current) });
    }
  }

  #machine(id: NodeId, disk: SimDisk, boot: number): Machine<S, M, Q> {
    const { seed, clock, record, machines } = this.settings;
    const peers = machines.map((machine) => machine.id).filter((peer) => peer !== id);
    return new Machine(this.program, { self: id, peers, seed, boot, clock, record, disk: disk.current });
  }

  get #inside(): Inside<S, M, Q> {
    return {
      world: this,
      random: this.#random,
      boot: (place) => {
        place.boot++;
        place.machine = this.#machine(place.id, place.disk, place.boot);
        place.status = 'up';
        this.#start(place);
      },
      carry: (place, effects) => this.#carry(place, effects),
      syncAfter: (place, us) => this.#schedule('synced', place, us),
      // They keep their order on the agenda: what was sent after them comes after them.
      arrive: (arrivals) => {
        for (const arrival of arrivals) this.#agenda.push({ ...arrival, at: this.now });
      },
      witness: (kind, fields) => {
        this.#witness('fault', { kind, detail: writeFault(fields) });
      },
    };
  }

  #start(place: Place<S, M, Q>): void {
    const period = tickPeriod(place, this.now);
    // A random phase: clocks of the same rate do not tick in step.
    this.#schedule('tick', place, between(this.#random, 1, period));
    this.#carry(place, place.machine.start(this.now));
  }

  #tick(place: Place<S, M, Q>): void {
    this.#schedule('tick', place, tickPeriod(place, this.now));
    if (place.behind > 0) place.behind--;
    else if (place.status === 'up') this.#carry(place, place.machine.tick(this.now));
  }

  #synced(place: Place<S, M, Q>): void {
    const nextUs = place.disk.synced(this.#random);
    if (nextUs !== undefined) this.#schedule('synced', place, nextUs);
    // A process that stands still does not hear of it before it is resumed.
    if (place.status === 'up') this.#carry(place, place.machine.durable(place.disk.durableBatch, this.now));
  }

  #arrive(place: Place<S, M, Q>, arrival: Arrival<M>): void {
    const { machine, status } = place;
    const { envelope } = arrival;
    const fate = pass(this.network, arrival);
    if (fate === 'kept') return;
    if (fate !== 'passed') {
      this.#dropped(envelope, place.id, fate);
      return;
    }
    if (status === 'down' || machine.state.inbox.length >= INBOX_LIMIT) {
      this.#dropped(envelope, place.id, status === 'down' ? 'down' : 'full');
      if (status === 'down' && arrival.isOnly) this.#refuse(envelope, place.id);
      return;
    }
    machine.deliver({ envelope });
    if (this.program.policy.eager && status === 'up') this.#carry(place, machine.work(this.now));
  }

  /** Nobody listens where a message was to go: its sender is told, as by a socket. */
  #refuse({ from, body }: Envelope<M>, to: NodeId): void {
    const sender = this.place(from);
    if (sender.status === 'down' || this.network.blocked[linkName(to, from)]) return;
    sender.machine.deliver({ dropped: body, to });
    if (this.program.policy.eager && sender.status === 'up') {
      this.#carry(sender, sender.machine.work(this.now));
    }
  }

  /** Carries a machine's effects out into the world. */
  #carry(place: Place<S, M, Q>, effects: readonly Effect<M>[]): void {
    for (const effect of effects) {
      switch (effect.type) {
        case 'send':
          for (const to of effect.to) this.#send(place.id, to, effect.envelope);
          break;
        case 'persist': {
          const us = place.disk.write(effect.batch, effect.writes, this.#random);
          if (us !== undefined) this.#schedule('synced', place, us);
          break;
        }
        case 'event':
          this.observer.event?.(effect.event);
          break;
        case 'respond':
          this.observer.responded?.(place.id, effect.request, effect.outcome);
          break;
        case 'applied':
          this.observer.applied?.(place.id, effect.entry);
          break;
        case 'installed':
          this.observer.installed?.(place.id, effect.index);
          break;
      }
    }
    this.observer.stepped?.(place.id);
  }

  #send(from: NodeId, to: NodeId, envelope: Envelope<M>): void {
    if (!this.places.has(to)) return;
    const arrivals = route(this.network, this.#random, from, to, this.now);
    if (typeof arrivals === 'string') {
      this.#dropped(envelope, to, arrivals);
      return;
    }
    const isOnly = arrivals.length === 1;
    for (const at of arrivals) {
      const order = ++this.#order;
      this.#agenda.push({ type: 'arrival', node: to, envelope, sentAt: this.now, at, order, isOnly });
    }
  }

  /** Puts a tick or the end of a sync on the agenda of a machine's present incarnation. */
  #schedule(type: 'tick' | 'synced', place: Place<S, M, Q>, afterUs: number): void {
    const order = ++this.#order;
    this.#agenda.push({ type, node: place.id, boot: place.boot, at: this.now + afterUs, order });
  }

  #dropped(envelope: Envelope<M>, to: NodeId, cause: string): void {
    if (!this.settings.record) return;
    const kind = this.program.kindOf?.(envelope.body);
    this.#witness('drop', {
      peer: to,
      message: envelope.id,
      kind,
      detail: writeDetail({ from: envelope.from, cause }),
    });
  }

  #witness(event: 'drop' | 'fault', fields: EventFields): void {
    if (this.settings.record) this.observer.event?.({ timeUs: this.now, node: 'world', event, ...fields });
  }
}
