/** `tickraft analyze --svg`: the marks in the picture of a window. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { analyzeCommand } from '../../../analysis/cli/analyze.ts';
import { removeTemporary, temporaryFolder } from '../../logs/temporary.ts';
import { withBrowser } from '../../support/browser.ts';
import { run } from '../../support/in-process.ts';
import { type Planted, plantRun } from '../checks/planted.ts';

const HOSTILE = `</title><script>document.title='mine'</script>"'&`;

/**
 * A leader falls at 40 ms, and with it what was on its way; the other takes over at 80 ms. Times of
 * rows are in ms.
 */
const LOGS: Record<string, readonly Planted[]> = {
  a: at([
    [0, { event: 'start', role: 'follower', term: 0, lamport: 1 }],
    [10, { event: 'role', role: 'leader', term: 1, lamport: 2 }],
    [20, { event: 'send', peer: 'b', message: 'a-1', kind: 'Heartbeat', term: 1, lamport: 3 }],
    [40, { event: 'send', peer: 'b', message: 'a-2', kind: 'Heartbeat', term: 1, lamport: 4 }],
  ]),
  b: at([
    [0, { event: 'start', role: 'follower', term: 0, lamport: 1 }],
    [30, { event: 'receive', peer: 'a', message: 'a-1', kind: 'Heartbeat', term: 1, lamport: 4 }],
    [80, { event: 'role', role: 'leader', term: 2, lamport: 5 }],
    [100, { event: 'internal', lamport: 6, detail: HOSTILE }],
  ]),
  world: at([
    [41, { event: 'fault', kind: 'crash', detail: 'node="a"' }],
    [50, { event: 'drop', peer: 'b', message: 'a-2', kind: 'Heartbeat', detail: 'from=a cause=loss' }],
  ]),
};

function at(rows: readonly (readonly [number, Planted])[]): Planted[] {
  return rows.map(([ms, row]) => ({ timeUs: 5_000_000 + ms * 1000, ...row }));
}

interface Drawn {
  readonly errors: number;
  readonly scripts: number;
  readonly events: Shape[];
  readonly flights: Shape[];
  readonly bands: Shape[];
  readonly marks: Shape[];
}

interface Shape {
  readonly title: string;
  readonly d: string;
  readonly x: number;
  readonly width: number;
  readonly place: string;
}

/** Reads a picture in a browser, as a file of its own. The legend's bands are 26 wide. */
const READ = `(text) => {
  const drawn = new DOMParser().parseFromString(text, 'image/svg+xml');
  const all = (selector) => [...drawn.querySelectorAll(selector)].map((element) => ({
    title: element.querySelector('title')?.textContent ?? '',
    d: element.getAttribute('d') ?? '',
    x: Number(element.getAttribute('x')),
    width: Number(element.getAttribute('width')),
    place: element.getAttribute('transform') ?? '',
  }));
  return {
    errors: drawn.querySelectorAll('parsererror').length,
    scripts: drawn.querySelectorAll('script').length,
    events: all('.arrows .e'),
    flights: all('.arrows .f'),
    bands: all('.band').filter(({ width }) => width > 26),
    marks: all('.mark'),
  };
}`;

afterAll(removeTemporary);

const analyze = (...words: string[]) => run(analyzeCommand(), ...words);

async function picture(...words: string[]): Promise<string> {
  const file = join(temporaryFolder(), 'picture.svg');
  await analyze(plantRun(LOGS), '--svg', file, ...words);
  return readFileSync(file, 'utf8');
}

test('times are those of the window', async () => {
  const file = join(temporaryFolder(), 'picture.svg');
  const { err, code } = await analyze(plantRun(LOGS), '--svg', file, '--from', '15ms', '--to', '0.045s');
  expect(code).toBe(0);
  expect(err).toBe(`${file}: 0.015000 s to 0.045000 s\n`);
  const svg = readFileSync(file, 'utf8');
  expect(svg).toContain('2 machines, 3 events, 1 message received, 0 lost');
  expect(svg).toContain('<title>0.030000 s b receive Heartbeat a, term 1, clock 4</title>');
  expect(svg).not.toContain('0.010000 s a role leader');
});

test.each([
  [['--from', 'soon'], /It must be a time such as 1.5s, 300ms or 20us/, 1],
  [['--from', '2s', '--to', '1s'], /^error: --from must be before --to\n$/, 2],
  [['--svg', 'x', '--sql', 'select 1'], /cannot be used with option/, 1],
])('wrong usage is one line: %j', async (words, line, code) => {
  const ran = await analyze(plantRun(LOGS), ...words);
  expect(ran.code).toBe(code);
  expect(ran.err).toMatch(line);
});

withBrowser('the picture of a window', (newPage) => {
  /** Opens the picture by itself, as a file. */
  async function open(svg: string) {
    const page = await newPage();
    return (await page.evaluate(`(${READ})(${JSON.stringify(svg)})`)) as Drawn;
  }

  test('has every event, message, loss, role and fault at its time', async () => {
    const drawn = await open(await picture('--from', '0', '--to', '100ms'));
    expect(drawn.errors).toBe(0);
    // A thousand units are a hundred milliseconds.
    expect(drawn.flights.map(({ title, d }) => [title, d])).toEqual([
      ['Heartbeat from a to b, 10 ms', 'M200 22L300 66'],
      ['Heartbeat from a to b is lost: loss', 'M400 22L500 52.8'],
    ]);
    expect(drawn.events).toHaveLength(9);
    expect(drawn.bands.map(({ title, x, width }) => [title, x, width])).toEqual([
      ['a: leader, term 1', 100, 310],
      ['a: down', 410, 590],
      ['b: leader, term 2', 800, 200],
    ]);
    expect(drawn.marks.map(({ title, place }) => [title, place])).toEqual([
      ['crash a', 'translate(410 -14)'],
    ]);
  });

  test('text from a log is never markup', async () => {
    const svg = await picture();
    const drawn = await open(svg);
    expect(drawn).toMatchObject({ errors: 0, scripts: 0 });
    expect(drawn.events.some(({ title }) => title.includes(HOSTILE))).toBe(true);
  });

  test('has at most a thousand events, and says if there are more', async () => {
    const busy = Array.from({ length: 1500 }, (_, i) => ({ event: 'internal', lamport: i + 1 }) as const);
    const file = join(temporaryFolder(), 'picture.svg');
    const { err } = await analyze(plantRun({ a: busy }), '--svg', file, '--to', '1.4s');
    const drawn = await open(readFileSync(file, 'utf8'));
    expect(drawn.errors).toBe(0);
    expect(drawn.events).toHaveLength(1000);
    expect(err).toBe(`${file}: 0.000000 s to 0.999000 s; the first 1000 of 1401 events\n`);
    expect(readFileSync(file, 'utf8')).toContain(
      'the first 1000 of 1401 events of the window that was asked for',
    );
  });
});
