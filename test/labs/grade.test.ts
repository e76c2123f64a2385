/** `tickraft grade`, with programs that do what no program should. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readLab } from '../../analysis/labs/lab.ts';
import { loaderFor, loadProgram } from '../../analysis/labs/load-program.ts';
import { studentProgram } from '../../analysis/labs/student-program.ts';
import { ROOT } from '../support/mutant.ts';

const folder = mkdtempSync(join(tmpdir(), 'tickraft-grade-'));
const lab = join(folder, 'odd');
afterAll(() => rmSync(folder, { recursive: true }));

/** A program that does what the key of a command says. */
const PROGRAM = `import { defineProtocol, keyValueMachine } from '${ROOT}dist/replication/sim/index.js';
export default defineProtocol({
  name: 'odd',
  machine: keyValueMachine,
  init: () => ({}),
  onCommand(_state: object, { id, command }, ctx) {
    console.log(\`asked for \${command.key}\`);
    if (command.key === 'loop') for (;;);
    if (command.key === 'throw') throw new Error('no <idea>');
    if (command.key === 'exit') process.exit(0);
    ctx.answer(id, command.key === 'junk' ? 7 : ctx.apply(command));
  },
});
`;

const KEYS = ['good', 'loop', 'throw', 'exit', 'junk'];

beforeAll(() => {
  mkdirSync(lab);
  const items = KEYS.map((id) => ({ id, title: `does ${id}`, points: 10, scenarios: [`${id}.scenario`] }));
  writeFileSync(join(lab, 'lab.json'), JSON.stringify({ title: 'Odd programs', program: 'protocol', items }));
  for (const key of KEYS)
    writeFileSync(
      join(lab, `${key}.scenario`),
      `cluster mine 1 seed 1\nput ${key} 1 as a\nexpect answer a is ok\n`,
    );
  writeFileSync(join(folder, 'odd.mts'), PROGRAM);
  writeFileSync(join(folder, 'odd.mjs'), PROGRAM.replace(': object', ''));
});

/** Runs the command in the folder. */
function grade(...args: readonly string[]) {
  const words = [join(ROOT, 'dist/cli.js'), 'grade', ...args];
  const env = { ...process.env, NODE_OPTIONS: '' };
  return spawnSync(process.execPath, words, { cwd: folder, encoding: 'utf8', env });
}

test('each item that breaks costs its points only, and says why in a line', () => {
  const { status, stdout, stderr } = grade('odd', 'odd.mjs', '--seconds', '3', '--junit', 'out/grade.xml');
  const see = (key: string) =>
    `         see it: npx tickraft grade odd odd.mjs --replay counterexamples/odd-${key}.scenario`;
  expect(stderr).toBe('');
  expect(stdout.trimEnd().split('\n')).toEqual([
    'odd: Odd programs',
    '  10/10  does good',
    '   0/10  does loop',
    '         did not come to an end within 3 s: a loop without end?',
    see('loop'),
    '   0/10  does throw',
    '         Error: no <idea>',
    see('throw'),
    '   0/10  does exit',
    '         ended its process (exit code 0): process.exit, or more than 1024 MiB of memory?',
    see('exit'),
    '   0/10  does junk',
    '         WrongAnswer: a command was answered 7: answer what ctx.apply returned, or { done: true }',
    see('junk'),
    '10 of 50 points',
  ]);
  expect(status).toBe(1);
  expect(readFileSync(join(folder, 'out/grade.xml'), 'utf8')).toContain(
    '<testcase classname="odd.throw" name="does throw (0/10)">\n      <failure message="Error: no &lt;idea&gt;"/>',
  );
  expect(readFileSync(join(folder, 'counterexamples/odd-throw.scenario'), 'utf8')).toBe(
    '# odd, throw: does throw\n# What fails here: Error: no <idea>\ncluster mine 1 seed 1\nput throw 1 as a\n',
  );

  const replayed = grade('odd', 'odd.mts', '--replay', 'counterexamples/odd-throw.scenario');
  expect(replayed.stdout).toContain('put throw 1 as a\nFAILED: line 4, tick 0 (0 ms): Error: no <idea>\n');
  expect(replayed.stderr).toBe('asked for throw\n');
  expect(replayed.status).toBe(1);
}, 120_000);

describe('what cannot be graded is refused in a line that says what to do', () => {
  test.each([
    ['protocol', undefined, 'my.ts: has no default export: add `export default ...`'],
    ['protocol', 7, 'my.ts: its default export is no protocol: make it with defineProtocol of tickraft/sim'],
    ['protocol', { init() {} }, /lacks onTick: make it with defineProtocol/],
    ['commit-rule', {}, 'my.ts: its default export is no function: it must be a rule (leader) => index'],
  ] as const)('%s %s', (program, exported, message) => {
    expect(() => studentProgram(program, exported, 'my.ts')).toThrow(message);
  });

  test('files that cannot be loaded', async () => {
    const broken = join(folder, 'broken.mjs');
    writeFileSync(broken, 'export default {');
    expect(() => loaderFor(join(folder, 'none.ts'))).toThrow(/there is no such file$/);
    expect(() => loaderFor(join(lab, 'lab.json'))).toThrow(/must be a .ts, .mts, .js or .mjs file$/);
    await expect(loadProgram(broken)).rejects.toThrow(/^[^\n]*broken.mjs: cannot be loaded: [^\n]+$/);
  });

  test('labs that are none', () => {
    expect(() => readLab('lab9')).toThrow(
      'there is no lab lab9: name lab1 to lab5, or a folder with lab.json',
    );
    writeFileSync(join(folder, 'lab.json'), '{ "title": "x", "program": "protocol", "items": [] }');
    expect(() => readLab(folder)).toThrow(/lab.json: items: /);
  });
});
