/** Requests of clients: how long they took, and which were stuck longest. */
import type { Run } from '../run/load.ts';

/**
 * Requests of one kind. Times are from the request's row to its answer's, on the machine that was
 * asked.
 */
export type RequestMeasures = {
  readonly kind: string | null;
  readonly requests: number;
  readonly succeeded: number;
  readonly failed: number;
  /** Without an answer in the logs. */
  readonly unanswered: number;
  /** Of those that succeeded. */
  readonly p50Us: number | null;
  readonly p90Us: number | null;
  readonly p99Us: number | null;
  readonly maxUs: number | null;
};

/** By kind, in the order of names. */
export async function measureRequests({ database }: Run): Promise<RequestMeasures[]> {
  return database.rows<RequestMeasures>(`
    WITH counted AS (
      SELECT kind, count(*) AS requests, count(*) FILTER (respond IS NOT NULL AND error IS NULL) AS succeeded,
        count(*) FILTER (error IS NOT NULL) AS failed, count(*) FILTER (respond IS NULL) AS unanswered,
        quantile_disc(respond_us - request_us, [0.5, 0.9, 0.99, 1]) FILTER (respond IS NOT NULL AND error IS NULL) AS q
      FROM requests WHERE request IS NOT NULL GROUP BY kind
    )
    SELECT * EXCLUDE (q), q[1] AS "p50Us", q[2] AS "p90Us", q[3] AS "p99Us", q[4] AS "maxUs" FROM counted ORDER BY kind`);
}

/** A request that was stuck. */
export type BlockedRequest = {
  readonly node: string;
  readonly request: string;
  readonly kind: string | null;
  /** When it was made, in microseconds since the run's first event. */
  readonly atUs: number;
  /** Until its answer; without one, until the machine's last event before its next start. */
  readonly stuckUs: number;
  /** `ok`, the code of its error, or `unanswered`. */
  readonly outcome: string;
};

/** How many are named. */
const MOST = 20;

/**
 * Those that were stuck longest, the longest first: the blocking time of the run is the first
 * one's.
 */
export async function measureBlocking({ database }: Run): Promise<BlockedRequest[]> {
  return database.rows<BlockedRequest>(`
    WITH starts AS (SELECT node, id FROM events WHERE event = 'start'),
    lasts AS (SELECT node, max(id) AS id FROM events GROUP BY node),
    stuck AS (
      SELECT requests.*, starts.id - 1 AS killed FROM requests
        ASOF LEFT JOIN starts ON starts.node = requests.node AND starts.id > requests.request
      WHERE request IS NOT NULL AND respond IS NULL
    ), ended AS (
      SELECT stuck.*, ends.time_us AS until FROM stuck JOIN lasts USING (node)
        JOIN events AS ends ON ends.id = coalesce(stuck.killed, lasts.id)
    ), waits AS (
      SELECT node, name AS request, kind, request_us, respond_us - request_us AS "stuckUs", coalesce(error, 'ok') AS outcome
      FROM requests WHERE request IS NOT NULL AND respond IS NOT NULL
      UNION ALL SELECT node, name, kind, request_us, until - request_us, 'unanswered' FROM ended
    )
    SELECT node, request, kind, request_us - (SELECT start_us FROM span) AS "atUs", "stuckUs", outcome
    FROM waits ORDER BY "stuckUs" DESC, "atUs", node, request LIMIT ${MOST}`);
}
