/** What happened when: the run cut into equal intervals, machine by machine and as a whole. */
import type { Run } from '../run/load.ts';

/** A machine in one interval. */
export type MachineInterval = {
  /** The interval's end, in microseconds since the run's first event. */
  readonly atUs: number;
  readonly node: string;
  readonly events: number;
  readonly sends: number;
  readonly receives: number;
  /** Lamport clock of the interval's last event. */
  readonly clock: number | null;
  /** Inbox length after the events of the interval. */
  readonly meanQueue: number | null;
  readonly maxQueue: number | null;
};

/** Machines by intervals; an interval in which a machine has no row is left out. */
export async function measureTimeline({ database }: Run): Promise<MachineInterval[]> {
  return database.rows<MachineInterval>('FROM timeline ORDER BY "atUs", node');
}

/** The whole run in one interval. Rates are per second. */
export type Throughput = {
  readonly atUs: number;
  readonly eventsPerSecond: number;
  readonly messagesPerSecond: number;
  readonly requestsPerSecond: number;
  /** Changes acknowledged to clients. */
  readonly writesPerSecond: number;
  /** Requests answered with an error. */
  readonly failuresPerSecond: number;
};

/** The run by intervals, each of them. */
export async function measureThroughput({ database }: Run): Promise<Throughput[]> {
  return database.rows<Throughput>(`
    WITH intervals AS (SELECT unnest(range(1, intervals + 1)) AS place, * FROM span),
    machines AS (
      SELECT "atUs", sum(events) AS events, sum(sends) AS sends FROM timeline GROUP BY "atUs"
    ), asked AS (
      SELECT (request_us - start_us) // interval_us + 1 AS place, count(*) AS n
      FROM requests, span WHERE request IS NOT NULL GROUP BY place
    ), answered AS (
      SELECT (respond_us - start_us) // interval_us + 1 AS place, count(*) FILTER (error IS NOT NULL) AS failures,
        count(*) FILTER (error IS NULL AND "index" IS NOT NULL) AS writes
      FROM requests, span WHERE respond IS NOT NULL GROUP BY place
    )
    SELECT place * interval_us AS "atUs", coalesce(events, 0) / (interval_us / 1e6) AS "eventsPerSecond",
      coalesce(sends, 0) / (interval_us / 1e6) AS "messagesPerSecond",
      coalesce(asked.n, 0) / (interval_us / 1e6) AS "requestsPerSecond",
      coalesce(writes, 0) / (interval_us / 1e6) AS "writesPerSecond",
      coalesce(failures, 0) / (interval_us / 1e6) AS "failuresPerSecond"
    FROM intervals LEFT JOIN machines ON "atUs" = place * interval_us
      LEFT JOIN asked USING (place) LEFT JOIN answered USING (place)
    ORDER BY place`);
}

/** How many events of a kind a machine had. */
export type EventShare = {
  readonly node: string;
  readonly event: string;
  readonly events: number;
  /** Of all events of this machine. */
  readonly percent: number;
};

/** The mix of events, machine by machine, the most frequent first. */
export async function measureMix({ database }: Run): Promise<EventShare[]> {
  return database.rows<EventShare>(`
    SELECT node, event, count(*) AS events, 100 * count(*) / sum(count(*)) OVER (PARTITION BY node) AS percent
    FROM events GROUP BY node, event ORDER BY node, events DESC, event`);
}
