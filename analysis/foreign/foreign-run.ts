/** Runs that others wrote: finds the files, reads them as they are mapped, and brings them into the table `log`, where all else works on them as on our own. */
import { closeSync, mkdtempSync, openSync, readdirSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, extname, join } from 'node:path';
import { stringify } from 'csv-stringify/sync';
import { LogError, reason } from '../../logs/errors.ts';
import type { Manifest } from '../../logs/manifest.ts';
import { COLUMNS, SCHEMA_VERSION } from '../../logs/schema.ts';
import { plural } from '../check.ts';
import { type Database, literal } from '../database.ts';
import { completeRun, type Hole, openLog, type Run, type RunSource } from '../load.ts';
import type { Mapping } from './mapping.ts';
import { checkEncoding, csvRecords, jsonRecords } from './records.ts';
import { type ForeignRow, machineName, RowReader } from './rows.ts';
import { messagesOf, shivizExecutions } from './shiviz.ts';

const JSON_NAMES = ['.jsonl', '.ndjson'];
const NAMES = [...JSON_NAMES, '.csv', '.tsv', '.txt', '.log'];

/** The runs of the file or folder `path`: one, or as many as a ShiViz log has executions. Throws a `LogError` if nothing can be read there. */
export async function foreignRuns(path: string, mapping: Mapping): Promise<RunSource[]> {
  const files = filesAt(path);
  for (const file of files) await checkEncoding(file);
  if (mapping.format !== 'shiviz' && mapping.pattern === undefined) {
    if (
      mapping.columns.lamport === undefined &&
      mapping.columns.time_us === undefined &&
      mapping.columns.vector === undefined
    )
      throw new LogError('--columns names neither a time nor a clock');
    return [{ path, load: () => load(path, files, mapping, tableRows(files, mapping)) }];
  }
  return files.flatMap((file) => shivizRuns(file, mapping));
}

function filesAt(path: string): string[] {
  try {
    if (!statSync(path).isDirectory()) return [path];
    const files = readdirSync(path)
      .filter((name) => NAMES.includes(extname(name).toLowerCase()))
      .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
    if (files.length === 0) throw new LogError(`${path} holds no file that ends in ${NAMES.join(', ')}`);
    return files.map((name) => join(path, name));
  } catch (error) {
    throw error instanceof LogError ? error : new LogError(`cannot read ${path}: ${reason(error)}`);
  }
}

/** Rows as they come, and what could not be read, once they have come. */
interface Reading {
  readonly rows: AsyncIterable<ForeignRow> | Iterable<ForeignRow>;
  holes(): readonly Hole[];
}

/** CSV and JSONL: where no column names the machine, the file does. */
function tableRows(files: readonly string[], mapping: Mapping): Reading {
  const stems = files.map((file) => machineName(basename(file, extname(file))));
  const resolve = peerResolver(mapping.columns.node === undefined ? stems : []);
  const readers = files.map((file, i) => new RowReader(mapping, i, basename(file), stems[i]!, resolve));
  async function* rows(): AsyncGenerator<ForeignRow> {
    for (const [i, file] of files.entries()) {
      const reader = readers[i]!;
      const isJson =
        mapping.format === 'jsonl' || (mapping.format === undefined && JSON_NAMES.includes(extname(file)));
      const records = isJson
        ? jsonRecords(file, reader.damage)
        : csvRecords(file, Object.values(mapping.columns), reader.damage);
      for await (const record of records) {
        const row = reader.row(record);
        if (row !== undefined) yield row;
      }
    }
  }
  const holes = () => {
    const read = readers.flatMap((reader) => reader.close());
    if (mapping.columns.event !== undefined) return read;
    return [
      ...read,
      { where: '--columns', what: 'no column says what happened: all rows are taken as internal events' },
    ];
  };
  return { rows: rows(), holes };
}

/** A peer may be named in short: `2` for `machine_2`. */
function peerResolver(machines: readonly string[]): (peer: string) => string {
  return (peer) => {
    if (machines.includes(peer)) return peer;
    const ending = machines.filter((name) => name.endsWith(peer) && !/\d$/.test(name.slice(0, -peer.length)));
    return ending.length === 1 ? ending[0]! : peer;
  };
}

/** In a ShiViz log each execution is a run. */
function shivizRuns(file: string, mapping: Mapping): RunSource[] {
  const executions = shivizExecutions(file, mapping);
  const columns = { node: 'host', vector: 'clock', detail: 'event', ...mapping.columns };
  return executions.map(({ name, records, damaged }, i) => ({
    path: executions.length === 1 ? file : `${file} (${name || `execution ${i + 1}`})`,
    load() {
      const reader = new RowReader({ ...mapping, columns }, 0, basename(file), '', (peer) => peer);
      for (const line of damaged) reader.damage(line, 'damaged: no event is found here');
      const rows = records.flatMap((record) => reader.row(record) ?? []);
      return load(this.path, [file], mapping, withMessages(rows, reader.close(), basename(file)));
    },
  }));
}

function withMessages(read: readonly ForeignRow[], holes: readonly Hole[], where: string): Reading {
  const { rows, missing } = messagesOf(read);
  const said = ['sends and receives are taken from the vector clocks: the log does not say'];
  if (missing > 0) said.push(`damaged: ${plural(missing, 'event')} missing, as the vector clocks count`);
  return { rows, holes: () => [...holes, ...said.map((what) => ({ where, what }))] };
}

const SPOOL_ROWS = 5_000;

async function load(
  path: string,
  files: readonly string[],
  mapping: Mapping,
  reading: Reading,
): Promise<Run> {
  const dir = mkdtempSync(join(tmpdir(), 'tickraft-rows-'));
  const spool = join(dir, 'rows.csv');
  const bytes = files.reduce((sum, file) => sum + statSync(file).size, 0);
  const database = await openLog(bytes, 'line BIGINT');
  try {
    await spoolRows(spool, reading.rows);
    await insert(database, spool);
    const holes = reading.holes();
    const manifest = await describe(database, mapping);
    return await completeRun(
      database,
      { dir: path, manifest, holes },
      files.map((file) => basename(file)),
      'line',
    );
  } catch (error) {
    database.close();
    throw error;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

async function spoolRows(path: string, rows: Reading['rows']): Promise<void> {
  const fd = openSync(path, 'w');
  let batch: unknown[][] = [];
  const flush = () => {
    writeSync(fd, stringify(batch));
    batch = [];
  };
  try {
    for await (const { file, line, cells } of rows) {
      batch.push([...COLUMNS.map(({ name }) => cells[name]), file, line]);
      if (batch.length >= SPOOL_ROWS) flush();
    }
    flush();
  } finally {
    closeSync(fd);
  }
}

/** The rows of one machine follow each other, in the order of the files. */
async function insert(database: Database, spool: string): Promise<void> {
  const types = COLUMNS.map(({ name, type }) => `'${name}': '${type === 'integer' ? 'BIGINT' : 'VARCHAR'}'`);
  await database.run(`
    INSERT INTO log
    WITH spooled AS (
      FROM read_csv(${literal(spool)}, auto_detect = false, header = false, delim = ',', quote = '"', escape = '"',
        columns = {${types.join(', ')}, 'file': 'USMALLINT', 'line': 'BIGINT'})
    ), placed AS (SELECT *, row_number() OVER () AS place FROM spooled
    ), machines AS (SELECT node, min(place) AS first FROM placed GROUP BY node)
    SELECT placed.* EXCLUDE (place) FROM placed JOIN machines USING (node) ORDER BY machines.first, placed.place`);
}

/** What `run.json` would say. Machines that are only named by others are missing. */
async function describe(database: Database, { format, rates, stamp, pattern }: Mapping): Promise<Manifest> {
  const named = await database.rows<{ node: string }>(`
    SELECT DISTINCT node FROM (SELECT node FROM log UNION ALL SELECT unnest(string_split(peer, ' ')) FROM log)
    WHERE node <> 'world' AND node <> ''`);
  const { vectors } = await database.row<{ vectors: number }>('SELECT count(vector) AS vectors FROM log');
  const ids = [...new Set([...named.map(({ node }) => node), ...Object.keys(rates)])];
  return {
    schemaVersion: SCHEMA_VERSION,
    program: pattern === undefined ? `logs of others (${format ?? 'tables'})` : 'logs of others (shiviz)',
    machines: ids
      .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
      .map((id) => ({ id, ...(rates[id] !== undefined && { ticksPerSecond: rates[id] }) })),
    stamp,
    vector: vectors > 0,
    versions: {},
    settings: {},
    finished: true,
  };
}
