/**
 * What a check is: a claim about a run, which its logs show to hold, show to be violated, or are silent about.
 * One check a file in `checks/`; `checks/index.ts` lists them.
 */
import type { Run } from './load.ts';

/** A row of a log, and where it stands. Columns are named as in the log. */
export interface LogRow {
  /** The log file's name, and the line in it, from 1. */
  readonly file: string;
  readonly line: number;
  readonly time_us: number;
  readonly node: string;
  readonly lamport: number | null;
  readonly event: string;
  readonly peer: string | null;
  readonly message: string | null;
  readonly term: number | null;
  readonly role: string | null;
}

/** One case of a violation: the rows that show it together. */
export type Evidence = readonly LogRow[];

/** What a check found. Notes are for people, a sentence each. */
export type Verdict = { readonly notes: readonly string[] } & (
  | { readonly outcome: 'holds' }
  /** `count` cases in all, of which the first `MOST_EVIDENCE` are shown. */
  | { readonly outcome: 'violated'; readonly count: number; readonly evidence: readonly Evidence[] }
  /** The first note says why. */
  | { readonly outcome: 'cannot tell' }
);

/** A claim that can be checked. */
export interface Check {
  /** For programs: `clock-condition`. */
  readonly name: string;
  /** For people: what must hold, in one sentence without a full stop. */
  readonly claim: string;
  run(run: Run): Promise<Verdict>;
}

/** Cases of a violation that are shown. */
export const MOST_EVIDENCE = 10;

/** The rows of each case, given the `id`s of `events` that a query found. */
export async function evidence(run: Run, cases: readonly (readonly number[])[]): Promise<Evidence[]> {
  const ids = cases.flat();
  if (ids.length === 0) return [];
  const found = await run.database.rows<Omit<LogRow, 'file'> & { id: number; file: number }>(
    `SELECT id, file, line, time_us, node, lamport, event, peer, message, term, role
     FROM events WHERE id IN (${ids.join(', ')})`,
  );
  const rows = new Map(found.map(({ id, file, ...row }) => [id, { file: run.files[file]!, ...row }]));
  return cases.map((one) => one.map((id) => rows.get(id)!));
}

/** A number of things: `1 row`, `3 rows`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
