/**
 * Who is admitted at which path, and how much may be sent there: large frames, other host names,
 * other pages, no secret.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { greetingHeaders, peerHeaders } from '../../vm/live/handshake.ts';
import { freePorts } from '../support/live-cluster.ts';
import { converse, frame, requestHead, WEBSOCKET } from './stranger.ts';
import { Target } from './target.ts';

const ENDPOINTS = ['/peer/', '/client/', '/socket.io/'].map((path) => `${path}?EIO=4&transport=websocket`);
const [PEER, CLIENT, CHAT] = ENDPOINTS as [string, string, string];
const MIB = 2 ** 20;

/** The status code that a request is answered with. */
async function code(
  port: number,
  path: string,
  headers: Record<string, string>,
  host?: string,
): Promise<number> {
  const upgrade = ENDPOINTS.includes(path) ? WEBSOCKET : { Connection: 'close' };
  // A close frame ends a WebSocket at once.
  const bytes = requestHead('GET', path, { ...upgrade, ...headers }, host) + frame('', 8);
  return Number((await converse(port, bytes)).split(' ', 2)[1]);
}

describe('without the secret', () => {
  let target: Target;

  beforeAll(async () => {
    target = await Target.start();
  });

  afterAll(() => target.stop());

  test('no frame is accepted where a secret is required, and no large one anywhere', async () => {
    const list = `42/peer,["messages",[${'[1],'.repeat((16 * MIB) / 4)}0]]`;
    const large = [
      list,
      `4${'x'.repeat(16 * MIB)}`,
      `40/chat,${' '.repeat(MIB)}`,
      `51-/chat,["x"]${' '.repeat(MIB)}`,
    ];
    for (const path of ENDPOINTS) {
      for (const text of large) {
        const sent = target.ports.map((port) =>
          converse(port, requestHead('GET', path, WEBSOCKET), frame(text)),
        );
        const answers = (await Promise.all(sent)).map((answer) => answer.split('\r\n', 1)[0]);
        const expected = path === CHAT ? 'HTTP/1.1 101 Switching Protocols' : 'HTTP/1.1 403 Forbidden';
        // A connection that is cut while it still sends may lose the answer.
        expect([expected, '']).toEqual(expect.arrayContaining(answers));
      }
    }
    expect(await target.harm()).toEqual([]);
  });

  test('a secret that is wrong, empty or missing is refused', async () => {
    const [port] = target.ports as [number];
    const peer = { from: 'r2', to: 'r1', cluster: 'chat' };
    for (const secret of ['', ' ', 'wrong', undefined]) {
      expect(await code(port, PEER, peerHeaders({ ...peer, secret }))).toBe(403);
      expect(await code(port, CLIENT, greetingHeaders({ secret }))).toBe(403);
    }
    expect(await target.harm()).toEqual([]);
  });

  test('what nobody has joined is closed: the default namespace, and others that there are not', async () => {
    const [port] = target.ports as [number];
    const joins = ['40', '40/peer,', '40/client,', '40/admin,'];
    const answers = joins.map((join) => converse(port, requestHead('GET', CHAT, WEBSOCKET), frame(join)));
    for (const answer of await Promise.all(answers)) expect(answer).toMatch(/44.*message/s);
  });
});

describe('without a secret set, and on this computer', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tickraft-endpoints-'));
  const greeting = { peer: {}, client: greetingHeaders({}) };
  let port: number;
  let replica: ChildProcess;

  beforeAll(async () => {
    port = await freePorts(1);
    const members = [
      { id: 'r1', url: `http://127.0.0.1:${port}` },
      { id: 'r2', url: 'http://replica.example:1' },
    ];
    const start = { serial: 'disk', boot: 1, nonce: 'start' };
    greeting.peer = peerHeaders({ from: 'r2', to: 'r1', cluster: 'chat', version: 0, members, start });
    const args = [
      '--id',
      'r1',
      '--port',
      String(port),
      '--data',
      folder,
      '--allow-host',
      'chat.example, pi.local',
    ];
    const { TICKRAFT_SECRET: _, ...env } = process.env;
    const peers = ['--peers', 'r2=http://replica.example:1'];
    replica = spawn(process.execPath, ['dist/cli.js', 'replica', ...args, ...peers], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(replica.stdout!, 'data');
  });

  afterAll(async () => {
    replica.kill('SIGKILL');
    await once(replica, 'exit');
    rmSync(folder, { recursive: true, force: true });
  });

  test('local programs are admitted', async () => {
    expect(await code(port, PEER, greeting.peer)).toBe(101);
    expect(await code(port, CLIENT, greeting.client)).toBe(101);
    expect(await code(port, CHAT, {})).toBe(101);
    // But none that does not say what it is: that a page could do too.
    expect(await code(port, PEER, {})).toBe(403);
    expect(await code(port, CLIENT, {})).toBe(403);
  });

  test('only pages of this cluster are admitted to the chat, and no page to the replicas', async () => {
    for (const Origin of [
      'http://elsewhere.example',
      'null',
      `http://127.0.0.1:${port + 1}`,
      `http://127.0.0.1:${port}`,
    ]) {
      expect(await code(port, PEER, { ...greeting.peer, Origin })).toBe(403);
      expect(await code(port, CLIENT, { ...greeting.client, Origin })).toBe(403);
      expect(await code(port, CHAT, { Origin })).toBe(Origin.endsWith(`:${port}`) ? 101 : 403);
    }
  });

  test('requests for an unknown host name are not answered, whatever the page', async () => {
    const host = `rebound.example:${port}`;
    for (const headers of [{}, { Origin: `http://${host}` }]) {
      for (const path of ['/', '/health', '/status', CHAT])
        expect(await code(port, path, headers, host)).toBe(421);
      expect(await code(port, PEER, { ...greeting.peer, ...headers }, host)).toBe(421);
      expect(await code(port, CLIENT, { ...greeting.client, ...headers }, host)).toBe(421);
    }
  });

  test.each([
    ['chat.example', 200],
    [`PI.local.:1`, 200],
    ['replica.example', 200],
    ['localhost', 200],
    ['tickraft.localhost', 200],
    ['192.168.1.7:80', 200],
    ['[::1]:8081', 200],
    ['not.chat.example', 421],
    ['127.0.0.1.rebound.example', 421],
    ['localhost.rebound.example', 421],
    ['[::1].rebound.example', 421],
    ['-', 421],
  ])('the host %s gets %d', async (host, expected) => {
    expect(await code(port, '/status', {}, host)).toBe(expected);
  });
});
