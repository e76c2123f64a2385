/**
 * A Socket.IO server at one path of a guarded HTTP server, with limits of its own.
 *
 * Admission is decided by the upgrade request, before there is a WebSocket: nobody else can send a
 * frame. So each path can allow frames as large as its callers need.
 */
import { createServer, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { Server, type ServerOptions } from 'socket.io';
import type { Gate } from '../pressure/gate.ts';
import type { GuardedServer } from './guarded-server.ts';

/** How long an admitted caller may take to join a namespace before the connection is cut (ms). */
const JOIN_MS = 5_000;

/** Options of an endpoint. */
export interface EndpointOptions
  extends Pick<Partial<ServerOptions>, 'pingInterval' | 'pingTimeout' | 'parser'> {
  /** Such as `/peer`. */
  readonly path: string;
  /** Bytes of one frame, at most. */
  readonly maxFrameBytes: number;
  /** Bounds connections, and what they hold. Default: nothing does. */
  readonly gate?: Gate | undefined;
  /**
   * Why the request is refused, in one line, with HTTP status 403 unless another is given;
   * undefined: it is not.
   */
  readonly admit: (request: IncomingMessage) => string | Refusal | undefined;
}

/** A refusal with its own HTTP status. */
export interface Refusal {
  readonly why: string;
  readonly status: number;
}

/**
 * Opens an endpoint. Closing it leaves the HTTP server open. Of its namespaces, only those that
 * were created are served.
 */
export function openEndpoint(server: GuardedServer, options: EndpointOptions): Server {
  const { path, maxFrameBytes, gate, admit, ...pings } = options;
  // Engine.IO takes all requests of the server it is attached to. This one listens nowhere:
  // admitted requests are passed to it.
  const inside = createServer();
  const io = new Server(inside, {
    ...pings,
    path,
    transports: ['websocket'],
    serveClient: false,
    maxHttpBufferSize: maxFrameBytes,
  });
  // Socket.IO's own parser holds an event with binary data until all of it has come.
  gate?.watch(io, { binary: options.parser !== undefined });
  const joining = new Map<Duplex, NodeJS.Timeout>();
  const joined = (socket: Duplex) => {
    clearTimeout(joining.get(socket));
    joining.delete(socket);
  };
  // The namespace that every Socket.IO server has.
  io.use((_, next) => next(new Error('this namespace is not served')));
  io.on('new_namespace', (namespace) => {
    namespace.on('connection', ({ request: { socket } }) => {
      joined(socket);
      server.admitted(socket);
    });
  });
  const enter = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    joining.set(
      socket,
      setTimeout(() => socket.destroy(), JOIN_MS),
    );
    socket.once('close', () => joined(socket));
    inside.emit('upgrade', request, socket, head);
  };
  server.onWebSocket(`${path}/`, (request, socket, head) => {
    // The caller has gone: there is nobody to admit or to refuse.
    if (socket.destroyed) return;
    const why = admit(request);
    if (typeof why === 'string') server.refuseUpgrade(request, socket, 403, why);
    else if (why !== undefined) server.refuseUpgrade(request, socket, why.status, why.why);
    else if (gate === undefined) enter(request, socket, head);
    else {
      gate.admit(request, (refused) => {
        if (socket.destroyed) return;
        if (refused === undefined) enter(request, socket, head);
        else server.refuseUpgrade(request, socket, 503, refused);
      });
    }
  });
  return io;
}
