/**
 * The HTTP server of a process, guarded against strangers: limits come before trust.
 *
 * Every request must name a known host, arrive in time and be small. A request to change the
 * protocol (`Upgrade`) goes to the WebSocket server at its path; any other such request is answered
 * as a plain one (RFC 9110, 7.8). Connections that have not been admitted yet are limited in
 * number: one more closes the oldest, so that those who send nothing cannot keep out those who do.
 * No event of any socket can end the process.
 */
import { type IncomingMessage, type RequestListener, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { printable } from '../../printable.ts';
import { hostCheck } from './known-hosts.ts';

/**
 * How long the head of a request, and all of it, may take to arrive; how often that is checked
 * (ms).
 */
const HEAD_MS = 5_000;
const REQUEST_MS = 10_000;
const CHECK_MS = 1_000;
/** How long a connection without a WebSocket may be silent (ms). */
const SILENT_MS = 30_000;
/** Bytes of a request's head. */
const HEAD_BYTES = 16 * 1024;
/** The most connections that have not been admitted yet. */
const MAX_STRANGERS = 1_000;

/** Options of a guarded server. */
export interface GuardOptions {
  /** Names, besides IP addresses and `localhost`, under which this server is reached. */
  readonly hosts?: Iterable<string>;
}

/** Takes over the connection of an admitted upgrade request. */
export type UpgradeListener = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** An HTTP server for requests and WebSockets of strangers. */
export class GuardedServer extends Server {
  readonly #isKnownHost: (host: string) => boolean;
  #listener: RequestListener = notFound;
  readonly #upgrades = new Map<string, UpgradeListener>();
  /** The connections that have not been admitted yet, oldest first. */
  readonly #strangers = new Set<Duplex>();

  constructor({ hosts = [] }: GuardOptions = {}) {
    super({
      headersTimeout: HEAD_MS,
      requestTimeout: REQUEST_MS,
      connectionsCheckingInterval: CHECK_MS,
      maxHeaderSize: HEAD_BYTES,
    });
    this.timeout = SILENT_MS;
    this.#isKnownHost = hostCheck(hosts);
    this.on('connection', (socket) => this.#arrived(socket));
    this.on('request', (request, response) => this.#answer(request, response));
    this.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
    // Before it listens, an error says why it cannot; after that, it is about a single connection.
    this.once('listening', () => this.on('error', ignore));
  }

  /** Passes plain requests to `listener`. Until then they are answered with status 404. */
  onPlainRequest(listener: RequestListener): void {
    this.#listener = listener;
  }

  /** Passes WebSocket requests at `path` to `listener`. */
  onWebSocket(path: string, listener: UpgradeListener): void {
    this.#upgrades.set(path, listener);
  }

  /** The connection was admitted: it no longer counts as a stranger's. */
  admitted(socket: Duplex): void {
    this.#strangers.delete(socket);
  }

  /** Answers an upgrade request with a refusal, in one line, and closes the connection. */
  refuseUpgrade(request: IncomingMessage, socket: Duplex, code: number, why: string): void {
    refuse(responseOn(request, socket), code, why);
  }

  #arrived(socket: Duplex): void {
    // Always, whatever else listens: an error without a listener would end the process.
    socket.on('error', ignore);
    socket.once('close', () => this.#strangers.delete(socket));
    this.#strangers.add(socket);
    if (this.#strangers.size > MAX_STRANGERS)
      for (const oldest of this.#strangers) return void oldest.destroy();
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    // What else came with the packet that ended a connection.
    if (request.socket.destroyed) return;
    const { host } = request.headers;
    try {
      if (host === undefined || this.#isKnownHost(host)) this.#listener(request, response as never);
      else refuse(response, 421, `${printable(host)} is not a name of this server`);
    } catch {
      if (response.headersSent) response.destroy();
      else refuse(response, 500, 'internal error');
    }
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { host = '', upgrade = '' } = request.headers;
    const path = request.url!.split('?', 1)[0]!;
    const listener = upgrade.toLowerCase() === 'websocket' ? this.#upgrades.get(path) : undefined;
    if (listener === undefined || !this.#isKnownHost(host))
      this.#answer(request, responseOn(request, socket));
    else listener(request, socket, head);
  }
}

/** A response on a connection that Node has detached; the connection ends with it. */
function responseOn(request: IncomingMessage, socket: Duplex): ServerResponse {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket as never);
  response.once('finish', () => {
    response.detachSocket(socket as never);
    // Ended by both sides: a caller that keeps its own side open would keep the connection.
    socket.end(() => socket.destroy());
  });
  return response;
}

function notFound(_: IncomingMessage, response: ServerResponse): void {
  refuse(response, 404, 'not found');
}

function refuse(response: ServerResponse, code: number, why: string): void {
  response.writeHead(code, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(`${JSON.stringify({ error: why })}\n`);
}

function ignore(): void {}
