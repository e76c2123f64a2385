/**
 * Loads a run into a database: the table `events`, one row an event, with the columns of `logs/schema.ts` and
 * where each row was found (`file`, a position in `Run.files`, and `line`). Rows are in the order of their logs.
 * Nothing of a log passes through JavaScript but what a query returns.
 *
 * A log is loaded as far as it makes sense. What is missing (a torn last row, damaged rows, rows its writer had to
 * leave out, a machine without a log) is reported as a hole.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { basename } from 'node:path';
import { HEADER } from '../logs/encode.ts';
import { LogError, reason } from '../logs/errors.ts';
import type { Manifest } from '../logs/manifest.ts';
import { openRun } from '../logs/run-folder.ts';
import { COLUMNS, SCHEMA_VERSION } from '../logs/schema.ts';
import { listLogs } from '../logs/segments.ts';
import { Database, literal } from './database.ts';

/** Something that a log does not tell. */
export interface Hole {
  /** The file's name, or the machine's if it has none. */
  readonly where: string;
  /** From 1, the header's. */
  readonly line?: number;
  readonly what: string;
}

/** A run, ready to be asked. */
export interface Run {
  readonly dir: string;
  readonly manifest: Manifest;
  /** Names of the log files. */
  readonly files: readonly string[];
  readonly holes: readonly Hole[];
  readonly database: Database;
}

/** Damaged rows that are named one by one; of more, DuckDB keeps no account. */
const DAMAGED_LIMIT = 1000;

/** Loads the run in `dir`; close its database when done. Throws a `LogError` that names the file if something is no log. */
export async function loadRun(dir: string): Promise<Run> {
  const manifest = openRun(dir);
  const paths = listLogs(dir).flatMap((log) => log.paths);
  const endings = paths.map(inspect);
  const database = await Database.open();
  try {
    await database.run(`CREATE TABLE log (${columnList()}, file INTEGER, line BIGINT)`);
    const holes: Hole[] = [];
    for (const [file, path] of paths.entries())
      holes.push(...(await loadFile(database, path, file, endings[file]!)));
    holes.push(...(await leftOut(database)), ...(await silentMachines(database, manifest)));
    await database.run(`CREATE VIEW events AS SELECT *, rowid AS id FROM log WHERE NOT ${LEFT_OUT}`);
    return { dir, manifest, files: paths.map((path) => basename(path)), holes, database };
  } catch (error) {
    database.close();
    throw error;
  }
}

/** How a file ends: `no-header` if its writer was killed in its very first line. */
type Ending = 'whole' | 'torn' | 'no-header';

function inspect(path: string): Ending {
  const head = Buffer.alloc(HEADER.length);
  const last = Buffer.alloc(1);
  let size: number;
  try {
    const fd = openSync(path, 'r');
    size = fstatSync(fd).size;
    readSync(fd, head, 0, head.length, 0);
    if (size > 0) readSync(fd, last, 0, 1, size - 1);
    closeSync(fd);
  } catch (error) {
    throw new LogError(`cannot read ${path}: ${reason(error)}`);
  }
  const text = head.toString('latin1', 0, Math.min(size, head.length));
  if (!HEADER.startsWith(text)) {
    throw new LogError(`${path}: not a log of schema version ${SCHEMA_VERSION} (its first line is another)`);
  }
  if (size < HEADER.length) return 'no-header';
  return last[0] === 0x0a ? 'whole' : 'torn';
}

async function loadFile(database: Database, path: string, file: number, ending: Ending): Promise<Hole[]> {
  const where = basename(path);
  if (ending === 'no-header') return [{ where, line: 1, what: 'torn: the file ends in its first line' }];
  await database.run(`
    INSERT INTO log SELECT *, ${file}, row_number() OVER () + 1 FROM read_csv(
      ${literal(path)}, auto_detect = false, header = true, delim = ',', quote = '"', escape = '"', new_line = '\\n',
      columns = {${COLUMNS.map(({ name, type }) => `${name}: '${sqlType(type)}'`).join(', ')}},
      store_rejects = true, rejects_limit = ${DAMAGED_LIMIT * COLUMNS.length})`);
  const damaged = await database.rows<{ line: number; message: string }>(
    'SELECT line, min(error_message) AS message FROM reject_errors GROUP BY line ORDER BY line',
  );
  await database.run('DROP TABLE reject_errors; DROP TABLE reject_scans');
  // Rows were numbered as they were accepted: make room for those that were not.
  for (const { line } of damaged) {
    await database.run(`UPDATE log SET line = line + 1 WHERE file = ${file} AND line >= ${line}`);
  }
  const holes = damaged.map(({ line, message }) => ({ where, line, what: `damaged: ${message}` }));
  if (ending === 'whole') return holes;
  const [last] = await database.rows<{ line: number }>(
    `SELECT coalesce(max(line), 1) AS line FROM log WHERE file = ${file}`,
  );
  const damagedLast = holes.at(-1)?.line ?? 0;
  // What is left of a torn row may look whole.
  if (damagedLast < last!.line)
    await database.run(`DELETE FROM log WHERE file = ${file} AND line = ${last!.line}`);
  else holes.pop();
  const line = Math.max(damagedLast, last!.line);
  return [...holes, { where, line, what: 'torn: the file ends in the middle of a row' }];
}

/** The row that a writer leaves in place of rows that it could not write. */
const LEFT_OUT = "(event = 'fault' AND kind = 'log')";

async function leftOut(database: Database): Promise<Hole[]> {
  const rows = await database.rows<{ node: string; detail: string | null }>(
    `SELECT node, detail FROM log WHERE ${LEFT_OUT} ORDER BY rowid`,
  );
  return rows.map(({ node, detail }) => ({
    where: node,
    what: `${/^lost_rows=(\d+)$/.exec(detail ?? '')?.[1] ?? 'some'} rows were not written`,
  }));
}

async function silentMachines(database: Database, manifest: Manifest): Promise<Hole[]> {
  const rows = await database.rows<{ node: string }>('SELECT DISTINCT node FROM log');
  const heard = new Set(rows.map(({ node }) => node));
  return manifest.machines
    .filter(({ id }) => !heard.has(id))
    .map(({ id }) => ({ where: id, what: 'this machine left no rows' }));
}

function columnList(): string {
  return COLUMNS.map(({ name, type }) => `"${name}" ${sqlType(type)}`).join(', ');
}

function sqlType(type: (typeof COLUMNS)[number]['type']): string {
  return type === 'integer' ? 'BIGINT' : 'VARCHAR';
}
