/**
 * Derives messages from vector clocks, for logs that do not have them: a receive is an event by
 * which its machine learned of an event of another, and the latest such event is the send. Of
 * several it may have learned through one another; those that it learned of only so sent it
 * nothing.
 */
import { COLUMNS } from '../../logs/format/index.ts';
import type { Database } from '../run/database.ts';

/** The vector clock of a row as a map. */
const CLOCK = "CAST(coalesce(vector, '{}') AS JSON)::MAP(VARCHAR, BIGINT)";

/**
 * For each row of the table `log`, which others' events it learned of. The rows of one machine
 * follow each other there.
 */
const STEPS = `
  CREATE TABLE steps AS
  WITH clocks AS NOT MATERIALIZED (SELECT rowid AS id, line, node, ${CLOCK} AS clock FROM log
  ), neighbours AS NOT MATERIALIZED (
    SELECT *, CASE WHEN lag(node) OVER () = node THEN lag(clock) OVER () END AS before FROM clocks
  )
  SELECT id, line, node, coalesce(clock[node], 0) AS own,
    list_filter(map_entries(clock),
      lambda one: one.key <> node AND one.value > coalesce(before[one.key], 0)) AS learned
  FROM neighbours`;

/**
 * Of rows that learned of several machines' events: the machines that another of those events had
 * learned of before.
 */
const INDIRECT = `
  CREATE TABLE indirect AS
  WITH several AS NOT MATERIALIZED (SELECT id, learned, unnest(learned) AS via FROM steps WHERE len(learned) > 1
  ), known AS NOT MATERIALIZED (
    SELECT several.id, list_filter(learned,
      lambda one: one.key <> via.key AND coalesce(clocks.clock[one.key], 0) >= one.value) AS known
    FROM several JOIN (SELECT node, coalesce(clock[node], 0) AS own, clock FROM (SELECT node, ${CLOCK} AS clock FROM log)) AS clocks
      ON clocks.node = via.key AND clocks.own = via.value
  )
  SELECT id, list(DISTINCT one.key) AS machines FROM (SELECT id, unnest(known) AS one FROM known) GROUP BY id`;

/**
 * Who learned of which event directly: `id` is the row that did, `node` and `own` say whose event
 * it was.
 */
const LEARNED = `
  CREATE TABLE learned AS
  SELECT id, line, receiver, one.key AS node, one.value AS own, count(*) OVER (PARTITION BY id) AS several
  FROM (
    SELECT id, line, node AS receiver, unnest(list_filter(learned,
      lambda one: machines IS NULL OR NOT list_contains(machines, one.key))) AS one
    FROM steps LEFT JOIN indirect USING (id)
  )`;

const columns = (values: Readonly<Record<string, string>>) =>
  COLUMNS.map(({ name }) => `${values[name] ?? `log."${name}"`} AS "${name}"`).join(', ');

const TOLD = `
  CREATE TABLE told AS
  WITH receives AS (
    SELECT id, if(len(steps.learned) > 0, 'receive', NULL) AS event, learned.node || ':' || learned.own AS message,
      learned.node AS peer
    FROM steps LEFT JOIN (FROM learned WHERE several = 1) AS learned USING (id) WHERE len(steps.learned) > 0
  ), sent AS (
    SELECT node, own, array_to_string(list(receiver ORDER BY line), ' ') AS peers
    FROM (SELECT node, own, receiver, min(line) AS line FROM learned GROUP BY ALL) GROUP BY node, own
  ), sends AS (
    SELECT id, 'send' AS event, node || ':' || own AS message, peers AS peer
    FROM steps JOIN sent USING (node, own) WHERE len(learned) = 0
  )
  FROM receives UNION ALL FROM sends`;

/** Writes into the table `log` which events are sends and receives. */
export async function tellMessages(database: Database): Promise<void> {
  for (const statement of [STEPS, INDIRECT, LEARNED, TOLD]) await database.run(statement);
  const told = {
    event: 'coalesce(told.event, log.event)',
    message: 'coalesce(told.message, log.message)',
    peer: 'coalesce(told.peer, log.peer)',
  };
  await database.run(`
    CREATE TABLE complete AS FROM log LIMIT 0;
    INSERT INTO complete SELECT ${columns(told)}, log.file, log.line, log.sender_clock, false FROM log LEFT JOIN told ON log.rowid = told.id ORDER BY log.rowid;
    DROP TABLE log;
    ALTER TABLE complete RENAME TO log`);
  await database.run('DROP TABLE steps; DROP TABLE indirect; DROP TABLE learned; DROP TABLE told');
}
