/** One machine's connection to one of its peers: it only sends. */
import { io, type Socket } from 'socket.io-client';
import type { NodeId } from '../clock.ts';
import type { Envelope } from '../program.ts';
import { DISAGREES, greeting, type Membership, PEER_PATH, peerHeaders } from './handshake.ts';
import type { Member } from './identity.ts';
import { MESSAGES, PEER_NAMESPACE, peerParser } from './peer-parser.ts';
import { RefusalReportingWebSocket, Refused } from './server/refusal-reporting-websocket.ts';
import type { FrameEncoder } from './wire.ts';

/** With more bytes than this waiting for a slow peer, further messages are dropped. */
const MAX_WAITING_BYTES = 16 * 2 ** 20;
/** How long a lazy message may wait for another to travel with, in milliseconds. */
const LAZY_MS = 2;
/**
 * The pause before connecting again, in milliseconds: doubles from the first to the second, with
 * random jitter.
 */
const RECONNECT_MS = [50, 700] as const;
const RECONNECT_JITTER = 0.4;
/** The HTTP status of a server that is stopping. */
const UNAVAILABLE = 503;

/** The events of links, for their machine. */
export interface LinkEvents<M> {
  message(envelope: Envelope<M>): void;
  /** A peer knows the id of the cluster. */
  clusterId(id: string): void;
  /** The connection to `peer` was made or lost. */
  link(peer: NodeId, up: boolean): void;
  /** `peer` has made its connection to this machine. */
  joined(peer: NodeId): void;
  /**
   * A message to `peer`, with that `body`, was dropped before it left; without id and body: a
   * malformed one from it.
   */
  dropped(peer: NodeId, message: string | undefined, why: string, body?: unknown): void;
  /** A message for the operator, in one line. */
  notice(line: string): void;
}

/** The events of one link. */
export interface LinkNews extends Pick<LinkEvents<never>, 'link' | 'dropped' | 'notice'> {
  /** The peer says that it does not belong to the same cluster, or no longer says so. */
  disagrees(peer: NodeId, still: boolean): void;
}

/** A connection that reconnects until closed. */
export class PeerLink {
  /** Where it connects to, and whom it expects there. */
  readonly peer: Member;
  readonly #events: LinkNews;
  readonly #socket: Socket;
  readonly #encoder: FrameEncoder;
  /** Bytes of messages sent since the start. */
  sentBytes = 0;
  #batch: Envelope<unknown>[] = [];
  /** When the batch leaves: at the end of this step, or in a moment. */
  #soon = false;
  #later: NodeJS.Timeout | undefined;
  #refused: string | undefined;
  #retry: NodeJS.Timeout | undefined;

  constructor(peer: Member, membership: Membership, encoder: FrameEncoder, events: LinkNews) {
    this.peer = peer;
    this.#encoder = encoder;
    this.#events = events;
    this.#socket = io(new URL(PEER_NAMESPACE, peer.url).href, {
      path: PEER_PATH,
      parser: peerParser,
      transports: [RefusalReportingWebSocket],
      forceNew: true,
      extraHeaders: peerHeaders(greeting(membership, peer.id)),
      reconnectionDelay: RECONNECT_MS[0],
      reconnectionDelayMax: RECONNECT_MS[1],
      randomizationFactor: RECONNECT_JITTER,
      timeout: 2_000,
    });
    this.#socket.on('connect', () => this.#connected());
    this.#socket.on('disconnect', (why) => this.#disconnected(why));
    this.#socket.on('connect_error', (error) => this.#failed(error as TransportFailure));
  }

  /**
   * Sends with the rest of this step's messages to the peer, or drops it. A `lazy` one waits a
   * moment for others.
   */
  send(envelope: Envelope<unknown>, lazy: boolean): void {
    const why = this.#obstacle();
    if (why !== undefined) this.#events.dropped(this.peer.id, envelope.id, why, envelope.body);
    else {
      this.#batch.push(envelope);
      if (lazy) this.#later ??= setTimeout(() => this.#flush(), LAZY_MS);
      else if (!this.#soon) {
        this.#soon = true;
        queueMicrotask(() => this.#flush());
      }
    }
  }

  /**
   * The peer has just been heard from: if this link is waiting before its next attempt, it tries
   * now.
   */
  hurry(): void {
    if (this.#socket.io._readyState === 'closed') this.#socket.disconnect().connect();
  }

  /** Sends a new greeting: now, and whenever it connects. */
  introduce(membership: Membership): void {
    const said = greeting(membership, this.peer.id);
    this.#socket.io.opts.extraHeaders = peerHeaders(said);
    if (this.#socket.connected) this.#socket.emit('greeting', said);
  }

  /** Ends it for good; what waits to be sent still leaves. */
  close(): void {
    clearTimeout(this.#retry);
    this.#flush();
    this.#socket.off();
    this.#socket.disconnect();
  }

  #flush(): void {
    clearTimeout(this.#later);
    this.#later = undefined;
    this.#soon = false;
    const batch = this.#batch;
    this.#batch = [];
    const why = this.#obstacle();
    if (why === undefined) {
      const frame = this.#encoder.encode(batch);
      this.sentBytes += frame.length;
      this.#socket.emit(MESSAGES, frame);
    } else for (const { id, body } of batch) this.#events.dropped(this.peer.id, id, why, body);
  }

  /**
   * Why nothing can be sent now; undefined when it can. Socket.IO itself would keep messages for
   * later.
   */
  #obstacle(): string | undefined {
    if (!this.#socket.connected) return 'unreachable';
    const { ws } = this.#socket.io.engine.transport as { ws?: { readonly bufferedAmount: number } };
    return ws && ws.bufferedAmount > MAX_WAITING_BYTES ? 'slow' : undefined;
  }

  #connected(): void {
    this.#refused = undefined;
    this.#events.disagrees(this.peer.id, false);
    this.#events.link(this.peer.id, true);
  }

  #disconnected(why: string): void {
    // A closed connection means that the process has ended; one given up after a timeout, only that
    // it is silent.
    if (why !== 'ping timeout') this.#events.link(this.peer.id, false);
    // Socket.IO does not reconnect after this, as the server closed on purpose; a peer that
    // restarts must be reconnected to.
    if (why === 'io server disconnect')
      this.#retry = setTimeout(() => this.#socket.connect(), RECONNECT_MS[0]);
  }

  /**
   * A refusal is reported once, and again when its reason changes. A peer that is stopping refuses
   * nobody.
   */
  #failed({ description }: TransportFailure): void {
    if (!(description instanceof Refused)) return;
    const { message, status } = description;
    if (status === UNAVAILABLE) return;
    if (status === DISAGREES) this.#events.disagrees(this.peer.id, true);
    if (message !== this.#refused)
      this.#events.notice(`${this.peer.id} at ${this.peer.url} refused the link: ${message}`);
    this.#refused = message;
  }
}

/** Socket.IO's error for a connection that could not be made. */
interface TransportFailure extends Error {
  readonly description?: unknown;
}
