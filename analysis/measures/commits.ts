/** Entries on their way: from a leader's log to a majority and into the logs of all. */
import type { Run } from '../run/load.ts';

/** How long entries took to be committed: from the leader's `append` row to its `commit` row. */
export type CommitLatency = {
  /** The leader; null for all of them together. */
  readonly node: string | null;
  readonly entries: number;
  readonly p50Us: number | null;
  readonly p90Us: number | null;
  readonly p99Us: number | null;
  readonly maxUs: number | null;
};

/** All entries that the leader who proposed them committed itself; all leaders first, then each. */
export async function measureCommits({ database }: Run): Promise<CommitLatency[]> {
  return database.rows<CommitLatency>(`
    WITH commits AS (
      SELECT id, node, time_us, term, "index" FROM events WHERE event = 'commit' AND role = 'leader' AND "index" IS NOT NULL
    ), took AS (
      SELECT own.node, commits.time_us - own.time_us AS us
      FROM (FROM appended WHERE own) AS own ASOF JOIN commits
        ON commits.node = own.node AND commits.term = own.term AND commits."index" >= own."index"
      WHERE commits.id >= own.id
    ), counted AS (
      SELECT node, count(*) AS entries, quantile_disc(us, [0.5, 0.9, 0.99, 1]) AS q FROM took
      GROUP BY GROUPING SETS ((), (node)) HAVING count(*) > 0
    )
    SELECT node, entries, q[1] AS "p50Us", q[2] AS "p90Us", q[3] AS "p99Us", q[4] AS "maxUs"
    FROM counted ORDER BY node NULLS FIRST`);
}

/** How many machines had appended a change when it was acknowledged. */
export type CopiesAtAnswer = {
  /** Null for changes of which rows that show a copy may be missing. */
  readonly copies: number | null;
  readonly writes: number;
  /** Of all acknowledged changes whose copies are known; null of the others. */
  readonly percent: number | null;
};

/**
 * When each change was acknowledged, and how many machines had appended its entry. Null if a
 * machine without such a row may have had one: its log has a gap between the first append of the
 * entry and the answer.
 */
const ANSWERED = `
  WITH named AS (SELECT "index", any_value(term) AS term FROM applied WHERE term IS NOT NULL GROUP BY "index"),
  answered AS (
    SELECT row_number() OVER () AS answer, "index", term, respond_us, copies.times
    FROM requests JOIN named USING ("index") JOIN copies USING ("index", term)
    WHERE respond IS NOT NULL AND error IS NULL
  ), doubts AS (
    SELECT DISTINCT answer, "index", term, respond_us, gaps.node
    FROM answered JOIN gaps ON gaps.from_us < respond_us AND gaps.to_us > times[1]
  ), unclear AS (
    SELECT DISTINCT answer FROM doubts WHERE NOT EXISTS (
      FROM appended WHERE appended."index" = doubts."index" AND appended.term = doubts.term
        AND appended.node = doubts.node AND appended.time_us <= doubts.respond_us)
  ), counted AS (
    SELECT respond_us, if(answer IN (SELECT answer FROM unclear), NULL, len(list_filter(times, lambda us: us <= respond_us))) AS copies
    FROM answered
  )`;

/** The degree of replication at the acknowledgement, by the clocks of the machines. */
export async function measureCopies({ database }: Run): Promise<CopiesAtAnswer[]> {
  return database.rows<CopiesAtAnswer>(`
    ${ANSWERED} SELECT copies, count(*) AS writes,
      if(copies IS NULL, NULL, 100 * count(*) / sum(count(*)) FILTER (copies IS NOT NULL) OVER ()) AS percent
    FROM counted GROUP BY copies ORDER BY copies NULLS LAST`);
}

/** The degree of replication in one interval of the run. */
export type CopiesInterval = {
  /** The interval's end, in microseconds since the run's first event. */
  readonly atUs: number;
  /** Changes acknowledged in it. */
  readonly writes: number;
  readonly meanCopies: number;
  readonly minCopies: number;
};

/** Copies at acknowledgement over time; intervals without an acknowledgement are left out. */
export async function measureCopiesOverTime({ database }: Run): Promise<CopiesInterval[]> {
  return database.rows<CopiesInterval>(`
    ${ANSWERED} SELECT ((respond_us - start_us) // interval_us + 1) * interval_us AS "atUs", count(*) AS writes,
      avg(copies) AS "meanCopies", min(copies) AS "minCopies"
    FROM counted, span WHERE copies IS NOT NULL GROUP BY ALL ORDER BY "atUs"`);
}

/** How long it took until `copies` machines had appended an entry. */
export type CopyDelay = {
  readonly copies: number;
  /** Entries that this many machines have appended. */
  readonly entries: number;
  /** From the first machine's append to that of the last of them. */
  readonly p50Us: number;
  readonly p99Us: number;
  readonly maxUs: number;
};

/** For two copies, three, and so on. */
export async function measureCopyDelays({ database }: Run): Promise<CopyDelay[]> {
  return database.rows<CopyDelay>(`
    WITH each AS (
      SELECT unnest(times) - times[1] AS us, generate_subscripts(times, 1) AS copies FROM copies
    ), counted AS (
      SELECT copies, count(*) AS entries, quantile_disc(us, [0.5, 0.99, 1]) AS q FROM each WHERE copies > 1 GROUP BY copies
    )
    SELECT copies, entries, q[1] AS "p50Us", q[2] AS "p99Us", q[3] AS "maxUs" FROM counted ORDER BY copies`);
}
