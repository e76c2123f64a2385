/** `tickraft check`: verdicts, exit codes, and its output for people and programs. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tickraftHistory } from '../../../analysis/history/tickraft-history.ts';
import { atomicHistory, type Op } from '../linearizability/atomic.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'tickraft-check-'));
});
afterAll(() => rmSync(dir, { recursive: true }));

function check(text: string, ...options: string[]) {
  const file = join(dir, 'history');
  writeFileSync(file, text);
  const script = ['--import', 'tsx', 'cli.ts', 'check', file, ...options];
  const env = { ...process.env, NO_COLOR: '1' };
  const { status, stdout, stderr } = spawnSync(process.execPath, script, {
    cwd: ROOT,
    encoding: 'utf8',
    env,
  });
  return { status, stdout, stderr };
}

/**
 * One client reads an old value after the new one was acknowledged; the write of another never
 * returned.
 */
const STALE = `0	:invoke	:write	1
0	:ok	:write	1
1	:invoke	:write	2
2	:invoke	:write	7
1	:ok	:write	2
3	:invoke	:read	nil
3	:ok	:read	2
3	:invoke	:read	nil
3	:ok	:read	1
0	:invoke	:read	nil
0	:ok	:read	2
2	:info	:write	:timed-out
`;

test('holds: exit code 0, and the number of operations', () => {
  const { status, stdout, stderr } = check(
    STALE.replace(':read	1', ':read	7').replace(':read	2\n2', ':read	7\n2'),
  );
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toMatch(
    /^holds: 6 operations of 4 clients are linearizable, beginning with null \([\d.]+ s\)\n/,
  );
  expect(stdout).toContain('1 operation never returned');
});

test('violated: exit code 1, with the smallest part that shows it, in words', () => {
  const { status, stdout } = check(STALE);
  expect(status).toBe(1);
  expect(stdout).toBe(`violated: no order of the 6 operations explains all answers

The smallest part that shows it (2 operations), whatever was there before them:
  client  lines  operation
  3       6-7    read: 2
  3       8-9    read: 1

As far as an order goes: read: 2 (3). Then the value is 2, and what must come next cannot: read: 1 (3).

  read as: values as they are, a cas as [old new]; because: a write of 1 is no [key value] (line 1)
  1 operation never returned: each may have happened at any time, or never
`);
});

test('--json has the same for programs', () => {
  const { status, stdout } = check(STALE, '--json');
  expect(status).toBe(1);
  const report = JSON.parse(stdout);
  expect(report).toMatchObject({
    verdict: 'violated',
    format: 'jepsen',
    model: 'register',
    operations: 6,
    open: 1,
  });
  expect(report.breach.core.map(({ calledLine }: { calledLine: number }) => calledLine)).toEqual([6, 8]);
  expect(report.breach.ofAll.refused).toMatchObject([{ client: '3', what: 'read: 1' }]);
});

test('cannot tell: exit code 3, and the progress of the search', () => {
  // The key is also written: what is appended to it may be replaced, so every order is tried.
  const changes = Array.from({ length: 60 }, (_, i): Op => {
    const input = { type: i === 0 ? 'write' : 'append', key: 'x', value: `${i},` } as const;
    return { client: `c${i}`, calledAt: 0, returnedAt: 1000, input, output: { type: 'done' } };
  });
  const read = { calledAt: 2000, returnedAt: 2001, input: { type: 'read', key: 'x' } } as const;
  const history = [...changes, { ...read, client: 'r', output: { type: 'value', value: 'no' } } as const];
  const { status, stdout } = check(tickraftHistory(history, null), '--seconds', '0.2');
  expect(status).toBe(3);
  expect(stdout).toMatch(
    /^cannot tell: the time ran out \(0\.\d s\) before 61 operations of 61 clients on 1 key were/,
  );
  expect(stdout).toContain('undecided: x; an order was found for 60 of 61 operations');
});

test('keys are decided independently, from the initial value', () => {
  const history = atomicHistory(1, { operations: 200, clients: 5, keys: 4 });
  const { calledAt } = history.at(-1)!;
  const input = { type: 'read', key: 'k2' } as const;
  const bad: Op = {
    client: 'z',
    calledAt: calledAt + 999,
    returnedAt: calledAt + 1000,
    input,
    output: { type: 'value', value: null },
  };
  expect(check(tickraftHistory(history, null)).status).toBe(0);
  const { status, stdout } = check(tickraftHistory([...history, bad], null));
  expect(status).toBe(1);
  expect(stdout).toContain('on key k2 explains all answers');
  const first =
    '{:process 0 :type :invoke :f :get :key "a"} {:process 0 :type :ok :f :get :key "a" :value "x"}';
  expect([check(first).status, check(first, '--initial', 'x').status]).toEqual([1, 0]);
});

test('wrong usage and bad files: exit code 2 and one line', () => {
  const cases: [string, string[], RegExp][] = [
    ['0	:invoke	:wipe	nil\n', [], /^error: .*history:1: "wipe" is no operation/],
    [
      '0	:invoke	:cas	[1 2]\n',
      ['--model', 'register'],
      /history:1: a register knows no cas \(only read, write\)/,
    ],
    ['\u{fffd}', ['--format', 'edn'], /^error: .*history:1: what should be an event/],
    ['', ['--seconds', '0'], /must be a number of seconds above 0/],
    ['', ['--format', 'xml'], /Allowed choices are jepsen, edn, tickraft/],
  ];
  for (const [text, options, line] of cases) {
    const { status, stdout, stderr } = check(text, ...options);
    expect({ status, stdout, lines: stderr.trimEnd().split('\n').length }).toEqual({
      status: 2,
      stdout: '',
      lines: 1,
    });
    expect(stderr).toMatch(line);
  }
});

test('--html writes one page without scripts or network access, in which nothing from the file is markup', () => {
  const page = join(dir, 'page.html');
  const evil = '<script>alert(1)</script>';
  const text = `{:process "${evil}" :type :invoke :f :read} {:process "${evil}" :type :ok :f :read :value "${evil}"}`;
  expect(check(text, '--html', page).status).toBe(1);
  const html = readFileSync(page, 'utf8');
  expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  expect(html).not.toMatch(/<script|https?:|src=|@import|url\(/);
  expect(html).toMatch(/<g class="bar core ordered">|<g class="bar core refused">/);
  const nowhere = check(text, '--html', join(dir, 'no', 'page.html'));
  expect(nowhere).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(/^error: cannot write .*page\.html: ENOENT/),
  });
});
