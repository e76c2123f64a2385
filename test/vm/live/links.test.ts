import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { io, type Socket } from 'socket.io-client';
import {
  admit,
  greeting,
  greetingHeaders,
  type Membership,
  peerHeaders,
} from '../../../vm/live/handshake.ts';
import { peerParser } from '../../../vm/live/peer-parser.ts';
import { openEndpoint } from '../../../vm/live/server/websocket-server.ts';
import { frameOf, idsIn } from '../../support/frames.ts';
import { closers, envelope, type Heard, link, place } from './linked.ts';

type Two = readonly [(string | undefined)?, string?];

async function pair(secrets: Two = [], clusters: Two = []) {
  const [one, two] = [await place(), await place()];
  const first = link('m1', one, [{ id: 'm2', url: two.url }], secrets[0], clusters[0]);
  const second = link('m2', two, [{ id: 'm1', url: one.url }], secrets[1], clusters[1]);
  return { one, two, first, second };
}

test('messages arrive whole and in the order they were sent, over several turns', async () => {
  const { first, second } = await pair(['s', 's']);
  await first.heard.until(() => first.heard.links.includes('m2 up'));
  const sent = Array.from({ length: 200 }, (_, i) => envelope(`m1-${i}`));
  for (const [i, message] of sent.entries()) {
    first.links.send(['m2'], message, i % 3 === 0);
    if (i % 7 === 0) await new Promise(setImmediate);
  }
  await second.heard.until(() => second.heard.messages.length === sent.length);
  expect(second.heard.messages).toEqual(sent);
  expect(first.heard.drops).toEqual([]);
});

test('messages to a peer that is not there are dropped at once, and not delivered later', async () => {
  const [one, two] = [await place(), await place()];
  const first = link('m1', one, [{ id: 'm2', url: two.url }], 's');
  first.links.send(['m2'], envelope('early'));
  expect(first.heard.drops).toEqual(['m2 early unreachable']);
  expect(first.heard.bodies).toEqual(['body of early']);
  const second = link('m2', two, [{ id: 'm1', url: one.url }], 's');
  await first.heard.until(() => first.heard.links.includes('m2 up'));
  first.links.send(['m2'], envelope('later'));
  await second.heard.until(() => second.heard.messages.length > 0);
  expect(second.heard.messages.map(({ id }) => id)).toEqual(['later']);
  expect(second.heard.joins).toEqual(['m1']);
});

test('a peer that is stopping is not said to have refused the link', async () => {
  const stopping = createServer();
  let asked = 0;
  const twice = new Promise<void>((resolve) => {
    stopping.on('upgrade', (_, socket) => {
      socket.on('error', () => {});
      socket.end('HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
      if (++asked === 2) resolve();
    });
  });
  await once(stopping.listen(0, '127.0.0.1'), 'listening');
  closers.push(() => void stopping.close());
  const url = `http://127.0.0.1:${(stopping.address() as AddressInfo).port}`;
  const { heard } = link('m1', await place(), [{ id: 'm2', url }], 's');
  await twice;
  expect(heard.notices).toEqual([]);
});

test('a peer that goes and comes back is reported, and can be reached again', async () => {
  const { one, two, first, second } = await pair(['s', 's']);
  await first.heard.until(() => first.heard.links.includes('m2 up'));
  await second.links.close();
  await new Promise((resolve) => two.server.close(resolve));
  await first.heard.until(() => first.heard.links.at(-1) === 'm2 down');
  first.links.send(['m2'], envelope('gap'));
  expect(first.heard.drops).toEqual(['m2 gap unreachable']);
  const restarted = await place(Number(new URL(two.url).port));
  const again = link('m2', restarted, [{ id: 'm1', url: one.url }], 's');
  await first.heard.until(() => first.heard.links.at(-1) === 'm2 up');
  first.links.send(['m2'], envelope('back'));
  await again.heard.until(() => again.heard.messages.length > 0);
  expect(again.heard.messages.map(({ id }) => id)).toEqual(['back']);
});

test('a peer that does not read gets no more than the limit, and the rest is dropped as slow', async () => {
  const [one, two] = [await place(), await place()];
  const peer = openEndpoint(two.server, {
    path: '/peer',
    parser: peerParser,
    maxFrameBytes: 2 ** 27,
    admit: () => undefined,
  });
  closers.push(() => void peer.close());
  two.server.on('upgrade', (_, socket) => {
    peer.of('/peer').on('connection', () => socket.pause());
    // A connection that is not read from is not closed politely either.
    closers.push(() => void socket.destroy());
  });
  peer.of('/peer');
  const { links, heard } = link('m1', one, [{ id: 'm2', url: two.url }], 's');
  await heard.until(() => heard.links.includes('m2 up'));
  const body = 'x'.repeat(2 ** 20);
  for (let sent = 0; heard.drops.length === 0; sent++) {
    expect(sent).toBeLessThan(200);
    links.send(['m2'], { ...envelope(`m1-${sent}`), body });
    await new Promise(setImmediate);
  }
  expect(heard.drops[0]).toMatch(/^m2 m1-\d+ slow$/);
});

test('a lazy message leaves by itself, together with others of the same turn', async () => {
  const [one, two] = [await place(), await place()];
  const batches: string[][] = [];
  let arrived = () => {};
  const peer = openEndpoint(two.server, {
    path: '/peer',
    parser: peerParser,
    maxFrameBytes: 2 ** 27,
    admit: () => undefined,
  });
  closers.push(() => void peer.close());
  peer.of('/peer').on('connection', (socket) => {
    socket.on('messages', (frame: Buffer) => {
      batches.push(idsIn(frame));
      arrived();
    });
  });
  const { links, heard } = link('m1', one, [{ id: 'm2', url: two.url }], 's');
  await heard.until(() => heard.links.includes('m2 up'));
  const until = (count: number) =>
    new Promise<void>((resolve) => {
      arrived = () => batches.flat().length === count && resolve();
    });
  links.send(['m2'], envelope('idle'), true);
  await until(1);
  links.send(['m2'], envelope('lazy'), true);
  // Another step of the same turn.
  await undefined;
  links.send(['m2'], envelope('urgent'), false);
  await until(3);
  expect(batches).toEqual([['idle'], ['lazy', 'urgent']]);
});

test.each([
  ['another secret', ['right', 'wrong'], [], 'm2 has another secret'],
  ['no secret', [undefined, 'right'], [], "m2 requires the cluster's secret"],
  ['another cluster', ['s', 's'], ['a', 'b'], 'm1 belongs to a, m2 to b'],
] as const)(
  'a peer with %s is refused, and both sides say so in one line',
  async (_, secrets, clusters, why) => {
    const { first, second } = await pair([...secrets], [...clusters]);
    const isRefusal = (line: string) => /^m2 at http.* refused the link: /.test(line) && line.includes(why);
    await first.heard.until(() => first.heard.notices.some(isRefusal));
    await second.heard.until(() => second.heard.notices.length > 0);
    expect(second.heard.notices).toContain(`refused a peer from 127.0.0.1: ${why}`);
    expect([...first.heard.notices, ...second.heard.notices].join()).not.toMatch(/right|wrong/);
    expect(first.heard.links).toEqual([]);
  },
);

test('a link is closed when either end learns that they belong to different clusters', async () => {
  const { first, second } = await pair(['s', 's']);
  await first.heard.until(() => first.heard.links.includes('m2 up'));
  await second.heard.until(() => second.heard.links.includes('m1 up'));
  first.links.identify('one-cluster');
  first.links.send(['m2'], envelope('still'));
  await second.heard.until(() => second.heard.messages.length > 0);
  second.links.identify('other-cluster');
  await first.heard.until(() => first.heard.links.at(-1) === 'm2 down');
  await second.heard.until(() => second.heard.links.at(-1) === 'm1 down');
  const why = 'the data of m1 belongs to cluster one-clus, that of m2 to cluster other-cl';
  for (const { heard } of [first, second]) {
    await heard.until(() => heard.notices.some((line) => line.includes(why)));
  }
});

test('as long as members disagree, one without a cluster id lets nothing through; one with an id continues', async () => {
  const [one, two] = [await place(), await place()];
  const [m1, m2] = [
    { id: 'm1', url: one.url },
    { id: 'm2', url: two.url },
  ];
  const first = link('m1', one, [m2], 's');
  const second = link('m2', two, [m1], 's');
  await first.heard.until(() => first.heard.links.includes('m2 up'));
  await second.heard.until(() => second.heard.links.includes('m1 up'));
  const third = await place();
  link('m3', third, [m1, m2], 's');
  await first.heard.until(() => first.heard.notices.length > 0);
  first.links.send(['m2'], envelope('before'));
  expect(first.heard.drops).toEqual(['m2 before disagreement']);
  first.links.identify('made');
  first.links.send(['m2'], envelope('after'));
  await second.heard.until(() => second.heard.messages.length + second.heard.drops.length > 0);
  expect(first.heard.drops).toEqual(['m2 before disagreement']);
});

const MEMBERS = ['m1', 'm2', 'm3'].map((id) => ({ id, url: `http://${id}:1` }));
const START = { serial: 'disk', boot: 1, nonce: 'a' };
const M1: Membership = {
  self: 'm1',
  cluster: 'c',
  clusterId: undefined,
  version: 0,
  members: MEMBERS,
  start: START,
  secret: undefined,
};
const M2 = { from: 'm2', to: 'm1', cluster: 'c', version: 0, members: MEMBERS, start: START };

test.each(['127.0.0.1', '::1', '::ffff:127.0.0.1'])(
  'without a secret, a member on %s may come in',
  (address) => {
    expect(admit(M1, M2, address)).toMatchObject({ peer: { self: 'm2' } });
  },
);

test.each([
  ['from elsewhere', {}, '10.0.0.7', { refused: expect.stringContaining('local peers only') }],
  ['from nobody', { from: 'm9' }, '127.0.0.1', { refused: 'm1 has no peer m9', disagrees: 'm9' }],
  ['from itself', { from: 'm1' }, '127.0.0.1', { refused: 'm1 has no peer m1', disagrees: 'm1' }],
  ['to another', { to: 'm3' }, '127.0.0.1', { refused: 'this is m1, not m3', disagrees: 'm2' }],
  [
    'without a start',
    { start: undefined },
    '127.0.0.1',
    { refused: expect.stringContaining('the greeting is not that of a peer') },
  ],
  [
    'with long names',
    { from: 'm'.repeat(201) },
    '127.0.0.1',
    { refused: expect.stringContaining('the greeting is not that of a peer') },
  ],
])('a greeting %s is refused', (_, change, address, expected) => {
  expect(admit(M1, { ...M2, ...change }, address)).toEqual(expected);
});

test('anything but a greeting is refused', () => {
  expect(admit(M1, 'hello', '127.0.0.1')).toEqual({
    refused: expect.stringContaining('the greeting is not that of a peer'),
  });
});

test('a peer of an earlier version is refused, with a line that says what to do', async () => {
  const here = await place();
  const m2 = { id: 'm2', url: 'http://127.0.0.1:9' };
  const members = [{ id: 'm1', url: here.url }, m2];
  const { heard } = link('m1', here, [m2], 's');
  const former = io(`${here.url}/peer`, {
    path: '/peer',
    transports: ['websocket'],
    forceNew: true,
    reconnection: false,
    extraHeaders: greetingHeaders(
      greeting({ ...M1, self: 'm2', cluster: 'test', members, secret: 's' }, 'm1'),
    ),
  });
  closers.push(() => void former.disconnect());
  await once(former as unknown as NodeJS.EventEmitter, 'connect_error');
  expect(heard.notices).toEqual([
    'refused a peer from 127.0.0.1: it runs an earlier version: stop all replicas, then start all with the same one',
  ]);
  expect(heard.joins).toEqual([]);
});

describe('a peer that misbehaves', () => {
  let heard: Heard;
  let rogue: Socket;

  beforeEach(async () => {
    const here = await place();
    const m2 = { id: 'm2', url: 'http://127.0.0.1:9' };
    const members = [{ id: 'm1', url: here.url }, m2];
    heard = link('m1', here, [m2], 's').heard;
    rogue = io(`${here.url}/peer`, {
      path: '/peer',
      parser: peerParser,
      transports: ['websocket'],
      forceNew: true,
      extraHeaders: peerHeaders(greeting({ ...M1, self: 'm2', cluster: 'test', members, secret: 's' }, 'm1')),
    });
    closers.push(() => void rogue.disconnect());
    await once(rogue as unknown as NodeJS.EventEmitter, 'connect');
  });

  test.each([
    ['not a list'],
    [[null]],
    [[['id', 1, null]]],
    [[['id', 1, null, 'body']]],
    [[[7, 1, null, 'body', []]]],
    [[['id', -1, null, 'body', []]]],
    [[['id', 1.5, null, 'body', []]]],
    [[['id', 1, 'vector', 'body', []]]],
    [[['id', 1, null, null, []]]],
    [[['id', 1, null, 'body', [-1]]]],
  ])('%j is dropped, and the next good message still arrives', async (head) => {
    rogue.emit('messages', frameOf(head));
    rogue.emit('error', 'boo');
    rogue.emit('messages', frameOf([['m2-1', 1, null, 'good', []]]));
    await heard.until(() => heard.messages.length > 0);
    expect(heard.drops).toEqual(['m2 undefined malformed']);
    expect(heard.messages).toEqual([{ id: 'm2-1', from: 'm2', lamport: 1, vector: undefined, body: 'good' }]);
  });
});
