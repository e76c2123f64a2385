/** Election safety (Raft, section 5.2 and Figure 3): at most one leader in a term. A leader is who became one: a `role` row says so. */
import { type Check, evidence, MOST_EVIDENCE, plural, type Verdict } from '../check.ts';
import type { Run } from '../load.ts';

const LEADERS = `
  WITH leaders AS (
    SELECT term, node, min(id) AS id FROM events
    WHERE event = 'role' AND role = 'leader' AND term IS NOT NULL GROUP BY term, node
  )`;

export const oneLeader: Check = {
  name: 'one-leader-per-term',
  claim: 'a term has at most one leader',
  async run(run: Run): Promise<Verdict> {
    const [counts] = await run.database.rows<{ terms: number; broken: number }>(
      `${LEADERS} SELECT count(*) AS terms, count(*) FILTER (n > 1) AS broken
       FROM (SELECT count(*) AS n FROM leaders GROUP BY term)`,
    );
    const { terms, broken } = counts!;
    if (terms === 0) return { outcome: 'cannot tell', notes: ['no machine became a leader'] };
    if (broken === 0) return { outcome: 'holds', notes: [`${plural(terms, 'term')} with a leader`] };
    const cases = await run.database.rows<{ ids: string }>(
      `${LEADERS} SELECT string_agg(id, ' ' ORDER BY id) AS ids FROM leaders
       GROUP BY term HAVING count(*) > 1 ORDER BY term LIMIT ${MOST_EVIDENCE}`,
    );
    return {
      outcome: 'violated',
      count: broken,
      evidence: await evidence(
        run,
        cases.map(({ ids }) => ids.split(' ').map(Number)),
      ),
      notes: [`${broken} of ${plural(terms, 'term')} with a leader`],
    };
  },
};
