/**
 * A report as CSV files: a table for each measure, and `checks.csv`, `evidence.csv` and
 * `holes.csv`.
 */
import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { stringify } from 'csv-stringify/sync';
import { LogError, makeEmpty, reason } from '../../logs/index.ts';
import type { RunReport } from '../analyze.ts';

/**
 * Writes the tables into the new or empty folder `dir`; of several runs, into a folder in it for
 * each. Throws a `LogError` if that fails.
 */
export function writeTables(dir: string, reports: readonly RunReport[]): void {
  makeEmpty(dir);
  for (const report of reports) {
    const folder = reports.length === 1 ? dir : join(dir, basename(report.path));
    if (folder !== dir) makeEmpty(folder);
    for (const [name, rows] of Object.entries(tables(report))) writeTable(join(folder, `${name}.csv`), rows);
  }
}

type Row = Readonly<Record<string, unknown>>;

/** Every table of a report by its name. */
function tables({ checks, measures, holes }: RunReport): Record<string, readonly Row[]> {
  return {
    checks: checks.map((check) => ({
      name: check.name,
      claim: check.claim,
      outcome: check.outcome,
      count: check.outcome === 'violated' ? check.count : 0,
      notes: check.notes.join('; '),
    })),
    evidence: checks.flatMap((check) =>
      check.outcome !== 'violated'
        ? []
        : check.evidence.flatMap((rows, i) =>
            rows.map((row) => ({ check: check.name, case: i + 1, ...row })),
          ),
    ),
    holes: holes.map(({ where, line, what }) => ({ where, line: line ?? null, what })),
    ...measures,
  };
}

/** A table without rows is an empty file: nothing says which columns it would have. */
function writeTable(path: string, rows: readonly Row[]): void {
  const cast = { boolean: (value: boolean) => String(value) };
  try {
    writeFileSync(path, stringify([...rows], { header: true, cast }));
  } catch (error) {
    throw new LogError(`cannot write ${path}: ${reason(error)}`);
  }
}
