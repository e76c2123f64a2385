/**
 * Lamport's clock condition between machines (Lamport 1978, C2): a message is received at a later
 * clock than it was sent at. Sends and receives are joined by message id; one send may have several
 * receives. Where the row of a receive says itself which clock the message carried, that is enough.
 */

import { plural } from '../output/plural.ts';
import type { Run } from '../run/load.ts';
import { ask, type Check, type CheckVerdict, count } from './check.ts';

/** The receives whose message's clock is known, by the send or by their own row. */
const COMPARED = `
  WITH compared AS (
    SELECT send, receive, send_lamport, receive_lamport FROM deliveries
    WHERE copies = 1 AND send_lamport IS NOT NULL AND receive_lamport IS NOT NULL
    UNION ALL
    SELECT NULL, id, clock, lamport FROM sender_clocks JOIN events USING (id) WHERE lamport IS NOT NULL
      AND id NOT IN (SELECT receive FROM deliveries WHERE copies = 1 AND send_lamport IS NOT NULL)
  )`;
const BROKEN = 'receive_lamport <= send_lamport';

export const clockCondition: Check = {
  name: 'clock-condition',
  claim: "every message is received at a later clock than it was sent at (Lamport's clock condition)",
  async run(run): Promise<CheckVerdict> {
    const sent = await known(run);
    return ask(run, {
      counts: `${COMPARED} SELECT count(*) AS compared, count(*) FILTER (${BROKEN}) AS broken FROM compared`,
      cases: `${COMPARED} SELECT send, receive FROM compared WHERE ${BROKEN} ORDER BY receive`,
      thing: 'receive',
      silent: silence(sent),
      notes: await notesOn(run, sent),
    });
  },
};

/** How many receives there are, and of which of them what is known. */
interface Known {
  readonly receives: number;
  /** With a clock of their own. */
  readonly clocked: number;
  /** Whose send is in the logs; of several sends with the same message id nobody knows which. */
  readonly joined: number;
  readonly ambiguous: number;
  /** Whose own row says the sender's clock, and whose send is not in the logs. */
  readonly own: number;
}

async function known({ database }: Run): Promise<Known> {
  return database.row<{ [name in keyof Known]: number }>(`SELECT
    (SELECT count(*) FROM events WHERE event = 'receive') AS receives,
    (SELECT count(*) FROM events WHERE event = 'receive' AND lamport IS NOT NULL) AS clocked,
    (SELECT count(*) FROM deliveries) AS joined,
    (SELECT count(*) FROM deliveries WHERE copies > 1) AS ambiguous,
    (SELECT count(*) FROM sender_clocks WHERE id NOT IN (SELECT receive FROM deliveries)) AS own`);
}

/** Why nothing can be compared. */
function silence({ receives, clocked, joined, ambiguous }: Known): string {
  if (receives === 0) return 'no row is a receive';
  if (clocked === 0) return 'no receive has a Lamport clock';
  if (joined === 0)
    return 'no row tells which send a receive belongs to, nor which clock its message carried';
  return ambiguous === joined
    ? 'every message id has several sends'
    : 'no send of a message has a Lamport clock';
}

async function notesOn(run: Run, { receives, joined, ambiguous, own }: Known): Promise<string[]> {
  const notes: string[] = [];
  if (run.manifest.stamp === 'before') {
    const equal = await count(
      run,
      `${COMPARED} SELECT count(*) AS n FROM compared WHERE receive_lamport = send_lamport`,
    );
    if (equal > 0) {
      notes.push(
        `in ${equal} of them both clocks are equal: this run's messages carry the clock from before their send event ` +
          '(--stamp before, the wording of the exercise), so a receive may get the number of its send',
      );
    }
  }
  if (own > 0) notes.push(`of ${plural(own, 'receive')} the own row says which clock the message carried`);
  const unsent = receives - joined - own;
  if (unsent > 0 && joined + own > 0)
    notes.push(`${plural(unsent, 'receive')} left out: the send is not in the logs`);
  if (ambiguous > 0)
    notes.push(`${plural(ambiguous, 'receive')} left out: several sends have the same message id`);
  return notes;
}
