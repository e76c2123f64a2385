/** How Lamport clocks move: their jumps, and how far machines are apart. */
import type { Run } from '../run/load.ts';

/** How many events of a machine moved its clock by `from` to `to`. */
export type JumpBar = {
  readonly node: string;
  readonly from: number;
  readonly to: number;
  readonly events: number;
  /** Of all jumps of this machine. */
  readonly percent: number;
};

/**
 * Jumps up to this are counted one by one; greater ones in ranges that double: 17 to 32, 33 to 64,
 * ...
 */
const SINGLE_JUMPS = 16;

/** The histogram of jumps, machine by machine. */
export async function measureJumps({ database }: Run): Promise<JumpBar[]> {
  return database.rows<JumpBar>(
    `
    WITH counted AS (FROM jumps WHERE jump >= 1
    ), ranged AS (
      SELECT node, events, if(jump <= ${SINGLE_JUMPS}, jump, 1 + (1 << (bit_length_of(jump - 1) - 1))) AS "from",
        if(jump <= ${SINGLE_JUMPS}, jump, 1 << bit_length_of(jump - 1)) AS "to"
      FROM counted
    )
    SELECT node, "from", "to", sum(events)::BIGINT AS events,
      100 * sum(events) / sum(sum(events)) OVER (PARTITION BY node) AS percent
    FROM ranged GROUP BY node, "from", "to" ORDER BY node, "from"`.replaceAll(
      /bit_length_of\((.*?)\)/g,
      '(floor(log2($1))::INTEGER + 1)',
    ),
  );
}

/** How far the clocks of two machines are apart. */
export type PairDrift = {
  readonly a: string;
  readonly b: string;
  /** Final clock of `a` less that of `b`, and in per cent of the greater of the two. */
  readonly difference: number;
  readonly percent: number | null;
  /**
   * Distance of their clocks at the ends of the intervals of the timeline: average and greatest.
   */
  readonly meanDistance: number | null;
  readonly maxDistance: number | null;
};

/** Every pair of machines once, in the order of their names. */
export async function measureDrifts({ database }: Run): Promise<PairDrift[]> {
  return database.rows<PairDrift>(`
    WITH finals AS (
      SELECT node, arg_max(clock, "atUs") AS clock FROM timeline WHERE clock IS NOT NULL GROUP BY node
    ), grid AS (
      SELECT DISTINCT finals.node, timeline."atUs" FROM finals, timeline
    ), carried AS (
      SELECT grid.node, grid."atUs",
        last_value(clock IGNORE NULLS) OVER (PARTITION BY grid.node ORDER BY grid."atUs") AS clock
      FROM grid LEFT JOIN timeline ON timeline.node = grid.node AND timeline."atUs" = grid."atUs"
    ), distances AS (
      SELECT a.node AS a, b.node AS b, avg(abs(a.clock - b.clock)) AS mean, max(abs(a.clock - b.clock)) AS most
      FROM carried AS a JOIN carried AS b ON a."atUs" = b."atUs" AND a.node < b.node GROUP BY ALL
    )
    SELECT a.node AS a, b.node AS b, a.clock - b.clock AS difference,
      100 * (a.clock - b.clock) / nullif(greatest(a.clock, b.clock), 0) AS percent,
      mean AS "meanDistance", most AS "maxDistance"
    FROM finals AS a JOIN finals AS b ON a.node < b.node
      LEFT JOIN distances ON distances.a = a.node AND distances.b = b.node
    ORDER BY a.node, b.node`);
}
