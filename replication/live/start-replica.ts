/**
 * Starts one replica of an application, in this process and on one port: peers at `/peer`, other
 * programs at `/client`, and what else the application serves there.
 *
 *     const counter = await startReplica({ id: 'r1', machine, replicas, data: 'data/r1' });
 *     await counter.submit({ type: 'add', amount: 1 });
 */
import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { hostname } from 'node:os';
import { type EventRecord, LiveError, type NodeId, reason } from '../../vm/index.ts';
import { belongingIn } from '../../vm/live/disk/index.ts';
import { checkSecret } from '../../vm/live/index.ts';
import { type Gate, gateOf } from '../../vm/live/pressure/index.ts';
import { stopBySteps } from '../../vm/live/process/index.ts';
import { GuardedServer, OpenSockets } from '../../vm/live/server/index.ts';
import { CHOICES, type ProtocolName, type ProtocolSettings } from '../choice/index.ts';
import type { Timing } from '../raft/timing.ts';
import type { ReplicaAddress, ReplicaStatus, Replication } from '../replication.ts';
import type { StateMachine } from '../state-machine.ts';
import { refusal } from './admission.ts';
import type { AutopilotOptions } from './autopilot/options.ts';
import { checkAutopilotRequest } from './autopilot/request.ts';
import { checkChoice, refuse } from './check-choice.ts';
import type { Admin } from './http/admin.ts';
import { operatorListener } from './http/listener.ts';
import { checkMemberRequest } from './http/member-request.ts';
import { type ClusterToJoin, findCluster } from './join.ts';
import { makeReplica } from './make-replica.ts';
import { DEFAULT_RATE, openLog } from './run-folder.ts';
import { attachClients, type ClientChecks } from './server.ts';

/**
 * Options of a replica. Commands `C`, results `R`, queries `Q` and answers `A` are those of
 * `machine`.
 */
export interface StartOptions<C, R, Q, A> {
  /** The replica's name; one of those in `replicas`. */
  readonly id: NodeId;
  /**
   * The state machine that is replicated. Every replica of a cluster must be given the same one.
   */
  readonly machine: StateMachine<C, R, Q, A>;
  /**
   * The protocol that replicates it, the same on every replica. What each guarantees:
   * docs/reference/protocols.md. Default: `raft`.
   */
  readonly protocol?: ProtocolName | undefined;
  /** Settings of that protocol, the same on every replica. Default: see `ProtocolSettings`. */
  readonly settings?: ProtocolSettings | undefined;
  /** All replicas of the cluster, including this one. Every replica must be given the same list. */
  readonly replicas: readonly ReplicaAddress[];
  /**
   * Addresses of replicas of a running cluster that this one is to be added to; `replicas` then has
   * itself only. With new data it belongs to that cluster, and takes part once it is added as a
   * member. With data of its own that cluster is known. Default: it is one of the founders.
   */
  readonly join?: readonly string[] | undefined;
  /**
   * Its own data directory. Default: everything is in memory, and is forgotten when the replica
   * stops (for tests only).
   */
  readonly data?: string | undefined;
  /** The name of the cluster: replicas of another are refused. Default: the machine's name. */
  readonly cluster?: string | undefined;
  /**
   * A secret that all replicas and clients share. Default: none, and only programs on this computer
   * may connect.
   */
  readonly secret?: string | undefined;
  /** The interface to listen on. Default: `127.0.0.1`. */
  readonly host?: string | undefined;
  /** The port to listen on. Default: the port in its own address. */
  readonly port?: number | undefined;
  /**
   * More host names that requests may use, besides IP addresses, `localhost`, this computer's name
   * and the names in `replicas`. Default: none.
   */
  readonly allowHost?: readonly string[] | undefined;
  /** Addresses of trusted proxies, whose `X-Forwarded-For` names the client. Default: none. */
  readonly proxies?: readonly string[] | undefined;
  /** Ticks per second of its clock. Default: 20. */
  readonly rate?: number | undefined;
  /** Election timeout, heartbeat and lease, in milliseconds. Default: see `Timing`. */
  readonly timing?: Timing | undefined;
  /**
   * What its autopilot starts replicas with, and acts by. It is paused until the cluster is told
   * otherwise (`tickraft autopilot resume`). Default: it starts no replicas.
   */
  readonly autopilot?: AutopilotOptions | undefined;
  /** The run folder for its event log, which takes at most 256 MiB. Default: no log is written. */
  readonly logs?: string | undefined;
  /**
   * Serves `/client` for programs elsewhere (`tickraft/client`), and checks what they submit and
   * ask: a check throws an `Error` that says in one line what is wrong. Default: `/client` is not
   * served.
   */
  readonly check?: ClientChecks<C, Q> | undefined;
  /**
   * Makes the handler of plain HTTP requests on the replica's port, besides `/metrics`, `/livez`,
   * `/readyz` and `/admin/`. Default: they are answered with 404.
   */
  readonly listener?: ((status: () => ReplicaStatus) => RequestListener) | undefined;
  /** Adds servers of the application (WebSockets, say) to the replica's port. Default: none. */
  readonly serve?: ((place: ServingPlace<C, R, Q, A>) => Serving) | undefined;
  /**
   * Called once, if the replica has stopped because of an error, or because it was removed from its
   * cluster (`Removed`). Default: the error is thrown, which ends the process.
   */
  readonly onFailure?: ((error: LiveError) => void) | undefined;
  /** Called with each line that a person should read. Default: standard error. */
  readonly onNotice?: ((line: string) => void) | undefined;
}

/** What an application can use to serve more. */
export interface ServingPlace<C, R, Q, A> {
  readonly http: GuardedServer;
  /** Bounds what clients use of this process. */
  readonly gate: Gate;
  readonly replication: Replication<C, R, Q, A>;
}

/** What an application serves besides. */
export interface Serving {
  /** Called with every event of the replica, if events are recorded. */
  readonly onEvent?: ((event: EventRecord) => void) | undefined;
  /**
   * Disconnects its clients; resolves once they are gone. Connections that remain are ended a
   * moment later.
   */
  close(): Promise<unknown>;
}

/** A running replica. */
export interface RunningReplica<C, R, Q, A> extends Replication<C, R, Q, A> {
  /**
   * Takes no new connections, hands over if it leads, closes the disk, disconnects clients and
   * flushes the log. Takes about a second at most, however many connections others keep open;
   * rejects with `StopIncomplete` if the disk or the log hangs. With `handOver: false` the others
   * must notice, as if its process had ended.
   */
  stop(options?: { readonly handOver?: boolean }): Promise<void>;
}

const DEFAULT_HOST = '127.0.0.1';
/**
 * How long a stop waits for the replica (which hands over first), for clients to hear of it, and
 * for the log, in milliseconds. Together shorter than the time that the process that started the
 * replica waits.
 */
const STOP_MS = 5_000;
const GOODBYE_MS = 200;
const CLOSE_LOG_MS = 1_500;

/**
 * Starts a replica. Rejects with a `LiveError`, a `LogError` or a `ReplicationError`, in one line,
 * if it cannot.
 */
export async function startReplica<C, R, Q, A>(
  options: StartOptions<C, R, Q, A>,
): Promise<RunningReplica<C, R, Q, A>> {
  const { id, replicas, host = DEFAULT_HOST } = options;
  const address = replicas.find((replica) => replica.id === id);
  if (address === undefined) throw new RangeError(`${id} is not one of the replicas`);
  checkChoice(options);
  const http = new GuardedServer({ hosts: serverNames(options) });
  const sockets = new OpenSockets(http);
  await listen(http, host, options.port ?? portOf(new URL(address.url)));
  try {
    return startOn(http, sockets, options, await clusterToJoin(options));
  } catch (error) {
    http.close();
    throw error;
  }
}

/** The cluster to join, unless there is data, which says what it belongs to. */
async function clusterToJoin<C, R, Q, A>({
  id,
  machine,
  data,
  cluster = machine.name,
  secret,
  join,
}: StartOptions<C, R, Q, A>): Promise<ClusterToJoin | undefined> {
  if (join === undefined || (data !== undefined && belongingIn(data, { id, cluster }) !== undefined)) {
    return undefined;
  }
  return findCluster(id, join, secret);
}

/**
 * Starts a replica on a server that is listening already. Throws as `startReplica` rejects; the
 * server is closed then.
 */
export function startOn<C, R, Q, A>(
  http: GuardedServer,
  sockets: OpenSockets,
  options: StartOptions<C, R, Q, A>,
  joins?: ClusterToJoin,
): RunningReplica<C, R, Q, A> {
  try {
    const notice = options.onNotice ?? printNotice;
    const log = options.logs === undefined ? undefined : openLog({ ...options, dir: options.logs }, notice);
    const gate = gateOf(http, {
      proxies: options.proxies,
      onNotice: (line) => notice(`${options.id}: ${line}`),
    });
    let onEvent: Serving['onEvent'];
    const record = (event: EventRecord) => {
      log!.write(event);
      onEvent?.(event);
    };
    const { id, machine, replicas, data, secret, timing, check } = options;
    const { cluster = machine.name, rate = DEFAULT_RATE, onFailure = fail } = options;
    const { protocol = 'raft', settings = {} } = options;
    const { replica, vitals, exporter, autopilot } = makeReplica({
      ...{ id, machine, protocol, settings, replicas, data, joins, secret, timing, cluster, rate, onFailure },
      server: http,
      record: log && record,
      clients: gate.clients,
      autopilot: options.autopilot,
      onNotice: (line) => notice(`${id}: ${line}`),
    });
    const others = options.listener?.(() => replica.status());
    const known = checkSecret(secret);
    const admin: Admin = {
      refusal: (request) => refusal(known, request),
      admitted: ({ socket }) => http.admitted(socket),
      actions: {
        drain: () => replica.drain(),
        resume: async () => replica.resume(),
        status: async () => replica.status(),
        'change-members': (body) => replica.changeMembers(checkMemberRequest(body)),
        autopilot: async () => (autopilot ?? refuse(protocol, 'autopilot')).status(),
        'set-autopilot': async (body) =>
          (autopilot ?? refuse(protocol, 'autopilot')).change(checkAutopilotRequest(body)),
      },
      backup: () => {
        if (CHOICES[protocol].lacks.backup !== undefined) refuse(protocol, 'backup');
        return replica.backup();
      },
    };
    http.onPlainRequest(operatorListener({ vitals, exporter, admin, others }));
    const clients = check && attachClients(http, { replication: replica, secret, gate, check });
    const serving = options.serve?.({ http, gate, replication: replica });
    onEvent = serving?.onEvent;
    const endConnections = async () => {
      // Disconnects clients, and then waits for every connection to end.
      const closed = Promise.all([serving?.close(), clients?.close()]);
      await sockets.end(GOODBYE_MS);
      await closed;
    };
    return running(replica, async (handOver) => {
      sockets.refuse();
      await stopBySteps([
        { what: 'stopping the replica', ms: STOP_MS, run: () => replica.stop({ handOver }) },
        { what: 'ending connections', ms: STOP_MS, run: endConnections },
        { what: 'closing the log', ms: CLOSE_LOG_MS, run: async () => log?.close() },
      ]);
    });
  } catch (error) {
    http.close();
    throw error;
  }
}

function running<C, R, Q, A>(
  replica: Replication<C, R, Q, A>,
  stop: (handOver: boolean) => Promise<void>,
): RunningReplica<C, R, Q, A> {
  let stopping: Promise<void> | undefined;
  return {
    submit: (command, tag) => replica.submit(command, tag),
    openSession: (owner) => replica.openSession(owner),
    read: (query, how) => replica.read(query, how),
    submitBatch: (batch) => replica.submitBatch(batch),
    onApplied: (listener) => replica.onApplied(listener),
    onInstalled: (listener) => replica.onInstalled(listener),
    status: () => replica.status(),
    stop({ handOver = true } = {}) {
      stopping ??= stop(handOver);
      return stopping;
    },
  };
}

function portOf({ port, protocol }: URL): number {
  return Number(port || (protocol === 'https:' ? 443 : 80));
}

/** The names of servers of this cluster, for `Host`. */
function serverNames({
  replicas,
  allowHost = [],
}: Pick<StartOptions<never, never, never, never>, 'replicas' | 'allowHost'>): Set<string> {
  return new Set([hostname(), ...replicas.map(({ url }) => new URL(url).hostname), ...allowHost]);
}

/** Listens, or throws a `LiveError` that says why not. */
export async function listen(http: GuardedServer, host: string, port: number): Promise<void> {
  http.listen(port, host);
  try {
    await once(http, 'listening');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE')
      throw new LiveError('PortInUse', `port ${port} of ${host} is in use by another program`);
    throw new LiveError('PortUnusable', `cannot listen on port ${port} of ${host}: ${reason(error)}`, error);
  }
}

function printNotice(line: string): void {
  process.stderr.write(`${line}\n`);
}

function fail(error: LiveError): void {
  throw error;
}
