/** Questions of a user: SQL over the view `events` of a run (docs/reference/sql.md). */
import { LogError } from '../../logs/index.ts';
import { cleaned } from '../output/cleaned.ts';
import { textTable } from '../output/text-table.ts';
import type { SqlRow } from './database.ts';
import { loadRun, type RunSource } from './load.ts';

/** The most rows of an answer. */
const MOST_ROWS = 100_000;

/** A query that the database rejected, or that has too many rows. The message is one line. */
class QueryError extends Error {
  override readonly name = 'QueryError';
}

/**
 * The answer to `sql` about a run, given by its folder. Throws a `LogError` if the run cannot be
 * read, a `QueryError` for a bad question.
 */
export async function queryRun(source: string | RunSource, sql: string): Promise<SqlRow[]> {
  const { database } = await loadRun(source);
  let rows: SqlRow[];
  try {
    rows = await database.rowsUntil(sql, MOST_ROWS + 1);
  } catch (error) {
    if (error instanceof LogError) throw error;
    const [first = ''] = (error as Error).message.split('\n');
    throw new QueryError(`--sql: ${first.replace('Failed to extract statements: ', '')}`);
  } finally {
    database.close();
  }
  if (rows.length > MOST_ROWS)
    throw new QueryError(`--sql: more than ${MOST_ROWS} rows: ask for fewer (limit)`);
  return rows;
}

/** Rows as a table of text, ended by a line feed. */
export function queryText(rows: readonly SqlRow[]): string {
  const [first] = rows;
  if (first === undefined) return 'no rows\n';
  const columns = Object.keys(first).map((heading) => ({
    heading: cleaned(heading),
    align: rows.every((row) => typeof row[heading] !== 'string') ? ('right' as const) : ('left' as const),
    value: (row: SqlRow) => (row[heading] === null ? null : String(row[heading])),
  }));
  return `${textTable(columns, rows).map(cleaned).join('\n')}\n`;
}
