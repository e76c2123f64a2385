/**
 * Raft under load and faults in the simulated world, recorded as a run folder of any size. The same
 * options give the same folder, byte for byte.
 */
import { ClientHistory } from '../../analysis/campaign/client-history.ts';
import { tickraftHistory } from '../../analysis/history/tickraft-history.ts';
import { SCHEMA_VERSION } from '../../logs/format/schema.ts';
import { RunWriter } from '../../logs/run-writer.ts';
import type { ProtocolRequest } from '../../replication/protocol.ts';
import { createRaft } from '../../replication/raft/raft.ts';
import { type ClusterObserver, SimulatedCluster } from '../../replication/sim/cluster.ts';
import type { KeyValueCluster } from '../../replication/sim/protocol.ts';
import { simulatedRaft } from '../../replication/sim/raft.ts';
import type { Outcome } from '../../vm/program.ts';
import { between, type RandomState, seedRandom } from '../../vm/random.ts';
import type { Fault } from '../../vm/sim/actions.ts';
import type { LinkSettings } from '../../vm/sim/network.ts';
import { CALM_WORLD, drawMachines } from '../../vm/sim/presets.ts';

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
  /** Whether the client history is recorded too. */
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
  const { seed, events, faultEveryUs, network = CALM_WORLD.network } = options;
  const machines = drawMachines(options.machines);
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
  const clients = new Clients(seedRandom(`recorded/${seed}`), options.reorderRate ?? 0, history);
  const cluster: KeyValueCluster = new SimulatedCluster(
    simulatedRaft(options.createRaft ?? createRaft).create('quick'),
    { seed, machines, network, record: (record) => writer.write(record) },
    clients,
  );
  for (let step = 0; writer.rows < events; step++) {
    clients.ask(cluster, options.load);
    if (faultEveryUs !== undefined && cluster.now > 0 && cluster.now % faultEveryUs < STEP_US)
      clients.injectFaults(cluster);
    cluster.advance(STEP_US);
    if (step % 100 === 0) onProgress(writer.rows);
  }
  await writer.finish(history && tickraftHistory(history.operations, null));
}

/** Clients in sessions, and what goes wrong around them. */
class Clients implements ClusterObserver {
  readonly #random: RandomState;
  readonly #sessions: { readonly id: string; sequence: number }[] = [];
  readonly #opening = new Set<string>();
  readonly #reorderRate: number;
  readonly #history: ClientHistory | undefined;
  #nonce = 0;
  #calm = true;

  constructor(random: RandomState, reorderRate: number, history: ClientHistory | undefined) {
    this.#history = history;
    this.#reorderRate = reorderRate;
    this.#random = random;
  }

  #node({ nodes }: KeyValueCluster): string {
    return nodes[between(this.#random, 0, nodes.length - 1)]!;
  }

  asked(...asked: Parameters<ClientHistory['asked']>): void {
    this.#history?.asked(...asked);
  }

  answered(id: string, outcome: Outcome, atUs: number): void {
    this.#history?.answered(id, outcome, atUs);
    if (this.#opening.delete(id) && outcome.ok)
      this.#sessions.push({ id: outcome.value as string, sequence: 0 });
  }

  /** Reads and writes; now and then a write is sent twice, to two machines. */
  ask(cluster: KeyValueCluster, load: number): void {
    if (this.#sessions.length < SESSIONS && this.#opening.size < SESSIONS) {
      const nonce = `c${++this.#nonce}`;
      this.#opening.add(cluster.request(this.#node(cluster), { type: 'open-session', nonce }));
    }
    const session = this.#sessions[between(this.#random, 0, SESSIONS - 1)];
    if (session === undefined) return;
    for (let i = 0; i < load; i++) {
      const key = `key${between(this.#random, 1, 100)}`;
      const face = between(this.#random, 1, 20);
      if (face <= 4) {
        cluster.request(this.#node(cluster), {
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
      cluster.request(this.#node(cluster), request);
      if (face === 20) cluster.request(this.#node(cluster), request);
    }
  }

  /** A crash, a cut or a bad network; and next time all is well again. */
  injectFaults(cluster: KeyValueCluster): void {
    if (!this.#calm) {
      for (const node of cluster.nodes)
        if (cluster.status(node) === 'down') cluster.do({ type: 'restart', node });
      cluster.do({ type: 'heal' });
      cluster.do({ type: 'network', settings: cluster.world.settings.network });
    } else cluster.do(this.#fault(cluster));
    this.#calm = !this.#calm;
  }

  #fault(cluster: KeyValueCluster): Fault {
    const { leader } = cluster;
    const hitsLeader = between(this.#random, 1, 2) === 1;
    const victim = hitsLeader && leader !== undefined ? leader : this.#node(cluster);
    switch (between(this.#random, 1, 3)) {
      case 1:
        return { type: 'crash', node: victim };
      case 2:
        return { type: 'partition', groups: [[victim], cluster.nodes.filter((node) => node !== victim)] };
      default: {
        const bad = { delayUs: [500, 20_000], lossRate: 0.05, duplicateRate: 0.02 } as const;
        return { type: 'network', settings: { ...bad, reorderRate: this.#reorderRate } };
      }
    }
  }
}
