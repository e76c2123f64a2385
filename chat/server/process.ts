/** One replica of the chat: everything that one process runs, on one port. */
import type { z } from 'zod';
import { nameOfRun } from '../../replication/choice/index.ts';
import { clusterOf } from '../../replication/failover/index.ts';
import type { ReplicaAddress } from '../../replication/index.ts';
import {
  Observers,
  type ProtocolName,
  type ProtocolSettings,
  type RunningReplica,
  type Serving,
  type ServingPlace,
  startReplica,
} from '../../replication/live/index.ts';
import { LIVE_PROTOCOLS } from '../../replication/live/protocols/index.ts';
import {
  type Provisioner,
  type RecoverOptions,
  type RepairOptions,
  shellWord,
} from '../../replication/ops/index.ts';
import { createRaft, type RaftMessage, type RaftState } from '../../replication/raft/index.ts';
import { LiveError, reason } from '../../vm/index.ts';
import { openEndpoint } from '../../vm/live/server/index.ts';
import { type ChatCommand, type ChatResult, commandSchema } from '../state/commands.ts';
import { MAX_REQUEST_BYTES } from '../state/limits.ts';
import { chatStateMachine } from '../state/machine.ts';
import { type ChatAnswer, type ChatQuery, querySchema } from '../state/query-shapes.ts';
import { originCheck } from './origins.ts';
import { attachChat } from './server.ts';
import { webListener } from './web.ts';

/** Options of a replica process. */
export interface ReplicaProcessOptions {
  readonly id: string;
  /** The interface to listen on. */
  readonly host: string;
  readonly port: number;
  /** The replicas that the cluster is founded with, this one included. */
  readonly replicas: readonly ReplicaAddress[];
  /** Replicas of a running cluster that it is to be added to. Default: it is a founder. */
  readonly join?: readonly string[] | undefined;
  readonly secret?: string | undefined;
  /** What replicates it. Default: Raft. */
  readonly protocol?: ProtocolName | undefined;
  readonly settings?: ProtocolSettings | undefined;
  /** Names under which pages may reach the replicas, besides those in their addresses. */
  readonly allowHost?: readonly string[] | undefined;
  /** This replica's own data directory. */
  readonly data: string;
  /** Ticks a second. */
  readonly rate: number;
  /** How long a leader answers reads by a lease, in milliseconds. Default: no leases. */
  readonly lease?: number | undefined;
  /**
   * The shortest election timeout and the heartbeat, in milliseconds; defaults: those of `Timing`.
   */
  readonly electionTimeout?: number | undefined;
  readonly heartbeat?: number | undefined;
  /** Addresses of trusted proxies, which name the client in `X-Forwarded-For`. Default: none. */
  readonly proxies?: readonly string[] | undefined;
  /** Starts and stops replicas for the autopilot. Default: it starts none. */
  readonly provisioner?: Provisioner | undefined;
  /** The run folder for logs. Default: none are written. */
  readonly logs?: string | undefined;
  readonly onFailure: (error: LiveError) => void;
  readonly onNotice: (line: string) => void;
}

/** A running replica. */
export type RunningChat = RunningReplica<ChatCommand, ChatResult, ChatQuery, ChatAnswer>;

/** The name under which replicas of the chat know each other. */
export const CLUSTER = 'chat';

/** Starts a replica. Rejects with a `LiveError` or `LogError`, in one line, if it cannot. */
export async function startChatReplica(options: ReplicaProcessOptions): Promise<RunningChat> {
  const { replicas, electionTimeout, heartbeat, lease, provisioner, onFailure, ...others } = options;
  try {
    return await startReplica({
      ...others,
      replicas,
      machine: chatStateMachine,
      cluster: CLUSTER,
      autopilot: { provisioner },
      timing: { electionMs: electionTimeout, heartbeatMs: heartbeat, leaseMs: lease },
      check: {
        command: (value) => checked(commandSchema, value),
        query: (value) => checked(querySchema, value),
      },
      listener: webListener,
      serve: (place) => serveChat(place, options),
      onFailure: (error) => onFailure(withAdvice(error, options) as LiveError),
    });
  } catch (error) {
    throw withAdvice(error, options);
  }
}

/** The chat and its dashboards, on the replica's port. */
function serveChat(
  { http, gate, replication }: ServingPlace<ChatCommand, ChatResult, ChatQuery, ChatAnswer>,
  { id, lease, onNotice }: ReplicaProcessOptions,
): Serving {
  const check = originCheck(() => replication.status().replicas);
  const io = openEndpoint(http, {
    path: '/socket.io',
    maxFrameBytes: MAX_REQUEST_BYTES,
    admit: (request) => (check(request) ? undefined : 'this page is not served by this cluster'),
    gate,
  });
  const observers = new Observers(io, () => replication.status());
  const stopChat = attachChat(io, {
    replication,
    consistency: lease === undefined ? 'linearizable' : 'lease',
    cluster: () => clusterOf(replication.status()),
    addressOf: gate.addressOf,
    onError: (error) => onNotice(`${id}: chat: ${reason(error)}`),
  });
  return {
    onEvent: (event) => observers.event(event),
    async close() {
      observers.close();
      stopChat();
      await io.close();
    },
  };
}

/**
 * What `tickraft repair` needs for the replica `id` whose data directory is `data`, and which runs
 * `protocol`.
 */
export function repairOptions(
  data: string,
  id: string,
  protocol: ProtocolName,
): RepairOptions<unknown, unknown> {
  const run = { rate: 1, timing: undefined, settings: {}, replicas: [] };
  const made = LIVE_PROTOCOLS[protocol].create(chatStateMachine, run);
  return { protocol: made, directory: data, self: id, cluster: nameOfRun(CLUSTER, protocol) };
}

/** What `tickraft recover` needs for the replica `id` whose data directory is `data`. */
export function recoverOptions(data: string, id: string): RecoverOptions<RaftState, RaftMessage> {
  return { protocol: createRaft(chatStateMachine), directory: data, owner: { id, cluster: CLUSTER } };
}

/** The error, and for damaged data the command that repairs it. */
function withAdvice(error: unknown, { data, id, protocol = 'raft' }: ReplicaProcessOptions): unknown {
  if (!(error instanceof LiveError && error.code === 'DataCorrupt')) return error;
  const what = protocol === 'raft' ? '' : ` --protocol ${protocol}`;
  const advice = `to repair it: npx tickraft repair --data ${shellWord(data)} --id ${id}${what}`;
  return new LiveError(error.code, `${error.message}; ${advice}`, error);
}

function checked<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  throw new Error([...path, message].join(': '));
}
