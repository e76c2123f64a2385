/**
 * Lamport's clock condition between machines (Lamport 1978, C2): a message is received at a later clock than it
 * was sent at. Sends and receives are joined by message id; one send may have several receives.
 */
import { type Check, evidence, MOST_EVIDENCE, plural, type Verdict } from '../check.ts';
import type { Run } from '../load.ts';

const JOINED = `
  WITH sends AS (
    SELECT message, count(*) AS copies, min(id) AS id, min(lamport) AS lamport
    FROM events WHERE event = 'send' AND message IS NOT NULL AND lamport IS NOT NULL GROUP BY message
  ), joined AS (
    SELECT receives.id, receives.lamport, sends.copies, sends.id AS send_id, sends.lamport AS send_lamport
    FROM events AS receives LEFT JOIN sends USING (message)
    WHERE receives.event = 'receive' AND receives.lamport IS NOT NULL
  )`;

const BROKEN = 'copies = 1 AND lamport <= send_lamport';

export const clockCondition: Check = {
  name: 'clock-condition',
  claim: "every message is received at a later clock than it was sent at (Lamport's clock condition)",
  async run(run: Run): Promise<Verdict> {
    const [counts] = await run.database.rows<Counts>(`${JOINED}
      SELECT count(*) FILTER (copies = 1) AS pairs, count(*) FILTER (copies IS NULL) AS unsent,
        count(*) FILTER (copies > 1) AS ambiguous, count(*) FILTER (${BROKEN}) AS broken,
        count(*) FILTER (${BROKEN} AND lamport = send_lamport) AS equal
      FROM joined`);
    const { pairs, broken } = counts!;
    const notes = notesOn(counts!, run);
    if (pairs === 0)
      return { outcome: 'cannot tell', notes: ['no receive has its send in the logs', ...notes] };
    if (broken === 0) return { outcome: 'holds', notes: [`${plural(pairs, 'receive')} compared`, ...notes] };
    const cases = await run.database.rows<{ send_id: number; id: number }>(
      `${JOINED} SELECT send_id, id FROM joined WHERE ${BROKEN} ORDER BY id LIMIT ${MOST_EVIDENCE}`,
    );
    return {
      outcome: 'violated',
      count: broken,
      evidence: await evidence(
        run,
        cases.map(({ send_id, id }) => [send_id, id]),
      ),
      notes: [`${broken} of ${plural(pairs, 'receive')}`, ...notes],
    };
  },
};

interface Counts {
  pairs: number;
  unsent: number;
  ambiguous: number;
  broken: number;
  equal: number;
}

function notesOn({ unsent, ambiguous, equal }: Counts, run: Run): string[] {
  const notes: string[] = [];
  if (equal > 0 && run.manifest.stamp === 'before') {
    notes.push(
      `in ${equal} of them both clocks are equal: this run's messages carry the clock from before their send event ` +
        '(--stamp before, the wording of the exercise), so a receive may get the number of its send',
    );
  }
  if (unsent > 0) notes.push(`${plural(unsent, 'receive')} left out: the send is not in the logs`);
  if (ambiguous > 0)
    notes.push(`${plural(ambiguous, 'receive')} left out: several sends have the same message id`);
  return notes;
}
