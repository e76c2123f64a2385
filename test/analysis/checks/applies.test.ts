/**
 * Checks that do not apply to a run have no verdict, in any form of report. Copies that the logs
 * could not show are not counted.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { analyzeRun } from '../../../analysis/analyze.ts';
import { CHECKS } from '../../../analysis/checks/index.ts';
import { analyzeCommand } from '../../../analysis/cli/analyze.ts';
import { screenLines } from '../../../analysis/follow/follow-text.ts';
import { removeTemporary, temporaryFolder } from '../../logs/temporary.ts';
import { run } from '../../support/in-process.ts';
import { look, pageOf } from '../report/pages.ts';
import { type Planted, plantRun } from './planted.ts';

afterAll(removeTemporary);

const OF_REPLICATION = [
  'one-leader-per-term',
  'elected-by-majority',
  'terms-never-fall',
  'commit-never-falls',
  'log-matching',
  'committed-by-majority',
  'same-applied',
  'exactly-once',
];
const OF_MEMBERS = ['one-configuration', 'promoted-after-check'];

/** The clock exercise, as others write it. */
function exercise(): string {
  const path = join(temporaryFolder(), 'm1.csv');
  writeFileSync(path, 'time,event,clock,queue\n1,internal,1,0\n2,received,7,3\n3,sent,8,2\n');
  return path;
}

const FLAGS = ['--columns', 'time=time,event=event,clock=clock,queue=queue'];

test('text: the checks of the exercise come first, the others are one sentence at the end', async () => {
  const { out } = await run(analyzeCommand(), exercise(), ...FLAGS);
  const lines = out.split('\n');
  expect(lines.filter((line) => /^(HOLDS|VIOLATED|CANNOT TELL)/.test(line))).toHaveLength(2);
  const places = [
    'clock goes up with every event',
    'Jumps of clocks, and queues',
    'Machines',
    'Events by kind',
    'not applicable: ',
  ];
  expect(places.map((text) => lines.findIndex((line) => line.includes(text)))).toEqual(
    places.map((text) => lines.findIndex((line) => line.includes(text))).toSorted((a, b) => a - b),
  );
  const end = lines.slice(lines.findIndex((line) => line.startsWith('not applicable'))).join(' ');
  expect(end.trim()).toBe(
    `not applicable: vector-clocks (no row has a vector clock); ${[...OF_REPLICATION, ...OF_MEMBERS].join(', ')} (nothing is replicated); acknowledged-applied, linearizability (no client asks for anything)`,
  );
});

test('JSON: every check is there, those that do not apply last, with the reason', async () => {
  const { out } = await run(analyzeCommand(), exercise(), ...FLAGS, '--json');
  const { checks } = JSON.parse(out).runs[0];
  expect(checks).toHaveLength(CHECKS.length);
  const outcomes = checks.map(({ outcome }: { outcome: string }) => outcome);
  expect(outcomes).toEqual(['cannot tell', 'holds', 'cannot tell', ...Array(13).fill('not-applicable')]);
  expect(checks).toContainEqual({
    name: 'one-leader-per-term',
    claim: 'a term has at most one leader',
    outcome: 'not-applicable',
    notes: ['nothing is replicated'],
  });
});

test('page: no badge for checks that do not apply; the tables of the exercise come before the pictures', async () => {
  const html = pageOf(
    await look(plantRun({ a: [1, 2, 9].map((lamport) => ({ event: 'internal', lamport })) })),
  );
  expect(html).not.toContain('a term has at most one leader');
  expect(html).toContain('1 holds, 2 cannot be told');
  const order = [
    '<h3>Verdicts',
    '<h3>Clocks and queues',
    '<h4>Jumps of clocks, and queues',
    '<h3>The run on one time axis',
    '<h4>Events by kind',
    'not applicable: vector-clocks',
  ];
  expect(order.map((text) => html.indexOf(text))).toEqual(
    order.map((text) => html.indexOf(text)).toSorted((a, b) => a - b),
  );
  expect(html.match(/<h4>How great jumps were/g)).toHaveLength(1);
});

test('--follow: the same', async () => {
  const report = await analyzeRun(
    plantRun({ a: [1, 2, 9].map((lamport) => ({ event: 'internal', lamport })) }),
  );
  const plain = (text: string) => text;
  const colors = { bold: plain, dim: plain, green: plain, red: plain, yellow: plain };
  const lines = screenLines('run', report, [], { rows: 50, columns: 80 }, colors);
  expect(lines.filter((line) => line.includes('one-leader-per-term'))).toHaveLength(1);
  expect(lines.at(-2)).toMatch(/^not applicable: vector-clocks/);
  const jumps = lines.indexOf('Jumps of clocks, and queues');
  expect(lines[jumps + 3]).toMatch(/^a +4\.00 +7 /);
});

test('all checks of a protocol apply to a run that has only begun', async () => {
  const { checks } = await analyzeRun(
    plantRun({ a: [{ event: 'start' }] }, { protocol: 'raft', vector: true }),
  );
  const open = checks.filter(({ outcome }) => outcome === 'cannot tell').map(({ name }) => name);
  expect(open).toEqual(
    expect.arrayContaining([...OF_REPLICATION, 'acknowledged-applied', 'linearizability']),
  );
  const others = checks.filter(({ name }) => OF_MEMBERS.includes(name));
  expect(others.map(({ name, notes }) => [name, ...notes])).toEqual(
    OF_MEMBERS.map((name) => [name, 'the members do not change']),
  );
});

test.each([
  ['lowest-port', {}, 'one-leader-per-term', 'this protocol has no terms'],
  ['nwr', {}, 'same-applied', 'this protocol keeps no order of commands'],
  [
    'primary-backup',
    { soleSurvivor: true },
    'one-leader-per-term',
    'this protocol does not promise it: where two histories meet, one gives way',
  ],
])('%s %j: %s does not apply', async (protocol, settings, name, why) => {
  const { checks } = await analyzeRun(plantRun({ a: [{ event: 'start', term: 0 }] }, { protocol, settings }));
  expect(checks.find((check) => check.name === name)).toMatchObject({
    outcome: 'not-applicable',
    notes: [why],
  });
});

test('a term has at most one primary', async () => {
  const won = { event: 'role', role: 'primary', term: 3 } as const;
  const { checks } = await analyzeRun(
    plantRun({ a: [won], b: [won] }, { protocol: 'primary-backup', settings: {} }),
  );
  expect(checks.find(({ name }) => name === 'one-leader-per-term')).toMatchObject({ outcome: 'violated' });
});

describe('copies when acknowledged', () => {
  const append: Planted = {
    event: 'append',
    index: 1,
    term: 1,
    timeUs: 1000,
    detail: 'first=1 prev=0 entries=1:1.1',
  };
  const logs = (c: readonly Planted[]) => ({
    a: [
      append,
      { event: 'apply', index: 1, timeUs: 4000, detail: 'first=1' },
      { event: 'respond', index: 1, timeUs: 5000, detail: 'id=q' },
    ] as const,
    b: [{ ...append, timeUs: 2000 }],
    c,
  });
  const copies = async (c: readonly Planted[], live: boolean) => {
    const ended: Planted = { event: 'stop', timeUs: 9000 };
    const { a, b } = logs(c);
    const all = { a: [...a, ended], b: [...b, ended], c };
    const started = live ? { startedAt: '2026-01-01T00:00:00Z' } : {};
    return (await analyzeRun(plantRun(all, started))).measures;
  };

  test('are those that the logs show', async () => {
    const { copies: counted, copiesOverTime } = await copies(
      [
        { ...append, timeUs: 3000 },
        { event: 'stop', timeUs: 9000 },
      ],
      true,
    );
    expect(counted).toEqual([{ copies: 3, writes: 1, percent: 100 }]);
    expect(copiesOverTime).toMatchObject([{ writes: 1, minCopies: 3 }]);
  });

  test('are unknown if a process was killed, whose last rows may be lost', async () => {
    const killed: readonly Planted[] = [{ event: 'internal', timeUs: 500 }];
    const { copies: counted, copiesOverTime } = await copies(killed, true);
    expect(counted).toEqual([{ copies: null, writes: 1, percent: null }]);
    expect(copiesOverTime).toEqual([]);
    expect((await copies(killed, false)).copies).toEqual([{ copies: 2, writes: 1, percent: 100 }]);
  });
});
