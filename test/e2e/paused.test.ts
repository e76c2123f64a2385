/**
 * A process that was stopped for so long that all its connections were given up, and then
 * continues.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { io, type Socket } from 'socket.io-client';
import { ChatClient } from '../../chat/client/client.ts';
import type { Reply, RequestName, RequestOf, Values } from '../../chat/wire.ts';
import { LiveCluster, until } from '../support/live-cluster.ts';

const TIMEOUT_MS = 30_000;

/** One user's connection to one replica, which never looks for another. */
class Caller {
  readonly #socket: Socket;
  #session = '';
  #sequence = 0;

  private constructor(url: string) {
    this.#socket = io(`${url}/chat`, { transports: ['websocket'], reconnection: false, forceNew: true });
  }

  static async at(url: string, token: string): Promise<Caller> {
    const caller = new Caller(url);
    await new Promise((resolve) => caller.#socket.once('welcome', resolve));
    granted(await caller.#request('login.resume', { token }));
    caller.#session = granted(await caller.#request('session.open', {})).session;
    return caller;
  }

  #request<K extends RequestName>(name: K, request: RequestOf<K>): Promise<Reply<Values[K]>> {
    return this.#socket.timeout(TIMEOUT_MS).emitWithAck(name, request);
  }

  /** A dozen requests at once: messages and reads. Resolves with the outcome of each. */
  dozen(): Promise<string[]> {
    const asked = Array.from({ length: 12 }, (_, i) => {
      if (i % 3 === 2) return this.#request('conversation.list', {});
      const sequence = ++this.#sequence;
      const tag = { session: this.#session, sequence, acknowledged: 1 };
      const message = { to: 'ada', text: `message ${sequence}`, key: `k${sequence}`, tag };
      return this.#request('message.send', message);
    });
    return Promise.all(asked.map((reply) => reply.then((told) => (told.ok ? 'ok' : told.code))));
  }

  /** How many of its messages have arrived, by themselves. */
  async sent(): Promise<number> {
    const { conversations } = granted(await this.#request('conversation.list', {}));
    return conversations[0]!.last.sequence;
  }

  end(): void {
    this.#socket.disconnect();
  }
}

function granted<T>(reply: Reply<T>): T {
  if (!reply.ok) throw new Error(`${reply.code}: ${reply.message}`);
  return reply.value;
}

/** Whether `id` has given its connection to `peer` up since then, as its log says. */
function hasGivenUp(logs: string, id: string, peer: string, sinceMs: number): boolean {
  const rows = readdirSync(logs)
    .filter((file) => file.startsWith(id) && file.includes('.csv'))
    .flatMap((file) => readFileSync(join(logs, file), 'utf8').split('\n'));
  return rows.some((row) => row.includes(`,drop,${peer},`) && Number.parseInt(row, 10) / 1000 > sinceMs);
}

test.each(['follower', 'leader'])(
  'a %s that continues answers its requests: nothing is left open in a healthy cluster',
  async (role) => {
    const cluster = await LiveCluster.start(3);
    const client = await ChatClient.connect({ servers: [...cluster.urls.values()] });
    try {
      const { token } = await client.signUp('ada', 'correct horse');
      const first = await until(() => cluster.leader());
      const paused = role === 'leader' ? first : [...cluster.urls.keys()].find((id) => id !== first)!;
      const caller = await Caller.at(cluster.url(paused), token);
      const { pid } = (await cluster.status(paused))!;
      const stoppedMs = Date.now();
      process.kill(pid, 'SIGSTOP');
      const leader = await until(async () => {
        const now = await cluster.leader();
        return now !== undefined && now !== paused ? now : undefined;
      });
      await until(() => hasGivenUp(cluster.logs, leader, paused, stoppedMs) || undefined);

      // It finds these in its sockets when it continues, before it knows that its links are gone.
      const waiting = caller.dozen();
      process.kill(pid, 'SIGCONT');
      const later = Caller.at(cluster.url(paused), token).then((another) => ({
        another,
        told: another.dozen(),
      }));
      const all = Array.from({ length: 12 }, () => 'ok');
      expect(await waiting).toEqual(all);
      const { another, told } = await later;
      expect(await told).toEqual(all);
      // Each of them happened once.
      expect(await another.sent()).toBe(16);
      caller.end();
      another.end();
    } finally {
      client.close();
      await cluster.stop();
      cluster.remove();
    }
  },
  120_000,
);
