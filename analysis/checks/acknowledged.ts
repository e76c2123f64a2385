/**
 * Acknowledged requests are found applied: an answer that tells a client of a change names the
 * entry that made it, and some machine applied that entry.
 */
import { plural } from '../output/plural.ts';
import { ask, type Check, type CheckVerdict, count } from './check.ts';

const SQL = `
  WITH answers AS (
    SELECT respond, respond_us, "index" NOT IN (SELECT "index" FROM applied) AS missing
    FROM requests WHERE respond IS NOT NULL AND error IS NULL AND "index" IS NOT NULL
  ), judged AS (
    SELECT *, missing AND EXISTS (FROM gaps WHERE from_us <= respond_us) AS unclear FROM answers
  )`;

export const acknowledgedApplied: Check = {
  name: 'acknowledged-applied',
  claim: 'every change that was acknowledged to a client is found applied',
  async run(run): Promise<CheckVerdict> {
    const unclear = await count(run, `${SQL} SELECT count(*) AS n FROM judged WHERE unclear`);
    return ask(run, {
      counts: `${SQL} SELECT count(*) FILTER (NOT unclear) AS compared,
        count(*) FILTER (missing AND NOT unclear) AS broken FROM judged`,
      cases: `${SQL} SELECT respond FROM judged WHERE missing AND NOT unclear ORDER BY respond`,
      thing: 'acknowledged change',
      silent: 'no answer names its entry',
      notes:
        unclear === 0
          ? []
          : [
              `${plural(unclear, 'answer')} left out: rows that show the entry applied may be missing from the logs`,
            ],
    });
  },
};
