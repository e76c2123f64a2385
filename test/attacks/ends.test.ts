/** How replicas end: cleanly and soon, whatever strangers, terminals and pipes do. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { io } from 'socket.io-client';
import { freePorts, until } from '../support/live-cluster.ts';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
let folder: string;
let port: number;
const started: ChildProcess[] = [];
const strangers: Socket[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tickraft-ends-'));
  port = await freePorts(3);
});

afterEach(() => {
  for (const socket of strangers.splice(0)) socket.destroy();
  for (const child of started.splice(0)) {
    try {
      process.kill(-child.pid!, 'SIGKILL');
    } catch {
      // The usual case: it has ended, and what it started too.
    }
  }
  rmSync(folder, { recursive: true, force: true });
});

/** Runs the command line in a process group of its own, as a terminal does. */
function run(...words: string[]) {
  const env = { ...process.env, NO_COLOR: '1' };
  const child = spawn(process.execPath, [CLI, ...words], {
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.push(child);
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) child[name].on('data', (text) => (said[name] += text));
  return { child, said, ended: once(child, 'exit') };
}

/** One replica that is a cluster, leading. */
async function replica(...words: string[]) {
  const folders = ['--data', join(folder, 'r1'), '--logs', join(folder, 'logs')];
  // It elects itself, which need not take long.
  const quick = ['--rate', '100', '--election-timeout', '500'];
  const running = run('replica', '--id', 'r1', '--port', String(port), ...folders, ...quick, ...words);
  await isLeading();
  return running;
}

async function isLeading(): Promise<void> {
  await until(async () => ((await status())?.role === 'leader' ? true : undefined));
}

async function status(): Promise<{ role: string; pid: number } | undefined> {
  try {
    return (await (await fetch(`http://127.0.0.1:${port}/status`)).json()) as { role: string; pid: number };
  } catch {
    return undefined;
  }
}

/** The kind of the last event in each log. */
function lastEvents(): string[] {
  const logs = readdirSync(join(folder, 'logs')).filter((name) => name.endsWith('.csv'));
  return logs.map((name) => {
    const rows = readFileSync(join(folder, 'logs', name), 'utf8')
      .trimEnd()
      .split('\n');
    return rows.at(-1)!.split(',').includes('stop') ? 'stop' : rows.at(-1)!;
  });
}

/**
 * A connection on which `text` has been said, and which stays open whatever the other side does.
 */
async function stranger(text: string, waitFor: RegExp | undefined): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  strangers.push(socket);
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.write(text);
  let heard = '';
  if (waitFor === undefined) return;
  socket.on('data', (bytes) => (heard += bytes.toString('latin1')));
  await until(() => (waitFor.test(heard) ? true : undefined));
}

function webSocket(path: string): string {
  const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13';
  return `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${upgrade}\r\nSec-WebSocket-Key: ${'A'.repeat(22)}==\r\n\r\n`;
}

test('a clean stop does not wait for connections of strangers that never end', async () => {
  const { child, ended } = await replica();
  const host = `Host: 127.0.0.1:${port}`;
  await stranger('', undefined);
  await stranger(`GET /health HTTP/1.1\r\n${host}\r\n\r\n`, /"status":"ok"/);
  await stranger(`GET /health HTTP/1.1\r\n${host}\r\n`, undefined);
  await stranger(`POST /health HTTP/1.1\r\n${host}\r\nContent-Length: 1000\r\n\r\nhalf of it`, undefined);
  await stranger(webSocket('/socket.io/?EIO=4&transport=websocket'), /101 Switching/);
  await stranger(webSocket('/socket.io/?EIO=4&transport=websocket').slice(0, -2), undefined);
  await stranger(webSocket('/peer/?EIO=4&transport=websocket'), /^HTTP\/1.1 \d/);
  child.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
  expect(lastEvents()).toEqual(['stop']);
}, 20_000);

test.each(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'] as const)(
  '%s ends a replica cleanly',
  async (signal) => {
    const { child, ended, said } = await replica();
    child.kill(signal);
    expect(await ended).toEqual([0, null]);
    expect(said.stderr).toBe('');
    expect(lastEvents()).toEqual(['stop']);
  },
);

test('a second signal ends a replica at once', async () => {
  const { child, ended } = await replica();
  child.kill('SIGTERM');
  child.kill('SIGHUP');
  expect(await ended).toEqual([130, null]);
});

test('a closed standard output or error does not end a replica that strangers cause to write', async () => {
  const { child, ended } = await replica();
  child.stdout.destroy();
  child.stderr.destroy();
  const { pid } = (await status())!;
  for (let i = 0; i < 20; i++) {
    const peer = io(`http://127.0.0.1:${port}/peer`, {
      ...{ path: '/peer', transports: ['websocket'], forceNew: true, reconnection: false },
      auth: { from: 'x', to: 'r1', cluster: 'other' },
    });
    await new Promise((resolve) => peer.on('connect_error', resolve));
    peer.disconnect();
  }
  expect((await status())?.pid).toBe(pid);
  child.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
  expect(lastEvents()).toEqual(['stop']);
});

test('strangers who are refused again and again do not flood the terminal', async () => {
  const { said } = await replica();
  for (let i = 0; i < 40; i++) {
    const peer = io(`http://127.0.0.1:${port}/peer`, {
      ...{ path: '/peer', transports: ['websocket'], forceNew: true, reconnection: false },
      auth: { from: `x${i}`, to: 'r1', cluster: `other ${i}` },
    });
    await new Promise((resolve) => peer.on('connect_error', resolve));
    peer.disconnect();
  }
  await until(() => (said.stderr.split('\n').length > 5 ? true : undefined));
  expect(said.stderr.trimEnd().split('\n')).toHaveLength(5);
});

test('a command whose output nobody reads ends quietly, with its usual exit code', async () => {
  const runs = join(folder, 'clocks');
  const words = [
    ['clocks', '--seconds', '5', '--runs', '1', '--out', runs],
    ['analyze', join(runs, 'run-1')],
  ];
  for (const command of words) {
    const { child, ended, said } = run(...command);
    child.stdout.destroy();
    expect(await ended).toEqual([0, null]);
    expect(said.stderr).not.toMatch(/EPIPE|error/);
  }
});

describe('tickraft up', () => {
  async function up() {
    const folders = ['--data', join(folder, 'data'), '--logs', join(folder, 'logs')];
    const running = run('up', '--replicas', '3', '--port', String(port), ...folders);
    const pids = await until(() => {
      const found = [...running.said.stdout.matchAll(/^ +r\d.*pid (\d+)$/gm)].map(([, pid]) => Number(pid));
      return found.length === 3 ? found : undefined;
    });
    return { ...running, pids };
  }

  test.each(['SIGHUP', 'SIGINT', 'SIGQUIT'] as const)(
    'ends cleanly when the terminal sends %s to all its processes',
    async (signal) => {
      const { child, ended, said } = await up();
      process.kill(-child.pid!, signal);
      expect(await ended).toEqual([0, null]);
      expect(lastEvents()).toEqual(['stop', 'stop', 'stop']);
      expect(said.stderr).toBe('');
      expect(JSON.parse(readFileSync(join(folder, 'logs/run.json'), 'utf8'))).toMatchObject({
        finished: true,
      });
    },
  );

  test('continues without a majority, and fails with one line once all its replicas were killed', async () => {
    const { ended, said, pids } = await up();
    for (const pid of pids.slice(0, 2)) process.kill(pid, 'SIGKILL');
    await until(() => (said.stdout.match(/was ended by SIGKILL/g)?.length === 2 ? true : undefined));
    process.kill(pids[2]!, 'SIGKILL');
    expect(await ended).toEqual([1, null]);
    expect(said.stderr).toBe('error: all replicas have ended\n');
  });
});
