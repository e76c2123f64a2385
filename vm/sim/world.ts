/**
 * A simulated world: machines, their links and disks, and a virtual time that jumps from one
 * simulation event to the next. Single-threaded and deterministic: the same settings and the same
 * actions give the same events, byte for byte, in Node and in a browser.
 *
 * All input is a list of actions (`do`) between steps; `clone` gives an independent world with the
 * same future. `history.ts` builds time travel on these two.
 */
import type { NodeId } from '../clock.ts';
import type { EventFields } from '../event.ts';
import { writeDetail, writeFault } from '../event-detail.ts';
import { Machine } from '../machine.ts';
import type { Effect, Envelope, Program } from '../program.ts';
import { between, type RandomState, seedRandom } from '../random.ts';
import type { WorldAction } from './actions.ts';
import { actByHand } from './by-hand.ts';
import { tickPeriod } from './clocks.ts';
import { SimDisk } from './disk.ts';
import { type Inside, inject } from './faults.ts';
import { cloneNetwork, linkName, type NetworkState, openNetwork, pass, route } from './network.ts';
import type { Arrival, SimEvent, SimNode } from './node.ts';
import type { WorldObserver } from './observer.ts';
import { TimedQueue } from './queue.ts';
import type { MachineSettings, WorldSettings } from './settings.ts';

/** The most that may wait in an inbox; what arrives beyond is dropped, and the log says so. */
const INBOX_LIMIT = 10_000;

/** A world whose machines all run `program`. */
export class World<S, M, Q> {
  readonly program: Program<S, M, Q>;
  readonly settings: WorldSettings;
  readonly observer: WorldObserver;
  /** Virtual microseconds since the start. */
  now = 0;
  /** Simulation events so far: a world's position in its own history. */
  steps = 0;
  readonly nodes = new Map<NodeId, SimNode<S, M, Q>>();
  network: NetworkState<M>;
  #random: RandomState;
  /** The simulation events to come: ticks, arrivals and the ends of syncs. */
  #agenda = new TimedQueue<SimEvent<M>>();
  /** Numbers the events of the agenda: those of one instant happen in the order they were added. */
  #order = 0;
  /** Requests so far, for their ids. */
  #requests = 0;

  /** A new world, or, given `from`, a copy of that one. */
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
    for (const machine of settings.machines) this.#add(machine, false);
    for (const simNode of this.nodes.values()) this.#start(simNode);
  }

  /**
   * Virtual microseconds of the next simulation event, or undefined in a world where nothing will
   * ever happen.
   */
  get nextAt(): number | undefined {
    return this.#agenda.peek()?.at;
  }

  /** The next simulation event. */
  get next(): SimEvent<M> | undefined {
    return this.#agenda.peek();
  }

  /** Messages in flight. */
  get inFlight(): Arrival<M>[] {
    return this.#agenda.items().filter((item) => item.type === 'arrival');
  }

  /** Carries out the next simulation event. False if there is none. */
  step(): boolean {
    const next = this.#agenda.pop();
    if (next === undefined) return false;
    // What was done by hand may have come later than what was due before it.
    this.now = Math.max(this.now, next.at);
    this.steps++;
    this.#happen(next);
    return true;
  }

  #happen(next: SimEvent<M>): void {
    const simNode = this.node(next.node);
    if (next.type === 'arrival') this.#arrive(simNode, next);
    else if (next.boot !== simNode.boot || simNode.status === 'down') return;
    else if (next.type === 'tick') this.#tick(simNode);
    else this.#synced(simNode);
  }

  /** Lets time pass: everything due within the next `us` microseconds happens. */
  advance(us: number): void {
    const until = this.now + us;
    for (let at = this.nextAt; at !== undefined && at <= until; at = this.nextAt) this.step();
    this.now = until;
  }

  /**
   * Hands a machine a request from outside. Returns its id, which `observer.responded` will name; a
   * machine that is not up never answers.
   */
  request(node: NodeId, body: Q): string {
    const simNode = this.node(node);
    const id = `q${++this.#requests}`;
    if (simNode.status !== 'up') return id;
    simNode.machine.deliver({ request: { id, body } });
    if (this.program.policy.eager) this.#carry(simNode, simNode.machine.work(this.now));
    return id;
  }

  /**
   * Carries out one action. Throws a RangeError for a machine that does not exist, or that is to be
   * added and does, or for a message that is not there, and a `RepairRefused`; then nothing
   * happened.
   */
  do(action: WorldAction<Q>): void {
    switch (action.type) {
      case 'step':
        this.step();
        return;
      case 'advance':
        this.advance(action.us);
        return;
      case 'request':
        this.request(action.node, action.body);
        return;
      case 'join':
        this.#join(action.machine);
        return;
      case 'deliver':
      case 'sync':
        actByHand(this.#agenda, action, (event) => this.#happen(event));
        return;
      default:
        inject(this.#inside, action);
    }
  }

  /** A node by its machine's name. Throws a RangeError if there is none. */
  node(node: NodeId): SimNode<S, M, Q> {
    const simNode = this.nodes.get(node);
    if (simNode === undefined) {
      throw new RangeError(
        `no machine ${node} in this world (there are ${[...this.nodes.keys()].join(', ')})`,
      );
    }
    return simNode;
  }

  /** An independent world with the same past and, given the same actions, the same future. */
  clone(observer: WorldObserver = {}): World<S, M, Q> {
    return new World(this.program, this.settings, observer, this);
  }

  /** Lets what is drawn from here on come out differently. Timeouts under way were drawn before. */
  reseed(seed: string | number): void {
    this.#random = seedRandom(`future/${seed}`);
    for (const { id, machine } of this.nodes.values())
      machine.state.random = seedRandom(`future/${seed}/${id}`);
  }

  #copy(from: World<S, M, Q>): void {
    this.now = from.now;
    this.steps = from.steps;
    this.#agenda = from.#agenda.clone();
    this.#order = from.#order;
    this.#requests = from.#requests;
    for (const simNode of from.nodes.values()) {
      const disk = simNode.disk.clone();
      this.nodes.set(simNode.id, { ...simNode, disk, machine: simNode.machine.clone(disk.current) });
    }
  }

  #add({ id, ticksPerSecond, disk: written }: MachineSettings, joining: boolean): SimNode<S, M, Q> {
    const disk = new SimDisk(this.settings.disk, written);
    const machine = this.#machine(id, disk, 1, joining);
    const simNode: SimNode<S, M, Q> = {
      ...{ id, joining, machine, disk, status: 'up', boot: 1 },
      ...{ ticksPerSecond, firstRate: ticksPerSecond, drift: undefined, behind: 0 },
    };
    this.nodes.set(id, simNode);
    return simNode;
  }

  #join(machine: MachineSettings): void {
    const { id } = machine;
    if (this.nodes.has(id)) throw new RangeError(`there is a machine ${id} in this world already`);
    this.#witness('fault', { kind: 'join', detail: writeFault({ node: id }) });
    this.#start(this.#add(machine, true));
  }

  #machine(id: NodeId, disk: SimDisk, boot: number, joining: boolean): Machine<S, M, Q> {
    const { seed, clock, record, machines } = this.settings;
    const peers = machines.map((machine) => machine.id).filter((peer) => peer !== id);
    const options = { self: id, peers, joining, seed, boot, clock, record, disk: disk.current };
    return new Machine(this.program, options);
  }

  /** What faults may use of this world (`faults.ts`). */
  get #inside(): Inside<S, M, Q> {
    return {
      world: this,
      random: this.#random,
      boot: (simNode) => {
        simNode.boot++;
        simNode.machine = this.#machine(simNode.id, simNode.disk, simNode.boot, simNode.joining);
        simNode.status = 'up';
        this.#start(simNode);
      },
      carry: (simNode, effects) => this.#carry(simNode, effects),
      syncAfter: (simNode, us) => this.#schedule('synced', simNode, us),
      // They keep their order on the agenda: what was sent later arrives later.
      arrive: (arrivals) => {
        for (const arrival of arrivals) this.#agenda.push({ ...arrival, at: this.now });
      },
      replace: (arrival, others) => {
        this.#agenda.take((event) => event === arrival);
        for (const other of others) this.#agenda.push(other);
      },
      nextOrder: () => ++this.#order,
      lost: ({ envelope, node }) => this.#dropped(envelope, node, 'loss'),
      witness: (kind, fields) => {
        this.#witness('fault', { kind, detail: writeFault(fields) });
      },
    };
  }

  #start(simNode: SimNode<S, M, Q>): void {
    const period = tickPeriod(simNode, this.now);
    // A random phase: clocks of the same rate do not tick in step.
    this.#schedule('tick', simNode, between(this.#random, 1, period));
    this.#carry(simNode, simNode.machine.start(this.now));
  }

  #tick(simNode: SimNode<S, M, Q>): void {
    this.#schedule('tick', simNode, tickPeriod(simNode, this.now));
    if (simNode.behind > 0) simNode.behind--;
    else if (simNode.status === 'up') this.#carry(simNode, simNode.machine.tick(this.now));
  }

  #synced(simNode: SimNode<S, M, Q>): void {
    const nextUs = simNode.disk.synced(this.#random);
    if (nextUs !== undefined) this.#schedule('synced', simNode, nextUs);
    // A paused process is informed once it is resumed.
    if (simNode.status === 'up')
      this.#carry(simNode, simNode.machine.durable(simNode.disk.durableBatch, this.now));
  }

  #arrive(simNode: SimNode<S, M, Q>, arrival: Arrival<M>): void {
    const { machine, status } = simNode;
    const { envelope } = arrival;
    const fate = pass(this.network, arrival);
    if (fate === 'kept') return;
    if (fate !== 'passed') {
      this.#dropped(envelope, simNode.id, fate);
      return;
    }
    if (status === 'down' || machine.state.inbox.length >= INBOX_LIMIT) {
      this.#dropped(envelope, simNode.id, status === 'down' ? 'down' : 'full');
      if (status === 'down' && arrival.isOnly) this.#refuse(envelope, simNode.id);
      return;
    }
    machine.deliver({ envelope });
    if (this.program.policy.eager && status === 'up') this.#carry(simNode, machine.work(this.now));
  }

  /** A message's receiver is down: its sender is informed, as by a socket. */
  #refuse({ from, body }: Envelope<M>, to: NodeId): void {
    const sender = this.node(from);
    if (sender.status === 'down' || this.network.blocked[linkName(to, from)]) return;
    sender.machine.deliver({ dropped: body, to });
    if (this.program.policy.eager && sender.status === 'up') {
      this.#carry(sender, sender.machine.work(this.now));
    }
  }

  /** Carries a machine's effects out into the world. */
  #carry(simNode: SimNode<S, M, Q>, effects: readonly Effect<M>[]): void {
    for (const effect of effects) {
      switch (effect.type) {
        case 'send':
          for (const to of effect.to) this.#send(simNode.id, to, effect.envelope);
          break;
        case 'persist': {
          this.observer.wrote?.(simNode.id, effect.batch, effect.writes);
          const us = simNode.disk.write(effect.batch, effect.writes, this.#random);
          if (us !== undefined) this.#schedule('synced', simNode, us);
          break;
        }
        case 'event':
          this.observer.event?.(effect.event);
          break;
        case 'respond':
          this.observer.responded?.(simNode.id, effect.request, effect.outcome);
          break;
        case 'applied':
          this.observer.applied?.(simNode.id, effect.entry);
          break;
        case 'installed':
          this.observer.installed?.(simNode.id, effect.index);
          break;
      }
    }
    this.observer.stepped?.(simNode.id);
  }

  #send(from: NodeId, to: NodeId, envelope: Envelope<M>): void {
    if (!this.nodes.has(to)) return;
    this.observer.sent?.(from, to, envelope);
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
  #schedule(type: 'tick' | 'synced', simNode: SimNode<S, M, Q>, afterUs: number): void {
    const order = ++this.#order;
    this.#agenda.push({ type, node: simNode.id, boot: simNode.boot, at: this.now + afterUs, order });
  }

  /** Reports a lost message. */
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

  /** Reports an event that no machine saw. */
  #witness(event: 'drop' | 'fault', fields: EventFields): void {
    if (this.settings.record) this.observer.event?.({ timeUs: this.now, node: 'world', event, ...fields });
  }
}
