/** The report: what it shows of a small run with known events, and how it behaves in a browser. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sourcesAt } from '../../../analysis/import/sources.ts';
import { removeTemporary, temporaryFolder } from '../../logs/temporary.ts';
import { type NewPage, withBrowser } from '../../support/browser.ts';
import { type Planted, plantRun } from '../checks/planted.ts';
import { busyRun, look, pageOf } from './pages.ts';

afterAll(removeTemporary);

const HOSTILE = `</title></script><script>window.mine=1</script><img src=x onerror=window.mine=1>"'&`;

/**
 * A leader falls at 40 ms and is back at 90; the other takes over at 80 ms, and a third claims the
 * same term. Times of rows are in ms.
 */
const LOGS: Record<string, readonly Planted[]> = {
  a: at([
    [0, { event: 'start', role: 'follower', term: 0, lamport: 1, queue: 0 }],
    [10, { event: 'role', role: 'leader', term: 1, lamport: 2, queue: 0 }],
    [20, { event: 'send', peer: 'b', message: 'a-1', kind: 'Heartbeat', term: 1, lamport: 3, queue: 2 }],
    [40, { event: 'send', peer: 'b', message: 'a-2', kind: HOSTILE, term: 1, lamport: 4, queue: 0 }],
    [90, { event: 'start', role: 'follower', term: 1, lamport: 4, queue: 0 }],
  ]),
  b: at([
    [0, { event: 'start', role: 'follower', term: 0, lamport: 1, queue: 0 }],
    [30, { event: 'receive', peer: 'a', message: 'a-1', kind: 'Heartbeat', term: 1, lamport: 4, queue: 0 }],
    [80, { event: 'role', role: 'leader', term: 2, lamport: 5, queue: 0 }],
    [100, { event: 'internal', lamport: 6, detail: HOSTILE }],
  ]),
  c: at([[85, { event: 'role', role: 'leader', term: 2, lamport: 5, queue: 0, detail: HOSTILE }]]),
  world: at([
    [41, { event: 'fault', kind: 'crash', detail: 'node="a"' }],
    [50, { event: 'drop', peer: 'b', message: 'a-2', kind: 'Heartbeat', detail: 'from=a cause=loss' }],
    [60, { event: 'fault', kind: HOSTILE, detail: HOSTILE }],
  ]),
};

function at(rows: readonly (readonly [number, Planted])[]): Planted[] {
  return rows.map(([ms, row]) => ({ timeUs: 5_000_000 + ms * 1000, ...row }));
}

const small = async () =>
  pageOf(await look(plantRun(LOGS, { program: HOSTILE, seed: HOSTILE, machines: [] })));

test('verdicts come first, violated ones before the others, with their rows', async () => {
  const html = await small();
  const verdicts = html.slice(html.indexOf('<h3>Verdicts'), html.indexOf('<h3>The run on one time axis'));
  expect(verdicts.indexOf('a term has at most one leader')).toBeLessThan(
    verdicts.indexOf('class="badge holds"'),
  );
  expect(verdicts).toContain('b.csv:4  0.080 s  b  role  leader  term 2  clock 5');
  expect(verdicts).toContain('c.csv:2  0.085 s  c  role  leader  term 2  clock 5');
  const titles = [...html.matchAll(/<h[34]>(.*?)<\/h[34]>/g)].map(([, title]) => title!.replace(/: .*/, ''));
  expect(titles.slice(0, 16)).toEqual([
    'Verdicts',
    'The run on one time axis',
    'Faults',
    'Leadership',
    'Clocks',
    'Drift of clocks',
    'Jumps of clocks',
    'Queues',
    'Latency',
    'Throughput',
    'Space and time',
    'In detail',
    'A',
    'Numbers',
    'How great jumps were',
    'Machines',
  ]);
});

test('of a case with very many rows the first ones are shown, and the number of the others', async () => {
  const rows = Array.from({ length: 45 }, (_, i): Planted => {
    return { event: 'append', lamport: i + 1, index: 1, detail: `first=1 prev=0 entries=1:1.${i}` };
  });
  const page = pageOf(await look(plantRun({ a: rows })));
  expect(page).toContain('a.csv:41  ');
  expect(page).not.toContain('a.csv:42  ');
  expect(page).toContain('\nand 5 more rows</pre>');
});

test('faults, violations, leaders and messages are at their times on one axis', async () => {
  const html = await small();
  // The run is a hundred milliseconds long, so that a millisecond is a per cent.
  const lines = [...html.matchAll(/<line class="fault-line (\w+)" data-at="(\d+)" x1="([\d.]+)%"/g)];
  const marks = lines.map(([, shape, us, x]) => `${shape} ${us} ${Number(x)}`);
  // The eight plots with a field for faults, and the window in detail.
  expect(marks.length).toBe(9 * 3);
  expect([...new Set(marks)]).toEqual(['gone 41000 41', 'other 60000 60', 'violation 85000 85']);
  // Layers are ten thousand units wide: a hundred a millisecond.
  expect(html).toContain(
    '<rect class="band leader" x="1000" y="4" width="3100" height="18"><title>a: leader, term 1',
  );
  expect(html).toContain('<rect class="band down" x="4100" y="4" width="4900" height="18"><title>a: down');
  expect(html).toContain('x="10.000%" width="31.000%"><text x="4" y="17">leads term 1</text>');
  // In detail a unit is a microsecond.
  expect(html).toContain('d="M20000 22L30000 66"><title>Heartbeat from a to b, 10 ms</title>');
  expect(html).toContain('d="M85000 110h0"><title>0.085000 s c role leader, term 2, clock 5');
});

test('a machine is shown as off from its crash on, or from an earlier stop on, and also one without a disk', async () => {
  const rows = (ms: number): Planted[] => [
    { event: 'start', role: 'follower', term: 1, lamport: 1 },
    { event: 'role', role: 'leader', term: 1, lamport: 2, timeUs: ms * 1000 },
  ];
  const stopped: Planted[] = [...rows(2), { event: 'stop', timeUs: 3000, lamport: 3 }];
  const fault = (kind: string, node: string, ms: number): Planted => ({
    event: 'fault',
    kind,
    detail: `node="${node}"`,
    timeUs: ms * 1000,
  });
  const html = pageOf(
    await look(
      plantRun({
        a: rows(2),
        b: rows(2),
        c: stopped,
        d: [...rows(2), { event: 'internal', timeUs: 101_000, lamport: 3 }],
        world: [fault('crash', 'a', 21), fault('wipe', 'b', 41), fault('wipe', 'c', 61)],
      }),
    ),
  );
  const bands = [
    ...html.matchAll(/<rect class="band down" x="(\d+)"[^>]* width="(\d+)" height="18"><title>(\w)/g),
  ];
  expect(bands.map(([, x, width, node]) => [node, x, width])).toEqual([
    ['a', '2000', '8000'],
    ['b', '4000', '6000'],
    ['c', '200', '9800'],
  ]);
});

test('text from a log is never markup', async () => {
  const html = await small();
  expect(html.match(/<script/g)).toHaveLength(1);
  expect(html).not.toContain('<img');
  expect(html).toContain('&lt;img src=x onerror=window.mine=1&gt;');
});

test('rows without times have verdicts and numbers, and no pictures over time', async () => {
  const file = join(temporaryFolder(), 'a.csv');
  writeFileSync(file, 'machine,clock,what\na,1,start\na,3,internal\n');
  const [source] = await sourcesAt(file, { columns: 'node=machine,lamport=clock,event=what' });
  const html = pageOf(await look(source!));
  expect(html).toContain('No row of these logs has a time, so there are no pictures over time.');
  expect(html).not.toMatch(/NaN|Infinity|undefined/);
  expect(html).toContain('How great jumps were');
});

test('it stays under 5 MB, and says what was left out', async () => {
  const busy = await busyRun(20_000, 100_000);
  const one = pageOf(busy);
  expect(Buffer.byteLength(one)).toBeLessThan(1_000_000);
  expect(/<p class="notes">(20,.*?)<\/p>/.exec(one)![1]).toMatch(
    /^20,\d\d\d events are summarised in 200 intervals of \S+ ms\. \d+ events in [456] windows are kept in detail\.$/,
  );
  const many = pageOf(...Array.from({ length: 40 }, () => busy));
  expect(Buffer.byteLength(many)).toBeLessThan(5_000_000);
  const parts = many.match(/<section class="run"/g)!.length;
  expect(parts).toBeGreaterThan(5);
  expect(many).toContain(`40 runs. Nothing is violated. ${40 - parts} runs have no part of their own below`);
});

test('twenty thousand faults and roles of a machine do not make the page large', async () => {
  const flapping = Array.from({ length: 20_000 }, (_, i) =>
    i % 2 === 0
      ? ({ event: 'role', role: i % 4 === 0 ? 'leader' : 'follower', term: i, lamport: i + 1 } as const)
      : ({ event: 'fault', kind: 'crash', detail: `node="a" ${'x'.repeat(300)}`, lamport: i + 1 } as const),
  );
  const html = pageOf(await look(plantRun({ a: flapping })));
  expect(Buffer.byteLength(html)).toBeLessThan(1_500_000);
  expect(/\d+ shorter spans of \d+ are left out/.exec(html)?.[0]).toBe(
    '8501 shorter spans of 10001 are left out',
  );
});

withBrowser('the report', (newPage) => {
  let html: string;
  beforeAll(async () => {
    html = pageOf(await look(plantRun(LOGS)), await busyRun(20_000, 700_000));
  });

  async function open(options: Parameters<NewPage>[0] = {}) {
    const page = await newPage({ offline: true, ...options });
    const said: string[] = [];
    page.on('console', (message) => said.push(message.text()));
    page.on('request', (request) => said.push(request.url()));
    await page.setContent(html);
    return { page, said: said.filter((line) => !line.startsWith('data:')) };
  }

  test.each([
    [400, 'light'],
    [400, 'dark'],
    [1280, 'light'],
    [1280, 'dark'],
  ] as const)(
    '%i pixels wide, %s: opens offline, silent, and no wider than the window',
    async (width, colorScheme) => {
      const { page, said } = await open({ viewport: { width, height: 800 }, colorScheme });
      expect(said).toEqual([]);
      expect(await page.evaluate('window.mine')).toBeUndefined();
      expect(await page.evaluate('document.documentElement.scrollWidth > window.innerWidth')).toBe(false);
      const ground = await page.evaluate('getComputedStyle(document.body).backgroundColor');
      expect(ground).toBe(colorScheme === 'dark' ? 'rgb(22, 24, 28)' : 'rgb(246, 245, 241)');
      // Every picture has a name for those who cannot see it.
      const silent = page.locator('svg:not([aria-hidden]):not([aria-label]):not(svg svg)');
      expect(await silent.count()).toBe(0);
    },
  );

  test('without its script the page shows the whole run, without buttons', async () => {
    const { page } = await open({ javaScriptEnabled: false });
    expect(await page.locator('.controls').first().isVisible()).toBe(false);
    expect(await page.locator('figure .field').first().isVisible()).toBe(true);
    expect(await page.locator('.window .e').count()).toBeGreaterThan(100);
  });

  test('on paper it is light, without buttons', async () => {
    const { page } = await open({ colorScheme: 'dark' });
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(255, 255, 255)');
    expect(await page.locator('.controls').first().isVisible()).toBe(false);
  });
});
