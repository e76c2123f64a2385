/**
 * Tables that several checks and measures ask, made once when a run is loaded:
 *
 * - `deliveries`: a row for each receive whose send is in the logs. `receive`, `send`: their ids;
 *   `copies`: sends with that message id (what they say holds if it is 1); `first`: whether this
 *   machine received the message for the first time.
 * - `multicasts`: the `id`s of sends that are one event with the send in the row before: logs of
 *   others have a row for each receiver.
 * - `sender_clocks`: a row for each receive whose own row says which clock the message carried: its
 *   `id`, and the `clock`.
 * - `unsure`: the `id`s of rows that do not say what happened, and are taken as internal events.
 * - `appended`: a row for each entry that an `append` row names: `id` of the row, `node`, `index`,
 *   `term`, `prev` (the term of the entry before), `what` it is, and `own`, whether the machine
 *   proposed it itself.
 * - `applied`: a row for each entry that an `apply` row names: `id` of the row, `node`, `index`,
 *   whether it `ran`, and `term` and `what` as the machine's own log has the entry (null if no row
 *   says).
 * - `requests`: a row for each request of a client: `request` and `respond` (ids; null if never
 *   answered), their times, `kind`, `error` (a code, or null) and `index` (of the entry whose
 *   outcome it is).
 * - `span`: one row: when the run begins and ends, and the equal `intervals` that series over time
 *   have.
 * - `timeline`: a row for each machine and interval (`measures/timeline.ts`).
 * - `jumps`: how many `events` of a `node` moved its Lamport clock by `jump`.
 * - `copies`: a row for each entry appended anywhere, with the `times` and Lamport `clocks` at
 *   which each machine first did, in order, and the `holders`: the machines by those clocks.
 */
import { detailSql } from '../../vm/index.ts';
import type { Database } from './database.ts';

/**
 * Sends of one clock in rows that follow each other, unless both name the same receiver: that is
 * the same event, or two that nobody counted.
 */
const MULTICASTS = (imported: boolean) => `
  CREATE TABLE multicasts AS
  SELECT id FROM (
    SELECT id, event, peer, lamport IS NOT DISTINCT FROM lag(lamport) OVER () AND vector IS NOT DISTINCT FROM lag(vector) OVER ()
        AND (lamport IS NOT NULL OR vector IS NOT NULL) AND node = lag(node) OVER () AND lag(event) OVER () = 'send'
        AND coalesce(peer <> lag(peer) OVER (), true) AS again
    FROM events WHERE ${imported}
  ) WHERE event = 'send' AND again`;

const SENDER_CLOCKS = (imported: boolean) => `
  CREATE TABLE sender_clocks AS ${
    imported
      ? "SELECT rowid AS id, sender_clock AS clock FROM log WHERE event = 'receive' AND sender_clock IS NOT NULL"
      : 'SELECT rowid AS id, lamport AS clock FROM log LIMIT 0'
  }`;

const UNSURE = (imported: boolean) =>
  `CREATE TABLE unsure AS SELECT rowid AS id FROM log ${imported ? 'WHERE unsure' : 'LIMIT 0'}`;

const DELIVERIES = `
  CREATE TABLE deliveries AS
  WITH sends AS (
    SELECT message, greatest(1, count(*) FILTER (id NOT IN (FROM multicasts))) AS copies, min(id) AS send, any_value(node) AS "from", any_value(time_us) AS send_us,
      any_value(lamport) AS send_lamport
    FROM events WHERE event = 'send' AND message IS NOT NULL GROUP BY message
  )
  SELECT events.id AS receive, sends.send, sends.copies, sends."from", events.node AS "to", sends.send_us,
    events.time_us AS receive_us, sends.send_lamport, events.lamport AS receive_lamport
  FROM events JOIN sends USING (message) WHERE events.event = 'receive'`;

const APPENDED = `
  CREATE TABLE appended AS
  WITH rows AS (
    SELECT id, node, time_us, lamport, peer IS NULL AS own, ${detailSql('first')} AS first,
      ${detailSql('prev')} AS prev, ${detailSql('entries')} AS entries
    FROM events WHERE event = 'append' AND ${detailSql('entries')} IS NOT NULL
  ), entries AS (
    SELECT * EXCLUDE (entries), unnest(entries) AS entry, generate_subscripts(entries, 1) AS place,
      list_extract(entries, generate_subscripts(entries, 1) - 1) AS entry_before FROM rows
  )
  SELECT id, node, time_us, lamport, own, first + place - 1 AS "index",
    try_cast(split_part(entry, ':', 1) AS BIGINT) AS term, split_part(entry, ':', 2) AS what,
    if(place = 1, prev, try_cast(split_part(entry_before, ':', 1) AS BIGINT)) AS prev
  FROM entries`;

const APPLIED = `
  CREATE TABLE applied AS
  WITH rows AS (
    SELECT id, node, time_us, lamport, ${detailSql('first')} AS first, "index" AS last,
      coalesce(${detailSql('skipped')}, []) AS skipped
    FROM events WHERE event = 'apply' AND ${detailSql('first')} IS NOT NULL AND "index" IS NOT NULL
  ), entries AS (
    SELECT id, node, time_us, lamport, "index", list_filter(skipped, one -> split_part(one, ':', 1) = "index"::VARCHAR) AS skipped
    FROM (SELECT *, unnest(range(first, last + 1)) AS "index" FROM rows)
  )
  SELECT entries.*, known.term, known.what
  FROM entries ASOF LEFT JOIN appended AS known
    ON entries.node = known.node AND entries."index" = known."index" AND entries.id >= known.id`;

const REQUESTS = `
  CREATE TABLE requests AS
  WITH asked AS (
    SELECT id AS request, node, kind, time_us AS request_us, ${detailSql('id')} AS name FROM events WHERE event = 'request'
  ), answered AS (
    SELECT id AS respond, node, time_us AS respond_us, term AS respond_term, "index",
      ${detailSql('id')} AS name, ${detailSql('error')} AS error
    FROM events WHERE event = 'respond'
  )
  SELECT * EXCLUDE (node, name), node, name FROM asked FULL JOIN answered USING (node, name)`;

/** Intervals in a series over time. */
const INTERVALS = 200;

/** A machine that is silent so long at the end of a run, in intervals of it, has stopped. */
const SILENT_INTERVALS = 2;

const SPAN = `
  CREATE TABLE span AS
  WITH times AS (
    SELECT coalesce(min(time_us), 0) AS start_us, coalesce(max(time_us), 0) AS end_us FROM events
  ), cut AS (SELECT *, (end_us - start_us) // ${INTERVALS} + 1 AS interval_us FROM times)
  SELECT *, (end_us - start_us) // interval_us + 1 AS intervals, ${SILENT_INTERVALS} * interval_us AS silent_us FROM cut`;

const TIMELINE = `
  CREATE TABLE timeline AS
  SELECT ((time_us - start_us) // interval_us + 1) * interval_us AS "atUs", node, count(*) AS events,
    count(*) FILTER (event = 'send') AS sends, count(*) FILTER (event = 'receive') AS receives,
    arg_max(lamport, id) AS clock, avg(queue) AS "meanQueue", max(queue) AS "maxQueue"
  FROM events, span WHERE node <> 'world' GROUP BY ALL`;

const JUMPS = `
  CREATE TABLE jumps AS
  SELECT node, jump, count(*) AS events FROM (
    SELECT node, CASE WHEN event <> 'start' AND id NOT IN (FROM multicasts) AND node = lag(node) OVER () THEN lamport - lag(lamport) OVER () END AS jump
    FROM events
  ) WHERE jump IS NOT NULL GROUP BY ALL`;

const COPIES = `
  CREATE TABLE copies AS
  SELECT "index", term, list_sort(list(us)) AS times, list(lamport ORDER BY lamport, node) AS clocks,
    list(node ORDER BY lamport, node) AS holders
  FROM (
    SELECT "index", term, node, min(time_us) AS us, min(lamport) AS lamport FROM appended WHERE term IS NOT NULL GROUP BY ALL
  ) GROUP BY ALL`;

/** Creates the tables. `imported`: others wrote the logs. */
export async function createTables(database: Database, imported: boolean): Promise<void> {
  const first = [MULTICASTS(imported), SENDER_CLOCKS(imported), UNSURE(imported)];
  for (const sql of [...first, DELIVERIES, APPENDED, APPLIED, REQUESTS, SPAN, TIMELINE, JUMPS, COPIES])
    await database.run(sql);
}
