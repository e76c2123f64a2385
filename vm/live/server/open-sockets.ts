/**
 * The connections of an HTTP server in any state: idle, in the middle of a request, upgraded to a
 * WebSocket. A server closes only once all of them are gone, and strangers need never close theirs.
 */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { isDoneWithin } from '../process/deadline.ts';

/** Tracks all connections of a server from now on. */
export class OpenSockets {
  readonly #server: Server;
  readonly #open = new Map<Socket, Promise<void>>();

  constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket) => {
      const closed = new Promise<void>((resolve) => socket.once('close', resolve));
      this.#open.set(socket, closed);
      void closed.then(() => this.#open.delete(socket));
    });
  }

  /** Takes no new connections, and ends those that are idle. */
  refuse(): void {
    this.#server.close();
    this.#server.closeIdleConnections();
  }

  /** Ends all connections, after `graceMs` milliseconds for the last answers to arrive. */
  async end(graceMs: number): Promise<void> {
    await isDoneWithin(graceMs, Promise.all(this.#open.values()));
    for (const socket of this.#open.keys()) socket.destroy();
    await Promise.all(this.#open.values());
  }
}
