import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server, type Socket } from 'socket.io';
import { MESSAGES, PEER_NAMESPACE, peerParser } from '../../../../vm/live/peer-parser.ts';
import { SocketBudgets, whenFlushed } from '../../../../vm/live/pressure/socket-budget.ts';
import { RawWebSocket } from '../../../attacks/raw-web-socket.ts';

const KIB = 2 ** 10;
const MIB = 2 ** 20;

/**
 * Sends more than the system's own buffers take for a reader that does not read: so many mebibytes.
 */
function sendMuch(socket: Socket, mebibytes = 24): void {
  for (let n = 0; n < mebibytes; n++) socket.emit('much', 'x'.repeat(MIB));
}

let http: HttpServer;
let io: Server;
let url: string;
let requests = 0;
const closed: string[] = [];

async function serve(
  limits: Partial<ConstructorParameters<typeof SocketBudgets>[0]>,
): Promise<SocketBudgets> {
  http = createServer();
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  io = new Server(http, { transports: ['websocket'], maxHttpBufferSize: 2 * MIB });
  const roomy = { pauseBytes: MIB, closeBytes: 100 * MIB, stallMs: 60_000, totalBytes: 200 * MIB };
  closed.length = 0;
  requests = 0;
  const onClosed = (address: string, reason: string) => closed.push(`${address}: ${reason}`);
  const budgets = new SocketBudgets({ ...roomy, ...limits, onClosed });
  budgets.watch(io.engine);
  io.of('/test').on('connection', (socket) => {
    socket.on('request', (acknowledge: (answer: string) => void) => {
      requests++;
      acknowledge('answer');
    });
  });
  url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  return budgets;
}

/** A client that has joined, and the server's end of it. */
async function join(from = '127.0.0.1'): Promise<{ raw: RawWebSocket; socket: Socket }> {
  const connected = new Promise<Socket>((resolve) => io.of('/test').once('connection', resolve));
  const raw = await RawWebSocket.open(url, from);
  await raw.join('/test');
  return { raw, socket: await connected };
}

const ask = (raw: RawWebSocket) => raw.text('42/test,7["request"]');
const flushed = (socket: Socket) => new Promise<void>((resolve) => whenFlushed(socket.conn, resolve));

afterEach(async () => {
  await io.close();
});

test('what is sent counts until it has left, and a client that does not read is not read from', async () => {
  await serve({});
  const { raw, socket } = await join();
  raw.socket.pause();
  sendMuch(socket);
  let left = false;
  const all = flushed(socket).then(() => (left = true));
  ask(raw);
  // Another client's request and answer: time enough for the first one's.
  const other = await join();
  ask(other.raw);
  await other.raw.next((text) => text.includes('answer'));
  expect([left, requests]).toEqual([false, 1]);
  raw.socket.resume();
  await raw.next((text) => text.includes('answer'));
  await all;
  expect(requests).toBe(2);
  expect(closed).toEqual([]);
});

test('a client that does not catch up is closed, with the reason', async () => {
  await serve({ stallMs: 50 });
  const { raw, socket } = await join();
  raw.socket.pause();
  // Most of it the system takes; not so much is left that nobody would read on.
  const gone = new Promise((resolve) => socket.once('disconnect', resolve));
  sendMuch(socket);
  await gone;
  raw.socket.resume();
  expect(await raw.ended).toEqual({ code: 1013, reason: 'over 1.0 MiB have waited for 0.05 s' });
});

test('a client for whom far too much waits is closed at once', async () => {
  await serve({ closeBytes: 30 * MIB });
  const { raw, socket } = await join('127.0.0.2');
  raw.socket.pause();
  const gone = new Promise((resolve) => socket.once('disconnect', resolve));
  sendMuch(socket, 60);
  await gone;
  expect(closed).toHaveLength(1);
  expect(closed[0]).toMatch(/^127\.0\.0\.2: 3\d\.\d MiB wait to be read$/);
});

test('when all use too much, the address that uses the most loses sockets', async () => {
  const budgets = await serve({ totalBytes: 8 * MIB });
  const modest = await join('127.0.0.2');
  modest.raw.half(1.5 * MIB);
  const greedy = await Promise.all(Array.from({ length: 8 }, () => RawWebSocket.open(url, '127.0.0.3')));
  for (const raw of greedy) raw.half(1.2 * MIB);
  await Promise.race(greedy.map(({ ended }) => ended));
  expect(closed[0]).toMatch(/^127\.0\.0\.3: /);
  expect(budgets.count('127.0.0.2')).toBe(1);
  expect(modest.socket.connected).toBe(true);
});

test('endless pings do not make a server use more memory', async () => {
  await serve({ pauseBytes: 64 * KIB, closeBytes: 100 * MIB, stallMs: 50 });
  const { raw } = await join();
  await raw.flood((socket) => socket.ping());
  expect(closed[0]).toMatch(/have waited/);
});

test('parts of a binary event are not waited for', async () => {
  await serve({});
  const { raw } = await join();
  raw.text('451-/test,["request",{"_placeholder":true,"num":0}]');
  raw.binary(Buffer.alloc(10));
  expect(await raw.ended).toEqual({ code: 1013, reason: 'only text frames are accepted' });
});

test('binary frames are taken where the parser waits for no other parts', async () => {
  const budgets = await serve({});
  await io.close();
  http = createServer();
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  io = new Server(http, { transports: ['websocket'], parser: peerParser });
  budgets.watch(io.engine, true);
  const heard = new Promise((resolve) => {
    io.of(PEER_NAMESPACE).on('connection', (socket) => socket.on(MESSAGES, resolve));
  });
  const raw = await RawWebSocket.open(`http://127.0.0.1:${(http.address() as AddressInfo).port}`);
  await raw.join(PEER_NAMESPACE);
  raw.binary(Buffer.from('frame'));
  expect(await heard).toEqual(Buffer.from('frame'));
  expect(closed).toEqual([]);
});
