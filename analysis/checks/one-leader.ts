/**
 * Election safety (Raft, section 5.2 and Figure 3): at most one leader in a term, or one primary. A
 * leader is who became one: a `role` row says so.
 */
import { ask, type Check } from './check.ts';

const LEADERS = `
  WITH leaders AS (
    SELECT term, node, min(id) AS id FROM events
    WHERE event = 'role' AND role IN ('leader', 'primary') AND term IS NOT NULL GROUP BY term, node
  )`;

export const oneLeader: Check = {
  name: 'one-leader-per-term',
  claim: 'a term has at most one leader',
  run: (run) =>
    ask(run, {
      counts: `${LEADERS} SELECT count(*) AS compared, count(*) FILTER (n > 1) AS broken
        FROM (SELECT count(*) AS n FROM leaders GROUP BY term)`,
      cases: `${LEADERS} SELECT string_agg(id, ' ' ORDER BY id) FROM leaders
        GROUP BY term HAVING count(*) > 1 ORDER BY term`,
      thing: 'term with a leader',
      things: 'terms with a leader',
      silent: 'no machine became a leader',
    }),
};
