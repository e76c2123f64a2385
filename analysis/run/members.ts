/**
 * Who counted by which members when: tables out of `config` rows, made once when a run is loaded.
 *
 * - `configured`: a row for each `config` row that names voters: `id`, `node`, `time_us`,
 *   `lamport`, `term`, `role`, `kind`, `"index"` (the entry; 0 for founders), and the lists
 *   `voters` (of a joint configuration those of the incoming half), `outgoing` (null unless joint),
 *   `learners` and `wanted` (learners that are to vote).
 * - `counting`: what each machine counts by from a row on: the same columns, as far as they matter.
 *   `voters` is null where no row says it. A machine counts by the machines of `run.json` until a
 *   row says otherwise; after a restart a row must say what it found, if members ever changed.
 * - `in_force`: the configurations by which leaders have counted, from when on (`time_us`), with
 *   the leader's `node` and `term`: one when a leader is elected, and one with each that it
 *   appends.
 */
import { detailSql } from '../../vm/index.ts';
import type { Database } from './database.ts';
import { literal } from './database.ts';
import type { LoadedLogs } from './gaps.ts';

const CONFIGURED = `
  CREATE TABLE configured AS
  SELECT id, node, time_us, lamport, term, role, kind, "index", ${detailSql('voters')} AS voters,
    ${detailSql('outgoing')} AS outgoing, ${detailSql('learners')} AS learners,
    coalesce(${detailSql('wanted')}, []) AS wanted
  FROM events WHERE event = 'config' AND "index" IS NOT NULL AND ${detailSql('voters')} IS NOT NULL`;

/** A row that says which members its machine counts by from there on. */
const COUNTED = `kind IN ('start', 'append', 'rollback', 'install')`;

/**
 * `founders`: the machines of the run, a list in SQL. A start that no row explains finds what the
 * disk has: the founders, if the machine is new, or if members never changed. Before its first row,
 * a live machine may have had others, if its log is not whole.
 */
const COUNTING = (founders: string, isLive: boolean) => `
  CREATE TABLE counting AS
  WITH told AS (FROM configured WHERE ${COUNTED}
  ), begun AS (
    SELECT id, node, time_us, NOT coalesce(id > (SELECT min(told.id) FROM told WHERE told.node = events.node), false) AND (
        (coalesce(${detailSql('boot')}, 1) = 1 AND (NOT ${isLive} OR (coalesce(term, 0) = 0 AND coalesce(commit, 0) = 0)))
        OR (NOT ${isLive} AND NOT EXISTS (FROM told))
      ) AS known
    FROM events WHERE event = 'start'
    UNION ALL
    SELECT -1, node, NULL, NOT ${isLive} OR node NOT IN (SELECT node FROM gaps WHERE from_us < (SELECT start_us FROM span))
    FROM (SELECT DISTINCT node FROM events)
  )
  SELECT id, node, time_us, "index", voters, outgoing, learners, wanted FROM told
  UNION ALL
  SELECT id, node, time_us, 0, CASE WHEN NOT known THEN NULL WHEN list_contains(${founders}, node) THEN ${founders} ELSE []::VARCHAR[] END,
    NULL::VARCHAR[], CASE WHEN known THEN []::VARCHAR[] END, []::VARCHAR[]
  FROM begun`;

const IN_FORCE = `
  CREATE TABLE in_force AS
  WITH led AS (
    SELECT id, node, time_us, term FROM events WHERE event = 'role' AND role = 'leader'
    UNION ALL SELECT id, node, time_us, term FROM configured WHERE kind = 'append' AND role = 'leader'
  )
  SELECT led.*, "index", voters, outgoing, learners, wanted
  FROM led ASOF JOIN counting ON led.node = counting.node AND led.id >= counting.id
  WHERE voters IS NOT NULL AND led.time_us IS NOT NULL`;

/** Creates the tables. */
export async function createMembers({ database, manifest }: Omit<LoadedLogs, 'holes'>): Promise<void> {
  const founders = foundersOf(manifest.machines);
  for (const sql of [CONFIGURED, COUNTING(founders, manifest.startedAt !== undefined), IN_FORCE])
    await database.run(sql);
}

/** The machines of a run, a list in SQL. */
export function foundersOf(machines: readonly { readonly id: string }[]): string {
  return `[${machines.map(({ id }) => literal(id)).join(', ')}]::VARCHAR[]`;
}

/** Whether some machine counted by other members than the machines of `run.json`. */
export async function haveMembersChanged({
  database,
  manifest,
}: Omit<LoadedLogs, 'holes'>): Promise<boolean> {
  const founders = foundersOf(manifest.machines);
  return hasRow(
    database,
    `FROM configured WHERE outgoing IS NOT NULL OR len(learners) > 0
      OR ("index" > 0 AND list_sort(voters) <> list_sort(${founders}))`,
  );
}

async function hasRow(database: Database, sql: string): Promise<boolean> {
  return (await database.row<{ found: boolean }>(`SELECT EXISTS (${sql}) AS found`)).found;
}

/**
 * Whether `holders`, a list of machines, are a quorum of the columns `voters` and `outgoing`, in
 * SQL: a majority of each half. Null where it is not known who the voters are.
 */
export function quorumSql(holders: string): string {
  const most = (half: string) =>
    `2 * len(list_filter(${half}, lambda voter: list_contains(${holders}, voter))) > len(${half})`;
  return `(${most('voters')} AND coalesce(${most('outgoing')}, true))`;
}

/**
 * The members that a machine counts by at each of its rows, in SQL: the rows of `rows` (`id`,
 * `node`, `time_us`) with `voters` and `outgoing`. Both are null where a row that says it may be
 * missing: the machine's log has a gap since the last one. `isChanged`: whether members changed.
 */
export function countedBySql(rows: string, isChanged: boolean): string {
  const isUnsure = `EXISTS (
    FROM gaps WHERE gaps.node = said.node AND gaps.from_us < said.time_us
      AND gaps.to_us > coalesce(counting.time_us, gaps.from_us))`;
  const known = (half: string) => (isChanged ? `if(${isUnsure}, NULL, ${half}) AS ${half}` : half);
  return `SELECT said.*, ${known('voters')}, ${known('outgoing')}, counting.id AS counted_from
    FROM (${rows}) AS said ASOF LEFT JOIN counting ON said.node = counting.node AND said.id >= counting.id`;
}
