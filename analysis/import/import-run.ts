/**
 * Imports runs that others wrote: finds the files, reads them as the mapping says, and fills the
 * table `log`, so that everything else works as on our own runs.
 */
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, extname, join } from 'node:path';
import { type Manifest, SCHEMA_VERSION } from '../../logs/format/index.ts';
import { LogError, reason } from '../../logs/index.ts';
import type { Database } from '../run/database.ts';
import { completeRun, type Hole, openLog, type Run, type RunSource } from '../run/load.ts';
import { findGaps } from './gaps.ts';
import { holesOf, UNMATCHED } from './holes.ts';
import { type Inspected, inspect } from './lines.ts';
import { formatOf, hasColumn, type Mapping } from './mapping.ts';
import { deriveMessages } from './messages.ts';
import { createStaged, takeRows, tellsEvents } from './rows.ts';
import { openShiviz, shivizColumns, stageExecution } from './shiviz.ts';
import { lineExpression, stageText } from './stage-text.ts';
import { JSON_NAMES, machineOf, stageTables } from './tables.ts';
import { START } from './text.ts';

const NAMES = [...JSON_NAMES, '.csv', '.tsv', '.txt', '.log'];

/**
 * The runs of the file or folder `path`: one, or as many as a ShiViz log has executions. Throws a
 * `LogError` if nothing can be read there.
 */
export async function importRuns(path: string, mapping: Mapping): Promise<RunSource[]> {
  const files: Inspected[] = [];
  for (const file of filesAt(path)) files.push(await inspect(file));
  const format = formatOf(mapping);
  if (format === 'shiviz') {
    const runs: RunSource[] = [];
    for (const file of files) runs.push(...(await shivizRuns(file.path, mapping)));
    return runs;
  }
  if (mapping.executions !== undefined) throw new LogError('--executions requires --format shiviz');
  if (format === 'text' && mapping.pattern === undefined)
    throw new LogError('--format text requires --pattern');
  if (format === 'text') lineExpression('--pattern', mapping.pattern!);
  const { lamport, time_us, vector } = mapping.columns;
  if ((lamport ?? time_us ?? vector) === undefined)
    throw new LogError(
      format === 'text'
        ? 'the pattern has none of the groups time, clock and vector, and --columns names none of its groups so'
        : '--columns names neither a time nor a clock',
    );
  return [{ path, load: () => loadFiles(path, files, mapping) }];
}

/**
 * The files of the log at `path`: itself, or what a folder holds, in order. Throws a `LogError` if
 * there are none.
 */
export function filesAt(path: string): string[] {
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

/** All formats but ShiViz: where no column names the machine, the file does. */
function loadFiles(path: string, files: readonly Inspected[], mapping: Mapping): Promise<Run> {
  const paths = files.map((file) => file.path);
  const machines = hasColumn(mapping, 'node') ? [] : paths.map(machineOf);
  return load(path, paths, mapping, async (database, dir) => {
    const isText = formatOf(mapping) === 'text';
    const line = isText
      ? await stageProse(database, paths, mapping, dir)
      : await stageTables(database, files, mapping, dir);
    const { unread } = await takeRows(database, line, machines, mapping);
    const names = paths.map((file) => basename(file));
    const holes = await holesOf(database, names, line);
    if (unread !== undefined) holes.push({ where: '--machines', what: unread });
    if (!tellsEvents(mapping))
      holes.push({
        where: isText ? '--pattern' : '--columns',
        what: `no ${isText ? 'group' : 'column'} says what happened: all rows are taken as internal events`,
      });
    return hasColumn(mapping, 'vector') ? [...holes, ...(await findGaps(database, names))] : holes;
  });
}

/** Stages files by a pattern. Returns SQL for the line of a staged row. */
async function stageProse(
  database: Database,
  paths: readonly string[],
  mapping: Mapping,
  dir: string,
): Promise<string> {
  for (const [file, path] of paths.entries()) {
    const patterns = { event: lineExpression('--pattern', mapping.pattern!), between: undefined };
    const source = { path, patterns, from: START, file, node: machineOf(path), damage: UNMATCHED };
    await stageText(database, source, mapping, dir);
  }
  return 'line';
}

/** In a ShiViz log each execution is a run. */
async function shivizRuns(path: string, mapping: Mapping): Promise<RunSource[]> {
  const log = await openShiviz(path, mapping);
  const where = basename(path);
  return log.executions.map((execution, i) => ({
    path: log.executions.length === 1 ? path : `${path} (${execution.name || `execution ${i + 1}`})`,
    load() {
      return load(this.path, [path], mapping, async (database, dir) => {
        await stageExecution(database, log, execution, mapping, dir);
        await takeRows(database, 'line', [], shivizColumns(mapping));
        const holes = await holesOf(database, [where], 'line');
        await deriveMessages(database);
        const what = 'sends and receives are taken from the vector clocks: the log does not say';
        return [...holes, { where, what }, ...(await findGaps(database, [where]))];
      });
    },
  }));
}

/**
 * Makes a run of what `fill` brings into the table `log`; it returns what is missing, and may use a
 * folder for files of its own.
 */
async function load(
  path: string,
  files: readonly string[],
  mapping: Mapping,
  fill: (database: Database, dir: string) => Promise<Hole[]>,
): Promise<Run> {
  const dir = mkdtempSync(join(tmpdir(), 'tickraft-rows-'));
  const bytes = files.reduce((sum, file) => sum + statSync(file).size, 0);
  const database = await openLog(bytes, 'line BIGINT', 'sender_clock BIGINT', 'unsure BOOLEAN');
  try {
    await createStaged(database);
    const holes = await fill(database, dir);
    await database.run('DROP TABLE staged');
    const manifest = await describe(database, mapping);
    const names = files.map((file) => basename(file));
    const known = {
      dir: path,
      manifest,
      holes,
      imported: true,
      toldByVectors: formatOf(mapping) === 'shiviz',
    };
    return await completeRun(database, known, names, 'line');
  } catch (error) {
    database.close();
    throw error;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** A manifest for the run. Machines that are only named by others are missing. */
async function describe(database: Database, { rates, stamp, ...mapping }: Mapping): Promise<Manifest> {
  const named = await database.rows<{ node: string }>(`
    SELECT DISTINCT node FROM (
      SELECT DISTINCT node FROM log UNION ALL SELECT unnest(string_split(peer, ' ')) FROM (SELECT DISTINCT peer FROM log)
    ) WHERE node <> 'world' AND node <> ''`);
  const { vectors } = await database.row<{ vectors: number }>('SELECT count(vector) AS vectors FROM log');
  const ids = [...new Set([...named.map(({ node }) => node), ...Object.keys(rates)])];
  return {
    schemaVersion: SCHEMA_VERSION,
    program: `logs of others (${formatOf(mapping) ?? 'tables'})`,
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
