/**
 * The namespace `/client` of a replica, at a path of its own: the replication face for programs elsewhere, in batches.
 *
 * Whoever may submit any command may do anything to the replicated state, past every check of the application. So
 * this door asks for the cluster's secret; without one it opens to programs on the same computer only. Pages it
 * refuses altogether: a page may come from anywhere.
 */
import type { IncomingMessage } from 'node:http';
import type { Namespace, Server, Socket } from 'socket.io';
import { z } from 'zod';
import type { GuardedServer } from '../../vm/live/guarded-server.ts';
import {
  addressOf,
  checkSecret,
  greetingOf,
  isFromPage,
  isLoopback,
  isSameSecret,
} from '../../vm/live/handshake.ts';
import { openDoor } from '../../vm/live/socket-door.ts';
import type { Outcome } from '../../vm/program.ts';
import {
  CLIENT_PATH,
  type ClientEvents,
  type ClientReply,
  type ClientRequest,
  clientRequestSchema,
  MAX_BATCH,
  MAX_FRAME_BYTES,
} from '../client/wire.ts';
import { ReplicationError } from '../errors.ts';
import type { Replication } from '../replication.ts';

/** What the server needs. `check` is the application's: it throws an Error that says what is wrong. */
export interface ClientServerOptions<C, R, Q, A> {
  readonly replication: Replication<C, R, Q, A>;
  readonly secret?: string | undefined;
  readonly check: { readonly command: (value: unknown) => C; readonly query: (value: unknown) => Q };
}

/** Requests of one connection that may be under way at once. */
const MAX_IN_FLIGHT = 10_000;

const greetingSchema = z.object({ secret: z.string().optional() });
const batchSchema = z.array(z.unknown()).max(MAX_BATCH);

/** Serves clients at `/client` of `server`, until what it returns is closed. Throws a `LiveError` if the secret is empty. */
export function attachClients<C, R, Q, A>(
  server: GuardedServer,
  options: ClientServerOptions<C, R, Q, A>,
): Server {
  const secret = checkSecret(options.secret);
  const io = openDoor(server, {
    path: CLIENT_PATH,
    maxFrameBytes: MAX_FRAME_BYTES,
    admit: (request) => refusal(secret, request),
  });
  const namespace: Namespace<ClientEvents> = io.of('/client');
  namespace.on('connection', (socket) => serve(socket, options));
  return io;
}

/** Why a client may not come in; undefined if it may. */
function refusal(secret: string | undefined, request: IncomingMessage): string | undefined {
  if (isFromPage(request)) return 'pages may not connect as clients of the replication';
  const greeting = greetingSchema.safeParse(greetingOf(request)).data;
  if (greeting === undefined) return 'this is not how a client introduces itself';
  if (secret === undefined)
    return isLoopback(addressOf(request)) ? undefined : 'no secret is set, so only local programs are let in';
  const isShown = greeting.secret !== undefined && isSameSecret(secret, greeting.secret);
  return isShown ? undefined : "this needs the cluster's secret";
}

function serve<C, R, Q, A>(socket: Socket<ClientEvents>, options: ClientServerOptions<C, R, Q, A>): void {
  let inFlight = 0;
  socket.on('requests', (requests: unknown, acknowledge: unknown) => {
    if (typeof acknowledge !== 'function') return;
    const batch = batchSchema.safeParse(requests).data ?? [];
    const room = inFlight + batch.length <= MAX_IN_FLIGHT;
    if (room) inFlight += batch.length;
    const answers = room ? batch.map((request) => answer(request, options)) : batch.map(overloaded);
    void Promise.all(answers).then((outcomes) => {
      if (room) inFlight -= batch.length;
      const { replicas, leader } = options.replication.status();
      acknowledge({ outcomes, replicas, leader } satisfies ClientReply);
    });
  });
  // A client may emit an event named `error`; without a listener that would end the process.
  socket.on('error' as never, (() => {}) as never);
}

async function answer<C, R, Q, A>(raw: unknown, options: ClientServerOptions<C, R, Q, A>): Promise<Outcome> {
  const parsed = clientRequestSchema.safeParse(raw);
  if (!parsed.success) return rejected(parsed.error.issues[0]!.message);
  try {
    return { ok: true, value: await carryOut(parsed.data, options) };
  } catch (error) {
    if (error instanceof ReplicationError) return { ok: false, code: error.code, message: error.message };
    return rejected((error as Error).message);
  }
}

function carryOut<C, R, Q, A>(
  request: ClientRequest,
  { replication, check }: ClientServerOptions<C, R, Q, A>,
): unknown {
  switch (request.type) {
    case 'submit':
      return replication.submit(check.command(request.command), request.tag);
    case 'open-session':
      return replication.openSession();
    case 'read':
      return replication.read(check.query(request.query), { consistency: request.consistency });
    case 'status':
      return replication.status();
  }
}

function rejected(message: string): Outcome {
  return { ok: false, code: 'Rejected', message };
}

function overloaded(): Outcome {
  return {
    ok: false,
    code: 'Overloaded',
    message: `over ${MAX_IN_FLIGHT} requests of this connection are under way`,
  };
}
