/**
 * Analyses a run: loads it once, then asks every check and every measure. The result is plain data,
 * from which text (`report/text.ts`), JSON, CSV tables (`report/tables.ts`) and pictures are made.
 */
import type { Manifest } from '../logs/format/index.ts';
import { applicability } from './checks/applies.ts';
import type { CheckVerdict } from './checks/check.ts';
import { CHECKS } from './checks/index.ts';
import { MEASURES, type Measures } from './measures/index.ts';
import { LANES } from './run/database.ts';
import { type Hole, loadRun, type Run, type RunSource } from './run/load.ts';

/**
 * A check with its result; or, if it does not apply to this kind of logs, with the reason in its
 * note.
 */
export type CheckReport = { readonly name: string; readonly claim: string } & (
  | CheckVerdict
  | { readonly outcome: 'not-applicable'; readonly notes: readonly string[] }
);

/** The analysis of a run. */
export interface RunReport {
  readonly path: string;
  readonly manifest: Manifest;
  /** Time of the first event, and from there to the last, in microseconds. */
  readonly startUs: number;
  readonly durationUs: number;
  readonly events: number;
  /** Those that do not apply come last. */
  readonly checks: readonly CheckReport[];
  /**
   * A table for every measure; `measures/index.ts` lists them, docs/reference/measures.md defines
   * their columns.
   */
  readonly measures: Measures;
  readonly holes: readonly Hole[];
}

/** Called with what is being worked on, in a few words. */
export type OnStep = (what: string) => void;

/** Asks further queries of a run that has been analysed, before it is closed. */
export type WhileOpen = (run: Run, report: RunReport) => Promise<void>;

/** Analyses a run, given by its folder. Throws a `LogError` if it cannot be read. */
export async function analyzeRun(
  source: string | RunSource,
  onStep: OnStep = () => {},
  whileOpen: WhileOpen = async () => {},
): Promise<RunReport> {
  onStep('reading the logs');
  const run = await loadRun(source);
  try {
    const extent = await run.database.row<{ events: number; startUs: number; durationUs: number }>(
      `SELECT (SELECT count(*) FROM events) AS events, start_us AS "startUs", end_us - start_us AS "durationUs" FROM span`,
    );
    const { manifest, holes } = run;
    const checks = await runChecks(run, onStep);
    const report = {
      path: run.dir,
      manifest,
      ...extent,
      checks,
      measures: await measure(run, onStep),
      holes,
    };
    await whileOpen(run, report);
    return report;
  } finally {
    run.database.close();
  }
}

/** Whether any check of any run found a violation. */
export function isViolated(reports: readonly RunReport[]): boolean {
  return reports.some(({ checks }) => checks.some(({ outcome }) => outcome === 'violated'));
}

async function runChecks(run: Run, onStep: OnStep): Promise<CheckReport[]> {
  const whyNot = await applicability(run);
  const all = await inLanes(CHECKS, async ({ name, claim, run: check }): Promise<CheckReport> => {
    const reason = whyNot(name);
    if (reason !== undefined) return { name, claim, outcome: 'not-applicable', notes: [reason] };
    onStep(name);
    return { name, claim, ...(await check(run)) };
  });
  const applies = ({ outcome }: CheckReport) => outcome !== 'not-applicable';
  return [...all.filter(applies), ...all.filter((check) => !applies(check))];
}

async function measure(run: Run, onStep: OnStep): Promise<Measures> {
  const measures = await inLanes(Object.entries(MEASURES), async ([name, ask]) => {
    onStep(name);
    return [name, await ask(run)];
  });
  return Object.fromEntries(measures) as Measures;
}

/**
 * Works on a few items at a time, in order. Returns the results, in order; rejects after all work
 * has ended if some of it failed.
 */
async function inLanes<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const lane = async () => {
    for (let at = next++; at < items.length; at = next++) results[at] = await work(items[at]!);
  };
  const lanes = await Promise.allSettled(Array.from({ length: LANES }, lane));
  for (const one of lanes) if (one.status === 'rejected') throw one.reason;
  return results;
}
