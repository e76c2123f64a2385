/** One Socket.IO connection of a client to one replica, from its opening to its end. It is never reused: another replaces it. */
import { io, type Socket } from 'socket.io-client';
import { greetingHeaders } from '../../vm/live/handshake.ts';
import { TellingWebSocket } from '../../vm/live/server/telling-websocket.ts';
import {
  CLIENT_PATH,
  type ClientEvents,
  type ClientGreeting,
  type ClientReply,
  type ClientRequest,
} from './wire.ts';

/** The connection could not be made, or ended before the answer came. */
class LinkLost extends Error {}

/** A connection in use. */
export class Link {
  readonly url: string;
  /** Resolves once the connection has ended. */
  readonly ended: Promise<void>;
  /** Whether a replica answered over it. */
  served = false;
  /** Whether it has ended, and not because this side closed it. */
  broken = false;
  readonly #socket: Socket<Record<string, never>, ClientEvents>;

  /** Connects to the replica at `url`. Rejects with a `LinkLost` that says why. */
  static open(url: string, greeting: ClientGreeting, timeoutMs: number): Promise<Link> {
    const socket: Socket = io(new URL('/client', url).href, {
      path: CLIENT_PATH,
      transports: [TellingWebSocket],
      reconnection: false,
      forceNew: true,
      extraHeaders: greetingHeaders(greeting),
      timeout: timeoutMs,
    });
    return new Promise((resolve, reject) => {
      const fail = (why: string) => {
        clearTimeout(timer);
        socket.off();
        socket.disconnect();
        reject(new LinkLost(`${url}: ${why}`));
      };
      const timer = setTimeout(() => fail('no answer'), timeoutMs);
      socket.once('connect_error', ({ message }) =>
        fail(message === 'websocket error' ? 'no answer' : message),
      );
      socket.once('connect', () => {
        clearTimeout(timer);
        socket.off();
        resolve(new Link(socket, url));
      });
    });
  }

  private constructor(socket: Socket, url: string) {
    this.url = url;
    this.#socket = socket;
    this.ended = new Promise((resolve) => {
      socket.once('disconnect', (reason) => {
        this.broken = reason !== 'io client disconnect';
        resolve();
      });
    });
  }

  /** Sends a batch once. Rejects with a `LinkLost` when the link ends, or says nothing for `timeoutMs`. */
  async request(batch: readonly ClientRequest[], timeoutMs: number): Promise<ClientReply> {
    const socket: Acknowledged = this.#socket.timeout(timeoutMs);
    try {
      // A connection that ends fails the acknowledgement too.
      const reply = (await socket.emitWithAck('requests', batch)) as ClientReply;
      this.served = true;
      return reply;
    } catch {
      throw new LinkLost(`${this.url}: no answer`);
    }
  }

  close(): void {
    this.#socket.disconnect();
  }
}

/** Socket.IO's own type of this does not follow its types of events. */
interface Acknowledged {
  emitWithAck(event: string, batch: readonly ClientRequest[]): Promise<unknown>;
}
