/**
 * One replica of the chat: everything that one process runs, on one port. The only file of the chat that knows
 * which protocol replicates it.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { z } from 'zod';
import { LogWriter } from '../../logs/writer.ts';
import { Observers } from '../../replication/live/observe.ts';
import { Replica } from '../../replication/live/replica.ts';
import { attachClients } from '../../replication/live/server.ts';
import type { RepairOptions } from '../../replication/ops/repair.ts';
import { shellWord } from '../../replication/ops/shell-word.ts';
import type { RaftMessage } from '../../replication/raft/messages.ts';
import { createRaft } from '../../replication/raft/raft.ts';
import { livePace } from '../../replication/raft/timing.ts';
import type { RaftState } from '../../replication/raft/types.ts';
import type { ReplicaAddress, ReplicaStatus } from '../../replication/replication.ts';
import type { EventRecord } from '../../vm/event.ts';
import { DurableDisk } from '../../vm/live/disk/durable-disk.ts';
import { LiveError, reason } from '../../vm/live/errors.ts';
import { gateOf } from '../../vm/live/pressure/gate.ts';
import { stopBySteps } from '../../vm/live/process/deadline.ts';
import { GuardedServer } from '../../vm/live/server/guarded-server.ts';
import { OpenSockets } from '../../vm/live/server/open-sockets.ts';
import { openDoor } from '../../vm/live/server/websocket-server.ts';
import {
  type ChatAnswer,
  type ChatCommand,
  type ChatQuery,
  type ChatResult,
  commandSchema,
  querySchema,
} from '../state/commands.ts';
import { MAX_REQUEST_BYTES } from '../state/limits.ts';
import { chatStateMachine } from '../state/machine.ts';
import { originCheck, serverNames } from './origins.ts';
import { joinClusterRun } from './run-folder.ts';
import { attachChat } from './server.ts';
import { webListener } from './web.ts';

/** What a replica process is told. */
export interface ReplicaProcessOptions {
  readonly id: string;
  /** The interface to listen on. */
  readonly host: string;
  readonly port: number;
  /** All replicas, this one included. */
  readonly replicas: readonly ReplicaAddress[];
  readonly secret?: string | undefined;
  /** Names under which pages may reach the replicas, besides those in their addresses. */
  readonly allowHost?: readonly string[] | undefined;
  /** This replica's own data directory. */
  readonly data: string;
  /** Ticks a second. */
  readonly rate: number;
  /** How long a leader answers reads by a lease, in milliseconds; there are no leases without it. */
  readonly lease?: number | undefined;
  /** The shortest election timeout and the heartbeat, in milliseconds; defaults: those of `Timing`. */
  readonly electionTimeout?: number | undefined;
  readonly heartbeat?: number | undefined;
  /** Addresses of proxies, which say in `X-Forwarded-For` whom they speak for. Default: none. */
  readonly proxies?: readonly string[] | undefined;
  /** The run folder for logs; none are written without it. */
  readonly logs?: string | undefined;
  readonly onFailure: (error: LiveError) => void;
  readonly onNotice: (line: string) => void;
}

/** A replica that runs. */
export interface RunningReplica {
  status(): ReplicaStatus;
  /**
   * Takes no new connections, hands over if it leads, lets go of the disk, says goodbye to clients and flushes the log. Takes
   * about a second at most, however many connections others keep open; rejects with `StopIncomplete` if the disk or
   * the log hangs.
   */
  stop(): Promise<void>;
}

/** The name under which replicas of the chat know each other. */
const CLUSTER = 'chat';
/** Bytes of one replica's log on disk, at most. */
const LOG_LIMIT_BYTES = 256 * 2 ** 20;

/**
 * How long a stop waits for the replica (which hands over first), for clients to hear of it, and for the log, in
 * milliseconds. Shorter together than whoever started the replica waits.
 */
const STOP_MS = 5_000;
const GOODBYE_MS = 200;
const CLOSE_LOG_MS = 1_500;

/** Starts a replica. Rejects with a `LiveError` or `LogError`, in one line, if it cannot. */
export async function startReplica(options: ReplicaProcessOptions): Promise<RunningReplica> {
  const { id, replicas, secret } = options;
  let replica: ReturnType<typeof makeReplica> | undefined;
  const web = webListener(() => replica!.status());
  const http = new GuardedServer({ hosts: serverNames(replicas, options.allowHost), listener: web });
  const sockets = new OpenSockets(http);
  await listen(http, options);
  try {
    const log = openLog(options);
    const check = originCheck(replicas);
    const gate = gateOf(http, { ...options, onNotice: (line) => options.onNotice(`${id}: ${line}`) });
    const io = openDoor(http, {
      path: '/socket.io',
      maxFrameBytes: MAX_REQUEST_BYTES,
      admit: (request) => (check(request) ? undefined : 'this page is not from here'),
      gate,
    });
    const observers = new Observers(io, () => replica!.status());
    const record = (event: EventRecord) => {
      log!.write(event);
      observers.event(event);
    };
    replica = makeReplica(options, http, log && record);
    const running = replica;
    const clients = attachClients(http, {
      replication: running,
      secret,
      gate,
      check: {
        command: (value) => checked(commandSchema, value),
        query: (value) => checked(querySchema, value),
      },
    });
    const cluster = () => ({ replicas, leader: running.status().leader });
    const stopChat = attachChat(io, {
      replication: running,
      consistency: options.lease === undefined ? 'linearizable' : 'lease',
      cluster,
      addressOf: gate.addressOf,
      onError: (error) => options.onNotice(`${id}: chat: ${reason(error)}`),
    });
    const endConnections = async () => {
      observers.close();
      stopChat();
      // Says goodbye, and then waits for every connection to end.
      const closed = Promise.all([io.close(), clients.close()]);
      await sockets.end(GOODBYE_MS);
      await closed;
    };
    return {
      status: () => running.status(),
      async stop() {
        sockets.refuse();
        await stopBySteps([
          { what: 'stopping the replica', ms: STOP_MS, run: () => running.stop() },
          { what: 'ending connections', ms: STOP_MS, run: () => endConnections() },
          { what: 'closing the log', ms: CLOSE_LOG_MS, run: async () => log?.close() },
        ]);
      },
    };
  } catch (error) {
    http.close();
    throw withAdvice(error, options);
  }
}

/** What `tickraft repair` must know of the replica `id` whose data directory is `data`. */
export function repairOptions(data: string, id: string): RepairOptions<RaftState, RaftMessage> {
  return { protocol: createRaft(chatStateMachine), directory: data, self: id, cluster: CLUSTER };
}

/** The error, and where its data is damaged, the command that helps. */
function withAdvice(error: unknown, { data, id }: ReplicaProcessOptions): unknown {
  if (!(error instanceof LiveError && error.code === 'DataCorrupt')) return error;
  const advice = `for the ways out: npx tickraft repair --data ${shellWord(data)} --id ${id}`;
  return new LiveError(error.code, `${error.message}; ${advice}`, error);
}

function makeReplica(
  options: ReplicaProcessOptions,
  server: GuardedServer,
  record: ((event: EventRecord) => void) | undefined,
) {
  const { id, replicas, secret, data, rate, onFailure, onNotice } = options;
  const timing = {
    electionMs: options.electionTimeout,
    heartbeatMs: options.heartbeat,
    leaseMs: options.lease,
  };
  const protocol = createRaft(chatStateMachine, { ...livePace(rate, timing), newClusterId: randomUUID() });
  return new Replica<ChatCommand, ChatResult, ChatQuery, ChatAnswer, RaftState, RaftMessage>({
    protocol,
    self: id,
    replicas,
    cluster: CLUSTER,
    secret,
    server,
    disk: DurableDisk.open(data, { id, cluster: CLUSTER }, protocol),
    rate,
    record,
    onFailure: (error) => onFailure(withAdvice(error, options) as LiveError),
    onNotice: (line) => onNotice(`${id}: ${line}`),
  });
}

function checked<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  throw new Error([...path, message].join(': '));
}

async function listen(http: GuardedServer, { host, port }: ReplicaProcessOptions): Promise<void> {
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

function openLog({ id, logs, replicas, rate, onNotice }: ReplicaProcessOptions): LogWriter | undefined {
  if (logs === undefined) return undefined;
  const ids = replicas.map((replica) => replica.id);
  joinClusterRun(logs, ids, rate);
  return new LogWriter({
    dir: logs,
    node: id,
    whenFull: 'drop',
    limitBytes: LOG_LIMIT_BYTES,
    onProblem: onNotice,
  });
}
