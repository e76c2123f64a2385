/** Replicas that are added to a running cluster: real sockets and disks, in one process. */

import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keyValueMachine } from '../../../replication/core/key-value.ts';
import { startLocal } from '../../../replication/live/start-local.ts';
import { type RunningReplica, startReplica } from '../../../replication/live/start-replica.ts';
import type { ReplicaStatus } from '../../../replication/replication.ts';
import { greetingHeaders } from '../../../vm/live/handshake.ts';
import { freePorts, until } from '../../support/live-cluster.ts';

const root = mkdtempSync(join(tmpdir(), 'tickraft-join-'));
const stops: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function cluster(): Promise<string[]> {
  const made = await startLocal({ machine: keyValueMachine });
  stops.push(() => made.stop());
  return made.addresses.map(({ url }) => url);
}

/** Starts a replica with data, which joins the servers at `urls`, if any are given. */
async function start(id: string, port: number, urls?: readonly string[]) {
  const lines: string[] = [];
  const replica = await startReplica({
    id,
    machine: keyValueMachine,
    replicas: [{ id, url: `http://127.0.0.1:${port}` }],
    join: urls,
    data: join(root, id),
    onNotice: (line) => void lines.push(line),
  });
  stops.push(() => replica.stop());
  return { replica, lines };
}

async function change(url: string, body: string): Promise<{ status: number; answer: { error?: string } }> {
  const response = await fetch(`${url}/admin/change-members`, {
    method: 'POST',
    headers: greetingHeaders({}),
    body,
  });
  return { status: response.status, answer: (await response.json()) as { error?: string } };
}

function once(
  replica: RunningReplica<never, unknown, never, unknown>,
  holds: (status: ReplicaStatus) => boolean,
) {
  return until(() => (holds(replica.status()) ? replica.status() : undefined));
}

test('it belongs to nothing until it is added, also after a restart, then catches up and votes', async () => {
  const urls = await cluster();
  const port = await freePorts(1);
  const first = await start('r4', port, urls);
  expect(first.lines).toEqual([
    `r4: waits to be added to the cluster: npx tickraft member add r4 --url http://127.0.0.1:${port}`,
  ]);
  const { cluster: id, configuration, recovery, replicas } = first.replica.status();
  expect(id).toMatch(/^[0-9a-f-]{36}$/);
  expect(configuration).toMatchObject({ index: 0, voters: [] });
  expect(recovery).toBe('recovering');
  expect(replicas).toEqual([{ id: 'r4', url: `http://127.0.0.1:${port}` }]);
  await first.replica.stop();
  // Neither told whom to join nor who else there is, it founds no cluster of one.
  const { replica } = await start('r4', port);
  expect(replica.status()).toMatchObject({
    cluster: id,
    recovery: 'recovering',
    configuration: { voters: [] },
  });

  const add = { changes: [{ do: 'add', id: 'r4', url: `http://127.0.0.1:${port}`, role: 'voter' }] };
  expect(await change(urls[1]!, JSON.stringify(add))).toMatchObject({ status: 200 });
  const member = await once(replica as never, ({ configuration }) => configuration!.voters.length === 4);
  expect(member.recovery).toBe('normal');
  expect(member.replicas.map((one) => one.id)).toEqual(['r1', 'r2', 'r3', 'r4']);
  expect(await change(urls[2]!, JSON.stringify(add))).toMatchObject({
    status: 200,
    answer: { already: true },
  });
  await replica.submit({ type: 'put', key: 'x', value: '1' } as never);
}, 60_000);

test.each([
  ['nothing', '', /expected object/],
  ['no JSON', '{', /JSON/],
  ['no changes', '{"changes":[]}', /changes/],
  ['a change that there is not', '{"changes":[{"do":"shrink"}]}', /changes/],
  ['an address with a path', '{"changes":[{"do":"update","id":"r1","url":"http://a:1/b"}]}', /url/],
  ['more than anybody needs', JSON.stringify({ changes: [], more: 'x'.repeat(70_000) }), /65536 bytes/],
  ['the promotion of a stranger', '{"changes":[{"do":"promote","id":"r9"}]}', /r9 is not a member/],
  ['members that are not those meant', '{"changes":[{"do":"demote","id":"r1"}],"ifConfig":9}', /not of 9/],
])('a change is refused with a line that says why: %s', async (_, body, why) => {
  const [url] = await cluster();
  const { status, answer } = await change(url!, body);
  expect(status).toBe(503);
  expect(answer.error).toMatch(why);
});

test('it cannot join as one of the founders, nor where no cluster answers', async () => {
  const port = await freePorts(3);
  // As a cluster answers whose log has no entry with the members yet.
  const founded = { cluster: 'c', configuration: { index: 0, voters: ['r1', 'r2'] } };
  const member = createServer((_, response) => void response.end(JSON.stringify(founded)));
  member.listen(port + 2, '127.0.0.1');
  stops.push(async () => void member.close());
  const joining = start('r1', port, [`http://127.0.0.1:${port + 2}`]);
  await expect(joining).rejects.toThrow('r1 is a replica that the cluster was founded with');
  await expect(start('r5', port, [`http://127.0.0.1:${port + 1}`])).rejects.toThrow(
    /no replica of a cluster admits/,
  );
}, 30_000);
