/** What each machine did, in numbers. */
import type { Run } from '../run/load.ts';

/** One machine's numbers. Null where the log holds nothing to measure. */
export type MachineMeasures = {
  readonly node: string;
  /** Ticks a second, as set for the run; null where the machine chose. */
  readonly rate: number | null;
  /** Rows of its log. */
  readonly events: number;
  /** Events a second between its first and its last one. */
  readonly eventsPerSecond: number | null;
  /** Times it was started. */
  readonly starts: number;
  /** Lamport clock of its last event. */
  readonly clock: number | null;
  /** How far its clock went in a second, from its first event to its last. */
  readonly clockPerSecond: number | null;
  /**
   * How far an event moves the clock: average, greatest and population variance; over restarts
   * nothing is measured.
   */
  readonly meanJump: number | null;
  readonly maxJump: number | null;
  readonly jumpVariance: number | null;
  /** Jumps of more than 1, and how many clock values they left out in all. */
  readonly gaps: number;
  readonly skipped: number;
  /**
   * Its final clock less the highest final clock of all: 0 for the furthest machine, negative for
   * the others.
   */
  readonly drift: number | null;
  /** The drift in per cent of that highest clock. */
  readonly driftPercent: number | null;
  /** Inbox length after an event, on the average and at most. */
  readonly meanQueue: number | null;
  readonly maxQueue: number | null;
};

/** Measures every machine that has rows, in the order of the manifest, then of their names. */
export async function measureMachines(run: Run): Promise<MachineMeasures[]> {
  const rows = await run.database.rows<Omit<MachineMeasures, 'rate'>>(`
    WITH machines AS (
      SELECT node, count(*) AS events,
        (count(*) - 1) / nullif((max(time_us) - min(time_us)) / 1e6, 0) AS "eventsPerSecond",
        count(*) FILTER (event = 'start') AS starts, arg_max(lamport, id) AS clock,
        (arg_max(lamport, id) - arg_min(lamport, id)) / nullif((max(time_us) - min(time_us)) / 1e6, 0) AS "clockPerSecond",
        avg(queue) AS "meanQueue", max(queue) AS "maxQueue"
      FROM events WHERE node <> 'world' GROUP BY node
    ), means AS (
      SELECT node, sum(jump * events) / sum(events) AS mean, max(jump) AS most,
        sum(events) FILTER (jump > 1) AS gaps, sum((jump - 1) * events) FILTER (jump > 1) AS skipped
      FROM jumps GROUP BY node
    ), variances AS (
      SELECT node, sum(events * (jump - mean) ** 2) / sum(events) AS variance FROM jumps JOIN means USING (node) GROUP BY node
    )
    SELECT node, events, "eventsPerSecond", starts, clock, "clockPerSecond",
      mean AS "meanJump", most AS "maxJump", variance AS "jumpVariance",
      coalesce(gaps, 0)::BIGINT AS gaps, coalesce(skipped, 0)::BIGINT AS skipped,
      clock - max(clock) OVER () AS drift,
      100 * (clock - max(clock) OVER ()) / nullif(max(clock) OVER (), 0) AS "driftPercent", "meanQueue", "maxQueue"
    FROM machines LEFT JOIN means USING (node) LEFT JOIN variances USING (node)`);
  const machines = run.manifest.machines;
  const place = ({ node }: { node: string }) => {
    const index = machines.findIndex(({ id }) => id === node);
    return index < 0 ? machines.length : index;
  };
  return rows
    .map((row) => ({ ...row, rate: machines.find(({ id }) => id === row.node)?.ticksPerSecond ?? null }))
    .sort((a, b) => place(a) - place(b) || a.node.localeCompare(b.node, 'en', { numeric: true }));
}
