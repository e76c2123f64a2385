/** One Socket.IO connection to one server, from its welcome to its end. It is never mended: another takes its place. */
import { io, type Socket } from 'socket.io-client';
import type { ClientEvents, Cluster, Reply, RequestName, RequestOf, ServerEvents, Values } from '../wire.ts';

/** A server as a client knows it: the replica's name and the address that reached it. */
export interface Served {
  readonly id: string;
  readonly url: string;
}

/** A link that answers for so long after its welcome (ms) is one that lasts. */
const LASTING_MS = 1_000;

/** The link ended before the answer came: the request may or may not have been carried out. */
export class LinkLost extends Error {}

export class Link {
  readonly server: Served;
  /** What the server said of the cluster at first. */
  readonly hello: Cluster;
  /** Resolves with the reason, in words for people, once the link has ended. */
  readonly ended: Promise<string>;
  /** Whether it was of use: a request was carried out over it, other than what prepared it. */
  served = false;
  /** Whether it has lasted: long after its welcome, the server still answered. */
  lasted = false;
  readonly #welcomedMs = performance.now();
  readonly #socket: Socket<ServerEvents, ClientEvents>;
  #end: (reason: string) => void = () => {};

  /** Connects to the server at `url`; rejects if there is no welcome within `timeoutMs`. */
  static open(url: string, timeoutMs: number): Promise<Link> {
    const socket: Socket<ServerEvents, ClientEvents> = io(`${url}/chat`, {
      transports: ['websocket'],
      reconnection: false,
      forceNew: true,
    });
    return new Promise((resolve, reject) => {
      const fail = () => {
        clearTimeout(timer);
        socket.disconnect();
        reject(new LinkLost(`no answer from ${url}`));
      };
      const timer = setTimeout(fail, timeoutMs);
      socket.once('connect_error', fail);
      socket.once('disconnect', fail);
      socket.once('welcome', ({ server, ...hello }) => {
        clearTimeout(timer);
        socket.off('connect_error', fail);
        socket.off('disconnect', fail);
        resolve(new Link(socket, { id: server, url }, hello));
      });
    });
  }

  private constructor(socket: Socket<ServerEvents, ClientEvents>, server: Served, hello: Cluster) {
    this.#socket = socket;
    this.server = server;
    this.hello = hello;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    socket.once('disconnect', () => this.#end('stopped answering'));
  }

  get up(): boolean {
    return this.#socket.connected;
  }

  /** Calls `listener` at every event that the server sends by itself. */
  on<E extends keyof ServerEvents>(event: E, listener: ServerEvents[E]): void {
    (this.#socket as { on(event: string, listener: unknown): unknown }).on(event, listener);
  }

  /** Sends a request once. Rejects with `LinkLost` if the link ends, or no answer comes within `timeoutMs`. */
  async request<K extends RequestName>(
    name: K,
    request: RequestOf<K>,
    timeoutMs: number,
  ): Promise<Reply<Values[K]>> {
    if (!this.up) throw new LinkLost('the link has ended');
    const emitter: Acknowledged = this.#socket.timeout(timeoutMs);
    try {
      const reply = (await emitter.emitWithAck(name, request)) as Reply<Values[K]>;
      this.lasted ||= reply.ok && performance.now() - this.#welcomedMs >= LASTING_MS;
      return reply;
    } catch {
      this.drop('stopped answering');
      throw new LinkLost(`no answer from ${this.server.url}`);
    }
  }

  /** Ends the link, for a reason to show to people: "r2 <reason>". */
  drop(reason: string): void {
    this.#end(reason);
    this.#socket.disconnect();
  }
}

/** Socket.IO's own type of this cannot follow a generic event name. */
interface Acknowledged {
  emitWithAck(event: string, request: unknown): Promise<unknown>;
}
