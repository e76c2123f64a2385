/**
 * Lamport's clock condition within a machine (Lamport 1978, C1): each event has a later clock than
 * the one before. A restart begins again: what a machine knew but had not written to disk is gone,
 * and its clock may be earlier. Logs of others have a row for each receiver of a multicast, all of
 * one clock: one event.
 */

import { plural } from '../output/plural.ts';
import type { Run } from '../run/load.ts';
import { ask, type Check, type CheckVerdict, count } from './check.ts';

/** Rows of one machine follow each other, so the row before is the event before. */
const STEPS = `
  WITH steps AS (
    SELECT id, node, event, lamport, lag(lamport) OVER () AS before, lag(id) OVER () AS before_id,
      lag(node) OVER () AS before_node
    FROM events WHERE lamport IS NOT NULL
  ), compared AS (
    SELECT * FROM steps WHERE node = before_node AND event <> 'start' AND id NOT IN (FROM multicasts)
  )`;

export const clockOrder: Check = {
  name: 'clock-order',
  claim: "a machine's clock goes up with every event",
  async run(run): Promise<CheckVerdict> {
    return ask(run, {
      counts: `${STEPS} SELECT count(*) AS compared, count(*) FILTER (lamport <= before) AS broken FROM compared`,
      cases: `${STEPS} SELECT before_id, id FROM compared WHERE lamport <= before ORDER BY id`,
      thing: 'step',
      silent: 'no machine has two events with Lamport clocks',
      notes: await notesOn(run),
    });
  },
};

async function notesOn(run: Run): Promise<string[]> {
  const more = await count(
    run,
    'SELECT count(*) AS n FROM multicasts JOIN events USING (id) WHERE lamport IS NOT NULL',
  );
  return more === 0
    ? []
    : [`${plural(more, 'send')} of the same clock taken as one event with the send in the row before`];
}
