/**
 * Spans of time in which the log of a machine may lack rows: the table `gaps` (`node`, `from_us`,
 * `to_us`). A check that misses a row looks here first. A log has a gap
 *
 * - always, if the machine left no rows, or if rows of it are damaged;
 * - before its first row, if the log had a size limit and older parts are gone, or if it begins
 *   with a start of a machine that has a past: not its first, or one with a term or entries on its
 *   disk;
 * - where its writer had to leave rows out, or where vector clocks count events that are missing:
 *   from the row before to the row after;
 * - in a live run, from the last row of an incarnation that did not end with `stop` to its next
 *   start: a killed process loses the rows that were not yet on disk.
 */
import type { Manifest } from '../../logs/format/index.ts';
import { detailSql } from '../../vm/index.ts';
import { type Database, literal } from './database.ts';

/** Before and after all times, in microseconds. */
const ALWAYS = { from: -(2 ** 53), to: 2 ** 53 };

/** Logs in a database, and what they do not tell. */
export interface LoadedLogs {
  readonly database: Database;
  readonly manifest: Manifest;
  readonly holes: readonly { readonly where: string; readonly what: string }[];
}

/** Whether a hole is rows that could not be read. */
export function isDamage(what: string): boolean {
  return /^(damaged|not read)/.test(what);
}

/**
 * The machines whose logs belong to a run, in SQL: those of `run.json`, and the members that a
 * cluster has had since, by `config` rows.
 */
export function machinesSql({ machines }: Manifest): string {
  const listed = `[${machines.map(({ id }) => literal(id)).join(', ')}]::VARCHAR[]`;
  const [voters, outgoing, learners] = (['voters', 'outgoing', 'learners'] as const).map(
    (key) => `coalesce(${detailSql(key)}, [])`,
  );
  return `SELECT unnest(${listed}) AS node UNION
    SELECT unnest(list_concat(${voters}, list_concat(${outgoing}, ${learners}))) FROM log
    WHERE event = 'config' AND "index" IS NOT NULL`;
}

/**
 * Creates the table `gaps`. `files`: names of the log files by their numbers in the table `log`.
 */
export async function createGaps(
  { database, manifest, holes }: LoadedLogs,
  files: readonly string[],
): Promise<void> {
  const always = `SELECT ${ALWAYS.from} AS from_us, ${ALWAYS.to} AS to_us`;
  const machines = `(${machinesSql(manifest)})`;
  const broken = new Set(holes.filter(({ what }) => isDamage(what)).map(({ where }) => where));
  const damaged = files.flatMap((name, file) => (broken.has(name) ? [file] : []));
  const shortened = files.flatMap((name, file) =>
    /\.\d+\.csv$/.test(name) && !name.endsWith('.1.csv') ? [file] : [],
  );
  const inList = (list: readonly number[]) => (list.length === 0 ? 'false' : `file IN (${list.join(', ')})`);
  await database.run(`
    CREATE TABLE gaps AS
    WITH silent AS (
      SELECT machines.node, always.* FROM ${machines} AS machines (node), (${always}) AS always
      WHERE machines.node NOT IN (SELECT DISTINCT node FROM log)
    ), damaged AS (SELECT DISTINCT node, always.* FROM log, (${always}) AS always WHERE ${inList(damaged)}
    ), shortened AS (
      SELECT node, ${ALWAYS.from} AS from_us, min(time_us) AS to_us FROM log
      WHERE node IN (SELECT node FROM log WHERE ${inList(shortened)}) GROUP BY node
    ), earlier AS (
      SELECT node, ${ALWAYS.from} AS from_us, time_us AS to_us FROM log
      WHERE rowid IN (SELECT min(rowid) FROM log GROUP BY node)
        AND event = 'start' AND (${detailSql('boot')} <> 1 OR term > 0 OR commit > 0)
    ), neighbours AS (
      -- Of the few rows that are asked for below: all would not fit into memory.
      SELECT * FROM (
        SELECT rowid AS id, node, event, kind, time_us, lag(time_us) OVER () AS before_us, lag(node) OVER () AS before_node,
          lag(event) OVER () AS before_event, lead(time_us) OVER () AS after_us, lead(node) OVER () AS after_node
        FROM log
      ) WHERE event IN ('start', 'fault') OR id IN (SELECT id FROM missing_events)
    ), left_out AS (
      SELECT node, if(before_node = node, before_us, ${ALWAYS.from}) AS from_us,
        if(after_node = node, after_us, ${ALWAYS.to}) AS to_us
      FROM neighbours WHERE event = 'fault' AND kind = 'log'
    ), missing AS (
      SELECT neighbours.node, coalesce(if(before_node = neighbours.node, before_us, NULL), ${ALWAYS.from}) AS from_us,
        coalesce(time_us, ${ALWAYS.to}) AS to_us
      FROM neighbours JOIN missing_events USING (id)
    ), killed AS (
      SELECT node, before_us AS from_us, time_us AS to_us FROM neighbours
      WHERE event = 'start' AND before_node = node AND before_event <> 'stop' AND ${manifest.startedAt !== undefined}
    ), last_killed AS (
      SELECT node, max(time_us) AS from_us, ${ALWAYS.to} AS to_us FROM log WHERE ${manifest.startedAt !== undefined}
      GROUP BY node HAVING arg_max(event, rowid) <> 'stop'
    )
    FROM silent UNION ALL FROM damaged UNION ALL FROM shortened UNION ALL FROM earlier UNION ALL FROM left_out
    UNION ALL FROM missing UNION ALL FROM killed UNION ALL FROM last_killed`);
}
