/** A database in memory, for the length of one analysis. A thin layer over DuckDB that returns plain objects. */
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';

/** What a column of a result may be. */
export type SqlValue = string | number | boolean | null;

/** An open database. */
export class Database {
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection) {
    this.#instance = instance;
    this.#connection = connection;
  }

  static async open(): Promise<Database> {
    const instance = await DuckDBInstance.create(':memory:');
    return new Database(instance, await instance.connect());
  }

  /** Carries statements out. */
  async run(sql: string): Promise<void> {
    await this.#connection.run(sql);
  }

  /** The rows of a query, which the caller keeps few. `T` names the columns as the query does. */
  async rows<T extends { [column in keyof T]: SqlValue }>(sql: string): Promise<T[]> {
    const reader = await this.#connection.runAndReadAll(sql);
    return reader.getRowObjectsJS().map((row) => {
      // Whole numbers come as BigInt. None in a log is too large for a number.
      for (const column in row) if (typeof row[column] === 'bigint') row[column] = Number(row[column]);
      return row as T;
    });
  }

  close(): void {
    this.#connection.closeSync();
    this.#instance.closeSync();
  }
}

/** A text as SQL writes it. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
