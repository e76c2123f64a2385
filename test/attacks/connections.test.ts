/** Half-open, broken, slow and senseless connections of every kind at every path. */
import { attackDie, attackLimitMs, attackMs } from './duration.ts';
import { converse, ENDINGS, H2C, intrude, requestHead, WEBSOCKET } from './stranger.ts';
import { Target } from './target.ts';

/** Every path at which something is served, and some at which nothing is. */
const PATHS = [
  '/',
  '/health',
  '/status',
  '/explorer/',
  '/nothing',
  ...['/peer/', '/client/', '/socket.io/'].flatMap((path) => [path, `${path}?EIO=4&transport=websocket`]),
  '/socket.io/?EIO=3&transport=polling',
  '/socket.io/?EIO=4&transport=websocket&sid=none',
];

/** What is sent, given a path. */
const OPENINGS: readonly ((path: string) => string)[] = [
  () => '',
  () => '\0\xff\x16\x03\x01garbage\r\n\r\n',
  (path) => requestHead('GET', path).slice(0, -9),
  (path) => requestHead('GET', path),
  (path) => requestHead('GET', path).repeat(20),
  (path) => requestHead('GET', path, H2C),
  (path) => requestHead('GET', path, { Connection: 'Upgrade', Upgrade: 'websocket' }),
  (path) => requestHead('GET', path, WEBSOCKET),
  (path) => requestHead('GET', path, { ...WEBSOCKET, Upgrade: 'websocket, h2c' }),
  (path) => `${requestHead('GET', path, WEBSOCKET)}\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff`,
  (path) => `${requestHead('GET', path, WEBSOCKET)}\xf7\x00`,
  (path) => requestHead('POST', path, { 'Content-Length': '1000000' }),
  (path) => `${requestHead('POST', path, { 'Transfer-Encoding': 'chunked' })}zz\r\n`,
  (path) => requestHead('POST', path, { ...H2C, 'Content-Length': '5' }),
  (path) => requestHead('CONNECT', path),
  (path) => requestHead('GET', path, { Expect: '100-continue' }),
  (path) => requestHead('GET', path, { Range: 'bytes=5-2' }),
  (path) => requestHead('GET', path, { Range: 'bytes=0-99999999999999999999999' }),
  (path) => requestHead('GET', path, { Big: 'x'.repeat(20_000) }),
  (path) => requestHead('GET', `//${path}%`),
  (path) => requestHead('OPTIONS', path, { ...WEBSOCKET, Origin: 'null' }),
];

const SHORT_MS = 1_000;

let target: Target;

beforeAll(async () => {
  target = await Target.start();
});

afterAll(() => target.stop());

test('every opening at every path, ended in every way, harms nobody', async () => {
  for (const ending of ENDINGS) {
    const at = (port: number) =>
      PATHS.flatMap((path) => OPENINGS.map((opening) => intrude(port, opening(path), ending)));
    await Promise.all(target.ports.flatMap(at));
  }
  expect(await target.harm()).toEqual([]);
});

test(
  'openings at random, cut at random, while others stay silent, harm nobody',
  async () => {
    const die = attackDie('connections');
    const pick = <T>(list: readonly T[]): T => list[die(list.length) - 1]!;
    const deadline = performance.now() + attackMs(SHORT_MS);
    while (performance.now() < deadline) {
      const burst = Array.from({ length: 200 }, () => {
        const bytes = Buffer.from(pick(OPENINGS)(pick(PATHS)), 'latin1');
        return intrude(
          pick(target.ports),
          bytes.subarray(0, die(bytes.length + 1) - 1),
          pick(ENDINGS.slice(0, 3)),
        );
      });
      await Promise.all(burst);
    }
    expect(await target.harm()).toEqual([]);
  },
  attackLimitMs(SHORT_MS),
);

test('more silent connections than may wait at once do not keep anybody out', async () => {
  const [port] = target.ports;
  const silent = Array.from({ length: 1_500 }, () => intrude(port!, 'GET / HTTP/1.1\r\n', 'silent'));
  expect(await converse(port!, requestHead('GET', '/health', { Connection: 'close' }))).toMatch(
    /^HTTP\/1.1 200 /,
  );
  expect(await target.harm()).toEqual([]);
  await Promise.all(silent);
});

test.each(['/', '/health', '/status', '/nothing'])(
  'curl --http2 gets the plain answer at %s',
  async (path) => {
    for (const headers of [H2C, WEBSOCKET]) {
      const asked = await converse(target.ports[0]!, requestHead('GET', path, headers));
      const plain = await converse(target.ports[0]!, requestHead('GET', path, { Connection: 'close' }));
      expect(withoutDate(asked)).toBe(withoutDate(plain));
    }
  },
);

function withoutDate(answer: string): string {
  return answer.replace(/^Date: .*$/m, '');
}
