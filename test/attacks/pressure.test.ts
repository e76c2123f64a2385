/**
 * Clients that do not read, or ask for expensive work without end: the replica's memory stays
 * bounded, and it serves others.
 */

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { ChatClient } from '../../chat/client/client.ts';
import {
  MAX_REQUEST_BYTES,
  PASSWORD_TRIES,
  SESSIONS_PER_ACCOUNT,
  SESSIONS_PER_SOCKET,
} from '../../chat/state/limits.ts';
import { CLIENT_PATH } from '../../replication/failover/wire.ts';
import { greetingHeaders } from '../../vm/live/handshake.ts';
import { LiveCluster } from '../support/live-cluster.ts';
import { RawWebSocket } from './raw-web-socket.ts';

jest.setTimeout(120_000);

const PASSWORD = 'correct horse';
const PROXY = '127.0.0.20';
const MAX_RSS = 400 * 2 ** 20;

let cluster: LiveCluster;
let leader: string;
let term: number;
let url: string;
let ada: ChatClient;

beforeAll(async () => {
  // Long enough for a computer that is busy with other tests.
  cluster = await LiveCluster.start(3, '--rate', '4', '--election-timeout', '6000', '--proxies', PROXY);
  leader = (await cluster.leader())!;
  url = cluster.url(leader);
  term = (await cluster.status(leader))!.term;
  ada = await ChatClient.connect({ servers: [url] });
  await ada.signUp('ada', PASSWORD);
  // A page of these is large: 50 messages of 4,000 characters, three bytes each.
  await Promise.all(Array.from({ length: 50 }, () => ada.send('ada', '€'.repeat(4_000))));
});
afterAll(async () => {
  ada.close();
  await cluster.stop();
  cluster.remove();
});

/** The leader is who it was, in the same term, and no larger than it may be. */
async function unharmed(): Promise<void> {
  const status = (await cluster.status(leader))!;
  expect([status.role, status.term]).toEqual(['leader', term]);
  const rss = Number(execFileSync('ps', ['-o', 'rss=', '-p', String(status.pid)])) * 1024;
  expect(rss).toBeLessThan(MAX_RSS);
}

/** Sends messages for as long as `attack` lasts: each must be taken. Returns how many. */
async function served(attack: Promise<unknown>): Promise<number> {
  let over = false;
  void attack.finally(() => {
    over = true;
  });
  let count = 0;
  for (; !over || count === 0; count++) await ada.send('ada', `message ${count}`);
  await attack;
  return count;
}

describe('a client that does not read', () => {
  test('is not answered without limit, for any request at any endpoint', async () => {
    const { token } = ada.login!;
    const history = await RawWebSocket.open(url, '127.0.0.2');
    await history.join('/chat');
    await history.ask('/chat', 'login.resume', { token });
    const page = '42/chat,1["conversation.history",{"with":"ada"}]';

    const nobody = await RawWebSocket.open(url, '127.0.0.3');
    await nobody.join('/chat');
    const secret = readFileSync(join(cluster.folder, 'data/secret'), 'utf8').trim();
    const headers = greetingHeaders({ secret });
    const program = await RawWebSocket.open(url, '127.0.0.4', { path: CLIENT_PATH, headers });
    await program.join('/client');
    const batch = `42/client,1${JSON.stringify(['requests', Array(1_000).fill({ type: 'status' })])}`;
    const watcher = await RawWebSocket.open(url, '127.0.0.5');
    const pinger = await RawWebSocket.open(url, '127.0.0.6');
    const attack = Promise.all([
      history.flood((socket) => socket.text(page)),
      nobody.flood((socket) => socket.text('42/chat,1["cluster",{}]')),
      program.flood((socket) => socket.text(batch)),
      watcher.flood((socket) => socket.text('40/observe,') && socket.text('41/observe,')),
      pinger.flood((socket) => socket.ping()),
    ]);
    expect(await served(attack)).toBeGreaterThan(0);
    expect(cluster.output).toMatch(/r\d: closed a connection from 127\.0\.0\.\d: /);
    await unharmed();
  });

  test('may not hold partial frames in many connections, nor unread answers to plain requests', async () => {
    const halves: RawWebSocket[] = [];
    while (halves.length < 400) {
      // Not all at once: so many unfinished handshakes of one address would be turned away.
      const some = await Promise.all(Array.from({ length: 50 }, () => RawWebSocket.open(url, '127.0.0.7')));
      for (const raw of some) raw.half(MAX_REQUEST_BYTES);
      halves.push(...some);
    }
    const { hostname, port } = new URL(url);
    const plain = connect({ host: hostname, port: Number(port), localAddress: '127.0.0.8' });
    plain.on('error', () => {});
    const closed = new Promise((resolve) => plain.once('close', resolve));
    for (let n = 0; n < 20_000; n++) plain.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    // Pipelined requests end their connection.
    await served(closed);
    await unharmed();
    plain.destroy();
    for (const { socket } of halves) socket.destroy();
  });
});

describe('sessions', () => {
  test('need a login; a client that opens too many ends only its own', async () => {
    const stranger = await RawWebSocket.open(url, '127.0.0.2');
    await stranger.join('/chat');
    await expect(stranger.ask('/chat', 'session.open', {})).rejects.toThrow('NotLoggedIn');
    const eve = await ChatClient.connect({ servers: [url] });
    await eve.signUp('eve', PASSWORD);
    const { token } = eve.login!;
    const opened: string[] = [];
    const flood = async () => {
      while (opened.length < 2 * SESSIONS_PER_ACCOUNT) {
        const raw = await RawWebSocket.open(url, '127.0.0.2');
        await raw.join('/chat');
        await raw.ask('/chat', 'login.resume', { token });
        for (let n = 0; n < SESSIONS_PER_SOCKET; n++) {
          opened.push((await raw.ask<{ session: string }>('/chat', 'session.open', {})).session);
        }
        await expect(raw.ask('/chat', 'session.open', {})).rejects.toThrow('Overloaded');
        raw.socket.destroy();
      }
    };
    const head = (await ada.conversations()).head;
    // Each of these goes in the one session that ada has: expired, it would be indeterminate or
    // sent twice.
    const count = await served(flood());
    expect((await ada.conversations()).head).toBe(head + count);
    stranger.socket.destroy();
    const again = await RawWebSocket.open(url, '127.0.0.2');
    await again.join('/chat');
    await again.ask('/chat', 'login.resume', { token });
    const tag = { session: opened[0]!, sequence: 1, acknowledged: 1 };
    const request = { to: 'eve', text: 'hi', key: 'k', tag };
    await expect(again.ask('/chat', 'message.send', request)).rejects.toThrow('SessionExpired');
    again.socket.destroy();
    eve.close();
  });
});

describe('expensive work', () => {
  test('a flood of guesses from one address delays neither logins from others nor the leader', async () => {
    const guessers = await Promise.all(Array.from({ length: 4 }, () => RawWebSocket.open(url, '127.0.0.9')));
    for (const [n, raw] of guessers.entries()) {
      await raw.join('/chat');
      for (let i = 0; i < 30; i++) {
        const request = { name: `ada${n}-${i}`, password: 'wrong' };
        raw.text(`42/chat,1${JSON.stringify(['login.create', request])}`);
      }
    }
    // More than may wait: from here on every caller is refused, unless the queue is fair.
    await Promise.any(guessers.map((raw) => raw.next((text) => text.includes('Overloaded'))));
    const login = await RawWebSocket.open(url, '127.0.0.2');
    await login.join('/chat');
    await login.ask('/chat', 'login.create', { name: 'ada', password: PASSWORD });
    await unharmed();
    for (const { socket } of [login, ...guessers]) socket.destroy();
  });

  test('behind a trusted proxy, clients are counted by the address that the proxy gives', async () => {
    const login = { name: 'ada', password: 'wrong' };
    const clients = [...Array(PASSWORD_TRIES.free + 1).fill('198.51.100.1'), '198.51.100.2'] as string[];
    const sockets = clients.map((client) =>
      RawWebSocket.open(url, PROXY, { headers: { 'X-Forwarded-For': client } }),
    );
    const joined = await Promise.all(sockets);
    for (const raw of joined) await raw.join('/chat');
    const guesses = joined.map((raw) => raw.ask('/chat', 'login.create', login));
    const codes = (await Promise.allSettled(guesses)).map((guess) =>
      guess.status === 'rejected' ? /WrongPassword|TooManyTries/.exec(guess.reason.message)?.[0] : 'let in',
    );
    expect(codes.toSorted()).toEqual([
      'TooManyTries',
      ...Array(PASSWORD_TRIES.free + 1).fill('WrongPassword'),
    ]);
    expect(codes.at(-1)).toBe('WrongPassword');
    for (const { socket } of joined) socket.destroy();
  });

  test('hundreds of sign-ups and handshakes cause no election', async () => {
    const joined = await Promise.allSettled(
      Array.from({ length: 600 }, () => RawWebSocket.open(url, '127.0.0.10')),
    );
    const open = joined.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    expect(open.length).toBeGreaterThan(0);
    expect(open.length).toBeLessThanOrEqual(500);
    const signUps = open.slice(0, 16).map(async (raw, n) => {
      await raw.join('/chat');
      return raw.ask('/chat', 'account.create', { name: `user${n}`, password: PASSWORD, key: 'k' });
    });
    expect(await served(Promise.all(signUps))).toBeGreaterThan(0);
    await unharmed();
    for (const { socket } of open) socket.destroy();
  });
});
