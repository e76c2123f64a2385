/**
 * A simulated cluster of any protocol: virtual time, faults on demand, and every invariant checked after every step. The same
 * seed and the same calls give the same run, in Node and in a browser.
 *
 *     const cluster = simulate({ machine, seed: 7 });
 *     const leader = cluster.elect();
 *     cluster.submit(leader, { type: 'add', amount: 1 });
 *     cluster.do({ type: 'crash', node: leader });
 */
import type { NodeId } from '../../vm/clock.ts';
import type { EventRecord } from '../../vm/event.ts';
import type { Outcome } from '../../vm/program.ts';
import type { Fault } from '../../vm/sim/actions.ts';
import { CALM_DISK } from '../../vm/sim/disk.ts';
import { CALM_NETWORK } from '../../vm/sim/network.ts';
import type { WorldSettings } from '../../vm/sim/settings.ts';
import { World } from '../../vm/sim/world.ts';
import { InvariantChecker } from '../invariants/checker.ts';
import { toReplicationError } from '../outcomes.ts';
import type { Protocol, ProtocolRequest, ReplicaView } from '../protocol.ts';
import type { RaftMessage } from '../raft/messages.ts';
import { createRaft } from '../raft/raft.ts';
import type { RaftSettings } from '../raft/settings.ts';
import type { RaftState } from '../raft/state.ts';
import type { Consistency, SessionTag } from '../replication.ts';
import type { StateMachine } from '../state-machine.ts';

/** Virtual microseconds of a millisecond. */
const MS = 1_000;
/** How long `until` waits, in virtual microseconds. */
const TIMEOUT_US = 20_000 * MS;
/** Ticks a second of every clock by default. */
const TICKS_PER_SECOND = 100;

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

/** Options of a simulated Raft cluster. */
export interface SimulateOptions<C, R, Q, A> extends ClusterSettings {
  /** The state machine that is replicated. */
  readonly machine: StateMachine<C, R, Q, A>;
  /**
   * Raft's own settings; `eager: false` lets it act at its ticks only. Default: see `RaftSettings`.
   */
  readonly raft?: Partial<RaftSettings> & { readonly eager?: boolean };
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
  readonly nodes: readonly NodeId[];
  /** The violations of invariants, earliest first. Empty for a correct protocol. */
  readonly violations: InvariantChecker<S, M>['violations'];
  readonly #answers = new Map<string, Outcome>();

  constructor(protocol: Protocol<S, M, C, R, Q, A>, settings: ClusterSettings = {}) {
    this.protocol = protocol;
    const checker = new InvariantChecker(protocol);
    this.violations = checker.violations;
    this.world = new World(protocol, worldSettings(settings), {
      ...checker.observer,
      ...(settings.record && { event: settings.record }),
      responded: (_node, id, outcome) => this.#answers.set(id, outcome),
    });
    checker.watch(this.world);
    this.nodes = [...this.world.nodes.keys()];
  }

  /** The view of a replica. */
  view(node: NodeId): ReplicaView {
    return this.protocol.view(this.world.node(node).machine.state.program);
  }

  /** The leader of the highest term among the running replicas. */
  get leader(): NodeId | undefined {
    return this.nodes
      .filter((node) => this.world.node(node).status === 'up' && this.#leads(node))
      .toSorted((a, b) => this.view(b).term - this.view(a).term)[0];
  }

  get followers(): NodeId[] {
    const { leader } = this;
    return this.nodes.filter((node) => node !== leader);
  }

  /** Injects a fault, or ends one. */
  do(fault: Fault): void {
    this.world.do(fault);
  }

  /** Cuts a machine off, both ways; `do({ type: 'heal' })` ends it. */
  isolate(node: NodeId): void {
    this.do({ type: 'partition', groups: [[node], this.nodes.filter((other) => other !== node)] });
  }

  /** Lets `us` virtual microseconds pass. */
  advance(us: number): void {
    this.world.advance(us);
  }

  /** Lets time pass until the condition holds, and returns what it found. Throws if it does not within 20 virtual seconds. */
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

  /** Waits until all running replicas have applied the same log to its end. */
  agree(): void {
    this.until('agreement', () => {
      const running = this.nodes.filter((node) => this.world.node(node).status === 'up');
      const [first, ...others] = running.map((node) => this.view(node));
      return [first!, ...others].every(
        ({ lastIndex, lastTerm, applied }) =>
          lastIndex === first!.lastIndex && lastTerm === first!.lastTerm && applied === lastIndex,
      );
    });
  }

  /** Submits a command to a replica, and waits for its result. Throws the `ReplicationError` that it is refused with. */
  submit(node: NodeId, command: C, tag?: SessionTag): R {
    return this.#result(node, { type: 'submit', command, tag }) as R;
  }

  /** Asks a replica a query, and waits for its answer. Throws the `ReplicationError` that it is refused with. */
  read(node: NodeId, query: Q, consistency: Consistency = 'linearizable'): A {
    return this.#result(node, { type: 'read', query, consistency }) as A;
  }

  /** Opens a session, and waits for its id. `nonce` makes the id unguessable. */
  openSession(node: NodeId, nonce = 'nonce'): string {
    return this.#result(node, { type: 'open-session', nonce }) as string;
  }

  /** Asks a replica without waiting. Returns the request's id, for `answer` and `answered`. */
  request(node: NodeId, body: ProtocolRequest): string {
    return this.world.request(node, body);
  }

  /** The answer to a request, if it has come. */
  answer(id: string): Outcome | undefined {
    return this.#answers.get(id);
  }

  /** Waits for the answer to a request. */
  answered(id: string): Outcome {
    return this.until(`the answer to ${id}`, () => this.#answers.get(id));
  }

  #result(node: NodeId, body: ProtocolRequest): unknown {
    const outcome = this.answered(this.request(node, body));
    if (outcome.ok) return outcome.value;
    throw toReplicationError(outcome, body);
  }

  #leads(node: NodeId): boolean {
    return this.view(node).role === this.protocol.leaderRole;
  }
}

function worldSettings({ replicas = 3, machines, record, ...given }: ClusterSettings): WorldSettings {
  return {
    seed: 1,
    machines:
      machines ??
      Array.from({ length: replicas }, (_, i) => ({ id: `n${i + 1}`, ticksPerSecond: TICKS_PER_SECOND })),
    clock: { stamp: 'after', vector: record !== undefined },
    network: CALM_NETWORK,
    disk: CALM_DISK,
    ...given,
    record: record !== undefined,
  };
}
