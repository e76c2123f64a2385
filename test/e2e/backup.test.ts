/**
 * Backup and restore as an operator does it, with real processes: under load, from the command
 * line, into a new cluster.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChatClient } from '../../chat/client/client.ts';
import { LiveCluster, tickraft, until } from '../support/live-cluster.ts';
import { mailboxAt } from '../support/mailbox.ts';
import { MessageStream } from '../support/message-stream.ts';

const folder = mkdtempSync(join(tmpdir(), 'tickraft-backup-'));
const file = join(folder, 'backup');
const data = join(folder, 'new');

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('everything acknowledged before a backup began is in the new cluster, once', async () => {
  const cluster = await LiveCluster.start(3);
  let fresh: LiveCluster | undefined;
  try {
    const servers = [...cluster.urls.values()];
    const stream = await MessageStream.start(servers);
    const { token } = stream;
    await stream.more(50);
    const leader = await until(() => cluster.leader());
    const follower = [...cluster.urls.keys()].find((id) => id !== leader)!;
    const secret = join(cluster.folder, 'data/secret');

    expect(await tickraft('backup', file, '--server', cluster.url(follower))).toMatchObject({
      code: 1,
      stderr: `error: ${cluster.url(follower)} refused: the cluster's secret is required\n`,
    });
    expect(existsSync(file)).toBe(false);
    const before = [...stream.acknowledged];
    const words = ['backup', file, '--server', cluster.url(follower), '--secret-file', secret];
    const made = await tickraft(...words, '--json');
    expect([made.code, made.stderr]).toEqual([0, '']);
    const oldId = (await cluster.status(leader))!.cluster!;
    expect(JSON.parse(made.stdout)).toMatchObject({ file, header: { application: 'chat', cluster: oldId } });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(await tickraft(...words)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is there already'),
    });
    await stream.more(10);
    await stream.stop();
    const sent = stream.acknowledged;

    const restored = await tickraft('restore', file, '--data', data, '--replicas', '3', '--json');
    expect([restored.code, restored.stderr]).toEqual([0, '']);
    const { cluster: newId, replicas } = JSON.parse(restored.stdout);
    expect(replicas).toEqual(['r1', 'r2', 'r3']);
    expect(newId).not.toBe(oldId);
    fresh = await LiveCluster.start(3, '--data', data);
    const statuses = await fresh.statuses();
    expect(statuses.map((status) => [status.cluster, status.recovery])).toEqual(
      Array(3).fill([newId, 'normal']),
    );
    for (const url of fresh.urls.values()) {
      const found = await mailboxAt(url, token, before.length);
      // The last one may have been under way.
      expect(found.slice(0, before.length)).toEqual(before);
      expect(found).toEqual(sent.slice(0, found.length));
    }
    const again = await ChatClient.connect({ servers: [...fresh.urls.values()] });
    await again.logIn('ada', 'correct horse');
    await again.send('grace', 'from the new cluster');
    again.close();
  } finally {
    await fresh?.stop();
    await cluster.stop();
    fresh?.remove();
    cluster.remove();
  }
}, 120_000);

test('restore says what is wrong, in one line, and makes nothing', async () => {
  const damaged = join(folder, 'damaged');
  const text = readFileSync(file, 'utf8');
  writeFileSync(damaged, text.replace('message 7"', 'message 8"'));
  const target = join(folder, 'target');
  const refused = async (code: number, words: string, ...args: string[]) => {
    const { stderr, ...ran } = await tickraft('restore', ...args);
    expect([ran.code, stderr]).toEqual([code, expect.stringContaining(words)]);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(existsSync(target)).toBe(false);
  };
  await refused(1, `${damaged} is damaged: its digest`, damaged, '--data', target, '--replicas', '3');
  writeFileSync(damaged, text.slice(0, -10));
  await refused(1, `${damaged} is cut off`, damaged, '--data', target, '--id', 'r1');
  await refused(1, `${data} is not empty`, file, '--data', data, '--replicas', '3');
  await refused(2, 'either --replicas', file, '--data', target);
  await refused(
    2,
    '--cluster-id goes with --id',
    file,
    '--data',
    target,
    '--replicas',
    '3',
    '--cluster-id',
    'abcdefgh',
  );
  await refused(2, '--data must be given', file, '--id', 'r1');
});
