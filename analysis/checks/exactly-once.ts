/**
 * Entries are applied exactly once: a machine applies them in the order of the log, none twice and
 * none left out, and a command of a session (Raft dissertation, 6.3) runs at one index only,
 * however often it was sent. A restart continues from what is on disk: it may apply again what was
 * applied and not yet written, but leaves nothing out. A snapshot stands for all entries up to it.
 */
import { detailSql } from '../../vm/index.ts';
import { ask, type Check } from './check.ts';

const SQL = `
  WITH lived AS (
    SELECT id, node, event, "index", detail, count(*) FILTER (event = 'start') OVER (ROWS UNBOUNDED PRECEDING) AS incarnation
    FROM events
    WHERE event IN ('apply', 'start') OR (event = 'snapshot' AND ${detailSql('installed')})
  ), steps AS (
    SELECT id, node, incarnation, lag("index") OVER () AS before, lag(id) OVER () AS before_id, lag(incarnation) OVER () AS before_incarnation,
      lag(node) OVER () AS before_node,
      if(event = 'apply', ${detailSql('first')}, NULL) AS first
    FROM lived WHERE event <> 'start'
  ), ordered AS (
    SELECT *, (first <= before AND incarnation = before_incarnation)
      OR (first > before + 1 AND node NOT IN (SELECT node FROM gaps)) AS broken
    FROM steps WHERE first IS NOT NULL AND before_node = node
  ), batches AS (
    SELECT id, node, "index", skipped, unnest(string_split(what, '+')) AS batch FROM applied WHERE what LIKE '%.%'
  ), parts AS (
    SELECT *, split_part(batch, '.', 1) AS session, string_split(split_part(batch, '.', 2), '-') AS numbers
    FROM batches WHERE batch LIKE '%.%'
  ), commands AS (
    SELECT id, node, "index", skipped,
      session || '.' || unnest(range(try_cast(numbers[1] AS BIGINT), try_cast(numbers[-1] AS BIGINT) + 1)) AS command
    FROM parts
  ), ran AS (
    -- A command may stand in an entry twice, and then be skipped there once.
    SELECT id, node, "index", command FROM commands GROUP BY ALL
    HAVING count(*) > len(list_filter(any_value(skipped), one -> one = "index"::VARCHAR OR one = "index" || ':' || command))
  ), twice AS (
    SELECT concat(arg_min(id, "index"), ' ', arg_max(id, "index")) AS ids, min(id) AS id
    FROM ran GROUP BY node, command HAVING min("index") < max("index")
  ), cases AS (
    SELECT concat_ws(' ', before_id, id) AS ids, id FROM ordered WHERE broken UNION ALL SELECT ids, id FROM twice
  )`;

export const exactlyOnce: Check = {
  name: 'exactly-once',
  claim: 'every entry is applied exactly once, and a command that was sent twice runs once',
  run: (run) =>
    ask(run, {
      counts: `${SQL} SELECT (SELECT count(*) FROM applied) AS compared, (SELECT count(*) FROM cases) AS broken`,
      cases: `${SQL} SELECT ids FROM cases ORDER BY id`,
      thing: 'application',
      silent: 'no row says which entries were applied',
    }),
};
