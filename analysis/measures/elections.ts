/**
 * Elections: the candidates of each term, who won, and when. From `role` rows: a candidate's role
 * is `candidate`, a leader's `leader`.
 */
import type { Run } from '../run/load.ts';

/** What happened in one term. Times are microseconds since the run's first event. */
export type Election = {
  readonly term: number;
  /** The candidates, in order, separated by spaces; null if no row shows one. */
  readonly candidates: string | null;
  readonly calledUs: number | null;
  /** Who won; null if nobody did. Several, separated by spaces, if the protocol is broken. */
  readonly leader: string | null;
  readonly wonUs: number | null;
  /**
   * From the first candidacy to the first leader, by the clocks of their machines; null without
   * both.
   */
  readonly tookUs: number | null;
  /**
   * Whether there was a candidate and no winner: the votes were split, or not enough machines were
   * reached.
   */
  readonly split: boolean;
};

/** Elections that are kept: of more, the first ones. */
const MOST_ELECTIONS = 10_000;

/** The terms with a candidate or a winner, in order. */
export async function measureElections({ database }: Run): Promise<Election[]> {
  return database.rows<Election>(`
    WITH steps AS (
      SELECT term, role, node, min(id) AS id, min(time_us) - (SELECT start_us FROM span) AS us
      FROM events WHERE event = 'role' AND role IN ('candidate', 'leader', 'primary') AND term IS NOT NULL
      GROUP BY term, role, node
    ), elections AS (
      SELECT term,
        string_agg(node, ' ' ORDER BY us, id) FILTER (role = 'candidate') AS candidates,
        min(us) FILTER (role = 'candidate') AS "calledUs",
        string_agg(node, ' ' ORDER BY us, id) FILTER (role <> 'candidate') AS leader,
        min(us) FILTER (role <> 'candidate') AS "wonUs"
      FROM steps GROUP BY term
    )
    SELECT *, "wonUs" - "calledUs" AS "tookUs", leader IS NULL AS split
    FROM elections ORDER BY term LIMIT ${MOST_ELECTIONS}`);
}
