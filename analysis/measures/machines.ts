/** What each machine did, in numbers. */
import type { Run } from '../load.ts';

/** One machine's numbers. Null where the log holds nothing to measure. */
export interface MachineMeasures {
  readonly node: string;
  /** Ticks a second, as the run was told; null where the machine chose. */
  readonly rate: number | null;
  /** Rows of its log. */
  readonly events: number;
  /** Events a second between its first and its last one. */
  readonly eventsPerSecond: number | null;
  /** Times it was started. */
  readonly starts: number;
  /** Lamport clock of its last event. */
  readonly clock: number | null;
  /** How far an event moves the clock, on the average and at most; over restarts nothing is measured. */
  readonly meanJump: number | null;
  readonly maxJump: number | null;
  /** Its final clock less the highest final clock of all: 0 for the furthest machine, negative for the others. */
  readonly drift: number | null;
  /** Inbox length after an event, on the average and at most. */
  readonly meanQueue: number | null;
  readonly maxQueue: number | null;
}

/** Measures every machine that has rows, in the order of the manifest, then of their names. */
export async function measureMachines(run: Run): Promise<MachineMeasures[]> {
  const rows = await run.database.rows<Omit<MachineMeasures, 'rate'>>(`
    WITH steps AS (
      SELECT *, CASE WHEN event <> 'start' THEN lamport - lag(lamport) OVER (PARTITION BY node ORDER BY id) END AS jump
      FROM events WHERE node <> 'world'
    ), machines AS (
      SELECT node, count(*) AS events,
        (count(*) - 1) / nullif((max(time_us) - min(time_us)) / 1e6, 0) AS "eventsPerSecond",
        count(*) FILTER (event = 'start') AS starts, arg_max(lamport, id) AS clock,
        avg(jump) AS "meanJump", max(jump) AS "maxJump", avg(queue) AS "meanQueue", max(queue) AS "maxQueue"
      FROM steps GROUP BY node
    )
    SELECT *, clock - max(clock) OVER () AS drift FROM machines`);
  const machines = run.manifest.machines;
  const place = ({ node }: { node: string }) => {
    const index = machines.findIndex(({ id }) => id === node);
    return index < 0 ? machines.length : index;
  };
  return rows
    .map((row) => ({ ...row, rate: machines.find(({ id }) => id === row.node)?.ticksPerSecond ?? null }))
    .sort((a, b) => place(a) - place(b) || a.node.localeCompare(b.node, 'en', { numeric: true }));
}
