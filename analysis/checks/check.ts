/**
 * A check: a claim about a run that its logs show to hold, show to be violated, or do not decide.
 * One check a file in `checks/`; `checks/index.ts` lists them.
 */
import { plural } from '../output/plural.ts';
import type { SqlRow } from '../run/database.ts';
import type { Run } from '../run/load.ts';

/**
 * A row of a log with its position; or a line of a client history in that form. Columns are named
 * as in the log.
 */
export interface LogRow {
  /** The log file's name, and the line in it, from 1. */
  readonly file: string;
  readonly line: number;
  /** Null only in logs of others. */
  readonly time_us: number | null;
  readonly node: string;
  readonly lamport: number | null;
  readonly event: string;
  readonly peer: string | null;
  readonly message: string | null;
  readonly term: number | null;
  readonly role: string | null;
  readonly index: number | null;
  readonly commit: number | null;
  readonly detail: string | null;
}

/** One case of a violation: the rows that show it together. */
export type Evidence = readonly LogRow[];

/** The result of a check. Notes are sentences for the reader. */
export type CheckVerdict = { readonly notes: readonly string[] } & (
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
  run(run: Run): Promise<CheckVerdict>;
}

/** The most cases of a violation shown. */
const MOST_EVIDENCE = 10;

/** The query of a check. */
export interface Question {
  /**
   * SQL of one row: `compared`, how many things were compared, and `broken`, how many of them are
   * not as claimed.
   */
  readonly counts: string;
  /**
   * SQL of a case a row, in order: the ids of the rows that show it, one a column, or several as a
   * text with blanks between them; nulls are left out.
   */
  readonly cases: string;
  /** What is compared: `receive`; and the plural, unless it is formed with s: `entries`. */
  readonly thing: string;
  readonly things?: string;
  /** The reason for `cannot tell` if nothing was compared, or what asks for it only then. */
  readonly silent: string | (() => Promise<string>);
  /** Further notes, in sentences. */
  readonly notes?: readonly string[];
}

/** Runs the query, and returns its verdict. */
export async function ask(
  run: Run,
  { counts, cases, thing, things, silent, notes = [] }: Question,
): Promise<CheckVerdict> {
  const { compared, broken } = await run.database.row<{ compared: number; broken: number }>(counts);
  const many = plural(compared, thing, things);
  if (compared === 0) {
    const reason = typeof silent === 'string' ? silent : await silent();
    return { outcome: 'cannot tell', notes: [reason, ...notes] };
  }
  if (broken === 0) return { outcome: 'holds', notes: [`${many} compared`, ...notes] };
  const found = await run.database.rows<SqlRow>(`SELECT * FROM (${cases}) LIMIT ${MOST_EVIDENCE}`);
  const ids = found.map((row) =>
    Object.values(row).flatMap((cell) => (cell === null ? [] : String(cell).split(' ').map(Number))),
  );
  return {
    outcome: 'violated',
    count: broken,
    evidence: await evidence(run, ids),
    notes: [`${broken} of ${many}`, ...notes],
  };
}

/** How many cases a question leaves out: the one number, `n`, of a query. */
export async function count(run: Run, sql: string): Promise<number> {
  return (await run.database.row<{ n: number }>(sql)).n;
}

/** Notes on what a check of messages must leave out. */
export async function leftOutOf(run: Run): Promise<string[]> {
  const unsent = await count(
    run,
    `SELECT (SELECT count(*) FROM events WHERE event = 'receive') - count(*) AS n FROM deliveries`,
  );
  const ambiguous = await count(run, 'SELECT count(*) AS n FROM deliveries WHERE copies > 1');
  const notes: string[] = [];
  if (unsent > 0) notes.push(`${plural(unsent, 'receive')} left out: the send is not in the logs`);
  if (ambiguous > 0)
    notes.push(`${plural(ambiguous, 'receive')} left out: several sends have the same message id`);
  return notes;
}

/** The rows of each case, given the `id`s of `events` that a query found. */
export async function evidence(run: Run, cases: readonly (readonly number[])[]): Promise<Evidence[]> {
  const ids = cases.flat();
  if (ids.length === 0) return cases.map(() => []);
  const found = await run.database.rows<LogRow & { id: number }>(
    `SELECT id, file, line, time_us, node, lamport, event, peer, message, term, role, "index", commit, detail
     FROM events WHERE id IN (${ids.join(', ')})`,
  );
  const rows = new Map(found.map(({ id, ...row }) => [id, row]));
  return cases.map((one) => one.map((id) => rows.get(id)!));
}
