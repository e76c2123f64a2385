/**
 * Derives messages from vector clocks, for logs that do not have them. An event by which a machine
 * learned of an event of another machine is a receive, and the latest event that it learned of is
 * the send. If it learned of events of several machines, it may have learned of some only through
 * others: then those sent it nothing.
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
 * For each row that learned of events of several machines: the machines whose events are already
 * known to another of those events, so that the row may have learned of them indirectly.
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
 * Which rows learned of which events directly: `id` is the row, `node` and `own` are the machine
 * and the number of the event.
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

/** The event, message and peer of each row that is a send or a receive. */
const DERIVED = `
  CREATE TABLE derived AS
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

/** Fills in the columns `event`, `message` and `peer` of the table `log`. */
export async function deriveMessages(database: Database): Promise<void> {
  for (const statement of [STEPS, INDIRECT, LEARNED, DERIVED]) await database.run(statement);
  const derived = {
    event: 'coalesce(derived.event, log.event)',
    message: 'coalesce(derived.message, log.message)',
    peer: 'coalesce(derived.peer, log.peer)',
  };
  await database.run(`
    CREATE TABLE complete AS FROM log LIMIT 0;
    INSERT INTO complete SELECT ${columns(derived)}, log.file, log.line, log.sender_clock, false FROM log LEFT JOIN derived ON log.rowid = derived.id ORDER BY log.rowid;
    DROP TABLE log;
    ALTER TABLE complete RENAME TO log`);
  await database.run('DROP TABLE steps; DROP TABLE indirect; DROP TABLE learned; DROP TABLE derived');
}
