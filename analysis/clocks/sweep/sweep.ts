/**
 * Runs the clock exercise over a grid of settings, several repetitions of each, and analyses every
 * run. Returns plain data, from which text (`sweep-text.ts`), JSON and a page (`sweep-page.ts`) are
 * made.
 *
 * Repetition 3 has the same seed in every setting. What a setting changes is therefore taken within
 * each repetition, and the randomness that repetitions share cancels (common random numbers).
 */
import { basename, join } from 'node:path';
import { analyzeRun, isViolated, type RunReport } from '../../analyze.ts';
import { CLOCK_NUMBERS } from '../../compare/key-numbers.ts';
import { CONFIDENCE, estimate } from '../../compare/statistics.ts';
import { planRuns, simulateRun } from '../clocks.ts';
import { type Effect, effectsOf } from './effects.ts';
import { type Cell, FACTORS, type Factor } from './grid.ts';
import type { SweepRun, SweepSetting } from './results.ts';

/** The whole sweep. */
export interface SweepReport {
  readonly seconds: number;
  readonly repetitions: number;
  /** The first repetition's; the next one has the next number. */
  readonly seed: number;
  readonly stamp: 'after' | 'before';
  /** Of every interval. */
  readonly confidence: number;
  /** What the names in `estimates` mean. */
  readonly numbers: readonly { readonly name: string; readonly title: string; readonly unit: string }[];
  /** The values of each factor. */
  readonly factors: Readonly<Record<Factor, readonly string[]>>;
  readonly settings: readonly SweepSetting[];
  readonly effects: readonly Effect[];
  /** Runs in which a check is violated. */
  readonly violated: readonly string[];
}

/** How far a sweep is: `done` of `total` runs, and what is being worked on. */
export type OnSweepProgress = (done: number, total: number, what: string) => void;

/**
 * Runs and analyses all settings, into a new folder each under `out`. Throws a `LogError` if a
 * folder cannot be written.
 */
export async function sweep(
  out: string,
  cells: readonly Cell[],
  onProgress: OnSweepProgress,
): Promise<SweepReport> {
  const first = cells[0]!.settings;
  const total = cells.length * first.runs;
  const settings: SweepSetting[] = [];
  for (const { name, levels, settings: told } of cells) {
    const runs: SweepRun[] = [];
    for (const plan of planRuns(told)) {
      const done = settings.length * first.runs + runs.length;
      const where = `${name}, ${plan.name}`;
      await simulateRun(join(out, name), plan, (seconds) =>
        onProgress(done + (0.5 * seconds) / plan.seconds, total, where),
      );
      const report = await analyzeRun(join(out, name, plan.name), () => onProgress(done + 0.5, total, where));
      runs.push(sweepRun(report, plan.seed));
    }
    settings.push({ name, levels, runs, estimates: estimates(runs) });
  }
  const level = (factor: Factor) => [...new Set(cells.map(({ levels }) => levels[factor]))];
  return {
    seconds: first.seconds,
    repetitions: first.runs,
    seed: first.seed,
    stamp: first.clock.stamp,
    confidence: CONFIDENCE,
    numbers: CLOCK_NUMBERS.map(({ name, title, unit }) => ({ name, title, unit })),
    factors: { machines: level('machines'), rates: level('rates'), internal: level('internal') },
    settings,
    effects: FACTORS.flatMap((factor) => effectsOf(factor, settings)),
    violated: settings.flatMap(({ runs }) => runs.filter((run) => run.violated).map(({ path }) => path)),
  };
}

function sweepRun(report: RunReport, seed: number): SweepRun {
  const { path, events, measures } = report;
  return {
    path: join(basename(join(path, '..')), basename(path)),
    seed,
    events,
    violated: isViolated([report]),
    rates: measures.machines.map(({ rate }) => rate!),
    numbers: Object.fromEntries(CLOCK_NUMBERS.map(({ name, value }) => [name, value(report)])),
  };
}

function estimates(runs: readonly SweepRun[]): SweepSetting['estimates'] {
  return Object.fromEntries(
    CLOCK_NUMBERS.map(({ name }) => {
      const values = runs.flatMap(({ numbers }) => numbers[name] ?? []);
      return [name, values.length < runs.length ? null : estimate(values)];
    }),
  );
}
