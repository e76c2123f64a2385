import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sim } from './sim.ts';

const GOLDEN = fileURLToPath(new URL('../../golden/', import.meta.url));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tickraft-scenario-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function file(...lines: string[]): string {
  const path = join(folder, 'story.scenario');
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

test('a story that goes as expected prints its transcript', async () => {
  const { out, err, code } = await sim(join(GOLDEN, 'transfer.scenario'));
  expect({ out, err, code }).toEqual({
    out: readFileSync(join(GOLDEN, 'transfer.transcript'), 'utf8'),
    err: '',
    code: 0,
  });
});

test('one that does not says where, in one line, and ends with 1', async () => {
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

test('a file that is no scenario is named with the line, in one line, and ends with 2', async () => {
  const path = file('cluster raft 3 seed 1', '', 'crash n4');
  const { out, err, code } = await sim(path);
  expect({ out, code }).toEqual({ out: '', code: 2 });
  expect(err).toBe(
    `${path}:3: expected a machine (n1, n2, n3, leader, follower), not \`n4\`; it goes: crash NODE [losing unsynced|keeping unsynced|torn]\n`,
  );
});

test('wrong usage is one line and exit code 2', async () => {
  const missing = join(folder, 'none.scenario');
  const expected = [
    [[missing], `${missing}: cannot be read (ENOENT)\n`],
    [[], 'error: name a scenario file, or say how many --seeds to run\n'],
    [
      [file(''), '--seeds', '3'],
      'error: a scenario file says all itself: it goes with no option but --json\n',
    ],
  ] as const;
  for (const [words, line] of expected) {
    expect(await sim(...words)).toEqual({ out: '', err: line, code: 2 });
  }
});
