/**
 * A database for the length of one analysis. A thin layer over DuckDB that returns plain objects.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';

/** What a column of a result may be. */
export type SqlValue = string | number | boolean | null;

/** A row of a result of which nothing is known: columns by name, in the order of the query. */
export type SqlRow = Record<string, SqlValue>;

/** The memory limit of the database; beyond it, it works on disk. With Node it stays under 2 GB. */
const MEMORY_LIMIT = '1200MB';

/** The most queries at a time: many use only one core. */
export const LANES = 2;

/** An open database. */
export class Database {
  readonly #instance: DuckDBInstance;
  readonly #connections: readonly DuckDBConnection[];
  readonly #idle: DuckDBConnection[];
  /** Queries that wait for a connection. */
  readonly #waiting: ((connection: DuckDBConnection) => void)[] = [];
  /** Where it keeps its files. */
  readonly #dir: string;

  private constructor(instance: DuckDBInstance, connections: readonly DuckDBConnection[], dir: string) {
    this.#instance = instance;
    this.#connections = connections;
    this.#idle = [...connections];
    this.#dir = dir;
    process.on('exit', this.#removeFiles);
  }

  /**
   * `large`: kept in a file, compressed, instead of in memory. The file goes when the database is
   * closed.
   */
  static async open(large: boolean): Promise<Database> {
    const dir = mkdtempSync(join(tmpdir(), 'tickraft-analysis-'));
    try {
      const instance = await DuckDBInstance.create(large ? join(dir, 'events.duckdb') : ':memory:', {
        memory_limit: MEMORY_LIMIT,
        temp_directory: join(dir, 'spill'),
      });
      const connections = await Promise.all(Array.from({ length: LANES }, () => instance.connect()));
      return new Database(instance, connections, dir);
    } catch (error) {
      rmSync(dir, { recursive: true, force: true });
      throw error;
    }
  }

  /** Runs statements. */
  async run(sql: string): Promise<void> {
    await this.#use((connection) => connection.run(sql));
  }

  /** The rows of a query, which the caller keeps few. `T` names the columns as the query does. */
  async rows<T extends { [column in keyof T]: SqlValue }>(sql: string): Promise<T[]> {
    const reader = await this.#use((connection) => connection.runAndReadAll(sql));
    return reader.getRowObjectsJS().map((row) => {
      // Whole numbers come as BigInt. None in a log is too large for a number.
      for (const column in row) if (typeof row[column] === 'bigint') row[column] = Number(row[column]);
      return row as T;
    });
  }

  /** At most `most` rows of any query, whatever its columns hold. */
  async rowsUntil(sql: string, most: number): Promise<SqlRow[]> {
    const reader = await this.#use((connection) => connection.streamAndReadUntil(sql, most));
    return reader
      .getRowObjectsJS()
      .slice(0, most)
      .map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value)])));
  }

  /** The one row of a query that has one whatever the data. */
  async row<T extends { [column in keyof T]: SqlValue }>(sql: string): Promise<T> {
    const [row] = await this.rows<T>(sql);
    return row!;
  }

  /** Lends an idle connection, or waits for one. */
  async #use<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    const connection =
      this.#idle.pop() ?? (await new Promise<DuckDBConnection>((resolve) => this.#waiting.push(resolve)));
    try {
      return await work(connection);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#idle.push(connection);
      else next(connection);
    }
  }

  readonly #removeFiles = () => rmSync(this.#dir, { recursive: true, force: true });

  close(): void {
    for (const connection of this.#connections) connection.closeSync();
    this.#instance.closeSync();
    process.off('exit', this.#removeFiles);
    this.#removeFiles();
  }
}

/** A text as SQL writes it. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/**
 * A value as one that JSON has: whole numbers as numbers as far as those go, all that is not simple
 * as JSON text.
 */
function plain(value: unknown): SqlValue {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return value;
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (value instanceof Date) return value.toISOString();
  return JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? Number(part) : part));
}
