/** Irregular files: rows and their line numbers are right. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'csv-stringify/sync';
import fc from 'fast-check';
import type { MappingFlags } from '../../../analysis/import/mapping.ts';
import { sourcesAt } from '../../../analysis/import/sources.ts';
import type { SqlRow } from '../../../analysis/run/database.ts';
import { loadRun } from '../../../analysis/run/load.ts';
import { removeTemporary, temporaryFolder } from '../../logs/temporary.ts';

afterAll(removeTemporary);

interface Read {
  readonly rows: SqlRow[];
  readonly holes: string[];
}

async function readAll(name: string, text: string, flags: MappingFlags, columns: string): Promise<Read[]> {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, text);
  const read: Read[] = [];
  for (const source of await sourcesAt(path, flags)) {
    const { database, holes } = await loadRun(source);
    const rows = await database.rowsUntil(`SELECT ${columns} FROM events ORDER BY id`, 1e6);
    database.close();
    read.push({
      rows,
      holes: holes.map(({ line, what }) => (line === undefined ? what : `${line} ${what}`)),
    });
  }
  return read;
}

async function read(name: string, text: string, flags: MappingFlags, columns: string): Promise<Read> {
  const [one] = await readAll(name, text, flags, columns);
  return one!;
}

const FLAGS = { columns: 'clock=c,detail=d,event=e' };

test.each([
  ['\n', 'lines end as on Unix'],
  ['\r\n', 'lines end as on Windows'],
  ['\r', 'lines end as once on the Mac'],
])('%j: %s; empty lines count, and say nothing', async (end) => {
  const lines = ['', 'c,d,e', '1,a,send', '', ' ', '2, b ,"send"', '3,"x, y ""z""",local', '', ''];
  const { rows, holes } = await read('m.csv', lines.join(end), FLAGS, 'line, lamport, detail, event');
  expect(rows).toEqual([
    { line: 3, lamport: 1, detail: 'a', event: 'send' },
    { line: 6, lamport: 2, detail: 'b', event: 'send' },
    { line: 7, lamport: 3, detail: 'x, y "z"', event: 'internal' },
  ]);
  expect(holes).toEqual([]);
});

test('a row over several lines has the number of its first line', async () => {
  const text = 'c,d,e\n1,"one\ntwo\n\nthree",send\n2,two,send\n';
  const { rows } = await read('m.csv', text, FLAGS, 'line, lamport, detail');
  expect(rows).toEqual([
    { line: 2, lamport: 1, detail: 'one two  three' },
    { line: 6, lamport: 2, detail: 'two' },
  ]);
});

test('an unclosed quote damages its own row, not the rest of the file', async () => {
  const text = `c,d,e\n1,"one,send\n${'2,two,send\n'.repeat(3000)}`;
  const { rows, holes } = await read('m.csv', text, FLAGS, 'line, lamport');
  expect(rows).toHaveLength(3001);
  expect(rows.at(-1)).toEqual({ line: 3002, lamport: 2 });
  expect(holes).toEqual([]);
});

test('a quote within a text is an ordinary character', async () => {
  const text = 'c,d,e\n1,5" disk,send\n2,5" x 7" disk,send\n3,"5"" disk",send\n';
  const { rows } = await read('m.csv', text, FLAGS, 'lamport, detail');
  expect(rows.map(({ detail }) => detail)).toEqual(['5" disk', '5" x 7" disk', '5" disk']);
});

test('a last row cut in the middle of a character', async () => {
  const path = join(temporaryFolder(), 'm.csv');
  writeFileSync(path, Buffer.concat([Buffer.from('c,d,e\n1,a,send\n2,'), Buffer.from([0xc3])]));
  const [source] = await sourcesAt(path, FLAGS);
  const { database, holes } = await loadRun(source!);
  expect(await database.rows('SELECT lamport FROM events')).toEqual([{ lamport: 1 }]);
  expect(holes).toEqual([{ where: 'm.csv', line: 3, what: 'torn: the file ends in the middle of a row' }]);
  database.close();
});

test('a line that is too long is refused', async () => {
  const text = `c,d,e\n1,a,send\n2,${'x'.repeat(3e6)},send\n`;
  await expect(read('m.csv', text, FLAGS, '*')).rejects.toThrow('m.csv:3: the line is longer than 1 MiB');
});

test('the first thousand damaged lines and the first twenty unknown events are named', async () => {
  const rows = Array.from({ length: 1500 }, (_, i) => `${i % 3 === 0 ? i : 'x'},,what ${i}`);
  const { holes } = await read('m.csv', `c,d,e\n${rows.join('\n')}\n`, FLAGS, 'line');
  expect(holes).toHaveLength(1000 + 20 + 1);
  expect(holes.slice(0, 2)).toEqual([
    '3 damaged: "x" is not a whole number (lamport)',
    '4 damaged: "x" is not a whole number (lamport)',
  ]);
  expect(holes.slice(1000, 1001)).toEqual(['1 row with the event "what 0": taken as internal']);
  expect(holes.at(-1)).toBe('480 rows with other events of no known kind: taken as internal');
});

test('JSON: names with dots, numbers with many digits, text over several lines, values that are not objects', async () => {
  const lines = [
    '{"a.b": 1, "t": 1700000000123456789, "x": {"y/z": " one\\r\\ntwo "}}',
    '[1]',
    '{"a": {"b": 2}, "t": 5, "x": null}',
    '  {"a.b": 3.0, "t": "7"}',
    '{"a.b": 4, "t"',
    '{"a.b": 5, "t": 8}',
  ];
  const flags = { columns: 'clock=a.b,time=t,detail=x.y/z,event=e', timeUnit: 'ns' };
  const { rows, holes } = await read('m.jsonl', lines.join('\n'), flags, 'line, lamport, time_us, detail');
  expect(rows).toEqual([
    { line: 1, lamport: 1, time_us: 1700000000123456, detail: 'one two' },
    { line: 3, lamport: 2, time_us: 0, detail: null },
    { line: 4, lamport: 3, time_us: 0, detail: null },
    { line: 6, lamport: 5, time_us: 0, detail: null },
  ]);
  expect(holes.slice(0, 2)).toEqual(['2 damaged: not a JSON object', '5 damaged: not a JSON object']);
});

test.each([
  ['m.csv', 'c,e\n', (i: number) => `${i},${i % 2 === 0 ? 'send' : 'what else'}`],
  ['m.csv', 'c,e\n', (i: number) => `${i},"${i % 2 === 0 ? 'send' : 'what, else'}"`],
  ['m.jsonl', '\n', (i: number) => `{"c":${i},"e":"${i % 2 === 0 ? 'send' : 'what else'}"}`],
])('%s, %j: rows keep their order and their lines where several cores read', async (name, head, row) => {
  const path = join(temporaryFolder(), name);
  const lines = Array.from({ length: 300_000 }, (_, i) => row(i));
  writeFileSync(path, `${head}${lines.join('\n')}\n`);
  const [source] = await sourcesAt(path, { columns: 'clock=c,event=e' });
  const { database } = await loadRun(source!);
  const counts = await database.row(
    'SELECT count(*) AS rows, count(*) FILTER (lamport <> id OR line <> lamport + 2) AS moved FROM events',
  );
  database.close();
  expect(counts).toEqual({ rows: 300_000, moved: 0 });
});

const TEXT = fc.string({
  unit: fc.constantFrom('a', 'b', ',', '"', ' ', ';', '\n', '\t', 'é', '\\', "'"),
  maxLength: 8,
});

test('whatever csv-stringify writes is read back unchanged', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(TEXT, TEXT), { minLength: 1, maxLength: 120 }),
      fc.constantFrom(',', ';', '\t'),
      async (texts, delimiter) => {
        const table = texts.map(([kind, detail], i) => [i, kind, detail]);
        // In tabs it leaves quotes away where none are needed, blanks and all.
        const csv = stringify([['clock', 'kind', 'detail'], ...table], { delimiter, quoted_string: true });
        const { rows } = await read(
          'm.csv',
          csv,
          { columns: 'clock=clock,kind=kind,detail=detail' },
          'lamport, kind, detail',
        );
        const bare = (text: string) => text.replaceAll('\n', ' ').trim() || null;
        expect(rows).toEqual(
          texts.map(([kind, detail], i) => ({ lamport: i, kind: bare(kind), detail: bare(detail) })),
        );
      },
    ),
    { numRuns: 15 },
  );
});

test('a ShiViz log of several megabytes with many executions: no event is lost between two chunks', async () => {
  const executions = Array.from({ length: 8 }, (_, run) => {
    const events = Array.from(
      { length: 4_000 },
      (_, i) => `event ${i} of ${run}: ${'é'.repeat(i % 90)}\r\na {"a":${i + 1}}\r\n`,
    );
    return `=== run ${run} ===\r\n${events.join('')}`;
  });
  const flags = { format: 'shiviz', executions: '^=== (?<trace>.*) ===$' };
  const runs = await readAll('big.log', executions.join(''), flags, 'line, lamport, detail');
  expect(runs).toHaveLength(8);
  for (const [run, { rows, holes }] of runs.entries()) {
    expect(rows).toHaveLength(4_000);
    expect(rows[0]).toMatchObject({ line: run * 8001 + 2, detail: `event 0 of ${run}:` });
    expect(rows[3_999]).toMatchObject({ line: run * 8001 + 8000 });
    expect(holes).toEqual(['sends and receives are taken from the vector clocks: the log does not say']);
  }
});

test('a ShiViz log with much text that is not an event', async () => {
  const noise = `${'noise\n'.repeat(100_000)}`;
  const text = `one\na {"a":1}\n${noise}two\na {"a":2}\n`;
  const { rows, holes } = await read('noise.log', text, { format: 'shiviz' }, 'line, detail');
  expect(rows).toEqual([
    { line: 1, detail: 'one' },
    { line: 100_003, detail: 'two' },
  ]);
  expect(holes[0]).toBe('3 damaged: no event is found here');
});
