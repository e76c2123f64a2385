/**
 * FIFO links: what one machine sends another arrives in the order in which it was sent. A copy that
 * arrives again overtakes nothing: only the first receive of a message counts. A simulated network
 * may be set to let messages overtake; then overtaking is not a violation, and the check does not
 * decide.
 */
import { REORDERING_SQL } from '../../vm/index.ts';
import { plural } from '../output/plural.ts';
import { ask, type Check, type CheckVerdict, count, leftOutOf } from './check.ts';

/** A message is overtaken if one that was sent later on its link was received before it. */
const OVERTAKEN = `
  WITH compared AS (
    SELECT "to", send, receive, max(send) OVER link AS latest FROM deliveries WHERE copies = 1
    WINDOW link AS (PARTITION BY "from", "to" ORDER BY receive ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
  ), late AS (SELECT * FROM compared WHERE latest > send
  ), broken AS (
    SELECT * FROM late WHERE NOT EXISTS (
      FROM deliveries AS other WHERE other."to" = late."to" AND other.send = late.send AND other.receive < late.receive
    )
  )`;

export const fifo: Check = {
  name: 'fifo-links',
  claim: 'a link delivers messages in the order in which they were sent',
  async run(run): Promise<CheckVerdict> {
    const verdict = await ask(run, {
      counts: `${OVERTAKEN}
        SELECT (SELECT count(*) FROM deliveries WHERE copies = 1) AS compared, (SELECT count(*) FROM broken) AS broken`,
      cases: `${OVERTAKEN}
        SELECT broken.send, broken.latest, min(overtaking.receive) AS first, broken.receive AS second
        FROM broken JOIN deliveries AS overtaking
          ON overtaking.send = broken.latest AND overtaking."to" = broken."to" GROUP BY ALL ORDER BY second`,
      thing: 'receive',
      silent: 'no receive has its send in the logs',
      notes: await leftOutOf(run),
    });
    if (verdict.outcome !== 'violated') return verdict;
    const allowed = await count(run, `SELECT count(*) AS n FROM events WHERE ${REORDERING_SQL}`);
    if (allowed === 0) return verdict;
    const why = `the network of this run was set to let messages overtake, and ${plural(verdict.count, 'message')} did`;
    return { outcome: 'cannot tell', notes: [why, ...verdict.notes] };
  },
};
