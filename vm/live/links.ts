/**
 * Links between machines over Socket.IO: each machine connects to every peer and sends on its own connection, so
 * the messages of one sender to one receiver stay in order.
 *
 * Links are as the paper's network: a message arrives once or not at all, and nobody is told. Nothing is kept for
 * a peer that cannot be reached, since a message that arrives long after it was sent helps nobody: it is dropped,
 * and the drop is reported for the log. What one step sends to one peer travels as one batch.
 */
import type { Server as HttpServer } from 'node:http';
import { type Namespace, Server } from 'socket.io';
import type { NodeId } from '../clock.ts';
import type { Envelope } from '../program.ts';
import { admit, fromWire, type Membership, PEER_PATH } from './peer-door.ts';
import { type LinkEvents, type PeerAddress, PeerLink } from './peer-link.ts';

/** Bytes of one batch, at most. An append of many entries is large; peers are trusted. */
const MAX_BATCH_BYTES = 128 * 2 ** 20;
/** A peer that says nothing at all for about this long (ms) is taken for gone. */
const PING_MS = 2_000;

/** How a machine sends. */
export interface Links<M> {
  /** Never waits and never fails: what cannot be sent is dropped. A `lazy` one may travel with the next. */
  send(to: readonly NodeId[], envelope: Envelope<M>, lazy?: boolean): void;
  close(): Promise<void>;
}

/** What links are made of. */
export interface LinkOptions {
  readonly server: HttpServer;
  readonly self: NodeId;
  readonly peers: readonly PeerAddress[];
  readonly cluster: string;
  readonly secret?: string | undefined;
}

/** Links over Socket.IO. Listens on `server`, and begins at once to connect to all peers. */
export class SocketLinks<M> implements Links<M> {
  readonly #links: ReadonlyMap<NodeId, PeerLink>;
  readonly #io: Server;

  constructor({ server, peers, ...run }: LinkOptions, events: LinkEvents<M>) {
    const membership: Membership = { ...run, peers: peers.map(({ id }) => id) };
    this.#links = new Map(peers.map((peer) => [peer.id, new PeerLink(peer, membership, events)]));
    this.#io = new Server(server, {
      path: PEER_PATH,
      serveClient: false,
      transports: ['websocket'],
      maxHttpBufferSize: MAX_BATCH_BYTES,
      pingInterval: PING_MS,
      pingTimeout: PING_MS,
      connectTimeout: PING_MS,
    });
    this.#open(this.#io.of('/peer'), membership, events);
  }

  send(to: readonly NodeId[], envelope: Envelope<M>, lazy = false): void {
    for (const peer of to) this.#links.get(peer)?.send(envelope, lazy);
  }

  async close(): Promise<void> {
    for (const link of this.#links.values()) link.close();
    this.#io.of('/peer').disconnectSockets(true);
    // Not `io.close()`: that would close the HTTP server, which belongs to whoever made it.
    this.#io.engine.close();
  }

  #open(namespace: Namespace, membership: Membership, events: LinkEvents<M>): void {
    namespace.use((socket, next) => {
      const answer = admit(membership, socket.handshake.auth, socket.handshake.address);
      if ('refused' in answer) {
        events.notice(`refused a peer from ${socket.handshake.address}: ${answer.refused}`);
        next(new Error(answer.refused));
      } else {
        socket.data.peer = answer.peer;
        next();
      }
    });
    namespace.on('connection', (socket) => {
      const peer = socket.data.peer as NodeId;
      // The peer's latest connection counts; an earlier one is from before it restarted.
      for (const other of namespace.sockets.values()) {
        if (other !== socket && other.data.peer === peer) other.disconnect(true);
      }
      this.#links.get(peer)?.hurry();
      socket.on('messages', (batch: unknown) => receive(peer, batch, events));
      // A peer may emit an event named `error`; without a listener that would end the process.
      socket.on('error', () => {});
    });
  }
}

function receive<M>(peer: NodeId, batch: unknown, events: LinkEvents<M>): void {
  for (const wire of Array.isArray(batch) ? (batch as unknown[]) : [batch]) {
    const envelope = fromWire<M>(peer, wire);
    if (envelope) events.message(envelope);
    else events.dropped(peer, undefined, 'malformed');
  }
}
