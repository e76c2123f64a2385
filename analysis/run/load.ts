/**
 * Loads a run into a database. `events` is one row an event, with the columns of
 * `logs/format/schema.ts`, where each row stands (`file` and `line`) and `id`, which counts in the
 * order of the logs: the rows of one machine follow each other. Nothing of a log passes through
 * JavaScript but what a query returns.
 *
 * A log is loaded as far as it makes sense. What is missing (a torn last row, damaged rows, rows
 * its writer had to leave out, a machine without a log) is reported as a hole.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { basename } from 'node:path';
import { COLUMNS, formerWords, HEADER, type Manifest, READ_VERSIONS } from '../../logs/format/index.ts';
import { LogError, listLogs, openRun, reason } from '../../logs/index.ts';
import { detailSql } from '../../vm/index.ts';
import { historyIn, type RunHistory } from '../history/run-history.ts';
import { Database, literal } from './database.ts';
import { createGaps, isDamage, machinesSql } from './gaps.ts';
import { createMembers } from './members.ts';
import { createTables } from './tables.ts';

/** Something that is missing from a log. */
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
  readonly holes: readonly Hole[];
  readonly database: Database;
  /** The history of its clients, if it was recorded. */
  readonly history?: RunHistory | undefined;
  /** Whether others wrote the logs: what is not in them may never have been written. */
  readonly imported: boolean;
  /** Whether sends and receives are taken from the vector clocks, because the logs do not say. */
  readonly toldByVectors: boolean;
}

/** The most damaged rows that are named one by one; DuckDB does not record more. */
const DAMAGED_LIMIT = 1000;
/** Logs of more bytes are kept in a file while they are analysed. */
const LARGE_BYTES = 100 * 2 ** 20;

/** A run that is not a folder of our own logs: `import/` makes them. */
export interface RunSource {
  /** What to call it. */
  readonly path: string;
  load(): Promise<Run>;
}

/**
 * Loads a run, given by its folder; close its database when done. Throws a `LogError` that names
 * the file if something is no log, and a `HistoryError` if its history is none.
 */
export async function loadRun(source: string | RunSource): Promise<Run> {
  if (typeof source !== 'string') return source.load();
  const dir = source;
  const manifest = openRun(dir);
  const history = historyIn(dir);
  const paths = listLogs(dir).flatMap((log) => log.paths);
  const inspected = paths.map(inspect);
  const bytes = inspected.reduce((sum, { size }) => sum + size, 0);
  const database = await openLog(bytes);
  try {
    const holes: Hole[] = [];
    const pieces: Piece[] = [];
    let rows = 0;
    for (const [file, path] of paths.entries()) {
      const loaded = await loadFile(database, path, file, inspected[file]!.ending, rows);
      rows = loaded.end;
      holes.push(...loaded.holes);
      pieces.push(...loaded.pieces);
    }
    await replaceFormerWords(database, manifest);
    const files = paths.map((path) => basename(path));
    const known = { dir, manifest, holes, history, imported: false, toldByVectors: false };
    return await completeRun(database, known, files, lineOf(pieces));
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * A database with the empty table `log`: the columns of `logs/format/schema.ts`, the number of the
 * `file`, and `more`; and the empty table `missing_events`, of events that are known to be missing
 * before the row `id` of a machine.
 */
export async function openLog(bytes: number, ...more: readonly string[]): Promise<Database> {
  const database = await Database.open(bytes > LARGE_BYTES);
  const columns = [columnList(), 'file USMALLINT', ...more].join(', ');
  await database.run(`CREATE TABLE log (${columns});
    CREATE TABLE missing_events (id BIGINT, file USMALLINT, line BIGINT, node VARCHAR, first BIGINT, last BIGINT, events BIGINT)`);
  return database;
}

/**
 * Makes a run of what is in the table `log`, where the rows of one machine follow each other: the
 * views and tables that all else asks. `files`: the files' names, by their numbers; `line`: where a
 * row stands, in SQL. Throws a `LogError` if all rows are damaged.
 */
export async function completeRun(
  database: Database,
  { holes, ...known }: Omit<Run, 'database'>,
  files: readonly string[],
  line: string,
): Promise<Run> {
  const name = files.length === 0 ? 'NULL::VARCHAR' : `[${files.map(literal).join(', ')}][file + 1]`;
  const columns = COLUMNS.map((column) => `"${column.name}"`).join(', ');
  await database.run(`CREATE VIEW rows_of_logs AS
    SELECT rowid AS id, ${name} AS file, ${line} AS line, ${columns} FROM log`);
  const lost = await leftOut(database);
  // Without such rows there is nothing to test in every row of every query.
  const which = lost.length === 0 ? '' : `WHERE NOT ${LEFT_OUT}`;
  await database.run(`CREATE VIEW events AS FROM rows_of_logs ${which}`);
  await refuseEmpty(database, known.dir, holes);
  const more = [...lost, ...(await silentMachines(database, known.manifest))];
  const run = { ...known, holes: [...holes, ...more], database };
  await createGaps(run, files);
  await createTables(database, known.imported);
  await createMembers(run);
  return run;
}

/** Refuses a run of which no row could be read. */
async function refuseEmpty(database: Database, dir: string, holes: readonly Hole[]): Promise<void> {
  const { rows } = await database.row<{ rows: number }>('SELECT count(*) AS rows FROM log');
  const first = holes.find(({ what }) => isDamage(what));
  if (rows > 0 || first === undefined) return;
  const place = `${first.where}${first.line === undefined ? '' : `:${first.line}`}`;
  throw new LogError(`${dir}: no row could be read (${place}: ${first.what})`);
}

/** How a file ends: `no-header` if its writer was killed in its very first line. */
type Ending = 'whole' | 'torn' | 'no-header';

function inspect(path: string): { readonly size: number; readonly ending: Ending } {
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
  if (/^(\xff\xfe|\xfe\xff)/.test(text)) throw new LogError(`${path}:1: the file is UTF-16; logs are UTF-8`);
  if (!HEADER.startsWith(text)) {
    throw new LogError(
      `${path}:1: not a log of schema versions ${READ_VERSIONS.join(' and ')} (its first line is another)`,
    );
  }
  if (size < HEADER.length) return { size, ending: 'no-header' };
  return { size, ending: last[0] === 0x0a ? 'whole' : 'torn' };
}

/** Rows from `id` on stand in the line of their id plus `add`, up to the next piece. */
interface Piece {
  readonly id: number;
  readonly add: number;
}

/** Loads a file; its rows get ids from `first` on, up to `end`. */
async function loadFile(
  database: Database,
  path: string,
  file: number,
  ending: Ending,
  first: number,
): Promise<{ readonly holes: Hole[]; readonly pieces: Piece[]; readonly end: number }> {
  const where = basename(path);
  if (ending === 'no-header')
    return {
      holes: [{ where, line: 1, what: 'torn: the file ends in its first line' }],
      pieces: [],
      end: first,
    };
  const { Count: rows } = await database.row<{ Count: number }>(`
    INSERT INTO log SELECT *, ${file} FROM read_csv(
      ${literal(path)}, auto_detect = false, header = true, delim = ',', quote = '"', escape = '"', new_line = '\\n',
      columns = {${COLUMNS.map(({ name, type }) => `${name}: '${sqlType(type)}'`).join(', ')}},
      store_rejects = true, rejects_limit = ${DAMAGED_LIMIT * COLUMNS.length})`);
  const end = first + rows;
  const damaged = await database.rows<{ line: number; message: string; encoding: boolean }>(
    `SELECT line, min(error_message) AS message, bool_or(error_type = 'INVALID ENCODING') AS encoding
     FROM reject_errors GROUP BY line ORDER BY line`,
  );
  await database.run('DROP TABLE reject_errors; DROP TABLE reject_scans');
  const pieces = [{ id: first, add: 2 - first }];
  for (const [before, { line }] of damaged.entries())
    pieces.push({ id: first + line - 2 - before, add: 3 + before - first });
  const holes = damaged.map(({ line, message }) => ({ where, line, what: `damaged: ${message}` }));
  // The last line, whether its row was taken or not.
  const lastLine = end - first + damaged.length + 1;
  if (ending === 'torn') {
    // What is left of a torn row may look whole.
    if (holes.at(-1)?.line === lastLine) holes.pop();
    else if (lastLine > 1) await database.run(`DELETE FROM log WHERE rowid = ${end - 1}`);
    holes.push({ where, line: lastLine, what: 'torn: the file ends in the middle of a row' });
  }
  const undecodable = damaged.find(
    ({ encoding, line }) => encoding && !(ending === 'torn' && line === lastLine),
  );
  if (undecodable) throw new LogError(`${path}:${undecodable.line}: the line is not UTF-8`);
  return { holes, pieces, end };
}

/** Rows of earlier schema versions get the words of this one. */
async function replaceFormerWords(database: Database, manifest: Manifest): Promise<void> {
  for (const [column, words] of Object.entries(formerWords(manifest) ?? {})) {
    for (const [former, present] of Object.entries(words))
      await database.run(
        `UPDATE log SET ${column} = ${literal(present)} WHERE ${column} = ${literal(former)}`,
      );
  }
}

/** The line of a row in its file, in SQL. */
function lineOf(pieces: readonly Piece[]): string {
  const cases = pieces.map(({ id, add }) => `WHEN rowid >= ${id} THEN rowid + ${add}`).reverse();
  return cases.length === 0 ? 'NULL' : `CASE ${cases.join(' ')} END`;
}

/** The row that a writer leaves in place of rows that it could not write. */
const LEFT_OUT = "(event = 'fault' AND kind = 'log')";

async function leftOut(database: Database): Promise<Hole[]> {
  const rows = await database.rows<{ node: string; lost: number | null }>(
    `SELECT node, ${detailSql('lost_rows')} AS lost FROM log WHERE ${LEFT_OUT} ORDER BY rowid`,
  );
  return rows.map(({ node, lost }) => ({ where: node, what: `${lost ?? 'some'} rows were not written` }));
}

async function silentMachines(database: Database, manifest: Manifest): Promise<Hole[]> {
  const silent = await database.rows<{ node: string }>(
    `SELECT node FROM (${machinesSql(manifest)}) WHERE node NOT IN (SELECT DISTINCT node FROM log)`,
  );
  const listed = manifest.machines.map(({ id }) => id);
  const place = (node: string) => (listed.includes(node) ? listed.indexOf(node) : listed.length);
  return silent
    .map(({ node }) => node)
    .sort((a, b) => place(a) - place(b) || a.localeCompare(b, 'en', { numeric: true }))
    .map((node) => ({ where: node, what: 'this machine left no rows' }));
}

/**
 * The compression of columns. Naming it saves a third of the time of loading, which would go into
 * trying all of them.
 */
function compression({ name, type }: (typeof COLUMNS)[number]): string {
  if (type === 'integer') return 'bitpacking';
  return name === 'message' || name === 'detail' || name === 'vector' ? 'fsst' : 'dictionary';
}

function columnList(): string {
  return COLUMNS.map(
    (column) => `"${column.name}" ${sqlType(column.type)} USING COMPRESSION ${compression(column)}`,
  ).join(', ');
}

function sqlType(type: (typeof COLUMNS)[number]['type']): string {
  return type === 'integer' ? 'BIGINT' : 'VARCHAR';
}
