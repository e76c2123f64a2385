/**
 * Log matching (Raft, 5.3 and Figure 3): entries with one index and term are the same in all logs,
 * and so is all before them. By induction it is enough that such entries are the same and follow an
 * entry of the same term. All entries ever appended count, also those that were cut or lost later.
 * Commands are told apart by session and number.
 */
import { ask, type Check } from './check.ts';

/** Those that say something different of one entry, with the first row that says so. */
const VARIANTS = `
  WITH variants AS (
    SELECT "index", term, prev, what, min(id) AS id FROM appended WHERE term IS NOT NULL GROUP BY ALL
  ), entries AS (
    SELECT "index", term, count(*) AS variants, string_agg(id, ' ' ORDER BY id) AS ids FROM variants GROUP BY ALL
  )`;

export const logMatching: Check = {
  name: 'log-matching',
  claim: 'logs with an entry of one index and term in common are the same up to it',
  run: (run) =>
    ask(run, {
      counts: `${VARIANTS} SELECT count(*) AS compared, count(*) FILTER (variants > 1) AS broken FROM entries`,
      cases: `${VARIANTS} SELECT ids FROM entries WHERE variants > 1 ORDER BY "index", term`,
      thing: 'entry',
      things: 'entries',
      silent: 'no row says which entries were appended',
    }),
};
