/**
 * State machine safety (Raft, Figure 3): no two machines apply different entries at one index, and
 * a command that ran on one is skipped on none. What a machine applied is what its own log had at
 * that index at the time.
 */
import { ask, type Check } from './check.ts';

/** The different entries that were applied at each index, with a row of each. */
const VARIANTS = `
  WITH variants AS (
    SELECT "index", term, what, skipped, min(id) AS id FROM applied WHERE term IS NOT NULL GROUP BY ALL
  ), entries AS (
    SELECT "index", count(*) AS variants, string_agg(id, ' ' ORDER BY id) AS ids FROM variants GROUP BY ALL
  )`;

export const sameApplied: Check = {
  name: 'same-applied',
  claim: 'machines that apply an index apply the same entry there, with the same effect',
  run: (run) =>
    ask(run, {
      counts: `${VARIANTS} SELECT count(*) AS compared, count(*) FILTER (variants > 1) AS broken FROM entries`,
      cases: `${VARIANTS} SELECT ids FROM entries WHERE variants > 1 ORDER BY "index"`,
      thing: 'index',
      things: 'indexes',
      silent: 'no row says which entries were applied',
    }),
};
