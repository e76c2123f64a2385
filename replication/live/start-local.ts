/**
 * A whole cluster in this process, for tests and first steps: real replicas over real sockets on
 * free ports, with data on disk or in memory.
 *
 *     const cluster = await startLocal({ machine });
 *     const counter = await cluster.leader();
 *     await counter.submit({ type: 'add', amount: 1 });
 *     await cluster.stop();
 */
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { NodeId } from '../../vm/index.ts';
import { GuardedServer, OpenSockets } from '../../vm/live/server/index.ts';
import { ReplicationError } from '../errors.ts';
import type { ReplicaAddress } from '../replication.ts';
import type { StateMachine } from '../state-machine.ts';
import { checkChoice } from './check-choice.ts';
import { LIVE_PROTOCOLS } from './protocols/index.ts';
import { listen, type RunningReplica, type StartOptions, startOn, startReplica } from './start-replica.ts';

/** What a local cluster is started with. Everything else is as for `startReplica`. */
export interface LocalOptions<C, R, Q, A>
  extends Pick<
    StartOptions<C, R, Q, A>,
    'check' | 'logs' | 'onNotice' | 'protocol' | 'rate' | 'settings' | 'timing'
  > {
  /** The state machine that is replicated. */
  readonly machine: StateMachine<C, R, Q, A>;
  /** How many replicas, `r1`, `r2`, and so on. Default: 3. */
  readonly replicas?: number;
  /**
   * A folder in which each replica has a data directory. Default: everything is in memory, and a
   * replica that is killed forgets it.
   */
  readonly data?: string;
}

/** How often a leader is looked for, in milliseconds. */
const LOOK_MS = 10;
const HOST = '127.0.0.1';

/** Starts a cluster, and waits until it has a leader. Rejects as `startReplica` does. */
export async function startLocal<C, R, Q, A>(
  options: LocalOptions<C, R, Q, A>,
): Promise<LocalCluster<C, R, Q, A>> {
  const { replicas: count = 3 } = options;
  if (!Number.isInteger(count) || count < 1)
    throw new RangeError('replicas must be a whole number above zero');
  checkChoice(options);
  const places = Array.from({ length: count }, () => new GuardedServer()).map((http) => ({
    http,
    sockets: new OpenSockets(http),
  }));
  // All listen before any is started with the addresses of the others.
  await Promise.all(places.map(({ http }) => listen(http, HOST, 0)));
  const replicas = places.map(({ http }, i) => ({
    id: `r${i + 1}`,
    url: `http://${HOST}:${(http.address() as AddressInfo).port}`,
  }));
  const cluster = new LocalCluster(options, replicas);
  try {
    for (const [i, { http, sockets }] of places.entries()) cluster.start(replicas[i]!.id, http, sockets);
    await cluster.leader();
    return cluster;
  } catch (error) {
    // Servers of replicas that did not start are still listening.
    for (const { http } of places) http.close();
    await cluster.stop();
    throw error;
  }
}

/** A cluster in this process. */
export class LocalCluster<C, R, Q, A> {
  /** Where its replicas are, for clients (`tickraft/client`). */
  readonly addresses: readonly ReplicaAddress[];
  readonly #options: LocalOptions<C, R, Q, A>;
  readonly #running = new Map<NodeId, RunningReplica<C, R, Q, A>>();
  /** How many must run. */
  readonly #needed: number;

  /** Made by `startLocal`. */
  constructor(options: LocalOptions<C, R, Q, A>, addresses: readonly ReplicaAddress[]) {
    this.#options = options;
    this.addresses = addresses;
    const { machine, protocol = 'raft', rate = 1, timing, settings = {} } = options;
    const run = { rate, timing, settings, replicas: addresses };
    const { guarantees } = LIVE_PROTOCOLS[protocol].create(machine, run);
    this.#needed = guarantees.servedBy(addresses.length);
  }

  /** Running replicas, by name. */
  get replicas(): ReadonlyMap<NodeId, RunningReplica<C, R, Q, A>> {
    return this.#running;
  }

  /**
   * The replica that leads, once one does; where nobody ever leads, any that runs. Rejects with
   * `NoLeader` if too few run.
   */
  async leader(): Promise<RunningReplica<C, R, Q, A>> {
    for (;;) {
      if (this.#running.size < this.#needed)
        throw new ReplicationError(
          'NoLeader',
          `only ${this.#running.size} of ${this.addresses.length} replicas run`,
        );
      const term = Math.max(...[...this.#running.values()].map((one) => one.status().term));
      for (const replica of this.#running.values()) {
        const { id, leader, leaderless, term: own } = replica.status();
        if ((leader === id || leaderless) && own === term) return replica;
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  /**
   * Ends a replica as if its process had been killed: it does not hand over, and the others must
   * notice.
   */
  async kill(id: NodeId): Promise<void> {
    const replica = this.#running.get(id);
    if (replica === undefined) throw new RangeError(`${id} is not running`);
    this.#running.delete(id);
    await replica.stop({ handOver: false });
  }

  /** Brings a replica back that was killed, with the data that it had. */
  async restart(id: NodeId): Promise<RunningReplica<C, R, Q, A>> {
    if (this.#running.has(id)) throw new RangeError(`${id} runs already`);
    const replica = await startReplica(this.#optionsOf(id));
    this.#running.set(id, replica);
    return replica;
  }

  /** Stops all of them. */
  async stop(): Promise<void> {
    const stopping = [...this.#running.values()].map((replica) => replica.stop({ handOver: false }));
    this.#running.clear();
    await Promise.all(stopping);
  }

  /** Starts a replica on a port that listens. */
  start(id: NodeId, http: GuardedServer, sockets: OpenSockets): void {
    this.#running.set(id, startOn(http, sockets, this.#optionsOf(id)));
  }

  #optionsOf(id: NodeId): StartOptions<C, R, Q, A> {
    const { replicas: _, data, ...options } = this.#options;
    return {
      ...options,
      id,
      replicas: this.addresses,
      data: data === undefined ? undefined : join(data, id),
    };
  }
}
