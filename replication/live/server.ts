/**
 * The namespace `/client` of a replica, at a path of its own: the replication face for programs
 * elsewhere, in batches.
 *
 * A caller that may submit any command may do anything to the replicated state, past every check of
 * the application. So this endpoint requires the cluster's secret; without one it admits programs
 * on the same computer only. Pages are always refused: a page may come from anywhere.
 */
import type { Namespace, Server, Socket } from 'socket.io';
import { z } from 'zod';
import type { Outcome } from '../../vm/index.ts';
import { checkSecret } from '../../vm/live/index.ts';
import { type Gate, isBehind, whenFlushed } from '../../vm/live/pressure/index.ts';
import { type GuardedServer, openEndpoint } from '../../vm/live/server/index.ts';
import { clientParser } from '../client/client-parser.ts';
import { commandsOf, tagAt } from '../core/batch.ts';
import { ReplicationError } from '../errors.ts';
import { clusterOf, isSameCluster } from '../failover/cluster.ts';
import {
  CLIENT_NAMESPACE,
  CLIENT_PATH,
  type ClientEvents,
  type ClientReply,
  type Cluster,
  MAX_BATCH,
  MAX_FRAME_BYTES,
  REQUESTS,
  type WireRequest,
  wireRequestSchema,
} from '../failover/wire.ts';
import type { Batch, Replication, SessionOwner } from '../replication.ts';
import { refusal } from './admission.ts';

/**
 * The application's checks of what other programs send: each throws an `Error` that says in one
 * line what is wrong.
 */
export interface ClientChecks<C, Q> {
  readonly command: (value: unknown) => C;
  readonly query: (value: unknown) => Q;
}

/** Options of the server. */
export interface ClientServerOptions<C, R, Q, A> {
  readonly replication: Replication<C, R, Q, A>;
  readonly secret?: string | undefined;
  readonly check: ClientChecks<C, Q>;
  /** Bounds what clients use of this process. Default: no bound. */
  readonly gate?: Gate;
}

/** Requests of one connection that may be under way at once. */
const MAX_IN_FLIGHT = 10_000;
/**
 * Sessions that one connection may open, and that all programs at one address may have; one more
 * ends one of theirs.
 */
const SESSIONS_PER_SOCKET = 64;
const SESSIONS_PER_ADDRESS = 1_000;

const frameSchema = z.array(z.unknown()).max(MAX_BATCH);

/**
 * Serves clients at `/client` of `server`, until what it returns is closed. Throws a `LiveError` if
 * the secret is empty.
 */
export function attachClients<C, R, Q, A>(
  server: GuardedServer,
  options: ClientServerOptions<C, R, Q, A>,
): Server {
  const secret = checkSecret(options.secret);
  const io = openEndpoint(server, {
    path: CLIENT_PATH,
    parser: clientParser,
    maxFrameBytes: MAX_FRAME_BYTES,
    admit: (request) => refusal(secret, request),
    gate: options.gate,
  });
  const namespace: Namespace<ClientEvents> = io.of(CLIENT_NAMESPACE);
  namespace.on('connection', (socket) => serve(socket, options));
  return io;
}

function serve<C, R, Q, A>(socket: Socket<ClientEvents>, options: ClientServerOptions<C, R, Q, A>): void {
  const address = options.gate?.addressOf(socket.request) ?? socket.handshake.address;
  // No owner name of an application begins like this.
  const sessions = { opened: 0, owner: { name: `client@${address}`, most: SESSIONS_PER_ADDRESS } };
  const changes = clusterChanges(options.replication);
  let inFlight = 0;
  socket.on(REQUESTS, (raw: unknown, acknowledge: unknown) => {
    if (typeof acknowledge !== 'function') return;
    const requests = (frameSchema.safeParse(raw).data ?? []).map(parse);
    const count = requests.reduce((sum, request) => sum + countOf(request), 0);
    const hasCapacity = inFlight + count <= MAX_IN_FLIGHT && !isBehind(socket.conn);
    if (hasCapacity) inFlight += count;
    const answers = hasCapacity
      ? requests.map((request) => answer(request, sessions, options))
      : requests.map(overloaded);
    void Promise.all(answers).then((outcomes) => {
      acknowledge({ outcomes: outcomes.flat(), cluster: changes() } satisfies ClientReply);
      // They are under way until their answer has left.
      if (hasCapacity) whenFlushed(socket.conn, () => (inFlight -= count));
    });
  });
  // A client may emit an event named `error`; without a listener that would end the process.
  socket.on('error' as never, (() => {}) as never);
}

/** Tells of the cluster what a client has not been told yet; undefined if that is nothing. */
function clusterChanges(replication: Pick<Replication<never, unknown, never, unknown>, 'status'>) {
  let told: Cluster | undefined;
  return (): Cluster | undefined => {
    const present = clusterOf(replication.status());
    if (told !== undefined && isSameCluster(told, present)) return undefined;
    told = present;
    return told;
  };
}

/** The sessions of one connection. */
interface Sessions {
  opened: number;
  readonly owner: SessionOwner;
}

/** A request, or why it is none. */
type Parsed = WireRequest | { readonly type: 'malformed'; readonly why: string };

function parse(raw: unknown): Parsed {
  const parsed = wireRequestSchema.safeParse(raw);
  return parsed.success ? parsed.data : { type: 'malformed', why: parsed.error.issues[0]!.message };
}

/** How many outcomes a request has. */
function countOf(request: Parsed): number {
  return request.type === 'submit' ? request.batch.count : 1;
}

/** The outcomes of a request. */
async function answer<C, R, Q, A>(
  request: Parsed,
  sessions: Sessions,
  options: ClientServerOptions<C, R, Q, A>,
): Promise<readonly Outcome[]> {
  try {
    if (request.type === 'submit') return await submit(request.batch, options);
    return [{ ok: true, value: await carryOut(request, sessions, options) }];
  } catch (error) {
    return Array<Outcome>(countOf(request)).fill(failed(error));
  }
}

function failed(error: unknown): Outcome {
  if (error instanceof ReplicationError) return { ok: false, code: error.code, message: error.message };
  return { ok: false, code: 'Rejected', message: (error as Error).message };
}

/** Submits commands in one piece if the application takes them as they are, and else one by one. */
async function submit<C, R, Q, A>(
  batch: Batch,
  { replication, check }: ClientServerOptions<C, R, Q, A>,
): Promise<readonly Outcome[]> {
  const commands = commandsOf(batch);
  if (commands.length !== batch.count)
    throw new Error(`${batch.count} commands were announced, and ${commands.length} came`);
  const checked = commands.map((command) => attempt(() => check.command(command)));
  if (checked.every((one, i) => one.ok && one.value === commands[i])) {
    return await replication.submitBatch(batch);
  }
  const submitted = checked.map(async (command, i): Promise<Outcome> => {
    if (!command.ok) return command;
    const result = replication.submit(command.value as C, tagAt(batch, i));
    return await result.then((value) => ({ ok: true, value }), failed);
  });
  return await Promise.all(submitted);
}

function attempt(act: () => unknown): Outcome {
  try {
    return { ok: true, value: act() };
  } catch (error) {
    return failed(error);
  }
}

function carryOut<C, R, Q, A>(
  request: Exclude<Parsed, { type: 'submit' }>,
  sessions: Sessions,
  { replication, check }: ClientServerOptions<C, R, Q, A>,
): unknown {
  switch (request.type) {
    case 'malformed':
      throw new Error(request.why);
    case 'open-session':
      return openSession(replication, sessions);
    case 'read':
      return replication.read(check.query(request.query), { consistency: request.consistency });
    case 'status':
      return replication.status();
  }
}

function openSession(
  replication: Pick<Replication<never, unknown, never, unknown>, 'openSession'>,
  sessions: Sessions,
): Promise<string> {
  if (sessions.opened >= SESSIONS_PER_SOCKET) {
    throw new ReplicationError('Overloaded', `this connection has opened ${SESSIONS_PER_SOCKET} sessions`);
  }
  sessions.opened++;
  return replication.openSession(sessions.owner);
}

function overloaded(request: Parsed): readonly Outcome[] {
  const message = `over ${MAX_IN_FLIGHT} requests of this connection are under way, or its answers are not read`;
  return Array<Outcome>(countOf(request)).fill({ ok: false, code: 'Overloaded', message });
}
