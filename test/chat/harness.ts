/**
 * Real chat servers over Socket.IO on free ports, with replicas in memory; and raw sockets to test
 * them.
 */
import { scryptSync } from 'node:crypto';
import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server } from 'socket.io';
import { io, type Socket } from 'socket.io-client';
import { ChatClient } from '../../chat/client/client.ts';
import type { ChatClientEvents } from '../../chat/client/events.ts';
import { attachChat } from '../../chat/server/server.ts';
import type { Message } from '../../chat/state/views.ts';
import { clusterOf } from '../../replication/failover/cluster.ts';
import { MemoryCluster, type MemoryReplica } from './memory-replication.ts';

/** A chat server of one replica. */
export class TestServer {
  readonly url: string;
  readonly #io: Server;
  readonly detach: () => void;
  /** How many connections it broke because of `breakOn`. */
  broken = 0;
  /** What the server reported as its own fault. */
  readonly errors: unknown[] = [];

  constructor(http: HttpServer, replica: MemoryReplica) {
    this.url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
    this.#io = new Server(http);
    this.detach = attachChat(this.#io, {
      replication: replica,
      cluster: () => clusterOf(replica.status()),
      onError: (error) => this.errors.push(error),
    });
  }

  /**
   * From now on breaks the connection, as a server does on a frame that it does not read, when a
   * request says `text`.
   */
  breakOn(text: string): void {
    this.#io.of('/chat').on('connection', (socket) => {
      socket.prependAny((_event, request) => {
        if (!JSON.stringify(request).includes(text)) return;
        this.broken++;
        socket.conn.close();
      });
    });
  }

  /** Ends as a killed process does: connections break, nobody listens any more. */
  async kill(): Promise<void> {
    this.#io.disconnectSockets(true);
    await this.#io.close();
  }
}

/** A chat of several servers, with all that a test opened, so that it can be closed at the end. */
export class TestChat {
  readonly cluster: MemoryCluster;
  readonly servers: TestServer[] = [];
  readonly #closing: (() => unknown)[] = [];

  private constructor(ids: readonly string[]) {
    this.cluster = new MemoryCluster(ids);
  }

  static async start(...ids: string[]): Promise<TestChat> {
    const chat = new TestChat(ids);
    for (const replica of chat.cluster.replicas) {
      const http = createServer();
      await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
      const server = new TestServer(http, replica);
      chat.servers.push(server);
      chat.#closing.push(() => server.kill());
    }
    chat.cluster.addresses = chat.servers.map(({ url }, i) => ({ id: ids[i]!, url }));
    return chat;
  }

  /** A client that begins with server number `first`. */
  async client(first = 0, timeoutMs = 15_000): Promise<ChatClient> {
    const client = await ChatClient.connect({ servers: [this.servers[first]!.url], timeoutMs });
    this.#closing.unshift(() => client.close());
    return client;
  }

  /** Makes an account behind the servers' backs, with a password hash that costs nothing. */
  account(name: string): void {
    const account = { name, password: cheapHash(), createdAt: 0, version: 2 } as const;
    this.cluster.commit({ type: 'account.create', ...account });
  }

  /** A client of a new account. */
  async user(name: string, first = 0): Promise<ChatClient> {
    this.account(name);
    const client = await this.client(first);
    await client.logIn(name, PASSWORD);
    return client;
  }

  /** A bare socket that is logged in to a new account, and its token. */
  async rawUser(name: string, server = 0): Promise<{ raw: RawSocket; token: string }> {
    this.account(name);
    const raw = await this.socket(server);
    const { token } = await raw.value<{ token: string }>('login.create', { name, password: PASSWORD });
    return { raw, token };
  }

  /** A bare socket, to say what no client library would. */
  async socket(server = 0): Promise<RawSocket> {
    const socket = io(`${this.servers[server]!.url}/chat`, { transports: ['websocket'], forceNew: true });
    this.#closing.unshift(() => socket.disconnect());
    await new Promise((resolve) => socket.once('welcome', resolve));
    return new RawSocket(socket);
  }

  async stop(): Promise<void> {
    for (const close of this.#closing) await close();
  }
}

export const PASSWORD = 'correct horse';

/** A hash of that password that costs nothing. */
export function cheapHash(): string {
  const [salt, N, r, p] = ['salt', 2, 1, 1];
  const hash = scryptSync(PASSWORD, salt, 32, { N, r, p }).toString('base64');
  return `scrypt$1$${r}$${p}$${Buffer.from(salt).toString('base64')}$${hash}`;
}

export class RawSocket {
  readonly socket: Socket;
  #sequence = 0;
  #session: string | undefined;

  constructor(socket: Socket) {
    this.socket = socket;
  }

  request(event: string, ...args: unknown[]): Promise<Record<string, unknown> & { ok: boolean }> {
    return this.socket.timeout(10_000).emitWithAck(event, ...args);
  }

  /** The value of a request that must succeed. */
  async value<T = Record<string, unknown>>(event: string, request: unknown): Promise<T> {
    const reply = await this.request(event, request);
    if (!reply.ok) throw new Error(`${event}: ${JSON.stringify(reply)}`);
    return reply.value as T;
  }

  /** The tag of this socket's next change. */
  async tag(): Promise<{ session: string; sequence: number; acknowledged: number }> {
    this.#session ??= (await this.value<{ session: string }>('session.open', {})).session;
    this.#sequence++;
    return { session: this.#session, sequence: this.#sequence, acknowledged: this.#sequence };
  }
}

/** The next event that passes; asked for before what causes it. */
export function next<K extends keyof ChatClientEvents>(
  client: ChatClient,
  name: K,
  passes: (event: ChatClientEvents[K]) => boolean = () => true,
): Promise<ChatClientEvents[K]> {
  return new Promise((resolve) => {
    const stop = client.on(name, (event) => {
      if (!passes(event)) return;
      stop();
      resolve(event);
    });
  });
}

/** Follows a mailbox from its beginning; `until(n)` resolves once n messages have come. */
export async function inbox(client: ChatClient) {
  const messages: Message[] = [];
  let wake = () => {};
  client.on('message', (message) => {
    messages.push(message);
    wake();
  });
  await client.follow(0);
  return {
    messages,
    until: async (count: number) => {
      while (messages.length < count) await new Promise<void>((resolve) => (wake = resolve));
      return messages;
    },
  };
}
