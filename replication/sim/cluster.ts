/**
 * A simulated cluster of any protocol: virtual time, faults on demand, and every invariant checked
 * after every step. The same seed and the same calls give the same run, in Node and in a browser.
 *
 *     const cluster = simulate({ machine, seed: 7 });
 *     const leader = cluster.elect();
 *     cluster.submit(leader, { type: 'add', amount: 1 });
 *     cluster.do({ type: 'crash', node: leader });
 */
import type { EventRecord, NodeId, Outcome } from '../../vm/index.ts';
import {
  type ByHand,
  CALM_WORLD,
  drawMachines,
  type Fault,
  type Input,
  type MachineStatus,
  World,
  type WorldObserver,
  type WorldSettings,
} from '../../vm/sim/index.ts';
import { queryMachine } from '../core/sessions.ts';
import { InvariantChecker } from '../invariants/checker.ts';
import type { MemberChange } from '../members.ts';
import { toReplicationError } from '../outcomes.ts';
import type { LogEntryView, MembersChanged, Protocol, ProtocolRequest, ReplicaView } from '../protocol.ts';
import type { RaftMessage } from '../raft/messages.ts';
import { createRaft, type RaftOptions } from '../raft/raft.ts';
import type { RaftState } from '../raft/state.ts';
import type { Consistency, SessionTag } from '../replication.ts';
import type { StateMachine } from '../state-machine.ts';
import { haveAgreed } from './agreement.ts';

/** Virtual microseconds of a millisecond. */
const MS = 1_000;
/** How long `until` waits, in virtual microseconds. */
const TIMEOUT_US = 20_000 * MS;

/**
 * Settings of the world around a cluster. By default: seed 1, clocks of 100 ticks per second, a
 * calm network and calm disks.
 */
export interface ClusterSettings extends Partial<Omit<WorldSettings, 'machines' | 'record'>> {
  /** How many replicas, `n1`, `n2`, and so on. Default: 3. */
  readonly replicas?: number;
  /**
   * The machines, with a clock rate each, instead of a number of replicas. Default: made of
   * `replicas`.
   */
  readonly machines?: WorldSettings['machines'];
  /** Called with every row of the event logs. Default: no events are made. */
  readonly record?: ((event: EventRecord) => void) | undefined;
}

/** Hears what happens in a cluster. Times are virtual microseconds. */
export interface ClusterObserver extends Pick<WorldObserver, 'applied' | 'stepped' | 'sent' | 'wrote'> {
  /** A request to a replica that is up; one that is not never receives it. */
  asked?(id: string, node: NodeId, body: ProtocolRequest, atUs: number): void;
  /** Something was done to the world: an input of its history. */
  acted?(input: Input<ProtocolRequest>): void;
  /** The answer to a request. */
  answered?(id: string, outcome: Outcome, atUs: number): void;
}

/** Options of a simulated Raft cluster. */
export interface SimulateOptions<C, R, Q, A> extends ClusterSettings {
  /** The state machine that is replicated. */
  readonly machine: StateMachine<C, R, Q, A>;
  /**
   * Raft's own settings; `eager: false` lets it act at its ticks only. Default: see `RaftSettings`.
   */
  readonly raft?: RaftOptions;
}

/** A simulated Raft cluster that replicates `machine`. */
export function simulate<C, R, Q, A>({
  machine,
  raft = {},
  ...settings
}: SimulateOptions<C, R, Q, A>): SimulatedCluster<C, R, Q, A, RaftState, RaftMessage> {
  return new SimulatedCluster(createRaft(machine, raft), settings);
}

/** A simulated cluster. Times are virtual microseconds. */
export class SimulatedCluster<C, R, Q, A, S, M> {
  readonly protocol: Protocol<S, M, C, R, Q, A>;
  readonly world: World<S, M, ProtocolRequest>;
  /** Its machines: those that it began with, then those that were added. */
  nodes: readonly NodeId[];
  /** The violations of invariants, earliest first. Empty for a correct protocol. */
  readonly violations: InvariantChecker<S, M>['violations'];
  readonly #checker: InvariantChecker<S, M>;
  readonly #observer: ClusterObserver;
  /** By request: its answer, or undefined while there is none. */
  readonly #answers = new Map<string, Outcome | undefined>();

  constructor(
    protocol: Protocol<S, M, C, R, Q, A>,
    settings: ClusterSettings = {},
    observer: ClusterObserver = {},
  ) {
    this.protocol = protocol;
    this.#observer = observer;
    this.#checker = new InvariantChecker(protocol);
    this.violations = this.#checker.violations;
    const check = this.#checker.observer;
    this.world = new World(protocol, worldSettings(settings), {
      ...(settings.record && { event: settings.record }),
      responded: (_node, id, outcome) => this.#responded(id, outcome),
      applied(node, entry) {
        observer.applied?.(node, entry);
        check.applied?.(node, entry);
      },
      ...(observer.sent && { sent: observer.sent }),
      ...(observer.wrote && { wrote: observer.wrote }),
      installed: (node, index) => check.installed?.(node, index),
      stepped(node) {
        observer.stepped?.(node);
        check.stepped?.(node);
      },
    });
    this.#checker.watch(this.world);
    this.nodes = [...this.world.nodes.keys()];
  }

  /** Virtual microseconds since the start. */
  get now(): number {
    return this.world.now;
  }

  /** The view of a replica. */
  view(node: NodeId): ReplicaView {
    return this.protocol.view(this.world.node(node).machine.state.program);
  }

  /**
   * The log of a replica, or of that the entries from `first` to `last`, as far as it is in memory.
   */
  log(node: NodeId, first = this.view(node).baseIndex + 1, last = this.view(node).lastIndex): LogEntryView[] {
    const { program } = this.world.node(node).machine.state;
    return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) =>
      this.protocol.entry(program, first + i),
    ).filter((entry) => entry !== undefined);
  }

  status(node: NodeId): MachineStatus {
    return this.world.node(node).status;
  }

  /** The running replicas: neither down nor paused. */
  get up(): NodeId[] {
    return this.nodes.filter((node) => this.status(node) === 'up');
  }

  /**
   * Which of these lead by their own account, the highest term first. One that is down does not.
   */
  leaders(among: readonly NodeId[] = this.up): NodeId[] {
    return among
      .filter((node) => this.status(node) !== 'down' && this.view(node).role === this.protocol.leaderRole)
      .toSorted((a, b) => this.view(b).term - this.view(a).term);
  }

  /** The leader of the highest term among the running replicas. */
  get leader(): NodeId | undefined {
    return this.leaders()[0];
  }

  get followers(): NodeId[] {
    const { leader } = this;
    return this.nodes.filter((node) => node !== leader);
  }

  /**
   * Adds a machine, which belongs to no cluster until it is made a member. Returns its name, by
   * default the next one. Its clock is as fast as the first machine's.
   */
  join(id: NodeId = `n${this.nodes.length + 1}`): NodeId {
    const { ticksPerSecond } = this.world.settings.machines[0]!;
    this.#act({ type: 'join', machine: { id, ticksPerSecond } }, (action) => this.world.do(action));
    this.nodes = [...this.world.nodes.keys()];
    return id;
  }

  /** Changes members, and waits until they are. Throws the `ReplicationError` of a refusal. */
  changeMembers(node: NodeId, ...changes: readonly MemberChange[]): MembersChanged {
    return this.#result(node, { type: 'change-members', changes }) as MembersChanged;
  }

  /** Injects a fault, or ends one; or makes something happen out of its turn. */
  do(fault: Fault | ByHand): void {
    this.#act(fault, (action) => this.world.do(action));
  }

  /** Cuts a machine off, both ways; `do({ type: 'heal' })` ends it. */
  isolate(node: NodeId): void {
    this.do({ type: 'partition', groups: [[node], this.nodes.filter((other) => other !== node)] });
  }

  /** Lets `us` virtual microseconds pass. */
  advance(us: number): void {
    this.world.advance(us);
  }

  /**
   * Lets time pass until the condition holds, and returns what it found. Throws if it does not
   * within 20 virtual seconds.
   */
  until<T>(what: string, condition: () => T | undefined | false): T {
    const end = this.world.now + TIMEOUT_US;
    while (this.world.now < end) {
      const found = condition();
      if (found !== undefined && found !== false) return found;
      this.world.step();
    }
    throw new Error(`timed out waiting for ${what}`);
  }

  /** Waits for a leader that has committed in its term, and returns its name. */
  elect(): NodeId {
    return this.until('a leader', () => {
      const { leader } = this;
      return leader !== undefined && this.view(leader).commit === this.view(leader).lastIndex && leader;
    });
  }

  /** Whether these have applied the same log to its end. */
  haveAgreed(nodes: readonly NodeId[] = this.up): boolean {
    const replicas = nodes.map((node) => ({
      view: this.view(node),
      data: this.world.node(node).disk.current.data,
    }));
    return haveAgreed(this.protocol.guarantees, replicas);
  }

  /** Waits until all running replicas have applied the same log to its end. */
  agree(): void {
    this.until('agreement', () => this.haveAgreed());
  }

  /**
   * Compares the whole data of replicas that have applied equally much. Costly: for the end of a
   * run.
   */
  compareData(): void {
    this.#checker.compareData();
  }

  /** What a replica's data answers as it is, without the protocol, which may be down. */
  peek(node: NodeId, query: Q): A {
    const machine = this.protocol.machine as StateMachine<unknown, unknown, unknown, unknown>;
    return queryMachine(machine, this.world.node(node).disk.current.data, query) as A;
  }

  /**
   * Submits a command to a replica, and waits for its result. Throws the `ReplicationError` that it
   * is refused with.
   */
  submit(node: NodeId, command: C, tag?: SessionTag): R {
    return this.#result(node, { type: 'submit', command, tag }) as R;
  }

  /**
   * Asks a replica a query, and waits for its answer. Throws the `ReplicationError` that it is
   * refused with.
   */
  read(node: NodeId, query: Q, consistency: Consistency = 'linearizable'): A {
    return this.#result(node, { type: 'read', query, consistency }) as A;
  }

  /** Opens a session, and waits for its id. `nonce` makes the id unguessable. */
  openSession(node: NodeId, nonce = 'nonce'): string {
    return this.#result(node, { type: 'open-session', nonce }) as string;
  }

  /** Asks a replica without waiting. Returns the request's id, for `answer` and `answered`. */
  request(node: NodeId, body: ProtocolRequest): string {
    const isHeard = this.status(node) === 'up';
    const known = this.#checker.lastConfiguration;
    const id = this.#act({ type: 'request', node, body }, () => this.world.request(node, body));
    this.#checker.asked(id, node, body, known);
    // Some answers come at once.
    const early = this.#answers.get(id);
    this.#answers.set(id, early);
    if (isHeard) this.#observer.asked?.(id, node, body, this.now);
    if (early !== undefined) {
      this.#checker.answered(id, early);
      this.#checker.checkAnswers();
      this.#observer.answered?.(id, early, this.now);
    }
    return id;
  }

  /** The answer to a request, if it has come. */
  answer(id: string): Outcome | undefined {
    return this.#answers.get(id);
  }

  /** Waits for the answer to a request. */
  answered(id: string): Outcome {
    return this.until(`the answer to ${id}`, () => this.#answers.get(id));
  }

  /** Does something to the world, which is told unless the world refuses it. */
  #act<A extends Input<ProtocolRequest>['action'], T>(action: A, act: (action: A) => T): T {
    const { steps, now: atUs } = this.world;
    const result = act(action);
    this.#observer.acted?.({ steps, atUs, action });
    return result;
  }

  #result(node: NodeId, body: ProtocolRequest): unknown {
    const outcome = this.answered(this.request(node, body));
    if (outcome.ok) return outcome.value;
    throw toReplicationError(outcome, body);
  }

  #responded(id: string, outcome: Outcome): void {
    const isAsked = this.#answers.has(id);
    this.#answers.set(id, outcome);
    this.#checker.answered(id, outcome);
    if (isAsked) this.#observer.answered?.(id, outcome, this.now);
  }
}

function worldSettings({ replicas = 3, record, ...given }: ClusterSettings): WorldSettings {
  const isRecorded = record !== undefined;
  return {
    ...{ seed: 1, machines: drawMachines(replicas), ...CALM_WORLD },
    clock: { stamp: 'after', vector: isRecorded },
    ...given,
    record: isRecorded,
  };
}
