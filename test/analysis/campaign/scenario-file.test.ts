import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkHistory } from '../../../analysis/history/check-history.ts';
import { readHistory } from '../../../analysis/history/read-history.ts';
import { sim } from './sim.ts';

const GOLDEN = fileURLToPath(new URL('../../golden/', import.meta.url));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tickraft-scenario-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function file(...lines: string[]): string {
  const path = join(folder, 'scenario.scenario');
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

test('a scenario whose expectations hold prints its transcript', async () => {
  const { out, err, code } = await sim(join(GOLDEN, 'transfer.scenario'));
  expect({ out, err, code }).toEqual({
    out: readFileSync(join(GOLDEN, 'transfer.transcript'), 'utf8'),
    err: '',
    code: 0,
  });
});

test('a failed expectation gives one line that says where, and exit code 1', async () => {
  const path = file('cluster raft 3 seed 1', 'run 2 ticks', 'expect leader n1');
  const { out, err, code } = await sim(path);
  const seen = 'expected leader n1, saw n1@0 follower, n2@0 follower, n3@0 follower';
  expect(err).toBe(`${path}:3: at tick 2 (20 ms): ${seen}\n`);
  expect(out).toMatch(/^cluster raft 3 seed 1\nrun 2 ticks\nexpect leader n1\nFAILED: line 3, tick 2/);
  expect(code).toBe(1);
});

test('--json prints one document', async () => {
  const path = file('cluster raft 3 seed 1', 'expect leader');
  const { out, code } = await sim(path, '--json');
  expect(code).toBe(1);
  expect(JSON.parse(out)).toMatchObject({
    file: path,
    ok: false,
    failure: expect.stringContaining(':2: at tick 0'),
  });
});

test('a file that is not a scenario gives one line with the file and line, and exit code 2', async () => {
  const path = file('cluster raft 3 seed 1', '', 'crash n4');
  const { out, err, code } = await sim(path);
  expect({ out, code }).toEqual({ out: '', code: 2 });
  expect(err).toBe(
    `${path}:3: expected a machine (n1, n2, n3, leader, follower), not \`n4\`; usage: crash NODE [losing unsynced|keeping unsynced|torn]\n`,
  );
});

test('wrong usage is one line and exit code 2', async () => {
  const missing = join(folder, 'none.scenario');
  const expected = [
    [[missing], `${missing}: cannot be read (ENOENT)\n`],
    [[], 'error: name a scenario file, or give a number of --seeds to run\n'],
    [[file(''), '--seeds', '3'], 'error: a scenario file takes no options but --json, --history and --out\n'],
  ] as const;
  for (const [words, line] of expected) {
    expect(await sim(...words)).toEqual({ out: '', err: line, code: 2 });
  }
});

test('--history writes the client history in the format of `tickraft check`', async () => {
  const path = file(
    'cluster raft 3 seed 1',
    'run until leader',
    'put x 1 at n1 as a',
    'run 20 ticks',
    'get x at n2 as b',
    'run 20 ticks',
    'expect answer b is 1',
    'partition n1 | n2 | n3',
    'put x 2 at n2',
    'run 1 ticks',
  );
  const to = join(folder, 'history.jsonl');
  expect(await sim(path, '--history', to)).toMatchObject({ code: 0, err: '' });
  const history = readHistory(to, undefined, { failedCas: 'nothing' });
  const told = history.operations.map(({ input, output, returnedAt }) => [
    input,
    output?.type,
    returnedAt !== undefined,
  ]);
  expect(told).toEqual([
    [{ type: 'write', key: 'x', value: 1 }, 'done', true],
    [{ type: 'read', key: 'x' }, 'value', true],
    [{ type: 'write', key: 'x', value: 2 }, undefined, false],
  ]);
  const settings = { model: undefined, initial: undefined, budget: { ms: 1000, now: () => 0 } };
  expect(checkHistory(history, to, settings).verdict).toBe('holds');
  expect(await sim('--seeds', '1', '--history', to)).toMatchObject({
    code: 2,
    err: 'error: --history requires a scenario file\n',
  });
  expect(await sim(path, '--history', join(folder, 'no', 'where'))).toMatchObject({
    code: 2,
    err: expect.stringMatching(/^error: cannot write .*where: ENOENT/),
  });
});
