/**
 * Lamport's clock condition within a machine (Lamport 1978, C1): each event has a later clock than the one before.
 * A restart begins anew: what a machine knew but had not written to disk is gone, and its clock may be earlier.
 */
import { type Check, evidence, MOST_EVIDENCE, plural, type Verdict } from '../check.ts';
import type { Run } from '../load.ts';

const STEPS = `
  WITH steps AS (
    SELECT id, event, lamport, lag(lamport) OVER machine AS before, lag(id) OVER machine AS before_id
    FROM events WHERE lamport IS NOT NULL WINDOW machine AS (PARTITION BY node ORDER BY id)
  ), compared AS (SELECT * FROM steps WHERE before IS NOT NULL AND event <> 'start')`;

export const clockOrder: Check = {
  name: 'clock-order',
  claim: "a machine's clock goes up with every event",
  async run(run: Run): Promise<Verdict> {
    const [counts] = await run.database.rows<{ pairs: number; broken: number }>(
      `${STEPS} SELECT count(*) AS pairs, count(*) FILTER (lamport <= before) AS broken FROM compared`,
    );
    const { pairs, broken } = counts!;
    if (pairs === 0) return { outcome: 'cannot tell', notes: ['no machine has two events with clocks'] };
    if (broken === 0) return { outcome: 'holds', notes: [`${plural(pairs, 'step')} compared`] };
    const cases = await run.database.rows<{ before_id: number; id: number }>(
      `${STEPS} SELECT before_id, id FROM compared WHERE lamport <= before ORDER BY id LIMIT ${MOST_EVIDENCE}`,
    );
    return {
      outcome: 'violated',
      count: broken,
      evidence: await evidence(
        run,
        cases.map(({ before_id, id }) => [before_id, id]),
      ),
      notes: [`${broken} of ${plural(pairs, 'step')}`],
    };
  },
};
