/** Logs as students and other tools write them, read by the flags of `tickraft analyze`. */
import { join } from 'node:path';
import { analyzeRun } from '../../../analysis/analyze.ts';
import { analyzeCommand } from '../../../analysis/cli/analyze.ts';
import type { MappingFlags } from '../../../analysis/import/mapping.ts';
import { sourcesAt } from '../../../analysis/import/sources.ts';
import { queryRun } from '../../../analysis/run/query.ts';
import { removeTemporary } from '../../logs/temporary.ts';
import { run } from '../../support/in-process.ts';
import { analyze, type Files, folder, holes, outcomes, read } from './imported.ts';

afterAll(removeTemporary);

describe('logs of the exercise as a class wrote them', () => {
  const MACHINES = {
    'machine_1.csv': `global_time,event,logical,queue_len,from_or_to
1700000000.123456,Internal,1,0,
1700000000.5,Sent message,2,0,2
1700000001.0,RECEIVED,9,1,3
`,
    'machine_2.csv': `global_time,event,logical,queue_len,from_or_to
1700000000.25,Message received,3,2,1
`,
  };
  const FLAGS = { columns: 'time=global_time,clock=logical,event=event,queue=queue_len,peer=from_or_to' };

  test('are read row by row, one file per machine', async () => {
    expect(
      await read(MACHINES, FLAGS, 'file, line, time_us, node, event, lamport, queue, peer, message, detail'),
    ).toEqual([
      {
        file: 'machine_1.csv',
        line: 2,
        time_us: 1700000000123456,
        node: 'machine_1',
        event: 'internal',
        lamport: 1,
        queue: 0,
        peer: null,
        message: null,
        detail: 'Internal',
      },
      {
        file: 'machine_1.csv',
        line: 3,
        time_us: 1700000000500000,
        node: 'machine_1',
        event: 'send',
        lamport: 2,
        queue: 0,
        peer: 'machine_2',
        message: null,
        detail: 'Sent message',
      },
      {
        file: 'machine_1.csv',
        line: 4,
        time_us: 1700000001000000,
        node: 'machine_1',
        event: 'receive',
        lamport: 9,
        queue: 1,
        peer: '3',
        message: null,
        detail: 'RECEIVED',
      },
      {
        file: 'machine_2.csv',
        line: 2,
        time_us: 1700000000250000,
        node: 'machine_2',
        event: 'receive',
        lamport: 3,
        queue: 2,
        peer: 'machine_1',
        message: null,
        detail: 'Message received',
      },
    ]);
  });

  test('are measured; what they lack gives "cannot tell", and a missing file is reported', async () => {
    const [report] = await analyze(MACHINES, FLAGS);
    expect(report!.measures.machines).toMatchObject([
      { node: 'machine_1', events: 3, clock: 9, meanJump: 4, maxJump: 7, gaps: 1, drift: 0, maxQueue: 1 },
      { node: 'machine_2', events: 1, clock: 3, drift: -6, maxQueue: 2 },
    ]);
    expect(outcomes(report!)).toMatchObject({
      'clock-order': 'holds',
      'clock-condition': 'cannot tell',
      'vector-clocks': 'not-applicable',
      'one-leader-per-term': 'not-applicable',
    });
    expect(holes(report!)).toEqual(['3 this machine left no rows']);
  });

  test('a clock that falls is found, with file and line', async () => {
    const [report] = await analyze(
      { ...MACHINES, 'machine_3.csv': MACHINES['machine_1.csv'].replace('RECEIVED,9', 'RECEIVED,2') },
      FLAGS,
    );
    const check = report!.checks.find(({ name }) => name === 'clock-order')!;
    expect(check).toMatchObject({ outcome: 'violated', count: 1 });
    expect(
      check.outcome === 'violated' && check.evidence[0]!.map(({ file, line }) => `${file}:${line}`),
    ).toEqual(['machine_3.csv:3', 'machine_3.csv:4']);
  });
});

test('one file for all, semicolons, no header, times in milliseconds, messages with ids', async () => {
  const files = {
    'all.txt': '10.5;A;S;1;A-1;B\r\n20;B;R;2;A-1;A\r\n30;B;R;1;A-1;A\r\n30;A;I;4;;\r\n',
  };
  const flags = {
    columns: 'time=1,machine=2,event=3,clock=4,message=5,peer=6',
    timeUnit: 'ms',
    events: 'S=send,R=receive,I=internal',
  };
  expect(await read(files, flags, 'line, time_us, node, event, lamport, message')).toEqual([
    { line: 1, time_us: 10_500, node: 'A', event: 'send', lamport: 1, message: 'A-1' },
    { line: 4, time_us: 30_000, node: 'A', event: 'internal', lamport: 4, message: null },
    { line: 2, time_us: 20_000, node: 'B', event: 'receive', lamport: 2, message: 'A-1' },
    { line: 3, time_us: 30_000, node: 'B', event: 'receive', lamport: 1, message: 'A-1' },
  ]);
  const [report] = await analyze(files, flags);
  expect(outcomes(report!)).toMatchObject({ 'clock-condition': 'violated', 'clock-order': 'violated' });
  expect(report!.measures.links[0]).toMatchObject({ from: 'A', to: 'B', sent: 1, meanUs: 9500 });
});

test('JSON lines with nested fields, ISO times and vector clocks, with a mapping file', async () => {
  const rows = [
    { at: '2024-03-01T12:00:00.000001Z', meta: { kind: 'recv', id: 7 }, vc: { b: 1, a: 2 } },
    { at: '2024-03-01 13:00:00+01:00', meta: { kind: 'local' }, vc: null },
  ];
  const mapping = {
    columns: { time: 'at', event: 'meta.kind', message: 'meta.id', vector: 'vc' },
    time: 'iso',
    rates: { b: 4 },
  };
  const dir = folder({
    'b.jsonl': `${rows.map((row) => JSON.stringify(row)).join('\n\n')}\n{"at": "2024-0`,
    'mapping.json': JSON.stringify(mapping),
  });
  const [source] = await sourcesAt(dir, { mapping: join(dir, 'mapping.json') });
  const report = await analyzeRun(source!);
  expect(
    await queryRun(source!, 'SELECT line, time_us, event, message, vector FROM events ORDER BY id'),
  ).toEqual([
    { line: 1, time_us: 1709294400000001, event: 'receive', message: '7', vector: '{"b":1,"a":2}' },
    { line: 3, time_us: 1709294400000000, event: 'internal', message: null, vector: null },
  ]);
  expect(holes(report)).toEqual([
    'b.jsonl:4 torn: the file ends in the middle of a row',
    'b.jsonl 1 row earlier than the row before: order is as in the file',
  ]);
  expect(report.measures.machines[0]).toMatchObject({ node: 'b', rate: 4 });
});

test('times in nanoseconds keep their digits, and vector clocks as Python prints them are read', async () => {
  const files = {
    'p1.tsv': `t\tclk\n1700000000123456789\t{'p1': 1, 'p2': 3}\n1700000000123456789\t[1, 2]\n`,
  };
  const flags = { columns: 'time=t,vector=clk', timeUnit: 'ns' };
  expect(await read(files, flags, 'time_us, vector')).toEqual([
    { time_us: 1700000000123456, vector: '{"p1":1,"p2":3}' },
    { time_us: 1700000000123456, vector: null },
  ]);
  const [report] = await analyze(files, flags);
  expect(holes(report!)).toEqual([
    'p1.tsv 1 row at the time of the row before: order is as in the file',
    '--machines 1 vector clock not read: lists, and the rows do not show which number is whose: use --machines a,b,c',
    '--columns no column says what happened: all rows are taken as internal events',
  ]);
});

test('damaged lines are reported by number, and the rest is read', async () => {
  const [report] = await analyze(
    {
      'm1.csv': 'time,clock,event\n1,1,internal\n2,two,internal\n\nx,3,internal\n4,4\n5,5,lunch\n6,6,inter',
    },
    { columns: 'time=time,clock=clock,event=event' },
  );
  expect(report!.events).toBe(2);
  expect(holes(report!)).toEqual([
    'm1.csv:3 damaged: "two" is not a whole number (lamport)',
    'm1.csv:5 damaged: "x" is not a time (s)',
    'm1.csv:6 damaged: 2 columns instead of 3',
    'm1.csv:8 torn: the file ends in the middle of a row',
    'm1.csv 1 row with the event "lunch": taken as internal',
  ]);
});

describe('ShiViz', () => {
  const LOG = `(?<event>.*)\\n(?<host>\\S*) (?<clock>{.*})
^=== (?<trace>.*) ===$
=== healthy ===
begin
a {"a":1}
ask b
a {"a":2}
asked by a, told c too
b {"b":1, "a":2}
told by b
c {"c":1, "b":1, "a":2}
=== broken ===
begin
a {"a":1}
what is this

hears of a
b {"b":1, "a":1}
skips
b {"b":4, "a":1}
`;

  test('executions are runs; events and messages are taken from the clocks', async () => {
    const sources = await sourcesAt(folder({ 'run.log': LOG }), { format: 'shiviz' });
    expect(sources.map((source) => typeof source !== 'string' && source.path.replace(/.*\//, ''))).toEqual([
      'run.log (healthy)',
      'run.log (broken)',
    ]);
    expect(
      await queryRun(
        sources[0]!,
        'SELECT line, node, event, message, detail, time_us FROM events ORDER BY id',
      ),
    ).toEqual([
      { line: 4, node: 'a', event: 'internal', message: null, detail: 'begin', time_us: null },
      { line: 6, node: 'a', event: 'send', message: 'a:2', detail: 'ask b', time_us: null },
      {
        line: 8,
        node: 'b',
        event: 'receive',
        message: 'a:2',
        detail: 'asked by a, told c too',
        time_us: null,
      },
      { line: 10, node: 'c', event: 'receive', message: 'b:1', detail: 'told by b', time_us: null },
    ]);
  });

  test('missing events are reported, and cause no violation', async () => {
    const [healthy, broken] = await analyze({ 'run.log': LOG }, { format: 'shiviz' });
    expect(outcomes(healthy!)).toMatchObject({
      'vector-clocks': 'holds',
      'clock-condition': 'not-applicable',
      'fifo-links': 'not-applicable',
    });
    expect(holes(broken!)).toEqual([
      'run.log:15 damaged: no event is found here',
      'run.log sends and receives are taken from the vector clocks: the log does not say',
      'run.log:19 missing: events 2 to 3 of b before this one, as its vector clock counts',
    ]);
    expect(outcomes(broken!)).toMatchObject({ 'vector-clocks': 'holds' });
  });

  test('a vector that goes back is violated', async () => {
    const text = 'one\na {"a":1}\ntwo\na {"a":2}\nthree\na {"a":2}\n';
    const [report] = await analyze({ 'x.log': text }, { format: 'shiviz' });
    expect(outcomes(report!)).toMatchObject({ 'vector-clocks': 'violated' });
  });

  test('with its own pattern, which has a time', async () => {
    const files = { 'ts.log': '1456966522871394967 Exiting lock\nthread4 {"thread4":1}\n' };
    const flags = {
      pattern: '(?<at>\\d+) (?<event>.*)\\n(?<host>\\w*) (?<clock>.*)',
      columns: 'time=at',
      timeUnit: 'ns',
    };
    expect(await read(files, flags, 'line, time_us, node, vector, detail')).toEqual([
      {
        line: 1,
        time_us: 1456966522871394,
        node: 'thread4',
        vector: '{"thread4":1}',
        detail: 'Exiting lock',
      },
    ]);
  });
});

describe('errors are one clear line', () => {
  const CSV = 'time,clock\n1,1\n';
  const COLUMNS = { columns: 'time=time,clock=clock' };

  test.each<[string, Files, MappingFlags, string]>([
    [
      'UTF-16',
      { 'a.csv': Buffer.from(`\uFEFF${CSV}`, 'utf16le') },
      COLUMNS,
      '/a.csv:1: the file is UTF-16; logs are UTF-8',
    ],
    [
      'Latin-1',
      { 'a.csv': Buffer.from(`${CSV}1,M\xe4rz\n`, 'latin1') },
      COLUMNS,
      '/a.csv:3: the line is not UTF-8',
    ],
    [
      'a column that is not there',
      { 'a.csv': CSV },
      { columns: 'time=t' },
      '/a.csv:1: there is no column "t"; its columns are time, clock',
    ],
    [
      'a column that we do not have',
      { 'a.csv': CSV },
      { columns: 'colour=t' },
      '--columns: "colour" is none of time_us',
    ],
    ['no pair', { 'a.csv': CSV }, { columns: 'time' }, '--columns: "time" is not NAME=VALUE'],
    ['a kind that is none', { 'a.csv': CSV }, { ...COLUMNS, events: 'S=sned' }, 'mapping: events.S: '],
    [
      'neither time nor clock',
      { 'a.csv': CSV },
      { columns: 'event=time' },
      '--columns names neither a time nor a clock',
    ],
    ['no event', { 'a.log': 'nothing\n' }, { format: 'shiviz' }, '/a.log:1: no event is found by (?<event>'],
    ['a broken expression', { 'a.log': 'nothing\n' }, { pattern: '(' }, 'Invalid regular expression: /(/'],
    ['no logs', { 'a.pdf': 'x' }, COLUMNS, ' holds no file that ends in .jsonl,'],
    [
      'no flags',
      { 'a.csv': CSV },
      {},
      'logs of others are read with --columns, --pattern or --format: --guess proposes how',
    ],
    ['no mapping', { 'a.csv': CSV }, { mapping: '/nowhere.json' }, 'cannot read /nowhere.json: ENOENT'],
  ])('%s', async (_, files, flags, line) => {
    await expect(analyze(files, flags)).rejects.toThrow(line);
  });
});

test('the flags of the command', async () => {
  const file = join(folder({ 'm1.log': 'R;7;12.5\nS;8;13\n' }), 'm1.log');
  const columns = ['--columns', 'event=1,clock=2,time=3', '--events', 'R=receive,S=send'];
  const sql = ['--sql', 'select node, event, lamport, time_us from events order by id', '--json'];
  const flags = [file, ...columns, '--time-unit', 'ms', '--format', 'csv', ...sql];
  const { out } = await run(analyzeCommand(), ...flags);
  expect(JSON.parse(out)).toEqual([
    { node: 'm1', event: 'receive', lamport: 7, time_us: 12_500 },
    { node: 'm1', event: 'send', lamport: 8, time_us: 13_000 },
  ]);
});
