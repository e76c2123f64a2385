/**
 * Numbers over time that only pictures need: latencies and greatest jumps, in the intervals of the
 * run.
 */
import type { Run } from '../run/load.ts';

/** Latencies in one interval. Null where nothing arrived or was answered. */
export type Latency = {
  /** The interval's end, in microseconds since the run's first event. */
  readonly atUs: number;
  /** Messages, from send to receive, by the time of the receive. */
  readonly messageP50Us: number | null;
  readonly messageP99Us: number | null;
  /** Requests that succeeded, by the time of the answer. */
  readonly requestP50Us: number | null;
  readonly requestP99Us: number | null;
};

/** Latencies by interval; an interval without any is left out. */
export async function readLatencies({ database }: Run): Promise<Latency[]> {
  return database.rows<Latency>(`
    WITH messages AS (
      SELECT (receive_us - start_us) // interval_us + 1 AS place, quantile_disc(receive_us - send_us, [0.5, 0.99]) AS q
      FROM deliveries, span WHERE copies = 1 AND send_us IS NOT NULL AND receive_us IS NOT NULL GROUP BY place
    ), answers AS (
      SELECT (respond_us - start_us) // interval_us + 1 AS place, quantile_disc(respond_us - request_us, [0.5, 0.99]) AS q
      FROM requests, span WHERE respond_us - request_us IS NOT NULL AND error IS NULL GROUP BY place
    )
    SELECT place * interval_us AS "atUs", messages.q[1] AS "messageP50Us", messages.q[2] AS "messageP99Us",
      answers.q[1] AS "requestP50Us", answers.q[2] AS "requestP99Us"
    FROM messages FULL JOIN answers USING (place), span ORDER BY place`);
}

/** The greatest jump of a machine's clock in one interval. */
export type JumpInterval = { readonly atUs: number; readonly node: string; readonly maxJump: number };

/** Greatest jumps by interval and machine; the step to a `start` is none. */
export async function readJumps({ database }: Run): Promise<JumpInterval[]> {
  return database.rows<JumpInterval>(`
    WITH steps AS (
      SELECT node, time_us,
        CASE WHEN event <> 'start' AND node = lag(node) OVER () THEN lamport - lag(lamport) OVER () END AS jump
      FROM events
    )
    SELECT ((time_us - start_us) // interval_us + 1) * interval_us AS "atUs", node, max(jump) AS "maxJump"
    FROM steps, span WHERE jump IS NOT NULL AND time_us IS NOT NULL GROUP BY ALL ORDER BY "atUs", node`);
}
