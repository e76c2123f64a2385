/**
 * A member of the cluster, with its secret, sends malformed messages to its peers: they are dropped
 * and logged.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { io } from 'socket.io-client';
import { greeting, PEER_PATH, peerHeaders } from '../../vm/live/handshake.ts';
import { peerParser } from '../../vm/live/peer-parser.ts';
import { frameOf } from '../support/frames.ts';
import { until } from '../support/live-cluster.ts';
import { MESSAGES, nested, WRONG, withWrongPart } from '../support/wrong-messages.ts';
import { Target } from './target.ts';

let target: Target;

beforeAll(async () => {
  target = await Target.start(4);
  await target.takeOver('r4');
});

afterAll(() => target.stop());

/**
 * Every part of every message wrong in every way. The term is of the past, so that the others
 * change nothing either.
 */
const BODIES = Object.values(MESSAGES).flatMap((message) =>
  // Binary parts are more than one packet may have.
  [undefined, ...WRONG.filter((wrong) => !Buffer.isBuffer(wrong))].flatMap((wrong) => [
    ...withWrongPart({ ...message, term: 0 }, wrong),
  ]),
);
const BATCHES: readonly unknown[] = [
  null,
  'text',
  nested(1_000),
  [],
  [null],
  [Buffer.from('binary'), { length: 7 }],
  Buffer.from('binary'),
  ...[
    7,
    [null],
    [['r4-1', 1, null]],
    [['r4-1', 2 ** 53 - 1, null, MESSAGES.TimeoutNow, []]],
    [['r4-1', 2 ** 50, null, MESSAGES.TimeoutNow, []]],
    [['r4-1', 1, { r1: 2 ** 53 - 1 }, MESSAGES.TimeoutNow, []]],
    [['r4-1', 1, { nobody: 1, 'r1.1e9': 1 }, MESSAGES.TimeoutNow, []]],
    [
      [
        'r4-1',
        1,
        Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`r1.${i}`, 1])),
        MESSAGES.TimeoutNow,
        [],
      ],
    ],
    [['\x1b[2J', 1, null, MESSAGES.TimeoutNow, []]],
    [['r4-1', 1, null, MESSAGES.TimeoutNow, [2 ** 40, -1, null]]],
    ...Object.values(MESSAGES).map((message) => [['r4-1', 1, null, { ...message, term: 2 ** 50 }, []]]),
  ].map((head) => frameOf(head)),
];

/** A member that has gone mad. */
const R4 = {
  self: 'r4',
  cluster: 'chat',
  clusterId: undefined,
  version: 0,
  start: { serial: 'mad', boot: 1, nonce: 'mad' },
};

test('malformed messages of every kind stop no replica, change no term and no clock, and are logged as malformed', async () => {
  const secret = readFileSync(target.secretFile, 'utf8').trim();
  const members = [...target.cluster.urls].map(([id, url]) => ({ id, url }));
  for (const [id, url] of target.cluster.urls) {
    if (id === 'r4') continue;
    const rogue = io(`${url}/peer`, {
      path: PEER_PATH,
      parser: peerParser,
      transports: ['websocket'],
      forceNew: true,
      reconnection: false,
      extraHeaders: peerHeaders(greeting({ ...R4, members, secret }, id)),
    });
    await once(rogue as unknown as NodeJS.EventEmitter, 'connect');
    for (const batch of BATCHES) rogue.emit('messages', batch);
    for (let i = 0; i < BODIES.length; i += 100) {
      rogue.emit(
        'messages',
        frameOf(BODIES.slice(i, i + 100).map((body, j) => [`r4-${i + j}`, 1, null, body, []])),
      );
    }
    rogue.emit('error', 'boo');
    rogue.emit('nothing', nested(1_000));
    rogue.emit('messages', frameOf([['r4-last', 1, null, null, []]]));
    // What was sent before has been handled once the last of it is in the log.
    const log = `${target.cluster.logs}/${id}.csv`;
    await until(() => (count(log) > BODIES.length / 2 ? true : undefined));
    rogue.disconnect();
    const clocks = readFileSync(log, 'utf8')
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((row) => Number(row.split(',')[3]));
    expect(Math.max(...clocks)).toBeLessThan(1e6);
  }
  expect(await target.harm()).toEqual([]);
});

function count(log: string): number {
  return readFileSync(log, 'utf8').split('why=malformed').length - 1;
}
