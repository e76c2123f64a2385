/**
 * Every applied entry was committed by a majority (Raft, 5.3 and 5.4): before the first machine applied it, more than half
 * of the machines of `run.json` had appended this very entry. Before, by their Lamport clocks: a copy that somebody had
 * heard of has a lower one, but not every copy with a lower one had been heard of, so a leader that counts too few is only
 * seen where it was also too early. That a copy was durable when it was counted is not in the logs. A machine whose log is blind
 * somewhere between the first append and the first apply may have had the entry, and is counted as if it did.
 */
import { ask, type Check, count, plural, type Verdict } from '../check.ts';

const COMMITTED = `
  WITH entries AS (
    SELECT "index", term, what, min(lamport) AS lamport, arg_min(id, lamport) AS apply, min(time_us) AS applied_us
    FROM applied WHERE term IS NOT NULL AND lamport IS NOT NULL GROUP BY ALL
  ), counted AS (
    SELECT entries.*, len(list_filter(clocks, lambda clock: clock < entries.lamport)) AS copies, times[1] AS appended_us
    FROM entries JOIN copies USING ("index", term)
  ), lacking AS (
    SELECT counted.*, (
      SELECT count(DISTINCT node) FROM blind
      WHERE blind.from_us < applied_us AND blind.to_us > coalesce(appended_us, 0) AND blind.node NOT IN (
        SELECT node FROM appended WHERE appended."index" = counted."index" AND appended.term = counted.term
          AND appended.lamport < counted.lamport)
    ) AS unknown
    FROM counted WHERE copies < majority
  )`;

export const committedByMajority: Check = {
  name: 'committed-by-majority',
  claim: 'an entry is applied only after a majority of the machines has appended it',
  async run(run): Promise<Verdict> {
    const majority = Math.floor(run.manifest.machines.length / 2) + 1;
    const sql = COMMITTED.replace('copies < majority', `copies < ${majority}`);
    const broken = `copies + unknown < ${majority}`;
    const notes: string[] = [];
    const unclear = await count(run, `${sql} SELECT count(*) AS n FROM lacking WHERE NOT (${broken})`);
    if (unclear > 0)
      notes.push(
        `of ${plural(unclear, 'entry', 'entries')} rows that show a majority may be missing from the logs`,
      );
    const unknown = await count(run, 'SELECT count(DISTINCT "index") AS n FROM applied WHERE term IS NULL');
    if (unknown > 0)
      notes.push(
        `${plural(unknown, 'entry', 'entries')} left out where they were applied by a machine that no row says appended them`,
      );
    return ask(run, {
      counts: `${sql} SELECT (SELECT count(*) FROM entries) - ${unclear} AS compared,
        count(*) FILTER (${broken}) AS broken FROM lacking`,
      cases: `${sql} SELECT apply, (
          SELECT string_agg(id, ' ' ORDER BY id) FROM appended
          WHERE appended."index" = lacking."index" AND appended.term = lacking.term AND appended.what = lacking.what
        ) FROM lacking WHERE ${broken} ORDER BY apply`,
      thing: 'entry',
      things: 'entries',
      silent: 'no row says which entries were applied',
      notes,
    });
  },
};
