/** Half-open, broken, slow and meaningless connections of every kind at every path. */
import { attackDie, attackLimitMs, attackMs } from './duration.ts';
import { OPENINGS, PATHS } from './openings.ts';
import { converse, ENDINGS, H2C, intrude, requestHead, WEBSOCKET } from './stranger.ts';
import { Target } from './target.ts';

const SHORT_MS = 1_000;

let target: Target;

beforeAll(async () => {
  target = await Target.start();
});

afterAll(() => target.stop());

test('every kind of connection at every path, ended in every way, does no harm', async () => {
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

test('more silent connections than may wait at once keep nobody out', async () => {
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
