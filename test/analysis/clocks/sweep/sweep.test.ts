/**
 * The classic exercise with four settings, in one command. Every number of its report is computed
 * again from the CSV, in the simplest way.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { clocksWithSweep } from '../../../../analysis/cli/sweep.ts';
import type { SweepReport } from '../../../../analysis/clocks/sweep/sweep.ts';
import { removeTemporary, temporaryFolder } from '../../../logs/temporary.ts';
import { run } from '../../../support/in-process.ts';

afterAll(removeTemporary);

const clocks = (...words: string[]) => run(clocksWithSweep(), ...words);

/** A log of the exercise as one would read it by hand: the clocks and queues, row by row. */
function readByHand(path: string): { clocks: number[]; queues: number[] } {
  const [header, ...rows] = readFileSync(path, 'utf8').trim().split('\n');
  const names = header!.split(',');
  const column = (name: string) => rows.map((row) => Number(row.split(',')[names.indexOf(name)]));
  return { clocks: column('lamport'), queues: column('queue') };
}

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
const mean = (values: readonly number[]) => sum(values) / values.length;

/** The numbers of a run by hand. `rates`: of m1, m2, ... */
function numbersByHand(dir: string, rates: readonly number[]): Record<string, number> {
  const machines = rates.map((_, i) => {
    const { clocks, queues } = readByHand(join(dir, `m${i + 1}.csv`));
    const jumps = clocks.slice(1).map((clock, row) => clock - clocks[row]!);
    const jump = mean(jumps);
    const gaps = jumps.filter((size) => size > 1);
    return {
      jump,
      greatest: Math.max(...jumps),
      variance: mean(jumps.map((size) => (size - jump) ** 2)),
      gaps: gaps.length,
      skipped: sum(gaps) - gaps.length,
      final: clocks.at(-1)!,
      queue: mean(queues),
      longest: Math.max(...queues),
    };
  });
  const slowest = machines[rates.indexOf(Math.min(...rates))]!;
  const finals = machines.map(({ final }) => final);
  const drift = Math.max(...finals) - Math.min(...finals);
  return {
    meanJump: mean(machines.map((machine) => machine.jump)),
    maxJump: Math.max(...machines.map((machine) => machine.greatest)),
    jumpVariance: mean(machines.map((machine) => machine.variance)),
    slowestMeanJump: slowest.jump,
    gaps: mean(machines.map((machine) => machine.gaps)),
    skipped: mean(machines.map((machine) => machine.skipped)),
    drift,
    driftPercent: (100 * drift) / Math.max(...finals),
    meanQueue: mean(machines.map((machine) => machine.queue)),
    maxQueue: Math.max(...machines.map((machine) => machine.longest)),
    slowestMeanQueue: slowest.queue,
  };
}

/** t for 95%, four degrees of freedom, from the table in any textbook. */
const T4 = 2.7764451052;

function intervalByHand(values: readonly number[]): [number, number] {
  const average = mean(values);
  const variance = sum(values.map((value) => (value - average) ** 2)) / (values.length - 1);
  return [average, T4 * Math.sqrt(variance / values.length)];
}

const CLASSIC = ['--rates', '1-6,3-4', '--internal', '7/10,3/10', '--repetitions', '5', '--seconds', '60'];

test('five runs of a minute for each of four settings, reported in one command', async () => {
  const dir = join(temporaryFolder(), 'sweep');
  const { out, code } = await clocks('--sweep', ...CLASSIC, '--seed', '7', '--no-vector', '--out', dir);
  expect(code).toBe(0);
  expect(out).toContain('4 settings, 5 runs of 60 s each, seeds 7 to 11');
  expect(out).toContain('\nrates 3-4 instead of 1-6\n');
  expect(out).toContain('\ninternal events 3/10 instead of 7/10\n');
  const widest = Math.max(
    ...out
      .split('\n')
      .slice(0, -2)
      .map((line) => line.length),
  );
  expect(widest).toBeLessThanOrEqual(80);
  expect(readFileSync(join(dir, 'report.txt'), 'utf8')).toContain('\nQueues\n');

  const report = JSON.parse(readFileSync(join(dir, 'report.json'), 'utf8')) as SweepReport;
  const byHand: Record<string, Record<string, number>[]> = {};
  for (const { name, runs, estimates } of report.settings) {
    expect(runs).toHaveLength(5);
    const numbers = runs.map(({ path, rates }) => numbersByHand(join(dir, path), rates));
    byHand[name] = numbers;
    expect(Object.keys(estimates)).toEqual(Object.keys(numbers[0]!));
    for (const [number, estimate] of Object.entries(estimates)) {
      const values = numbers.map((run) => run[number]!);
      expect(estimate!.values.map((value, i) => value - values[i]!).every((d) => Math.abs(d) < 1e-9)).toBe(
        true,
      );
      const [average, margin] = intervalByHand(values);
      expect(estimate!.mean).toBeCloseTo(average, 9);
      expect(estimate!.margin).toBeCloseTo(margin, 6);
    }
  }

  // Each setting beside the one that differs in the factor alone, repetition by repetition.
  const setting = (rates: string, internal: string) =>
    byHand[`machines-3_rates-${rates}_internal-${internal}`]!;
  const pairs = {
    rates: ['7of10', '3of10'].map((internal) => [setting('1-6', internal), setting('3-4', internal)]),
    internal: ['1-6', '3-4'].map((rates) => [setting(rates, '7of10'), setting(rates, '3of10')]),
  };
  expect(report.effects).toHaveLength(2 * 11);
  for (const { factor, number, difference, clear } of report.effects) {
    const values = [0, 1, 2, 3, 4].map((run) =>
      mean(pairs[factor as 'rates'].map(([before, after]) => after![run]![number]! - before![run]![number]!)),
    );
    const [average, margin] = intervalByHand(values);
    expect(difference.mean).toBeCloseTo(average, 9);
    expect(difference.margin).toBeCloseTo(margin, 6);
    expect(clear).toBe(Math.abs(average) > margin);
  }
}, 120_000);

test('the same seed gives the same report, and --json prints it', async () => {
  const dirs = [join(temporaryFolder(), 'a'), join(temporaryFolder(), 'b')];
  const flags = ['--rates', '1-6,1:2:5', '--repetitions', '2', '--seconds', '5', '--seed', '3', '--json'];
  const outs: string[] = [];
  for (const dir of dirs) {
    const { out, code } = await clocks('--sweep', ...flags, '--out', dir);
    expect(code).toBe(0);
    outs.push(out);
  }
  const [a, b] = dirs.map((dir) => readFileSync(join(dir, 'report.json'), 'utf8'));
  expect(a).toBe(b);
  expect(outs).toEqual([a, b]);
  expect(JSON.parse(a!).settings.map(({ name }: { name: string }) => name)).toEqual([
    'machines-3_rates-1-6_internal-7of10',
    'machines-3_rates-1+2+5_internal-7of10',
  ]);
}, 120_000);

test('one repetition has no interval, and says so', async () => {
  const dir = join(temporaryFolder(), 'one');
  const flags = ['--machines', '2,4', '--runs', '1', '--seconds', '2', '--seed', '1'];
  const { out } = await clocks('--sweep', ...flags, '--out', dir);
  const report = JSON.parse(readFileSync(join(dir, 'report.json'), 'utf8')) as SweepReport;
  expect(report.effects[0]).toMatchObject({ from: '2', to: '4', clear: null, difference: { margin: null } });
  expect(out).toContain('One run a setting gives no measure of uncertainty');
  expect(out).toContain('\n4 machines instead of 2\n');
}, 120_000);

test('a violation in a run is named, and gives an exit code', async () => {
  const dir = join(temporaryFolder(), 'before');
  const flags = ['--stamp', 'before', '--runs', '2', '--seed', '7'];
  const { out, code } = await clocks('--sweep', ...flags, '--out', dir);
  expect(code).toBe(1);
  expect(out).toContain('2 runs with violations: machines-3_rates-1-6_internal-7of10/run-1,');
}, 120_000);

test.each([
  [['--sweep', '--rates', '1-6,'], '--rates must be values with commas between them'],
  [['--sweep', '--rates', '1-6,1-6'], '--rates names a value twice'],
  [['--sweep', '--rates', '1:2', '--machines', '3'], '--rates names 2 rates for 3 machines'],
  [['--sweep', '--internal', '7/10,8/7'], '--internal must be a fraction from 0/1 to 1/1, such as 7/10'],
  [['--sweep', '--repetitions', '0'], '--repetitions must be from 1 to 10000'],
  [['--sweep', '--live'], "option '--sweep' cannot be used with option '--live'"],
  [['--json'], '--repetitions and --json are for --sweep'],
])('wrong usage is one line: %j', async (words, line) => {
  const { err, code } = await clocks(...words, '--out', temporaryFolder());
  expect(code).not.toBe(0);
  expect(err).toBe(`error: ${line}\n`);
});
