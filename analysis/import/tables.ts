/** Stages files with a row a line: CSV, JSONL, and pairs of names and values. */
import { basename, extname, join } from 'node:path';
import type { Database } from '../run/database.ts';
import { evenCopy, type Inspected } from './lines.ts';
import type { Mapping } from './mapping.ts';
import {
  csvRecords,
  jsonRecords,
  oddQuotes,
  pairRecords,
  type Records,
  tableOf,
  unfinishedRow,
} from './records.ts';
import { stageRows } from './rows.ts';

export const JSON_NAMES = ['.jsonl', '.ndjson'];

const TORN = 'torn: the file ends in the middle of a row';

/** The machine of a file's rows where no column names it. */
export function machineOf(path: string): string {
  return basename(path, extname(path)).trim().replaceAll(/\s+/g, '_');
}

/**
 * Stages files in order. `dir` is a folder for copies. Returns SQL for the line of a staged row.
 */
export async function stageTables(
  database: Database,
  files: readonly Inspected[],
  mapping: Mapping,
  dir: string,
): Promise<string> {
  const befores: number[] = [];
  for (const [file, inspected] of files.entries()) {
    const { rows: before } = await database.row<{ rows: number }>('SELECT count(*) AS rows FROM staged');
    befores.push(before);
    const { path, torn } = inspected;
    const format = mapping.format ?? (JSON_NAMES.includes(extname(path)) ? 'jsonl' : 'csv');
    const isJson = format === 'jsonl';
    const records =
      format === 'csv'
        ? await csvFile(database, inspected, mapping, dir)
        : (isJson ? jsonRecords : pairRecords)(await evenFile(inspected, dir), mapping);
    if (records === undefined) continue;
    await stageRows(database, records, mapping, { file, node: machineOf(path) });
    if (records.header !== undefined)
      await database.run(`UPDATE staged SET problem = '' WHERE rowid = ${before + records.header - 1}`);
    // A JSON object that is whole is so without a line's end.
    const broken = isJson ? "problem <> ''" : "problem IS DISTINCT FROM ''";
    if (torn)
      await database.run(`UPDATE staged SET problem = '${TORN}'
        WHERE rowid = (SELECT max(rowid) FROM staged) AND rowid >= ${before} AND ${broken}`);
  }
  return `staged.rowid - [${befores.join(', ')}][file + 1] + 1`;
}

/** The records of a CSV file; undefined if it has no lines. */
async function csvFile(
  database: Database,
  inspected: Inspected,
  mapping: Mapping,
  dir: string,
): Promise<Records | undefined> {
  const { path, quotes } = inspected;
  let even = await evenFile(inspected, dir);
  let table = await tableOf(database, even, quotes);
  if (table !== undefined && quotes && (await database.rows(oddQuotes(even))).length > 0) {
    even = join(dir, 'joined');
    await evenCopy(path, even, unfinishedRow(table.delimiter));
    table = await tableOf(database, even, quotes);
  }
  return table && csvRecords(path, table, mapping);
}

async function evenFile({ path, even }: Inspected, dir: string): Promise<string> {
  if (even) return path;
  const copy = join(dir, 'even');
  await evenCopy(path, copy, () => false);
  return copy;
}
