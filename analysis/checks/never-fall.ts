/**
 * Terms and commit indexes never fall (Raft, 5.1 and Figure 2). Within one incarnation of a
 * machine: what a restart finds on disk may be older than what the machine knew and had not
 * written, or, of the commit index, does not write at all.
 */
import { ask, type Check } from './check.ts';

/** Rows of one machine follow each other, so the row before is the event before. */
const steps = (column: 'term' | 'commit') => `
  SELECT id, before_id, value < before AS broken FROM (
    SELECT id, node, event, ${column} AS value, lag(${column}) OVER () AS before, lag(id) OVER () AS before_id,
      lag(node) OVER () AS before_node
    FROM events WHERE ${column} IS NOT NULL
  ) WHERE node = before_node AND event <> 'start'`;

const neverFalls = (column: 'term' | 'commit', name: string, claim: string): Check => ({
  name,
  claim,
  run: (run) =>
    ask(run, {
      counts: `SELECT count(*) AS compared, count(*) FILTER (broken) AS broken FROM (${steps(column)})`,
      cases: `SELECT before_id, id FROM (${steps(column)}) WHERE broken ORDER BY id`,
      thing: 'step',
      silent: `no machine has two events with a ${column === 'term' ? 'term' : 'commit index'}`,
    }),
});

export const termsNeverFall = neverFalls('term', 'terms-never-fall', "a machine's term never falls");
export const commitNeverFalls = neverFalls(
  'commit',
  'commit-never-falls',
  "a machine's commit index never falls while it runs",
);
