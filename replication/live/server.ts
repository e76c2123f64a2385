/**
 * The namespace `/client` of a replica, at a path of its own: the replication face for programs
 * elsewhere, in batches.
 *
 * A caller that may submit any command may do anything to the replicated state, past every check of
 * the application. So this endpoint requires the cluster's secret; without one it admits programs
 * on the same computer only. Pages are always refused: a page may come from anywhere.
 */
import type { IncomingMessage } from 'node:http';
import type { Namespace, Server, Socket } from 'socket.io';
import { z } from 'zod';
import type { Outcome } from '../../vm/index.ts';
import {
  addressOf,
  checkSecret,
  greetingOf,
  isFromPage,
  isLoopback,
  isSameSecret,
} from '../../vm/live/index.ts';
import { type Gate, isBehind, whenFlushed } from '../../vm/live/pressure/index.ts';
import { type GuardedServer, openEndpoint } from '../../vm/live/server/index.ts';
import { ReplicationError } from '../errors.ts';
import {
  CLIENT_PATH,
  type ClientEvents,
  type ClientReply,
  type ClientRequest,
  clientRequestSchema,
  MAX_BATCH,
  MAX_FRAME_BYTES,
} from '../failover/wire.ts';
import type { Replication, SessionOwner } from '../replication.ts';

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

const greetingSchema = z.object({ secret: z.string().optional() });
const batchSchema = z.array(z.unknown()).max(MAX_BATCH);

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
    maxFrameBytes: MAX_FRAME_BYTES,
    admit: (request) => refusal(secret, request),
    gate: options.gate,
  });
  const namespace: Namespace<ClientEvents> = io.of('/client');
  namespace.on('connection', (socket) => serve(socket, options));
  return io;
}

/** Why a client is not admitted; undefined if it is. */
function refusal(secret: string | undefined, request: IncomingMessage): string | undefined {
  if (isFromPage(request)) return 'pages may not connect as clients of the replication';
  const greeting = greetingSchema.safeParse(greetingOf(request)).data;
  if (greeting === undefined) return 'the greeting is not that of a client';
  if (secret === undefined)
    return isLoopback(addressOf(request))
      ? undefined
      : 'no secret is set, so only local programs are admitted';
  const isShown = greeting.secret !== undefined && isSameSecret(secret, greeting.secret);
  return isShown ? undefined : "the cluster's secret is required";
}

function serve<C, R, Q, A>(socket: Socket<ClientEvents>, options: ClientServerOptions<C, R, Q, A>): void {
  const address = options.gate?.addressOf(socket.request) ?? socket.handshake.address;
  // No owner name of an application begins like this.
  const sessions = { opened: 0, owner: { name: `client@${address}`, most: SESSIONS_PER_ADDRESS } };
  let inFlight = 0;
  socket.on('requests', (requests: unknown, acknowledge: unknown) => {
    if (typeof acknowledge !== 'function') return;
    const batch = batchSchema.safeParse(requests).data ?? [];
    const hasCapacity = inFlight + batch.length <= MAX_IN_FLIGHT && !isBehind(socket.conn);
    if (hasCapacity) inFlight += batch.length;
    const answers = hasCapacity
      ? batch.map((request) => answer(request, sessions, options))
      : batch.map(overloaded);
    void Promise.all(answers).then((outcomes) => {
      const { replicas, leader } = options.replication.status();
      acknowledge({ outcomes, replicas, leader } satisfies ClientReply);
      // They are under way until their answer has left.
      if (hasCapacity) whenFlushed(socket.conn, () => (inFlight -= batch.length));
    });
  });
  // A client may emit an event named `error`; without a listener that would end the process.
  socket.on('error' as never, (() => {}) as never);
}

/** The sessions of one connection. */
interface Sessions {
  opened: number;
  readonly owner: SessionOwner;
}

async function answer<C, R, Q, A>(
  raw: unknown,
  sessions: Sessions,
  options: ClientServerOptions<C, R, Q, A>,
): Promise<Outcome> {
  const parsed = clientRequestSchema.safeParse(raw);
  if (!parsed.success) return rejected(parsed.error.issues[0]!.message);
  try {
    return { ok: true, value: await carryOut(parsed.data, sessions, options) };
  } catch (error) {
    if (error instanceof ReplicationError) return { ok: false, code: error.code, message: error.message };
    return rejected((error as Error).message);
  }
}

function carryOut<C, R, Q, A>(
  request: ClientRequest,
  sessions: Sessions,
  { replication, check }: ClientServerOptions<C, R, Q, A>,
): unknown {
  switch (request.type) {
    case 'submit':
      return replication.submit(check.command(request.command), request.tag);
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

function rejected(message: string): Outcome {
  return { ok: false, code: 'Rejected', message };
}

function overloaded(): Outcome {
  return {
    ok: false,
    code: 'Overloaded',
    message: `over ${MAX_IN_FLIGHT} requests of this connection are under way, or its answers are not read`,
  };
}
