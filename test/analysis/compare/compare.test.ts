import { analyzeRun } from '../../../analysis/analyze.ts';
import { analyzeCommand } from '../../../analysis/cli/analyze.ts';
import { type Column, type Comparison, compare } from '../../../analysis/compare/compare.ts';
import { compareText } from '../../../analysis/compare/compare-text.ts';
import type { Manifest } from '../../../logs/format/manifest.ts';
import { removeTemporary } from '../../logs/temporary.ts';
import { run } from '../../support/in-process.ts';
import { plantRun } from '../checks/planted.ts';

afterAll(removeTemporary);

const plain = (text: string) => text;
const PLAIN = { bold: plain, dim: plain, green: plain, red: plain, yellow: plain };

/** A run whose greatest jump is `jump`; broken: its clock falls. */
function plantJump(jump: number, manifest: Partial<Manifest> = {}, broken = false): string {
  const last = broken ? [{ event: 'internal', lamport: 1 } as const] : [];
  return plantRun(
    { a: [{ event: 'internal', lamport: 1 }, { event: 'internal', lamport: 1 + jump }, ...last] },
    manifest,
  );
}

async function column(
  path: string,
  jumps: readonly number[],
  manifest: Partial<Manifest> = {},
): Promise<Column> {
  const runs = [];
  for (const jump of jumps) runs.push(await analyzeRun(plantJump(jump, manifest)));
  return { path, runs };
}

const row = ({ numbers }: Comparison, name: string) => numbers.find((number) => number.name === name)!;
const matters = (comparison: Comparison) => row(comparison, 'maxJump').cells.map((cell) => cell!.matters);

test('a number is marked if it is outside the spread of repetitions: four degrees of freedom each, computed by hand', async () => {
  const columns: Column[] = [];
  for (const [i, jumps] of [
    [4, 5, 6],
    [7, 8, 9],
    [8, 9, 10],
    [4, 5, 6],
  ].entries())
    columns.push(await column(`${i}`, jumps));
  const comparison = compare([columns[0]!, columns[1]!]);
  expect(row(comparison, 'maxJump')).toMatchObject({
    deviation: 1,
    cells: [
      { mean: 5, least: 4, greatest: 6 },
      { mean: 8, least: 7, greatest: 9 },
    ],
  });
  // The deviation is 1; t for 99% and 4 degrees is 4.604; times the root of 2/3 that is 3.76.
  expect(matters(comparison)).toEqual([false, false]);
  expect(matters(compare([columns[0]!, columns[2]!]))).toEqual([false, true]);
  // Two columns more give 8 degrees and t 3.355: now 2.74 is enough.
  expect(matters(compare(columns))).toEqual([false, true, true, false]);
});

test('single runs with the same settings give the spread, and a run with other settings is compared with it', async () => {
  const same: Column[] = [];
  for (const [seed, jump] of [4, 5, 6].entries()) same.push(await column(`${seed}`, [jump], { seed }));
  const other = await column('other', [16], { settings: { internal: '3/10' } });
  const near = await column('near', [8], { settings: { internal: '5/10' } });
  // Two degrees, t 9.925, times the root of 2: 14.04.
  expect(matters(compare([...same, near, other]))).toEqual([false, false, false, false, false]);
  const far = await column('far', [19], { settings: { internal: '1/10' } });
  expect(matters(compare([...same, near, far]))).toEqual([false, false, false, false, true]);
});

test('without two runs of the same settings the spread is unknown', async () => {
  const comparison = compare([await column('a', [1]), await column('b', [900], { stamp: 'before' })]);
  expect(matters(comparison)).toEqual([false, null]);
  expect(row(comparison, 'maxJump').deviation).toBeNull();
  expect(comparison.settings).toEqual([{ name: 'stamp', values: ['after', 'before'] }]);
  expect(compareText(comparison, PLAIN)).toContain('No two runs have the same settings');
});

test('a number that no run has is left out, one that some run lacks is missing', async () => {
  const silent = plantRun({ a: [{ event: 'internal' }] });
  const comparison = compare([await column('a', [3]), { path: 'b', runs: [await analyzeRun(silent)] }]);
  expect(row(comparison, 'elections')).toBeUndefined();
  expect(row(comparison, 'maxJump').cells).toMatchObject([{ mean: 3 }, null]);
});

describe('the command', () => {
  const analyze = (...words: string[]) => run(analyzeCommand(), ...words);

  test('shows runs side by side, marks verdicts that differ, and ends with 1 if one is violated', async () => {
    const [good, bad] = [plantJump(3), plantJump(3, {}, true)];
    const { out: text, code } = await analyze(good, bad);
    expect(code).toBe(1);
    expect(text).toContain(`A  ${good}\nB  ${bad}\n\nVerdicts\ncheck            A         B\n`);
    expect(text).toContain('\nclock-order  holds  violated  *\n');
    expect(text).toContain('2 runs: 1 with violations\n');
    const same = await analyze(good, good, '--json');
    expect(same.code).toBe(0);
    expect(JSON.parse(same.out)).toMatchObject({
      violated: false,
      columns: [{ runs: 1, violated: 0 }, { path: good }],
    });
  });

  test('options that cannot be combined with several runs are wrong usage', async () => {
    const dir = plantJump(1);
    expect(await analyze(dir, dir, '--sql', 'select 1')).toMatchObject({
      code: 2,
      err: `error: --sql asks one run, and ${dir} ${dir} holds 2\n`,
    });
    expect(await analyze(dir, dir, '--csv', '/tmp/nowhere')).toMatchObject({
      code: 2,
      err: 'error: --csv does not compare: ask for one run, or one folder of runs\n',
    });
  });
});
