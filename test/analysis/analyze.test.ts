import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { analyzeRun, isViolated } from '../../analysis/analyze.ts';
import { CHECKS } from '../../analysis/checks/index.ts';
import { analyzeCommand } from '../../analysis/cli/analyze.ts';
import { clocksCommand } from '../../analysis/cli/clocks.ts';
import { reportText } from '../../analysis/report/text.ts';
import { removeTemporary, temporaryFolder } from '../logs/temporary.ts';
import { run } from '../support/in-process.ts';
import { plantRun } from './checks/planted.ts';

afterAll(removeTemporary);

const plain = (text: string) => text;
const PLAIN = { bold: plain, dim: plain, green: plain, red: plain, yellow: plain };

const HEALTHY = {
  a: [
    { event: 'start', lamport: 1, queue: 0, timeUs: 1_000_000 },
    { event: 'send', lamport: 2, queue: 0, timeUs: 1_500_000, message: 'a-1', peer: 'b' },
  ],
  b: [{ event: 'receive', lamport: 3, queue: 2, timeUs: 2_000_000, message: 'a-1', peer: 'a' }],
} as const;
const BROKEN = {
  ...HEALTHY,
  b: [{ ...HEALTHY.b[0], lamport: 2 }],
  c: [{ event: 'role', role: 'leader', term: 3, timeUs: 3_000_000 }],
} as const;

describe('the text', () => {
  test('of a healthy run', async () => {
    const dir = plantRun(HEALTHY, { machines: [{ id: 'a', ticksPerSecond: 2 }, { id: 'b' }], seed: 7 });
    const text = reportText([await analyzeRun(dir)], PLAIN);
    expect(
      text.startsWith(`${dir}
planted, seed 7, 3 events in 1.000 s

HOLDS        every message is received at a later clock than it was sent at
             (Lamport's clock condition)
             1 receive compared
HOLDS        a machine's clock goes up with every event
             1 step compared
HOLDS        a link delivers messages in the order in which they were sent
             1 receive compared

Jumps of clocks, and queues
`),
    ).toBe(true);
    expect(text).toContain(`
Jumps of clocks, and queues
machine  mean   max  variance       gaps  left out   mean    max
         jump  jump  of jumps  jumps > 1    values  queue  queue
a        1.00     1      0.00          0         0   0.00      0
b           -     -         -          0         0   2.00      2

Machines
machine     rate  events  events  starts  final  clock  drift   drift
         ticks/s              /s          clock     /s  clock       %
a              2       2    2.00       1      2   2.00     -1  -33.33
b              -       1       -       0      3      -      0    0.00
`);
  });

  test('of a broken one shows the rows and what is missing', async () => {
    const dir = plantRun(BROKEN, { finished: false, machines: [{ id: 'd' }] });
    const text = reportText([await analyzeRun(dir)], PLAIN);
    expect(text).toContain('planted, 4 events in 2.000 s, not finished\n');
    expect(text).toContain(`VIOLATED     every message is received at a later clock than it was sent at
             (Lamport's clock condition)
             1 of 1 receive
  - a.csv:3  0.500 s  a  send  clock 2  message a-1  to b
    b.csv:2  1.000 s  b  receive  clock 2  message a-1  from a
`);
    expect(text).toContain(`term  called  candidates    won  leader  took
           s                  s            ms
   3       -  -           2.000  c          -
`);
    expect(text).toContain('\nWhat the logs do not tell:\n  d  this machine left no rows\n');
  });

  test('of several runs ends with all of them', async () => {
    const reports = [await analyzeRun(plantRun(HEALTHY)), await analyzeRun(plantRun(BROKEN))];
    expect(isViolated(reports)).toBe(true);
    expect(reportText(reports, PLAIN).endsWith('\n\n2 runs: 1 with violations\n')).toBe(true);
    expect(reportText([reports[0]!, reports[0]!], PLAIN).endsWith('\n\n2 runs: nothing is violated\n')).toBe(
      true,
    );
  });

  test('stays within its width', async () => {
    const reports = [await analyzeRun(plantRun(BROKEN, { stamp: 'before' }))];
    const lines = reportText(reports, PLAIN).split('\n').slice(1);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  });
});

describe('the commands', () => {
  test('the classic exercise runs, and its checks hold', async () => {
    const dir = join(temporaryFolder(), 'out');
    const ran = await run(clocksCommand(), '--seed', '7', '--runs', '2', '--out', dir);
    expect(ran.code).toBe(0);
    expect(ran.out).toContain('2 runs of 60 s with 3 machines, seed 7\n  run-1 ');
    const { out, code } = await run(analyzeCommand(), dir);
    expect(code).toBe(0);
    expect(out).toContain(join(dir, 'run-2'));
    expect(out.endsWith('2 runs: nothing is violated\n')).toBe(true);
  });

  test('if messages carry the clock from before the send, only equal clocks violate the clock condition', async () => {
    const dir = join(temporaryFolder(), 'out');
    await run(clocksCommand(), '--seed', '7', '--runs', '1', '--stamp', 'before', '--out', dir);
    const { out, code } = await run(analyzeCommand(), dir, '--json');
    expect(code).toBe(1);
    const [verdict] = JSON.parse(out).runs[0].checks;
    expect(verdict.outcome).toBe('violated');
    expect(verdict.notes[1]).toContain(`in ${verdict.count} of them both clocks are equal`);
  });

  test('--json prints one document, and a violation gives an exit code', async () => {
    const healthy = await run(analyzeCommand(), plantRun(HEALTHY), '--json');
    expect(healthy.code).toBe(0);
    expect(JSON.parse(healthy.out)).toMatchObject({
      violated: false,
      runs: [{ events: 3, measures: { machines: [{}, {}] } }],
    });
    const names = JSON.parse(healthy.out).runs[0].checks.map(({ name }: { name: string }) => name);
    expect(names.toSorted()).toEqual(CHECKS.map(({ name }) => name).toSorted());
    const dir = plantRun(BROKEN);
    const broken = await run(analyzeCommand(), dir, '--json');
    expect(broken.code).toBe(1);
    expect(JSON.parse(broken.out)).toMatchObject({ violated: true, runs: [{ path: dir }] });
  });

  test('--csv writes every table, and refuses to overwrite one', async () => {
    const dir = join(temporaryFolder(), 'tables');
    const planted = plantRun(BROKEN);
    expect((await run(analyzeCommand(), planted, '--csv', dir)).code).toBe(1);
    const read = (name: string) => readFileSync(join(dir, `${name}.csv`), 'utf8').split('\n');
    expect(read('machines')[0]).toMatch(/^node,events,eventsPerSecond,starts,clock,/);
    expect(read('machines')).toHaveLength(3 + 2);
    expect(read('evidence')[1]).toMatch(/^clock-condition,1,a.csv,3,1500000,a,2,send,b,a-1,/);
    expect(read('checks')).toHaveLength(CHECKS.length + 2);
    expect(await run(analyzeCommand(), planted, '--csv', dir)).toMatchObject({
      code: 1,
      err: `error: ${dir} is not empty: choose another folder, or empty this one\n`,
    });
  });

  test('--sql answers as text and as JSON', async () => {
    const ask = (...words: string[]) => run(analyzeCommand(), plantRun(HEALTHY), ...words);
    const sql = 'SELECT node, count(*) AS n, max(lamport) AS clock FROM events GROUP BY node ORDER BY node';
    const text = await ask('--sql', sql);
    expect(text.code).toBe(0);
    expect(text.out).toBe('node  n  clock\na     2      2\nb     1      3\n');
    const json = await ask('--json', '--sql', sql);
    expect(json.code).toBe(0);
    expect(JSON.parse(json.out)).toEqual([
      { node: 'a', n: 2, clock: 2 },
      { node: 'b', n: 1, clock: 3 },
    ]);
    const { out } = await ask('--sql', 'SELECT file, line FROM events WHERE node = $$b$$');
    expect(out).toBe('file   line\nb.csv     2\n');
  });

  test.each([
    ['SELEC 1', /^error: --sql: Parser Error: syntax error at or near "SELEC"\n$/],
    ['SELECT nothing FROM events', /^error: --sql: Binder Error: .*"nothing".*\n$/],
    ['SELECT * FROM range(200000)', /^error: --sql: more than 100000 rows: ask for fewer \(limit\)\n$/],
  ])('a bad question is one line: %s', async (sql, line) => {
    const { err, code } = await run(analyzeCommand(), plantRun(HEALTHY), '--sql', sql);
    expect(code).toBe(2);
    expect(err).toMatch(line);
  });

  test('wrong usage gives exit code 2, an unreadable run 1, each with one line', async () => {
    const empty = temporaryFolder();
    expect(await run(analyzeCommand(), empty)).toMatchObject({
      code: 2,
      err: `error: ${empty} holds no run: there is no run.json in it or right below it\n`,
    });
    expect(await run(clocksCommand(), '--internal', '8/7', '--out', empty)).toMatchObject({
      code: 2,
      err: 'error: --internal must be a fraction from 0/1 to 1/1, such as 7/10\n',
    });
    const dir = plantRun(HEALTHY);
    expect(await run(clocksCommand(), '--out', dir)).toMatchObject({
      code: 1,
      err: `error: ${dir} is not empty: choose another folder, or empty this one\n`,
    });
  });
});
