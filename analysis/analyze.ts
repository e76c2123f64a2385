/** Analyses a run: loads it once, then asks every check and every measure. The result is plain data, for text, JSON and pictures. */
import type { Manifest } from '../logs/manifest.ts';
import type { Verdict } from './check.ts';
import { CHECKS } from './checks/index.ts';
import { type Hole, loadRun, type Run } from './load.ts';
import { type Election, measureElections } from './measures/elections.ts';
import { type MachineMeasures, measureMachines } from './measures/machines.ts';

/** A check with what it found. */
export type CheckReport = { readonly name: string; readonly claim: string } & Verdict;

/** All that is known of a run. */
export interface RunReport {
  readonly path: string;
  readonly manifest: Manifest;
  /** Time of the first event, and from there to the last, in microseconds. */
  readonly startUs: number;
  readonly durationUs: number;
  readonly events: number;
  readonly machines: readonly MachineMeasures[];
  readonly elections: readonly Election[];
  readonly checks: readonly CheckReport[];
  readonly holes: readonly Hole[];
}

/** Analyses the run in `dir`. Throws a `LogError` if it cannot be read. */
export async function analyzeRun(dir: string): Promise<RunReport> {
  const run = await loadRun(dir);
  try {
    return {
      path: dir,
      manifest: run.manifest,
      ...(await extent(run)),
      machines: await measureMachines(run),
      elections: await measureElections(run),
      checks: await runChecks(run),
      holes: run.holes,
    };
  } finally {
    run.database.close();
  }
}

/** Whether any check of any run found a violation. */
export function isViolated(reports: readonly RunReport[]): boolean {
  return reports.some(({ checks }) => checks.some(({ outcome }) => outcome === 'violated'));
}

type Extent = { events: number; startUs: number; durationUs: number };

async function extent(run: Run): Promise<Extent> {
  const [row] = await run.database.rows<Extent>(
    `SELECT count(*) AS events, coalesce(min(time_us), 0) AS "startUs",
       coalesce(max(time_us) - min(time_us), 0) AS "durationUs" FROM events`,
  );
  return row!;
}

async function runChecks(run: Run): Promise<CheckReport[]> {
  const reports: CheckReport[] = [];
  for (const { name, claim, run: check } of CHECKS) reports.push({ name, claim, ...(await check(run)) });
  return reports;
}
