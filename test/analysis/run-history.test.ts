/** `tickraft analyze` checks the client history of a run, from its folder or named by an option. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { analyzeCommand } from '../../analysis/cli/analyze.ts';
import { removeTemporary, temporaryFolder } from '../logs/temporary.ts';
import { run } from '../support/in-process.ts';
import { sim } from './campaign/sim.ts';
import { type Planted, plantRun } from './checks/planted.ts';

afterAll(removeTemporary);

const analyze = (...words: readonly string[]) => run(analyzeCommand(), ...words);

interface Line {
  readonly op?: 'read' | 'write';
  readonly [field: string]: unknown;
}

/**
 * A history of operations a millisecond long, one after the other; the requests that made them are
 * q1, q2, ...
 */
function history(...operations: readonly Line[]): string {
  const lines: object[] = [{ type: 'history', version: 1, initial: null }];
  operations.forEach(({ op, key = 'x', value, ...more }, i) => {
    const id = `${i + 1}`;
    const call = { type: 'call', id, client: `c${i % 2}`, time_us: 2_000 * i + 1_000, request: `q${id}` };
    lines.push({ ...call, op, key, ...(op !== 'read' && { value }) });
    const end = { type: 'return', id, time_us: 2_000 * i + 2_000, outcome: 'ok', request: `q${id}` };
    lines.push({ ...end, ...(op === 'read' && { value }), ...more });
  });
  return `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`;
}

const RIGHT = history(
  { op: 'write', value: 1 },
  { op: 'write', value: 2 },
  { op: 'read', value: 2 },
  { op: 'read', key: 'y', value: null },
);
const STALE = history(
  { op: 'write', value: 1 },
  { op: 'write', value: 2 },
  { op: 'read', value: 2 },
  { op: 'read', value: 1 },
);

/** A run in whose logs the requests q1 to q4 are, `a` being asked for all of them. */
function planted(text?: string, more: readonly Planted[] = []): string {
  const rows = [1, 2, 3, 4].flatMap((i): Planted[] => [
    { event: 'request', timeUs: 2_000 * i - 1_000, lamport: 2 * i, detail: `id=q${i}` },
    { event: 'respond', timeUs: 2_000 * i, lamport: 2 * i + 1, detail: `id=q${i}` },
  ]);
  const dir = plantRun({ a: [...rows, ...more] });
  if (text !== undefined) writeFileSync(join(dir, 'history.jsonl'), text);
  return dir;
}

function named(text: string): string {
  const file = join(temporaryFolder(), 'told');
  writeFileSync(file, text);
  return file;
}

interface Document {
  readonly violated: boolean;
  readonly runs: readonly {
    readonly checks: readonly {
      readonly name: string;
      readonly outcome: string;
      readonly notes: readonly string[];
      readonly evidence?: readonly (readonly Record<string, unknown>[])[];
    }[];
  }[];
}

async function verdict(...words: readonly string[]) {
  const { out, err, code } = await analyze(...words, '--json');
  expect(err).toBe('');
  const { checks } = (JSON.parse(out) as Document).runs[0]!;
  const violated = checks.filter(({ outcome }) => outcome === 'violated').map(({ name }) => name);
  return { ...checks.find(({ name }) => name === 'linearizability')!, violated, code };
}

test('a linearizable history holds, and says what was compared', async () => {
  expect(await verdict(planted(RIGHT))).toMatchObject({
    outcome: 'holds',
    notes: ['4 operations of 2 clients on 2 keys compared'],
    violated: [],
    code: 0,
  });
});

test('another one violates this check only, and the core is named by lines of the history and rows of the logs', async () => {
  const dir = planted(STALE);
  const { outcome, notes, evidence, violated, code } = await verdict(dir);
  expect({ outcome, violated, code }).toEqual({
    outcome: 'violated',
    violated: ['linearizability'],
    code: 1,
  });
  expect(notes).toEqual([
    'no order of the 4 operations on key x explains all answers; 2 operations of history.jsonl show it, whatever was there before them',
    'As far as an order goes: read x: 2 (c0). Then the value is 2, and what must come next cannot: read x: 1 (c1).',
  ]);
  expect(evidence!.map((rows) => rows.map(({ file, line }) => `${file}:${line}`))).toEqual([
    [
      'history.jsonl:6',
      'a.csv:6',
      'a.csv:7',
      'history.jsonl:7',
      'history.jsonl:8',
      'a.csv:8',
      'a.csv:9',
      'history.jsonl:9',
    ],
  ]);
  const { out } = await analyze(dir);
  expect(out).toContain(`VIOLATED     one order of all operations explains every answer that clients got\n`);
  expect(out).toContain(
    `  - history.jsonl:6  0.004 s  c0  call  read x: 2\n    a.csv:6          0.004 s  a  request  clock 6\n`,
  );
});

test('tables and the page have it too, the page before all other checks', async () => {
  const dir = planted(STALE);
  const out = temporaryFolder();
  await analyze(dir, '--csv', join(out, 'tables'), '--html', join(out, 'page.html'));
  const table = (name: string) => readFileSync(join(out, 'tables', `${name}.csv`), 'utf8');
  expect(table('checks')).toMatch(/^linearizability,.*,violated,1,/m);
  expect(table('evidence')).toMatch(/^linearizability,1,history\.jsonl,6,5000,c0,/m);
  const page = readFileSync(join(out, 'page.html'), 'utf8');
  const verdicts = page.slice(page.indexOf('<ul class="verdicts">'));
  expect(verdicts).toMatch(
    /^<ul class="verdicts"><li><span class="badge violated">.{0,200}one order of all operations/s,
  );
  expect(verdicts).toContain('call  read x: 2');
});

test('several runs are compared by it', async () => {
  const { out, code } = await analyze(planted(RIGHT), planted(STALE));
  expect(code).toBe(1);
  expect(out).toContain('\nlinearizability  holds  violated  *\n');
});

test('without a history, or with an empty one, it cannot tell', async () => {
  expect(await verdict(planted())).toMatchObject({
    outcome: 'cannot tell',
    notes: ['the run has no history of its clients'],
    code: 0,
  });
  expect(await verdict(planted(history()))).toMatchObject({
    outcome: 'cannot tell',
    notes: ['history.jsonl holds no operation that says anything'],
  });
});

test('if the time is not sufficient, it reports the progress', async () => {
  // Writes that all overlap, and a read of something that none of them wrote last for sure.
  const lines: object[] = [{ type: 'history', version: 1 }];
  for (let i = 0; i < 400; i++) {
    lines.push({ type: 'call', id: `${i}`, client: `c${i}`, time_us: i, op: 'append', value: `${i % 7}` });
    if (i % 3 > 0) lines.push({ type: 'return', id: `${i}`, time_us: 1_000_000 + i, outcome: 'ok' });
  }
  lines.push({ type: 'call', id: 'r', client: 'r', time_us: 2_000_000, op: 'read' });
  lines.push({ type: 'return', id: 'r', time_us: 2_000_001, outcome: 'ok', value: '0123'.repeat(70) });
  const file = named(lines.map((line) => JSON.stringify(line)).join('\n'));
  expect(await verdict(planted(), '--history', file, '--seconds', '0.2')).toMatchObject({
    outcome: 'cannot tell',
    notes: [
      expect.stringMatching(
        /^the time ran out \([\d.]+ s\) before 401 operations of 401 clients on 1 key were decided: an order was found for \d+ of \d+ operations$/,
      ),
      expect.any(String),
    ],
    code: 0,
  });
});

const JEPSEN = `0	:invoke	:write	1
0	:ok	:write	1
1	:invoke	:cas	[2 3]
1	:fail	:cas	[2 3]
2	:invoke	:read	nil
2	:ok	:read	7
`;

test('a history in any format can be named for a run, of our own or of others, and replaces its own', async () => {
  const dir = planted(STALE);
  const jepsen = named(JEPSEN);
  const found = await verdict(
    dir,
    '--history',
    jepsen,
    '--history-format',
    'jepsen',
    '--model',
    'cas-register',
  );
  expect(found).toMatchObject({ outcome: 'violated', violated: ['linearizability'], code: 1 });
  // It has places instead of times, and names no requests.
  const rows = found.evidence!.map((rows) =>
    rows.map(({ file, line, time_us }) => [`${file}:${line}`, time_us]),
  );
  expect(rows).toEqual([['told:1', 'told:2', 'told:5', 'told:6'].map((place) => [place, null])]);
  const right = named(JEPSEN.replace('read	7', 'read	1'));
  expect(await verdict(dir, '--history', right)).toMatchObject({ outcome: 'holds' });
  // What a failed compare-and-set says is for the flags to say.
  const second = named(
    JEPSEN.replace('[2 3]', '[1 3]').replace('[2 3]', '[1 3]').replace('read	7', 'read	1'),
  );
  expect(await verdict(dir, '--history', second)).toMatchObject({ outcome: 'holds' });
  const mismatch = ['--failed-cas', 'mismatch'];
  expect(await verdict(dir, '--history', second, ...mismatch)).toMatchObject({ outcome: 'violated' });
  const seven = named('0	:invoke	:read	nil\n0	:ok	:read	7\n');
  expect(await verdict(dir, '--history', seven, '--initial', '7')).toMatchObject({ outcome: 'holds' });
  const foreign = join(temporaryFolder(), 'm1.csv');
  writeFileSync(foreign, 'at,what\n1,R\n2,S\n');
  const columns = ['--columns', 'time=at,event=what'];
  expect(await verdict(foreign, ...columns, '--history', jepsen)).toMatchObject({ outcome: 'violated' });
});

test('the flags of check apply, and what a verdict rests on is reported here too', async () => {
  const dir = planted();
  const nil = named('0	:invoke	:write	4\n0	:ok	:write	4\n1	:invoke	:read	nil\n1	:ok	:read	nil\n');
  const found = await verdict(dir, '--history', nil);
  expect(found).toMatchObject({ outcome: 'violated', code: 1 });
  expect(found.notes).toContain(
    'It rests on reads of nil alone: if nil says that a value is not known (--nil-read any), it holds.',
  );
  expect(await verdict(dir, '--history', nil, '--nil-read', 'any')).toMatchObject({ outcome: 'holds' });
  const pair = named('0	:invoke	:write	[1 5]\n0	:ok	:write	[1 5]\n');
  expect((await analyze(dir, '--history', pair)).err).toContain('say --shape tuple or --shape plain\n');
  const tuple = await verdict(dir, '--history', pair, '--shape', 'tuple');
  expect(tuple.notes[0]).toBe('1 operation of 1 client on 1 key compared');
  const seven = named('0	:invoke	:read	nil\n0	:ok	:read	7\n');
  expect(await verdict(dir, '--history', seven, '--initial', 'any')).toMatchObject({ outcome: 'holds' });
  for (const line of ['0	:inv', '1	:inv']) {
    const damaged = named(`0	:invoke	:read	nil\n${line}\n0	:ok	:read	nil\n`);
    expect(await verdict(dir, '--history', damaged)).toMatchObject({
      outcome: 'cannot tell',
      notes: expect.arrayContaining(['damaged, but looking like operations: 1 line (2)']),
      code: 0,
    });
  }
});

test.each([
  ['{"type":"history","version":1}\n{"type":"shout"}\n', '2: no call and no return: {"type":"shout"}'],
  ['{"type":"history","version":9}\n', '1: version 9 is not supported, only 1'],
  [
    '{"type":"history","version":1}\n{"type":"return","id":"1","time_us":1,"outcome":"ok"}\n',
    '2: operation 1 returns, but was never called',
  ],
])('a broken history is one line with its file and line: %s', async (text, message) => {
  const dir = planted(text);
  const line = `error: ${join(dir, 'history.jsonl')}:${message}\n`;
  expect(await analyze(dir)).toEqual({ out: '', err: line, code: 1 });
  expect(await analyze(dir, planted(RIGHT))).toEqual({ out: '', err: line, code: 1 });
  const file = named(text);
  expect(await analyze(planted(), '--history', file)).toEqual({
    out: '',
    err: `error: ${file}:${message}\n`,
    code: 1,
  });
});

test('an operation that the model does not have gives one line, too', async () => {
  const file = named(RIGHT);
  const { out, err, code } = await analyze(planted(), '--history', file, '--model', 'register');
  expect({ out, err, code }).toEqual({
    out: '',
    err: `error: ${file}:2: a register has no keys, but this is on x: try kv\n`,
    code: 1,
  });
});

test.each([
  [['--model', 'kv'], 2, 'error: --model goes with --history'],
  [['--failed-cas', 'mismatch'], 2, 'error: --failed-cas goes with --history'],
  [['--history-format', 'edn'], 2, 'error: --history-format goes with --history'],
  [['--history', 'h', '--seconds', 'soon'], 1, "error: option '--seconds <n>' argument 'soon' is invalid"],
  [['--history', 'h', '--model', 'queue'], 1, "error: option '--model <name>' argument 'queue' is invalid"],
  [
    ['--history', 'h', '--follow'],
    1,
    "error: option '--history <file>' cannot be used with option '--follow'",
  ],
  [
    ['--history', 'h', '--sql', 'select 1'],
    1,
    "error: option '--history <file>' cannot be used with option '--sql",
  ],
  [['--history', '/nowhere/h'], 1, 'error: /nowhere/h: '],
])('wrong usage is one line: %j', async (words, code, message) => {
  const ran = await analyze(planted(), ...words);
  expect(ran).toMatchObject({ out: '', code });
  expect(ran.err).toContain(message);
  expect(ran.err.trim().split('\n')).toHaveLength(1);
});

test('a history is of one run', async () => {
  const [one, other] = [planted(), planted()];
  const { err, code } = await analyze(one, other, '--history', named(RIGHT));
  expect({ err, code }).toEqual({
    err: `error: --history belongs to one run, and ${one} ${other} holds 2\n`,
    code: 2,
  });
});

const SCENARIO = `cluster raft 3 seed 1
run until leader
put x 1 at follower as a
run until answer a is ok
get x as b
put x 2
run until answer b is 1
crash leader
expect leader within 2 s
get x as c
run until answer c is 2 within 2 s
`;

test('a simulated scenario is recorded with its history, identical every time, and every check holds', async () => {
  const parent = temporaryFolder();
  const file = join(parent, 'kill.scenario');
  writeFileSync(file, SCENARIO);
  const dirs = ['one', 'two'].map((name) => join(parent, name));
  for (const dir of dirs) expect(await sim(file, '--out', dir)).toEqual(await sim(file));
  const text = (dir: string, name: string) => readFileSync(join(dir, name), 'utf8');
  for (const name of ['run.json', 'history.jsonl', 'n1.csv', 'n2.csv', 'n3.csv', 'world.csv'])
    expect(text(dirs[0]!, name)).toBe(text(dirs[1]!, name));
  const { out, code } = await analyze(dirs[0]!, '--json');
  const { checks } = (JSON.parse(out) as Document).runs[0]!;
  // Its members do not change.
  expect(checks.flatMap(({ name, outcome }) => (outcome === 'holds' ? [] : [name, outcome]))).toEqual([
    ...['one-configuration', 'not-applicable'],
    ...['promoted-after-check', 'not-applicable'],
  ]);
  expect(code).toBe(0);
  expect(checks.find(({ name }) => name === 'linearizability')!.notes[0]).toBe(
    '4 operations of 2 clients on 1 key compared',
  );
});

test('--out is refused with one line if it is not possible', async () => {
  const parent = temporaryFolder();
  const file = join(parent, 'kill.scenario');
  writeFileSync(file, SCENARIO);
  expect(await sim(file, '--out', parent)).toEqual({
    out: '',
    err: `error: ${parent} is not empty: choose another folder, or empty this one\n`,
    code: 2,
  });
  expect(await sim('--seeds', '1', '--out', join(parent, 'run'))).toEqual({
    out: '',
    err: 'error: --out requires a scenario file\n',
    code: 2,
  });
});
