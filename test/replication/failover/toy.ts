/**
 * Servers over real sockets that answer as a test says, and their wire: batches of words, each with
 * an outcome.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server, type Socket } from 'socket.io';
import { io } from 'socket.io-client';
import { refusesAttempt } from '../../../replication/core/fate.ts';
import type { ConnectionOptions } from '../../../replication/failover/connection.ts';
import { Failover } from '../../../replication/failover/failover.ts';
import type { Wire } from '../../../replication/failover/link.ts';
import type { ClientReply } from '../../../replication/failover/wire.ts';
import type { ReplicaAddress } from '../../../replication/replication.ts';
import type { Outcome } from '../../../vm/program.ts';

export const toyWire: Wire<string> = {
  connect: (url) => io(`${url}/toy`, { transports: ['websocket'], reconnection: false, forceNew: true }),
  welcome: (socket) => new Promise((resolve) => socket.once('welcome', resolve)),
  send: async (socket, batch) => (await socket.emitWithAck('ask', batch)) as ClientReply,
  probe: 'probe',
  batch: { requests: 256, bytes: 1_000 },
  gather: setImmediate,
  refusesAttempt: (code) => refusesAttempt(code) || code === 'Rejected',
  error: (code, message) => Object.assign(new Error(message), { code }),
};

/** What a server does with a word: answers, never answers, or breaks the connection. */
export type Reaction = Outcome | 'silence' | 'break' | Promise<Outcome>;

export const ok = (value: unknown): Outcome => ({ ok: true, value });
export const refused = (code: string, message: string = code): Outcome => ({ ok: false, code, message });

/**
 * A server that goes by `id`. Words are answered with themselves unless `reacts` says otherwise.
 */
export class ToyServer {
  readonly id: string;
  reacts: (word: string) => Reaction = ok;
  /** What it teaches its clients. */
  replicas: readonly ReplicaAddress[] = [];
  /**
   * The batches that it was sent, over all connections, and how often it was asked for a sign of
   * life.
   */
  readonly batches: string[][] = [];
  probes = 0;
  connections = 0;
  readonly #http = createServer();
  readonly #io = new Server(this.#http);

  private constructor(id: string) {
    this.id = id;
    this.#io.of('/toy').on('connection', (socket) => this.#serve(socket));
  }

  static async start(id: string): Promise<ToyServer> {
    const server = new ToyServer(id);
    await new Promise<void>((resolve) => server.#http.listen(0, '127.0.0.1', resolve));
    server.replicas = [server.address];
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  get address(): ReplicaAddress {
    return { id: this.id, url: this.url };
  }

  /** The words that it was sent. */
  get words(): string[] {
    return this.batches.flat();
  }

  async close(): Promise<void> {
    this.#io.disconnectSockets(true);
    await this.#io.close();
  }

  #serve(socket: Socket): void {
    this.connections++;
    socket.emit('welcome', { server: this.id, replicas: this.replicas });
    socket.on('ask', async (batch: string[], acknowledge: (reply: ClientReply) => void) => {
      if (batch.includes('probe')) this.probes++;
      else this.batches.push(batch);
      const reactions = batch.map((word) => this.reacts(word));
      if (reactions.includes('break')) socket.conn.close();
      else if (!reactions.includes('silence')) {
        const outcomes = await Promise.all(reactions as Outcome[]);
        acknowledge({ outcomes, cluster: { replicas: this.replicas } });
      }
    });
  }
}

/** Some servers that know each other, and clients of them, to be closed together. */
export class Toys {
  readonly servers: ToyServer[] = [];
  readonly #clients: Failover<string>[] = [];

  static async start(...ids: string[]): Promise<Toys> {
    const toys = new Toys();
    for (const id of ids) toys.servers.push(await ToyServer.start(id));
    for (const server of toys.servers) server.replicas = toys.servers.map(({ address }) => address);
    return toys;
  }

  /** From now on all servers react so. */
  react(reacts: ToyServer['reacts']): void {
    for (const server of this.servers) server.reacts = reacts;
  }

  /** All words that they were sent. */
  get words(): string[] {
    return this.servers.flatMap(({ words }) => words);
  }

  /** A client that knows the first server, or those of `options`. */
  client(options: Partial<ConnectionOptions<string>> = {}): Failover<string> {
    const { servers = [this.servers[0]!.url] } = options;
    const client = new Failover({ wire: toyWire, ...options, servers });
    this.#clients.push(client);
    return client;
  }

  async stop(): Promise<void> {
    for (const client of this.#clients.splice(0)) client.close();
    for (const server of this.servers.splice(0)) await server.close();
  }
}

/** Asks for a word to be answered; changes things if `isChange`. */
export function ask(client: Failover<string>, word: string, options: AskOptions = {}): Promise<unknown> {
  const { isChange = false, timeoutMs = 30_000, bytes = 0 } = options;
  return client.ask({ request: () => word, isChange, bytes, deadlineMs: performance.now() + timeoutMs });
}

export interface AskOptions {
  readonly isChange?: boolean;
  readonly timeoutMs?: number;
  readonly bytes?: number;
}
