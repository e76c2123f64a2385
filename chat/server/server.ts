/**
 * The chat server: the namespace `/chat` of a replica's Socket.IO server.
 *
 * Here a request is checked, counted, passed to its handler and acknowledged, whatever happens;
 * what it does is in `requests.ts`, and what is pushed to online users is in `delivery.ts`.
 */
import type { IncomingMessage } from 'node:http';
import type { Namespace, Server, Socket } from 'socket.io';
import { type Consistency, ReplicationError } from '../../replication/index.ts';
import { isBehind, whenFlushed } from '../../vm/live/pressure/index.ts';
import { ChatError } from '../errors.ts';
import { IN_FLIGHT_MAX } from '../state/limits.ts';
import {
  type ClientEvents,
  type Cluster,
  flawOf,
  type Reply,
  type RequestName,
  requestSchemas,
  type ServerEvents,
} from '../wire.ts';
import { type Broadcast, type ChatReplication, Delivery } from './delivery.ts';
import type { Outlet } from './follower.ts';
import { type Caller, unfollow } from './handlers.ts';
import { chatHandlers, type Handlers } from './requests.ts';

/** How long a client may take to acknowledge a page of its mailbox, in milliseconds. */
const PAGE_TIMEOUT_MS = 20_000;

export interface ChatServerOptions {
  readonly replication: ChatReplication;
  /** How fresh what clients ask for must be. Default: linearizable. */
  readonly consistency?: Consistency;
  /** What every reply says about the cluster. */
  readonly cluster: () => Cluster;
  /** The address of a connection. Default: that of its socket. */
  readonly addressOf?: (request: IncomingMessage) => string;
  /**
   * Called with internal errors of this server. They contain no passwords and no tokens. Default:
   * standard error.
   */
  readonly onError?: (error: unknown) => void;
}

type ChatNamespace = Namespace<ClientEvents, ServerEvents>;
type ChatSocket = Socket<ClientEvents, ServerEvents>;

/**
 * Serves the chat on `/chat` of `io`. Returns a function that ends it: its clients are disconnected
 * and find another replica.
 */
export function attachChat(io: Server, options: ChatServerOptions): () => void {
  const { replication, consistency = 'linearizable' } = options;
  const namespace: ChatNamespace = io.of('/chat');
  const delivery = new Delivery(broadcastIn(namespace));
  const handlers = chatHandlers({ replication, consistency, delivery });
  const stopListening = [
    replication.onApplied((applied) => delivery.applied(applied)),
    replication.onInstalled(() => delivery.installed()),
  ];
  const connect = (socket: ChatSocket) => serve(socket, options, handlers, delivery);
  namespace.on('connection', connect);
  return () => {
    for (const stop of stopListening) stop();
    namespace.off('connection', connect);
    namespace.disconnectSockets(true);
  };
}

/** Who follows, and who hears a room; a room has a slash, as no socket's own id has. */
const FOLLOWERS = 'followers/';
const hearing = (room: string): string => `room/${room}`;

function broadcastIn(namespace: ChatNamespace): Broadcast {
  return {
    entry: (entry) => namespace.to(hearing(entry.room)).emit('room', entry),
    accountDeleted: (name) => namespace.to(FOLLOWERS).emit('accountDeleted', { name }),
  };
}

function serve(socket: ChatSocket, options: ChatServerOptions, handlers: Handlers, delivery: Delivery): void {
  const caller: Caller = {
    outlet: outletOf(socket, options, () => (caller.user = undefined)),
    address: options.addressOf?.(socket.request) ?? socket.handshake.address,
    isGone: () => !socket.connected,
    sessions: 0,
  };
  let inFlight = 0;

  const answer = async (event: unknown, request: unknown): Promise<Reply<unknown>> => {
    try {
      const name = requestName(event);
      const flaw = flawOf(name, request);
      if (flaw !== undefined) throw new ChatError('BadRequest', flaw);
      const handle = handlers[name] as (request: unknown, caller: Caller) => Promise<unknown>;
      return { ok: true, value: await handle(request, caller), ...options.cluster() };
    } catch (error) {
      return failure(error, options);
    }
  };

  socket.onAny((event: unknown, ...args: unknown[]) => {
    const acknowledge = args.at(-1);
    // A caller that does not ask for an answer cannot get one.
    if (typeof acknowledge !== 'function') return;
    if (inFlight >= IN_FLIGHT_MAX || isBehind(socket.conn)) {
      acknowledge(failure(new ChatError('Overloaded', 'too many requests in flight'), options));
      return;
    }
    inFlight++;
    void answer(event, args.length > 1 ? args[0] : undefined).then((reply) => {
      acknowledge(reply);
      // It is under way until its answer has left.
      whenFlushed(socket.conn, () => inFlight--);
    });
  });
  socket.on('disconnect', () => unfollow(caller, delivery));
  socket.emit('welcome', { server: options.replication.status().id, ...options.cluster() });
}

function outletOf(socket: ChatSocket, options: ChatServerOptions, loggedOut: () => void): Outlet {
  return {
    page: (entries) =>
      // Not Socket.IO's own timeout: its timer would outlive the connection.
      new Promise((resolve, reject) => {
        const end = (error?: Error) => {
          clearTimeout(timer);
          socket.off('disconnect', gone);
          if (error) reject(error);
          else resolve();
        };
        const gone = () => end(new ChatError('Unreachable', 'the client has gone'));
        const timer = setTimeout(gone, PAGE_TIMEOUT_MS);
        socket.once('disconnect', gone);
        socket.emit('mailbox', { entries }, () => end());
      }),
    read: (mark) => socket.emit('read', mark),
    roomRead: (mark) => socket.emit('roomRead', mark),
    receipt: (news) => socket.emit('receipt', news),
    inRooms(rooms) {
      const wanted = new Set([FOLLOWERS, ...rooms.map(hearing)]);
      for (const known of socket.rooms)
        if (known !== socket.id && !wanted.has(known)) void socket.leave(known);
      void socket.join([...wanted]);
    },
    heads: (heads) => socket.emit('rooms', heads),
    membership: () => socket.emit('membership'),
    loggedOut: () => {
      loggedOut();
      socket.emit('loggedOut');
    },
    drop: (error) => {
      if (!isKnown(error)) report(error, options);
      socket.disconnect(true);
    },
  };
}

function requestName(event: unknown): RequestName {
  if (typeof event === 'string' && Object.hasOwn(requestSchemas, event)) return event as RequestName;
  throw new ChatError('UnknownRequest', 'there is no request of this name');
}

function failure(error: unknown, options: ChatServerOptions): Reply<never> {
  if (isKnown(error)) return { ok: false, code: error.code, message: error.message, ...options.cluster() };
  report(error, options);
  return { ok: false, code: 'Internal', message: 'internal error', ...options.cluster() };
}

function isKnown(error: unknown): error is ChatError | ReplicationError {
  return error instanceof ChatError || error instanceof ReplicationError;
}

function report(error: unknown, options: ChatServerOptions): void {
  if (options.onError) options.onError(error);
  else console.error(`chat: ${error instanceof Error ? error.message : String(error)}`);
}
