/**
 * An index has one configuration: entries with one index and term name the same members (log
 * matching, Raft, 5.3), and so do all machines that have the configuration at an index committed,
 * or take it over with a snapshot (state machine safety, Raft, Figure 3).
 */
import { ask, type Check } from './check.ts';

/**
 * Those that say something different of one entry, or of one committed index, with the first row
 * that says so. A row that an append caused stands behind its `append` row, which has the term.
 */
const VARIANTS = `
  WITH appends AS (
    SELECT configured.*, appended.term AS entry_term
    FROM configured ASOF JOIN appended
      ON configured.node = appended.node AND configured."index" = appended."index" AND configured.id > appended.id
    WHERE configured.kind = 'append'
  ), said AS (
    SELECT id, "index", entry_term, voters, outgoing, learners FROM appends WHERE entry_term IS NOT NULL
    UNION ALL SELECT id, "index", NULL, voters, outgoing, learners FROM configured WHERE kind IN ('commit', 'install')
  ), variants AS (
    SELECT "index", entry_term, voters, outgoing, learners, min(id) AS id, count(*) AS n
    FROM said WHERE "index" > 0 GROUP BY ALL
  ), entries AS (
    SELECT "index", entry_term, count(*) AS variants, sum(n) AS n, string_agg(id, ' ' ORDER BY id) AS ids
    FROM variants GROUP BY ALL
  )`;

export const oneConfiguration: Check = {
  name: 'one-configuration',
  claim: 'machines with the configuration of one index agree who its members are',
  run: (run) =>
    ask(run, {
      counts: `${VARIANTS} SELECT count(DISTINCT "index") AS compared, count(DISTINCT "index") FILTER (variants > 1) AS broken
        FROM entries WHERE n > 1`,
      cases: `${VARIANTS} SELECT string_agg(ids, ' ') FROM entries WHERE variants > 1 GROUP BY "index" ORDER BY "index"`,
      thing: 'configuration',
      silent: 'no configuration is named in two rows',
    }),
};
