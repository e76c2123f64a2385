/**
 * Lamport's clock condition between machines (Lamport 1978, C2): a message is received at a later clock than it
 * was sent at. Sends and receives are joined by message id; one send may have several receives.
 */
import { ask, type Check, count, leftOutOf, type Verdict } from '../check.ts';
import type { Run } from '../load.ts';

const CLOCKED = 'copies = 1 AND send_lamport IS NOT NULL AND receive_lamport IS NOT NULL';
const BROKEN = `${CLOCKED} AND receive_lamport <= send_lamport`;

export const clockCondition: Check = {
  name: 'clock-condition',
  claim: "every message is received at a later clock than it was sent at (Lamport's clock condition)",
  async run(run): Promise<Verdict> {
    return ask(run, {
      counts: `SELECT count(*) FILTER (${CLOCKED}) AS compared, count(*) FILTER (${BROKEN}) AS broken FROM deliveries`,
      cases: `SELECT send, receive FROM deliveries WHERE ${BROKEN} ORDER BY receive`,
      thing: 'receive',
      silent: 'no receive has its send in the logs',
      notes: await notesOn(run),
    });
  },
};

async function notesOn(run: Run): Promise<string[]> {
  const notes: string[] = [];
  const equal = await count(
    run,
    `SELECT count(*) AS n FROM deliveries WHERE ${CLOCKED} AND receive_lamport = send_lamport`,
  );
  if (equal > 0 && run.manifest.stamp === 'before') {
    notes.push(
      `in ${equal} of them both clocks are equal: this run's messages carry the clock from before their send event ` +
        '(--stamp before, the wording of the exercise), so a receive may get the number of its send',
    );
  }
  return [...notes, ...(await leftOutOf(run))];
}
