/** Small simulated Raft clusters for tests, and all that can be seen of a world. */

import type { KeyValueCommand } from '../../replication/core/key-value.ts';
import { keyValueMachine } from '../../replication/core/key-value.ts';
import { InvariantChecker } from '../../replication/invariants/checker.ts';
import type { ProtocolRequest, ReplicaView } from '../../replication/protocol.ts';
import type { RaftMessage } from '../../replication/raft/messages.ts';
import { createRaft } from '../../replication/raft/raft.ts';
import type { RaftSettings, RaftState } from '../../replication/raft/types.ts';
import type { Consistency, SessionTag } from '../../replication/replication.ts';
import type { Outcome } from '../../vm/program.ts';
import { CALM_DISK } from '../../vm/sim/disk.ts';
import { CALM_NETWORK } from '../../vm/sim/network.ts';
import type { WorldSettings } from '../../vm/sim/settings.ts';
import { World } from '../../vm/sim/world.ts';
import { prefixEnd } from '../../vm/store.ts';

export const MS = 1_000;

/** All that a world is at this instant, as plain data. */
export function look<S, M, Q>(world: World<S, M, Q>): unknown {
  const everything = prefixEnd('');
  const places = [...world.places.values()].map(({ machine, disk, ...place }) => ({
    ...place,
    state: machine.state,
    program: [...disk.current.program.range('', everything)],
    data: [...disk.current.data.range('', everything)],
    ...{ disk: disk.settings, durable: disk.records, damage: disk.damage },
  }));
  const inFlight = world.inFlight.toSorted((a, b) => a.order - b.order);
  const { now, steps, network, nextAt } = world;
  return JSON.parse(JSON.stringify({ now, steps, nextAt, network, places, inFlight }));
}

/** Settings of a world of `size` machines at 100 ticks a second. */
export function worldSettings(size: number, given: Partial<WorldSettings> = {}): WorldSettings {
  return {
    seed: 1,
    machines: Array.from({ length: size }, (_, i) => ({ id: `n${i + 1}`, ticksPerSecond: 100 })),
    clock: { stamp: 'after', vector: false },
    record: false,
    network: CALM_NETWORK,
    disk: CALM_DISK,
    ...given,
  };
}

/** A simulated Raft cluster over the key-value machine. */
export class Cluster {
  readonly protocol: ReturnType<typeof createRaft>;
  readonly world: World<RaftState, RaftMessage, ProtocolRequest>;
  readonly nodes: readonly string[];
  /** What was broken of what must always hold, earliest first. */
  readonly violations: InvariantChecker<RaftState, RaftMessage>['violations'];
  readonly #answers = new Map<string, Outcome>();

  constructor(
    size: number,
    raft: Partial<RaftSettings> & { eager?: boolean } = {},
    given: Partial<WorldSettings> = {},
    create = createRaft,
  ) {
    this.protocol = create(keyValueMachine, raft);
    const checker = new InvariantChecker(this.protocol);
    this.violations = checker.violations;
    this.world = new World(this.protocol, worldSettings(size, given), {
      ...checker.observer,
      responded: (_node, id, outcome) => this.#answers.set(id, outcome),
    });
    checker.watch(this.world);
    this.nodes = [...this.world.places.keys()];
  }

  view(node: string): ReplicaView {
    return this.protocol.view(this.world.place(node).machine.state.program);
  }

  /** Whoever leads the highest term, among those that run. */
  get leader(): string | undefined {
    return this.nodes
      .filter((node) => this.world.place(node).status === 'up' && this.view(node).role === 'leader')
      .toSorted((a, b) => this.view(b).term - this.view(a).term)[0];
  }

  get followers(): string[] {
    const { leader } = this;
    return this.nodes.filter((node) => node !== leader);
  }

  /** Lets time pass until the condition holds. Throws if it does not within 20 virtual seconds. */
  until<T>(what: string, condition: () => T | undefined | false): T {
    const end = this.world.now + 20_000 * MS;
    while (this.world.now < end) {
      const found = condition();
      if (found !== undefined && found !== false) return found;
      this.world.step();
    }
    throw new Error(`waited in vain for ${what}`);
  }

  /** Waits for a leader that has committed in its term. */
  elect(): string {
    return this.until('a leader', () => {
      const { leader } = this;
      return leader !== undefined && this.view(leader).commit === this.view(leader).lastIndex && leader;
    });
  }

  /** Waits until all that run have applied the same whole log. */
  agree(): void {
    this.until('agreement', () => {
      const running = this.nodes.filter((node) => this.world.place(node).status === 'up');
      const [first, ...others] = running.map((node) => this.view(node));
      return [first!, ...others].every(
        ({ lastIndex, lastTerm, applied }) =>
          lastIndex === first!.lastIndex && lastTerm === first!.lastTerm && applied === lastIndex,
      );
    });
  }

  answer(id: string): Outcome | undefined {
    return this.#answers.get(id);
  }

  /** Waits for the answer to a request. */
  answered(id: string): Outcome {
    return this.until(`the answer to ${id}`, () => this.#answers.get(id));
  }

  ask(node: string, body: ProtocolRequest): Outcome {
    return this.answered(this.world.request(node, body));
  }

  /** Asks for a change, without waiting. */
  submit(node: string, command: KeyValueCommand, tag?: SessionTag): string {
    return this.world.request(node, { type: 'submit', command, tag });
  }

  put(node: string, key: string, value: number, tag?: SessionTag): Outcome {
    return this.answered(this.submit(node, { type: 'put', key, value }, tag));
  }

  get(node: string, key: string, consistency: Consistency = 'linearizable'): Outcome {
    return this.ask(node, { type: 'read', query: { type: 'get', key }, consistency });
  }

  openSession(node: string): string {
    const outcome = this.ask(node, { type: 'open-session', nonce: 'nonce' });
    if (!outcome.ok) throw new Error(outcome.message);
    return outcome.value as string;
  }

  /** Cuts a machine off, both ways. */
  isolate(node: string): void {
    this.world.do({ type: 'partition', groups: [[node], this.nodes.filter((other) => other !== node)] });
  }
}
