/** Lease reads in real processes: the leader answers them alone, and they return current data. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ChatClient } from '../../chat/client/client.ts';
import type { ChatCommand, ChatResult } from '../../chat/state/commands.ts';
import type { ChatAnswer, ChatQuery } from '../../chat/state/query-shapes.ts';
import type { RowRecord } from '../../logs/format/schema.ts';
import { readLog } from '../../logs/reader.ts';
import { currentPath } from '../../logs/segments.ts';
import { ReplicationClient } from '../../replication/client/client.ts';
import { LiveCluster, until } from '../support/live-cluster.ts';

type Client = ReplicationClient<ChatCommand, ChatResult, ChatQuery, ChatAnswer>;

const READS = 20;
const QUERY = { type: 'account.password', name: 'ada' } as const;

/**
 * For each read that a client asked this replica for, in order: what happened there until it was
 * answered.
 */
function duringReads(events: readonly RowRecord[]): RowRecord[][] {
  return events.flatMap(({ event, kind, detail }, at) => {
    if (event !== 'request' || kind !== 'read') return [];
    const answered = events.findIndex(
      (other, i) => i > at && other.event === 'respond' && other.detail === detail,
    );
    return answered < 0 ? [] : [events.slice(at + 1, answered)];
  });
}

test('a lease read is answered without a round', async () => {
  const cluster = await LiveCluster.start(3, '--lease', '200');
  try {
    const secret = readFileSync(join(cluster.folder, 'data', 'secret'), 'utf8').trim();
    const ada = await ChatClient.connect({ servers: [...cluster.urls.values()] });
    await ada.signUp('ada', 'correct horse');
    ada.close();
    const leader = await until(() => cluster.leader());
    const client: Client = await ReplicationClient.connect([cluster.url(leader)], { secret });
    for (const consistency of ['linearizable', 'lease'] as const) {
      for (let i = 0; i < READS; i++)
        expect(await client.read(QUERY, { consistency })).toMatchObject({ type: 'account.password' });
    }
    client.close();
    expect(await cluster.stop()).toBe(0);

    const events: RowRecord[] = [];
    for await (const event of readLog(currentPath(cluster.logs, leader), () => {})) events.push(event);
    const reads = duringReads(events).slice(-2 * READS);
    expect(reads).toHaveLength(2 * READS);
    // A majority is asked, and answers.
    for (const between of reads.slice(0, READS)) {
      const kinds = new Set(between.map(({ event }) => event));
      expect([kinds.has('send'), kinds.has('receive')]).toEqual([true, true]);
    }
    // Where a busy computer lets a lease run out, a round is asked for instead.
    expect(reads.slice(READS).filter((between) => between.length === 0).length).toBeGreaterThan(0);
  } finally {
    await cluster.stop();
    cluster.remove();
  }
}, 60_000);

test('a leader that was paused until its lease expired gives no stale answer', async () => {
  const cluster = await LiveCluster.start(3, '--lease', '200');
  try {
    const secret = readFileSync(join(cluster.folder, 'data', 'secret'), 'utf8').trim();
    const old = await until(() => cluster.leader());
    const { pid } = (await cluster.status(old))!;
    const client: Client = await ReplicationClient.connect([cluster.url(old)], { secret });
    await client.read(QUERY, { consistency: 'lease' });
    process.kill(pid, 'SIGSTOP');
    // All that it is asked now lies in its socket, and is the first thing that it sees.
    const late = Array.from({ length: READS }, () => client.read(QUERY, { consistency: 'lease' }));
    const others = [...cluster.urls.keys()].filter((id) => id !== old);
    await until(async () => {
      const statuses = await Promise.all(others.map((id) => cluster.status(id)));
      return statuses.find((status) => status?.role === 'leader');
    });
    const servers = others.map((id) => cluster.url(id));
    const ada = await ChatClient.connect({ servers });
    await ada.signUp('ada', 'correct horse');
    ada.close();
    const after = client.read(QUERY, { consistency: 'lease' });
    process.kill(pid, 'SIGCONT');
    expect(await after).toMatchObject({ password: expect.any(String) });
    await Promise.all(late);
    client.close();
  } finally {
    await cluster.stop();
    cluster.remove();
  }
}, 60_000);
