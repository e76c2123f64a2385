/**
 * Which role each machine had when, and when it was off, in SQL: the table `spans` with `node`,
 * `state` (a role; `running` for programs without roles; `down` while the machine is off), `term`,
 * and from when to when (`from_us`, `to_us`; `start_us` is when the run begins).
 */
import { FAULT_NODE_SQL } from '../../vm/index.ts';
import type { Run } from './load.ts';

/** The beginning of a query, up to the table `spans`. */
export function roleSpansSql({ manifest }: Pick<Run, 'manifest'>): string {
  return `
    WITH marks AS (
      SELECT id, node, time_us, event, coalesce(role, 'running') AS role, term,
        lead(id) OVER machine AS next, lead(event) OVER machine AS next_event, lead(time_us) OVER machine AS next_us
      FROM events WHERE event IN ('role', 'start', 'stop') AND node <> 'world' AND time_us IS NOT NULL
      WINDOW machine AS (PARTITION BY node ORDER BY id)
    ), lasts AS (SELECT node, max(id) AS id FROM events WHERE node <> 'world' AND time_us IS NOT NULL GROUP BY node
    ), crashed AS (
      SELECT ${FAULT_NODE_SQL} AS node, time_us AS us
      FROM events WHERE event = 'fault' AND kind IN ('crash', 'wipe') AND time_us IS NOT NULL
    ), ends AS (
      SELECT marks.*, CASE WHEN next_event = 'start' THEN next - 1 WHEN next IS NULL THEN lasts.id END AS last
      FROM marks JOIN lasts USING (node)
    ), finals AS (SELECT id AS last, time_us AS last_us FROM events WHERE id IN (SELECT last FROM ends)
    ), ended AS (
      SELECT ends.*, last_us, coalesce(last_us, next_us) AS silent_from FROM ends LEFT JOIN finals USING (last)
    ), incarnations AS (
      SELECT ended.*, crashed.us AS crash_us
      FROM ended ASOF LEFT JOIN crashed ON crashed.node = ended.node AND silent_from <= crashed.us
    ), judged AS (
      -- A machine that has nothing to do writes nothing: what a crash says of the time goes before its last row.
      SELECT incarnations.* REPLACE (CASE WHEN event <> 'stop' AND crash_us <= coalesce(next_us, end_us) THEN crash_us ELSE last_us END AS last_us),
        start_us, end_us, next IS NULL AND (
          crash_us IS NOT NULL OR (${manifest.startedAt !== undefined} AND last_us < end_us - silent_us)
        ) AS fell_silent
      FROM incarnations, span
    ), spans AS (
      SELECT node, role AS state, term, time_us AS from_us,
        CASE WHEN next_event = 'start' OR fell_silent THEN last_us ELSE coalesce(next_us, end_us) END AS to_us, start_us
      FROM judged WHERE event <> 'stop'
      UNION ALL SELECT node, 'down', NULL, coalesce(last_us, time_us), coalesce(next_us, end_us), start_us
      FROM judged WHERE event = 'stop' OR next_event = 'start' OR fell_silent
    )`;
}
