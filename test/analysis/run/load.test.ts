import { appendFileSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { planRuns, simulateRun } from '../../../analysis/clocks/clocks.ts';
import { loadRun, type Run } from '../../../analysis/run/load.ts';
import { encodeEvents, HEADER } from '../../../logs/format/encode.ts';
import { removeTemporary, temporaryFolder } from '../../logs/temporary.ts';
import { plantRun } from '../checks/planted.ts';

afterAll(removeTemporary);

const row = (lamport: number) => ({ event: 'internal', lamport }) as const;

/** The clocks that were loaded, each with the place where it stands. */
async function clocks(run: Run): Promise<string[]> {
  const rows = await run.database.rows<{ file: string; line: number; lamport: number }>(
    'SELECT file, line, lamport FROM events ORDER BY id',
  );
  return rows.map(({ file, line, lamport }) => `${file}:${line} ${lamport}`);
}

async function load(dir: string) {
  const run = await loadRun(dir);
  const loaded = await clocks(run);
  run.database.close();
  return { loaded, holes: run.holes };
}

test.each([
  '1,a',
  '3000,a,,',
  '3000,a,,3,,internal,,,,,,,,,det',
  '3000,a,,3,,internal,,,,,,,,,',
  '3000,a,,3,"{""a"":',
])('a torn last row is not loaded, and reported: %s', async (torn) => {
  const dir = plantRun({ a: [row(1), row(2)], b: [row(7)] });
  appendFileSync(join(dir, 'a.csv'), torn);
  expect(await load(dir)).toEqual({
    loaded: ['a.csv:2 1', 'a.csv:3 2', 'b.csv:2 7'],
    holes: [{ where: 'a.csv', line: 4, what: 'torn: the file ends in the middle of a row' }],
  });
});

test.each([HEADER, HEADER.slice(0, -1), HEADER.slice(0, 20), ''])(
  'a log without a row is loaded: %j',
  async (text) => {
    const dir = plantRun({ a: [row(1)], b: [] });
    writeFileSync(join(dir, 'b.csv'), text);
    const { loaded, holes } = await load(dir);
    expect(loaded).toEqual(['a.csv:2 1']);
    expect(holes).toContainEqual({ where: 'b', what: 'this machine left no rows' });
    expect(holes).toHaveLength(text === HEADER ? 1 : 2);
  },
);

test('an incomplete first row is the only thing reported', async () => {
  const dir = plantRun({ a: [] });
  appendFileSync(join(dir, 'a.csv'), '1,a,,3,,internal,,,,,,,,,');
  const { loaded, holes } = await load(dir);
  expect(loaded).toEqual([]);
  expect(holes[0]).toEqual({ where: 'a.csv', line: 2, what: 'torn: the file ends in the middle of a row' });
});

test('damaged rows are reported by line, and the line numbers of the others are right', async () => {
  const dir = plantRun({ a: [row(1)] });
  const path = join(dir, 'a.csv');
  appendFileSync(
    path,
    `x,a,,2,,internal,,,,,,,,,\n${encodeEvents([{ timeUs: 3, node: 'a', ...row(3) }])}4,a\n`,
  );
  appendFileSync(path, encodeEvents([{ timeUs: 5, node: 'a', ...row(5) }]));
  const { loaded, holes } = await load(dir);
  expect(loaded).toEqual(['a.csv:2 1', 'a.csv:4 3', 'a.csv:6 5']);
  expect(holes.map(({ where, line }) => `${where}:${line}`)).toEqual(['a.csv:3', 'a.csv:5']);
  expect(holes[0]!.what).toMatch(/^damaged: .*time_us/);
});

test('rows that a writer left out are reported as a hole, not as an event', async () => {
  const dir = plantRun({ a: [row(1), { event: 'fault', kind: 'log', detail: 'lost_rows=12' }, row(20)] });
  expect(await load(dir)).toEqual({
    loaded: ['a.csv:2 1', 'a.csv:4 20'],
    holes: [{ where: 'a', what: '12 rows were not written' }],
  });
});

test('the parts of a log with a limit are loaded oldest first', async () => {
  const dir = plantRun({ a: [row(3)], 'a.9': [row(1)], 'a.10': [row(2)] }, { machines: [] });
  expect((await load(dir)).loaded).toEqual(['a.9.csv:2 1', 'a.10.csv:2 2', 'a.csv:2 3']);
});

test('a file that is not a log is refused by name', async () => {
  const dir = plantRun({ a: [row(1)] });
  writeFileSync(join(dir, 'b.csv'), 'time,node\n');
  await expect(loadRun(dir)).rejects.toThrow(`${join(dir, 'b.csv')}:1: not a log of schema versions 1 and 2`);
});

test('a wrong encoding is refused with file and line', async () => {
  const dir = plantRun({ a: [row(1)], b: [row(2)] });
  const [a, b] = [join(dir, 'a.csv'), join(dir, 'b.csv')];
  appendFileSync(a, Buffer.from('3,a,,2,,internal,,,M\xfcll,,,,,,\n', 'latin1'));
  await expect(loadRun(dir)).rejects.toThrow(`${a}:3: the line is not UTF-8`);
  writeFileSync(b, Buffer.from(`\ufeff${HEADER}`, 'utf16le'));
  await expect(loadRun(dir)).rejects.toThrow(`${b}:1: the file is UTF-16; logs are UTF-8`);
});

test('rows with the same time, or times that go back, stay in the order of their log', async () => {
  const at = (timeUs: number, lamport: number) => ({ ...row(lamport), timeUs });
  const dir = plantRun({ a: [at(5, 1), at(5, 2), at(3, 3), at(5, 4)] });
  expect(await load(dir)).toEqual({
    loaded: ['a.csv:2 1', 'a.csv:3 2', 'a.csv:4 3', 'a.csv:5 4'],
    holes: [],
  });
});

test('a machine without a log is reported as a hole', async () => {
  const dir = plantRun({ a: [row(1)], b: [row(2)] });
  rmSync(join(dir, 'b.csv'));
  expect(await load(dir)).toEqual({
    loaded: ['a.csv:2 1'],
    holes: [{ where: 'b', what: 'this machine left no rows' }],
  });
});

test('a run of an unknown version is refused by name', async () => {
  const dir = plantRun({ a: [row(1)] });
  const path = join(dir, 'run.json');
  writeFileSync(path, readFileSync(path, 'utf8').replace('"schemaVersion": 2', '"schemaVersion": 3'));
  await expect(loadRun(dir)).rejects.toThrow(
    `${path}:2: has schema version 3; this Tickraft reads versions 1 and 2`,
  );
});

test('a folder with a quote in its name is loaded', async () => {
  const from = plantRun({ a: [row(1)] });
  const dir = join(temporaryFolder(), "teacher's run");
  renameSync(from, dir);
  expect((await load(dir)).loaded).toEqual(['a.csv:2 1']);
  rmSync(dir, { recursive: true });
});

test('rows of a large log keep their order and their lines', async () => {
  const parent = temporaryFolder();
  const [plan] = planRuns({
    machines: 2,
    rates: { fixed: [100, 1] },
    seconds: 1500,
    runs: 1,
    die: { internal: 7, sides: 10 },
    seed: 1,
    clock: { stamp: 'after', vector: true },
  });
  await simulateRun(parent, plan!, () => {});
  const run = await loadRun(join(parent, 'run-1'));
  const [row] = await run.database.rows<{ rows: number; misplaced: number }>(
    `SELECT count(*) AS rows, count(*) FILTER (line <> tick + 2) AS misplaced
     FROM events WHERE node = 'm1' AND event <> 'stop'`,
  );
  run.database.close();
  expect(row!.rows).toBeGreaterThan(149_000);
  expect(row!.misplaced).toBe(0);
});
