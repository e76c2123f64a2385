/** Logs of others for tests: written into a folder, read and analysed by flags. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { analyzeRun, type CheckReport, type RunReport } from '../../../analysis/analyze.ts';
import type { MappingFlags } from '../../../analysis/import/mapping.ts';
import { sourcesAt } from '../../../analysis/import/sources.ts';
import type { SqlRow } from '../../../analysis/run/database.ts';
import { queryRun } from '../../../analysis/run/query.ts';
import { temporaryFolder } from '../../logs/temporary.ts';

/** Files by their names. */
export type Files = Readonly<Record<string, string | Buffer>>;

/** A new folder with these files. */
export function folder(files: Files): string {
  const dir = temporaryFolder();
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text);
  return dir;
}

/** The rows of the only run. */
export async function read(files: Files, flags: MappingFlags, columns: string): Promise<SqlRow[]> {
  const [source] = await sourcesAt(folder(files), flags);
  return queryRun(source!, `SELECT ${columns} FROM events ORDER BY id`);
}

/** The reports of all runs. */
export async function analyze(files: Files, flags: MappingFlags): Promise<RunReport[]> {
  const sources = await sourcesAt(folder(files), flags);
  return Promise.all(sources.map((source) => analyzeRun(source)));
}

/** The report of the only run. */
export async function analyzeOne(files: Files, flags: MappingFlags): Promise<RunReport> {
  const [report, ...others] = await analyze(files, flags);
  expect(others).toEqual([]);
  return report!;
}

/** What each check found, by its name. */
export const outcomes = ({ checks }: RunReport): Record<string, CheckReport['outcome']> =>
  Object.fromEntries(checks.map(({ name, outcome }) => [name, outcome]));

/** What the logs do not tell, a line each. */
export const holes = ({ holes }: RunReport): string[] =>
  holes.map(({ where, line, what }) => `${where}${line === undefined ? '' : `:${line}`} ${what}`);

/** One check of a report. */
export function checkOf(report: RunReport, name: string): CheckReport {
  return report.checks.find((check) => check.name === name)!;
}
