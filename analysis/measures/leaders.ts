/** Leadership: who led when, and how long failovers took. */
import type { Run } from '../run/load.ts';

/** One machine's time as leader. Times are microseconds since the run's first event. */
export type Leadership = {
  readonly node: string;
  readonly term: number;
  readonly fromUs: number;
  /** Its last event as leader. */
  readonly toUs: number;
  /**
   * Why it ended: it took another `role`, its machine `stopped` (the next row, if any, is a start),
   * or it did not (`end`: of the log).
   */
  readonly ended: 'role' | 'stopped' | 'end';
};

/** Times as leader that are kept: of more, the first ones. */
const MOST = 10_000;

const LEADERSHIPS = `
  WITH marks AS (
    SELECT id, node, time_us, event, role, term, lead(id) OVER machine AS next, lead(event) OVER machine AS next_event
    FROM events WHERE event IN ('role', 'start') WINDOW machine AS (PARTITION BY node ORDER BY id)
  ), lasts AS (SELECT node, max(id) AS id FROM events GROUP BY node
  ), led AS (
    SELECT marks.*, if(next_event = 'role', next, coalesce(next - 1, lasts.id)) AS last
    FROM marks JOIN lasts USING (node) WHERE event = 'role' AND role IN ('leader', 'primary', 'master')
  ), leaderships AS (
    SELECT led.node, led.term, led.time_us - start_us AS "fromUs", ends.time_us - start_us AS "toUs",
      CASE WHEN next_event = 'role' THEN 'role' WHEN next IS NOT NULL OR ends.event = 'stop' THEN 'stopped'
        WHEN ends.time_us < end_us - silent_us THEN 'stopped' ELSE 'end' END AS ended
    FROM led JOIN events AS ends ON ends.id = led.last, span
  )`;

/** The timeline of leaders, in the order in which they began. */
export async function measureLeaders({ database }: Run): Promise<Leadership[]> {
  return database.rows<Leadership>(
    `${LEADERSHIPS} SELECT * FROM leaderships ORDER BY "fromUs", term LIMIT ${MOST}`,
  );
}

/**
 * A failover: the end of a leadership, and its recovery. Times are microseconds since the run's
 * first event.
 */
export type Failover = {
  readonly node: string;
  readonly term: number;
  readonly ended: 'role' | 'stopped';
  /** The leader's last event. */
  readonly lastUs: number;
  /** The next leader, of a later term, and when it won. */
  readonly next: string | null;
  readonly electedUs: number | null;
  /**
   * The first change acknowledged after the leader's last event by a machine that knew a later
   * term.
   */
  readonly writtenUs: number | null;
  /** From the leader's last event to that. Null if nothing was acknowledged any more. */
  readonly tookUs: number | null;
};

/** Every leadership that ended before the run did. */
export async function measureFailovers({ database }: Run): Promise<Failover[]> {
  return database.rows<Failover>(`
    ${LEADERSHIPS}, ended AS (
      SELECT leaderships.*, (
        SELECT arg_min(other.node, other.term) FROM leaderships AS other WHERE other.term > leaderships.term
      ) AS next, (
        SELECT arg_min(other."fromUs", other.term) FROM leaderships AS other WHERE other.term > leaderships.term
      ) AS "electedUs", (
        SELECT min(respond_us) - (SELECT start_us FROM span) FROM requests
        WHERE error IS NULL AND "index" IS NOT NULL AND respond_term > leaderships.term
          AND respond_us >= leaderships."toUs" + (SELECT start_us FROM span)
      ) AS "writtenUs"
      FROM (FROM leaderships WHERE ended <> 'end' ORDER BY "fromUs" LIMIT ${MOST}) AS leaderships
    )
    SELECT node, term, ended, "toUs" AS "lastUs", next, "electedUs", "writtenUs", "writtenUs" - "toUs" AS "tookUs"
    FROM ended ORDER BY "lastUs", term`);
}
