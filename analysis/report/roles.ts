/** Which role each machine had when, and when it was off: the bands of the leadership timeline. */
import type { Run } from '../run/load.ts';
import { roleSpansSql } from '../run/role-spans.ts';

/** A machine in one state. Times are microseconds since the run's first event. */
export type RoleSpan = {
  readonly node: string;
  readonly fromUs: number;
  readonly toUs: number;
  /** A role; `running` for programs without roles; `down` while the machine is off. */
  readonly state: string;
  readonly term: number | null;
};

/** Spans that are kept: of more, the longest; the others could not be seen. */
const MOST_SPANS = 1_500;

/** All spans by machine and time, and how many there are in all. */
export async function readRoles(run: Run): Promise<{ readonly spans: RoleSpan[]; readonly all: number }> {
  const rows = await run.database.rows<RoleSpan & { all: number }>(`
    ${roleSpansSql(run)}, kept AS (
      SELECT *, count(*) OVER () AS "all" FROM spans ORDER BY to_us - from_us DESC LIMIT ${MOST_SPANS}
    )
    SELECT node, from_us - start_us AS "fromUs", to_us - start_us AS "toUs", state, term, "all"
    FROM kept ORDER BY node, from_us`);
  return { spans: rows.map(({ all: _, ...span }) => span), all: rows[0]?.all ?? 0 };
}
