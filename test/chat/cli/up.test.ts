/** A small cluster of real processes: what it serves and prints, and how it ends. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { io } from 'socket.io-client';
import { isAlive, LiveCluster, tickraft, until } from '../../support/live-cluster.ts';

let cluster: LiveCluster;

async function begin(): Promise<void> {
  cluster = await LiveCluster.start(3);
}

async function end(): Promise<void> {
  await cluster.stop();
  cluster.remove();
}

async function pids(): Promise<number[]> {
  return (await cluster.statuses()).map(({ pid }) => pid);
}

describe('while it runs', () => {
  beforeAll(begin);
  afterAll(end);

  test('serves health, status, pages and nothing else, and only to pages of its own', async () => {
    const get = (path: string, init?: RequestInit) => fetch(cluster.url('r1') + path, init);
    const leader = await until(() => cluster.leader());
    const health = await get('/health');
    expect([health.status, await health.json()]).toEqual([200, { status: 'ok', id: 'r1', leader }]);
    const page = await get('/');
    expect([page.status, page.headers.get('x-content-type-options')]).toEqual([200, 'nosniff']);
    expect(page.headers.get('content-security-policy')).toContain(cluster.url('r3'));
    expect((await get('/explorer/')).status).toBe(200);
    expect((await get('/nothing/here')).status).toBe(404);
    expect((await get('/../package.json')).status).toBe(404);
    expect((await get('/', { method: 'POST' })).status).toBe(405);
    expect((await get('/socket.io/?EIO=4&transport=polling')).status).toBe(404);

    const connects = (namespace: string, options: object) =>
      new Promise<string>((resolve) => {
        const url = cluster.url('r1') + namespace;
        const socket = io(url, {
          transports: ['websocket'],
          forceNew: true,
          reconnection: false,
          ...options,
        });
        const end = (how: string) => {
          socket.disconnect();
          resolve(how);
        };
        socket.on('connect', () => end('connected'));
        socket.on('connect_error', ({ message }) => end(message));
      });
    const from = (origin: string) => ({ extraHeaders: { origin } });
    expect(await connects('/chat', from(cluster.url('r2')))).toBe('connected');
    expect(await connects('/chat', from(cluster.url('r2').replace('127.0.0.1', 'localhost')))).toBe(
      'connected',
    );
    expect(await connects('/chat', from('http://elsewhere.example'))).toBe('websocket error');
    for (const [namespace, path] of [
      ['/client', '/client'],
      ['/peer', '/peer'],
    ] as const) {
      expect(await connects(namespace, { path })).toBe('websocket error');
      expect(await connects(namespace, {})).toBe('Invalid namespace');
    }
    expect(await connects('/', {})).toBe('this namespace is not served');
  });

  test('tickraft status shows the cluster as a table or as JSON', async () => {
    const table = await tickraft('status', '--server', cluster.url('r2'));
    expect(table.code).toBe(0);
    expect(table.stdout.split('\n')[0]).toMatch(
      /^replica +address +pid +role +term +commit +applied +cluster +disk$/,
    );
    for (const url of cluster.urls.values()) expect(table.stdout).toContain(url);
    const { stdout, stderr } = await tickraft('status', '--server', cluster.url('r2'), '--json');
    expect(stderr).toBe('');
    const { leader, replicas } = JSON.parse(stdout);
    expect(replicas.map(({ id, up }: { id: string; up: boolean }) => [id, up])).toEqual([
      ['r1', true],
      ['r2', true],
      ['r3', true],
    ]);
    expect(leader).toBe(await cluster.leader());
  });

  test('only the owner can read data and secrets, and the secret is never printed or logged', async () => {
    const secret = readFileSync(join(cluster.folder, 'data', 'secret'), 'utf8').trim();
    expect(secret.length).toBeGreaterThanOrEqual(40);
    expect(statSync(join(cluster.folder, 'data', 'secret')).mode & 0o777).toBe(0o600);
    const logs = [...cluster.urls.keys()].map((id) => readFileSync(join(cluster.logs, `${id}.csv`), 'utf8'));
    const said = [cluster.output, ...logs, JSON.stringify(await cluster.statuses())];
    for (const text of said) expect(text).not.toContain(secret);
  });

  test('Ctrl-C ends everything cleanly: exit code 0, no process left, logs whole', async () => {
    const processes = await pids();
    expect(processes).toHaveLength(3);
    expect(await cluster.stop()).toBe(0);
    expect(processes.filter(isAlive)).toEqual([]);
    expect(JSON.parse(readFileSync(join(cluster.logs, 'run.json'), 'utf8'))).toMatchObject({
      finished: true,
    });
    for (const id of cluster.urls.keys()) {
      const lines = readFileSync(join(cluster.logs, `${id}.csv`), 'utf8')
        .trimEnd()
        .split('\n');
      expect(lines.at(-1)).toContain(',stop,');
    }
  });
});

describe('killed', () => {
  beforeAll(begin);
  afterAll(end);

  test('it leaves no replica of those that it started', async () => {
    const processes = await pids();
    process.kill(cluster.pid, 'SIGKILL');
    await until(() => (processes.some(isAlive) ? undefined : true));
  });
});
