/**
 * Bounds the connections of one HTTP server: WebSockets by address and in total, plain connections
 * likewise, and the rate of handshakes, a flood of which would starve the rest of the process.
 *
 * Peers are not counted and never wait: their handshakes do not pass here (`admit` is called for
 * those of clients), and a when there are too many plain connections, the oldest is closed.
 */
import type { Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http';
import type { Socket as NetSocket } from 'node:net';
import { FairQueue } from './fair-queue.ts';

/** The limits; `limits.ts` says what each means. */
export interface ConnectionOptions {
  readonly socketsPerAddress: number;
  readonly sockets: number;
  readonly plainPerAddress: number;
  readonly plain: number;
  readonly handshakes: number;
  readonly handshakePauseMs: number;
  readonly waiting: number;
  readonly addressOf: (request: IncomingMessage) => string;
  /** Addresses shared by many clients: they have no limit of their own. */
  readonly proxies: ReadonlySet<string>;
  /** How many WebSockets are open, from `address` or from everywhere. */
  readonly count: (address?: string) => number;
}

/** Called when it is decided whether a handshake may continue, with the reason if not. */
type Decide = (refused: string | undefined) => void;

/** The connections of one HTTP server. */
export class Connections {
  readonly #options: ConnectionOptions;
  readonly #plain = new PlainConnections();
  /** Plain connections that wait for an answer. */
  readonly #busy = new WeakSet<NetSocket>();
  readonly #handshakes: FairQueue<{ readonly address: string; readonly decide: Decide }>;
  #pause: NodeJS.Timeout | undefined;
  /** Handshakes that may continue before the next pause. */
  #left: number;

  constructor(http: HttpServer, options: ConnectionOptions) {
    this.#options = options;
    this.#handshakes = new FairQueue(options.waiting);
    this.#left = options.handshakes;
    http.on('connection', (socket: NetSocket) => this.#take(socket));
    http.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
      this.#answering(request.socket, response);
    });
    // From here on it is the WebSocket server's.
    http.prependListener('upgrade', ({ socket }: IncomingMessage) => this.#plain.remove(socket));
  }

  /** Decides about a client's handshake, now or when it is its turn. */
  admit(request: IncomingMessage, decide: Decide): void {
    const address = this.#options.addressOf(request);
    const refused = this.#handshakes.push({ address, account: '' }, { address, decide });
    refused?.decide('too many connections at once: try again');
    this.#go();
  }

  /**
   * Ends a connection that sends a request before it has the answer to the last one (pipelining,
   * RFC 9112 9.3.2). Nobody needs that, and a packet full of requests would start all of them at
   * once.
   */
  #answering(socket: NetSocket, response: ServerResponse): void {
    if (this.#busy.has(socket)) socket.destroy();
    this.#busy.add(socket);
    response.once('close', () => this.#busy.delete(socket));
  }

  #go(): void {
    while (this.#left > 0) {
      const next = this.#handshakes.shift();
      if (next === undefined) break;
      const why = this.#refusal(next.address);
      if (why === undefined) this.#left--;
      next.decide(why);
    }
    if (this.#left < this.#options.handshakes) {
      this.#pause ??= setTimeout(() => {
        this.#pause = undefined;
        this.#left = this.#options.handshakes;
        this.#go();
      }, this.#options.handshakePauseMs);
    }
  }

  #refusal(address: string): string | undefined {
    const { sockets, socketsPerAddress, count } = this.#options;
    if (count() >= sockets) return 'too many connections: try another replica';
    if (count(address) >= socketsPerAddress) return 'too many connections from your address';
    return undefined;
  }

  #take(socket: NetSocket): void {
    const { plain, plainPerAddress, proxies } = this.#options;
    const address = socket.remoteAddress ?? '';
    this.#plain.add(socket, address);
    socket.once('close', () => this.#plain.remove(socket));
    if (this.#plain.count(address) > plainPerAddress && !proxies.has(address))
      this.#plain.dropOldest(address);
    else if (this.#plain.size > plain) this.#plain.dropOldest(this.#plain.heaviest());
  }
}

/** Connections that are not WebSockets (yet), by address, the oldest first. */
class PlainConnections {
  readonly #byAddress = new Map<string, Set<NetSocket>>();
  readonly #addresses = new Map<NetSocket, string>();

  get size(): number {
    return this.#addresses.size;
  }

  count(address: string): number {
    return this.#byAddress.get(address)?.size ?? 0;
  }

  add(socket: NetSocket, address: string): void {
    const sockets = this.#byAddress.get(address) ?? new Set();
    this.#byAddress.set(address, sockets.add(socket));
    this.#addresses.set(socket, address);
  }

  remove(socket: NetSocket): void {
    const address = this.#addresses.get(socket);
    if (address === undefined) return;
    this.#addresses.delete(socket);
    const sockets = this.#byAddress.get(address)!;
    sockets.delete(socket);
    if (sockets.size === 0) this.#byAddress.delete(address);
  }

  dropOldest(address: string): void {
    for (const socket of this.#byAddress.get(address) ?? []) {
      this.remove(socket);
      socket.destroy();
      return;
    }
  }

  heaviest(): string {
    return [...this.#byAddress].reduce((a, b) => (b[1].size > a[1].size ? b : a))[0];
  }
}
