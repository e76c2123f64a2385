/**
 * Who leads a term was given the votes of a majority of its voters in it, of a joint configuration
 * of both halves (Raft, 5.2 and 6). The voters are those that it counted by when it became leader
 * (`../run/members.ts`); a vote is a `vote` row of the voter from before, by the Lamport clocks.
 *
 * A machine may have voted without a row that says so if its log has a gap between the candidacy
 * and the election.
 */
import { detailSql } from '../../vm/index.ts';
import { plural } from '../output/plural.ts';
import type { Run } from '../run/load.ts';
import { countedBySql, haveMembersChanged, quorumSql } from '../run/members.ts';
import { ask, type Check, type CheckVerdict, count } from './check.ts';

/** Whether any row says who voted for whom: without, nothing can be said of any election. */
const VOTES = `EXISTS (FROM events WHERE event = 'vote' AND ${detailSql('granted')})`;

const WON = `
  SELECT id, node, time_us, lamport, term, (
    SELECT max(time_us) FROM events AS called WHERE called.event = 'role' AND called.role = 'candidate'
      AND called.node = events.node AND called.term = events.term
  ) AS called_us
  FROM events WHERE event = 'role' AND role = 'leader' AND term IS NOT NULL AND ${VOTES}`;

const SQL = (isChanged: boolean) => `
  WITH won AS (${countedBySql(WON, isChanged)}
  ), votes AS (
    SELECT term, peer AS candidate, node, min(lamport) AS lamport, min(id) AS id FROM events
    WHERE event = 'vote' AND ${detailSql('granted')} AND term IS NOT NULL GROUP BY ALL
  ), given AS (
    SELECT won.id, list(votes.node) AS supporters, string_agg(votes.id, ' ' ORDER BY votes.id) AS vote_ids
    FROM won JOIN votes ON votes.term = won.term AND votes.candidate = won.node
    WHERE coalesce(votes.lamport < won.lamport, true) GROUP BY won.id
  ), elected AS (
    SELECT won.*, vote_ids, coalesce(supporters, []) AS supporters FROM won LEFT JOIN given USING (id)
  ), judged AS (
    SELECT *, ${quorumSql('supporters')} AS shown, (
      SELECT list(DISTINCT gaps.node) FROM gaps
      WHERE gaps.from_us < elected.time_us AND gaps.to_us > coalesce(called_us, gaps.from_us)
    ) AS perhaps FROM elected
  ), verdicts AS (
    SELECT *, NOT shown AND NOT ${quorumSql('list_concat(supporters, coalesce(perhaps, []))')} AS broken FROM judged
  ), cases AS (SELECT *, shown OR broken AS told FROM verdicts)`;

export const electedByMajority: Check = {
  name: 'elected-by-majority',
  claim: 'a leader has the votes of a majority of its voters',
  async run(run): Promise<CheckVerdict> {
    const sql = SQL(await haveMembersChanged(run));
    const unclear = await count(
      run,
      `${sql} SELECT count(*) FILTER (NOT coalesce(told, false)) AS n FROM cases`,
    );
    return ask(run, {
      counts: `${sql} SELECT count(*) FILTER (told) AS compared, count(*) FILTER (broken) AS broken FROM cases`,
      cases: `${sql} SELECT id, vote_ids FROM cases WHERE broken ORDER BY id`,
      thing: 'election',
      silent: () => silence(run, unclear),
      notes:
        unclear === 0
          ? []
          : [
              `${plural(unclear, 'election')} left out: rows that show a majority may be missing from the logs`,
            ],
    });
  },
};

async function silence(run: Run, unclear: number): Promise<string> {
  if (unclear > 0) return 'of no election do the logs say enough';
  const leaders = await count(
    run,
    `SELECT count(*) AS n FROM events WHERE event = 'role' AND role = 'leader' AND term IS NOT NULL`,
  );
  return leaders === 0 ? 'no machine became a leader' : 'no row says who voted';
}
