/**
 * Attackers from outside, one attack after the other, none of which may harm a replica: raw
 * connections, floods, forged claims and large texts. They run in their own process, so that their
 * work does not delay the writers.
 */
import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { ChatClient } from '../../../chat/client/client.ts';
import { OPENINGS, PATHS } from '../openings.ts';
import { RawWebSocket } from '../raw-web-socket.ts';
import { ENDINGS, frame, intrude, requestHead, WEBSOCKET } from '../stranger.ts';

/** Attackers at work at once. */
const ATTACKERS = 3;
/** The time limit of one attack, in milliseconds, if the server does not end it. */
const TIMEOUT_MS = 6_000;
const MIB = 2 ** 20;

const pick = <T>(list: readonly T[]): T => list[Math.floor(Math.random() * list.length)]!;
const portOf = (url: string) => Number(new URL(url).port);
/** One of the computer's own addresses, other than the one that the writers use. */
const anAddress = () => `127.0.0.${2 + Math.floor(Math.random() * 8)}`;
const times = <T>(count: number, make: () => Promise<T>) => Promise.all(Array.from({ length: count }, make));

async function chatSocket(url: string): Promise<RawWebSocket> {
  const raw = await RawWebSocket.open(url, anAddress());
  setTimeout(() => raw.socket.destroy(), TIMEOUT_MS).unref();
  await raw.join('/chat');
  return raw;
}

/**
 * Every attack, by what it is: given a replica's address, it tries it once. What comes of it does
 * not matter.
 */
const ATTACKS: Readonly<Record<string, (url: string) => Promise<unknown>>> = {
  connections: (url) =>
    times(100, () => intrude(portOf(url), pick(OPENINGS)(pick(PATHS)), pick(ENDINGS.slice(0, 3)))),
  garbage: (url) => times(20, () => intrude(portOf(url), randomBytes(2_000), 'reset-later')),
  largeFrames: (url) => {
    const head = requestHead('GET', '/peer/?EIO=4&transport=websocket', WEBSOCKET);
    return times(3, () => intrude(portOf(url), head + frame('x'.repeat(8 * MIB)), 'reset-later'));
  },
  forgedOrigins: (url) =>
    times(20, () => {
      const path = `${pick(['/peer/', '/client/', '/socket.io/'])}?EIO=4&transport=websocket`;
      const headers = { ...WEBSOCKET, Origin: 'http://elsewhere.example' };
      return intrude(portOf(url), requestHead('GET', path, headers, 'elsewhere.example'), 'reset-later');
    }),
  deafClients: (url) =>
    times(3, async () => (await chatSocket(url)).flood((raw) => raw.text('42/chat,1["cluster",{}]'))),
  malformedRequests: async (url) => {
    const raw = await chatSocket(url);
    const bodies = [
      '{}',
      'null',
      '[1]',
      '{"to":{}}',
      `{"text":"${'x'.repeat(20_000)}"}`,
      '{"tag":{"session":1}}',
    ];
    const events = [
      'message.send',
      'session.open',
      'login.resume',
      'mailbox.follow',
      'error',
      'disconnect',
      '__proto__',
    ];
    for (let n = 0; n < 200 && raw.text(`42/chat,${n}["${pick(events)}",${pick(bodies)}]`); n++);
    await pause(200);
    raw.socket.destroy();
  },
  handshakes: (url) => times(150, () => chatSocket(url).then((raw) => raw.socket.destroy())),
  signUps: async (url) => {
    const raw = await chatSocket(url);
    for (let n = 0; n < 20; n++) {
      const name = `stranger${randomBytes(6).toString('hex')}`;
      raw.text(`42/chat,${n}["account.create",{"name":"${name}","password":"correct horse"}]`);
    }
    await pause(1_000);
    raw.socket.destroy();
  },
  guesses: async (url) => {
    const raw = await chatSocket(url);
    for (let n = 0; n < 30; n++)
      raw.text(`42/chat,${n}["login.create",{"name":"writer1","password":"guess number ${n}"}]`);
    await pause(1_000);
    raw.socket.destroy();
  },
  largeTexts: async (url) => {
    const client = await ChatClient.connect({ servers: [url], timeoutMs: 3_000 });
    try {
      await client.signUp(`large${randomBytes(6).toString('hex')}`, 'correct horse');
      await client.send('writer1', 'x'.repeat(MIB));
    } finally {
      client.close();
    }
  },
};

/**
 * Attacks the servers that it was given until its parent is done with it; then says how often each
 * attack was made.
 */
const servers = process.argv.slice(2);
const counts: Record<string, number> = {};
const ending = new AbortController();
// Pauses that a race has left behind listen on until they are over.
setMaxListeners(100, ending.signal);
process.once('message', () => ending.abort());
process.once('disconnect', () => process.exit());
await times(ATTACKERS, attack);
process.send!(counts, () => process.exit());

async function attack(): Promise<void> {
  const { signal } = ending;
  while (!signal.aborted) {
    const [name, once] = pick(Object.entries(ATTACKS));
    counts[name] = (counts[name] ?? 0) + 1;
    const given = pause(TIMEOUT_MS, undefined, { signal }).catch(() => {});
    await Promise.race([once(pick(servers)).catch(() => {}), given]);
    await pause(100, undefined, { signal }).catch(() => {});
  }
}
