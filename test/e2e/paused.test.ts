/** A process that was stopped for so long that all its connections were given up, and then continues. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ChatClient } from '../../chat/client/client.ts';
import { Link } from '../../chat/client/link.ts';
import type { Reply } from '../../chat/wire.ts';
import { LiveCluster, until } from '../support/live-cluster.ts';

const PATIENCE_MS = 30_000;

/** One user's connection to one replica, which never looks for another. */
class Caller {
  readonly #link: Link;
  readonly #session: string;
  #sequence = 0;

  private constructor(link: Link, session: string) {
    this.#link = link;
    this.#session = session;
  }

  static async at(url: string, token: string): Promise<Caller> {
    const link = await Link.open(url, PATIENCE_MS);
    granted(await link.request('login.resume', { token }, PATIENCE_MS));
    return new Caller(link, granted(await link.request('session.open', {}, PATIENCE_MS)).session);
  }

  /** A dozen requests at once: messages and reads. Resolves with what is told of each. */
  dozen(): Promise<string[]> {
    const asked = Array.from({ length: 12 }, (_, i) => {
      if (i % 3 === 2) return this.#link.request('conversation.list', {}, PATIENCE_MS);
      const sequence = ++this.#sequence;
      const tag = { session: this.#session, sequence, acknowledged: 1 };
      const message = { to: 'ada', text: `message ${sequence}`, key: `k${sequence}`, tag };
      return this.#link.request('message.send', message, PATIENCE_MS);
    });
    return Promise.all(asked.map((reply) => reply.then((told) => (told.ok ? 'ok' : told.code))));
  }

  /** How many of its messages have arrived, by themselves. */
  async sent(): Promise<number> {
    const { conversations } = granted(await this.#link.request('conversation.list', {}, PATIENCE_MS));
    return conversations[0]!.last.sequence;
  }

  end(): void {
    this.#link.drop('was left');
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

      // It finds these in its sockets when it goes on, before it knows that its links are gone.
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
