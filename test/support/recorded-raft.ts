/** Raft under load and faults in the simulated world, recorded as a run folder of any size. The same options give the same folder, byte for byte. */
import { ClientHistory } from '../../analysis/campaign/client-history.ts';
import { tickraftHistory } from '../../analysis/history/tickraft-history.ts';
import { SCHEMA_VERSION } from '../../logs/format/schema.ts';
import { RunWriter } from '../../logs/run-writer.ts';
import { keyValueMachine } from '../../replication/core/key-value.ts';
import type { Protocol, ProtocolRequest } from '../../replication/protocol.ts';
import { createRaft } from '../../replication/raft/raft.ts';
import type { Outcome } from '../../vm/program.ts';
import { between, type RandomState, seedRandom } from '../../vm/random.ts';
import type { Fault } from '../../vm/sim/actions.ts';
import { CALM_DISK } from '../../vm/sim/disk.ts';
import { CALM_NETWORK, type LinkSettings } from '../../vm/sim/network.ts';
import { World } from '../../vm/sim/world.ts';

/** What is recorded. */
export interface RecordedRaft {
  readonly seed: number;
  readonly machines: number;
  /** Ends as soon as so many rows are written. */
  readonly events: number;
  /** Requests in 10 virtual milliseconds. */
  readonly load: number;
  /** Virtual microseconds between two faults; without, nothing goes wrong. */
  readonly faultEveryUs?: number;
  readonly network?: LinkSettings;
  /** The part of messages that may overtake others while the network is bad. */
  readonly reorderRate?: number;
  /** Whether what the clients asked and were told is kept, too. */
  readonly history?: boolean;
  /** Raft with a bug, say; the project's own if it is not given. */
  readonly createRaft?: typeof createRaft;
}

const STEP_US = 10_000;
const SESSIONS = 8;

/** Simulates into the new folder `dir`. `onProgress` hears the rows so far. */
export async function recordRaft(
  dir: string,
  options: RecordedRaft,
  onProgress: (rows: number) => void = () => {},
): Promise<void> {
  const { seed, events, faultEveryUs } = options;
  const machines = Array.from({ length: options.machines }, (_, i) => ({
    id: `n${i + 1}`,
    ticksPerSecond: 100,
  }));
  const writer = new RunWriter(dir, {
    schemaVersion: SCHEMA_VERSION,
    program: 'raft',
    protocol: 'raft',
    machines,
    seed,
    stamp: 'after',
    vector: true,
    versions: {},
    settings: { mode: 'simulated' },
    finished: false,
  });
  const history = options.history === true ? new ClientHistory() : undefined;
  const protocol = (options.createRaft ?? createRaft)(keyValueMachine) as unknown as AnyProtocol;
  const clients = new Clients(
    protocol,
    seedRandom(`recorded/${seed}`),
    machines.map(({ id }) => id),
    options.reorderRate ?? 0,
    history,
  );
  const world: AnyWorld = new World(
    protocol,
    {
      seed,
      machines,
      clock: { stamp: 'after', vector: true },
      record: true,
      network: options.network ?? CALM_NETWORK,
      disk: CALM_DISK,
    },
    {
      event: (record) => writer.write(record),
      responded: (_node, id, outcome) => clients.answered(id, outcome, world.now),
    },
  );
  for (let step = 0; writer.rows < events; step++) {
    clients.ask(world, options.load);
    if (faultEveryUs !== undefined && world.now > 0 && world.now % faultEveryUs < STEP_US)
      clients.injectFaults(world);
    world.advance(STEP_US);
    if (step % 100 === 0) onProgress(writer.rows);
  }
  await writer.finish(history && tickraftHistory(history.operations, null));
}

type AnyProtocol = Protocol<unknown, unknown>;
type AnyWorld = World<unknown, unknown, ProtocolRequest>;

/** Clients in sessions, and what goes wrong around them. */
class Clients {
  readonly #protocol: AnyProtocol;
  readonly #random: RandomState;
  readonly #nodes: readonly string[];
  readonly #sessions: { readonly id: string; sequence: number }[] = [];
  readonly #opening = new Set<string>();
  readonly #reorderRate: number;
  readonly #history: ClientHistory | undefined;
  #nonce = 0;
  #calm = true;

  constructor(
    protocol: AnyProtocol,
    random: RandomState,
    nodes: readonly string[],
    reorderRate: number,
    history: ClientHistory | undefined,
  ) {
    this.#protocol = protocol;
    this.#history = history;
    this.#reorderRate = reorderRate;
    this.#random = random;
    this.#nodes = nodes;
  }

  #node(): string {
    return this.#nodes[between(this.#random, 0, this.#nodes.length - 1)]!;
  }

  answered(id: string, outcome: Outcome, atUs: number): void {
    this.#history?.answered(id, outcome, atUs);
    if (this.#opening.delete(id) && outcome.ok)
      this.#sessions.push({ id: outcome.value as string, sequence: 0 });
  }

  /** Reads and writes; now and then a write is sent twice, to two machines. */
  ask(world: AnyWorld, load: number): void {
    if (this.#sessions.length < SESSIONS && this.#opening.size < SESSIONS) {
      const nonce = `c${++this.#nonce}`;
      this.#opening.add(world.request(this.#node(), { type: 'open-session', nonce }));
    }
    const session = this.#sessions[between(this.#random, 0, SESSIONS - 1)];
    if (session === undefined) return;
    for (let i = 0; i < load; i++) {
      const key = `key${between(this.#random, 1, 100)}`;
      const face = between(this.#random, 1, 20);
      if (face <= 4) {
        this.#ask(world, {
          type: 'read',
          query: { type: 'get', key },
          consistency: 'linearizable',
        });
        continue;
      }
      const sequence = ++session.sequence;
      const tag = { session: session.id, sequence, acknowledged: Math.max(1, sequence - 5_000) };
      const request: ProtocolRequest = {
        type: 'submit',
        command: { type: 'put', key, value: sequence },
        tag,
      };
      this.#ask(world, request);
      if (face === 20) this.#ask(world, request);
    }
  }

  #ask(world: AnyWorld, request: ProtocolRequest): void {
    const node = this.#node();
    const isUp = world.node(node).status === 'up';
    const id = world.request(node, request);
    // A machine that is not up never hears of it.
    if (isUp) this.#history?.asked(id, node, request, world.now);
  }

  /** A crash, a cut or a bad network; and next time all is well again. */
  injectFaults(world: AnyWorld): void {
    if (!this.#calm) {
      for (const { id, status } of world.nodes.values())
        if (status === 'down') world.do({ type: 'restart', node: id });
      world.do({ type: 'heal' });
      world.do({ type: 'network', settings: world.settings.network });
    } else world.do(this.#fault(world));
    this.#calm = !this.#calm;
  }

  #fault(world: AnyWorld): Fault {
    const { view, leaderRole } = this.#protocol;
    const leader = [...world.nodes.values()].find(
      ({ machine, status }) => status === 'up' && view(machine.state.program).role === leaderRole,
    )?.id;
    const victim = between(this.#random, 1, 2) === 1 ? (leader ?? this.#node()) : this.#node();
    switch (between(this.#random, 1, 3)) {
      case 1:
        return { type: 'crash', node: victim };
      case 2:
        return { type: 'partition', groups: [[victim], this.#nodes.filter((node) => node !== victim)] };
      default: {
        const bad = { delayUs: [500, 20_000], lossRate: 0.05, duplicateRate: 0.02 } as const;
        return { type: 'network', settings: { ...bad, reorderRate: this.#reorderRate } };
      }
    }
  }
}
