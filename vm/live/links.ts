/**
 * Links between machines over Socket.IO: each machine connects to every peer and sends on its own connection, so
 * the messages of one sender to one receiver stay in order.
 *
 * Links are as the paper's network: a message arrives once or not at all, and nobody is told. Nothing is kept for
 * a peer that cannot be reached, since a message that arrives long after it was sent helps nobody: it is dropped,
 * and the drop is reported for the log. What one step sends to one peer travels as one batch.
 */
import type { IncomingMessage } from 'node:http';
import type { Namespace, Server } from 'socket.io';
import type { NodeId } from '../clock.ts';
import type { Envelope } from '../program.ts';
import type { GuardedServer } from './guarded-server.ts';
import {
  addressOf,
  admit,
  checkSecret,
  greetingOf,
  isFromPage,
  type Membership,
  PEER_PATH,
} from './handshake.ts';
import { type LinkEvents, type PeerAddress, PeerLink } from './peer-link.ts';
import { openDoor } from './socket-door.ts';
import { fromWire } from './wire.ts';

/** Bytes of one batch, at most. An append of many entries is large; only peers get as far as sending one. */
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
  readonly server: GuardedServer;
  readonly self: NodeId;
  readonly peers: readonly PeerAddress[];
  readonly cluster: string;
  readonly secret?: string | undefined;
}

/** Links over Socket.IO. Listens on `server`, and begins at once to connect to all peers. */
export class SocketLinks<M> implements Links<M> {
  readonly #links: ReadonlyMap<NodeId, PeerLink>;
  readonly #io: Server;
  /** Who sent the upgrade requests that were admitted. */
  readonly #admitted = new WeakMap<IncomingMessage, NodeId>();

  /** Throws a `LiveError` if the secret is empty. */
  constructor({ server, peers, ...run }: LinkOptions, events: LinkEvents<M>) {
    checkSecret(run.secret);
    const membership: Membership = { ...run, peers: peers.map(({ id }) => id) };
    this.#links = new Map(peers.map((peer) => [peer.id, new PeerLink(peer, membership, events)]));
    this.#io = openDoor(server, {
      path: PEER_PATH,
      maxFrameBytes: MAX_BATCH_BYTES,
      pingInterval: PING_MS,
      pingTimeout: PING_MS,
      admit: (request) => this.#admit(request, membership, events),
    });
    this.#serve(this.#io.of('/peer'), events);
  }

  send(to: readonly NodeId[], envelope: Envelope<M>, lazy = false): void {
    for (const peer of to) this.#links.get(peer)?.send(envelope, lazy);
  }

  async close(): Promise<void> {
    for (const link of this.#links.values()) link.close();
    this.#io.of('/peer').disconnectSockets(true);
    await this.#io.close();
  }

  #admit(request: IncomingMessage, membership: Membership, events: LinkEvents<M>): string | undefined {
    const address = addressOf(request);
    const answer = isFromPage(request)
      ? { refused: 'pages may not connect to replicas as peers' }
      : admit(membership, greetingOf(request), address);
    if ('peer' in answer) {
      this.#admitted.set(request, answer.peer);
      return undefined;
    }
    events.notice(`refused a peer from ${address}: ${answer.refused}`);
    return answer.refused;
  }

  #serve(namespace: Namespace, events: LinkEvents<M>): void {
    namespace.on('connection', (socket) => {
      const peer = this.#admitted.get(socket.request)!;
      socket.data.peer = peer;
      // The peer's latest connection counts; an earlier one is from before it restarted.
      for (const other of namespace.sockets.values()) {
        if (other !== socket && other.data.peer === peer) other.disconnect(true);
      }
      this.#links.get(peer)?.hurry();
      events.joined(peer);
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
