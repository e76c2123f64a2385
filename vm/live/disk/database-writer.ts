/** Writes to the database of an open disk: one transaction after the other, as space allows. */
import { type Database, transact } from './database.ts';
import type { DiskSpace } from './disk-space.ts';
import type { Integrity } from './integrity.ts';
import { releaseLock } from './lock.ts';
import type { Change } from './record.ts';

const PAGE_BYTES = 4096;

/** The database of an open disk. */
export class DatabaseWriter {
  readonly #db: Database;
  readonly #integrity: Integrity;
  readonly #space: DiskSpace;

  constructor(db: Database, integrity: Integrity, space: DiskSpace) {
    this.#db = db;
    this.#integrity = integrity;
    this.#space = space;
  }

  /**
   * Makes changes, each of another key, durable in one transaction. False, and nothing has
   * happened, if there is no space for them.
   */
  async write(changes: readonly Change[]): Promise<boolean> {
    if (!this.#space.check(spaceFor(changes))) return false;
    const counted = this.#integrity.sums;
    try {
      await transact(this.#db, () => this.#integrity.write(changes));
      return true;
    } catch (error) {
      if (!this.#space.lacked(error)) throw error;
      this.#integrity.sums = counted;
      return false;
    }
  }

  /** Makes the last changes, releases the lock and closes the database. */
  async close(changes: readonly Change[]): Promise<void> {
    try {
      releaseLock(this.#db, this.#integrity, changes);
    } catch (error) {
      // Without space for even this write, the next start finds out by itself that this process has
      // ended.
      if (!this.#space.lacked(error)) throw error;
    }
    await this.#db.close();
  }
}

/**
 * The most bytes that LMDB's file may grow by: each record may need a page for itself, and a large
 * one several.
 */
function spaceFor(changes: readonly Change[]): number {
  return changes.reduce((sum, { record }) => sum + PAGE_BYTES + 2 * (record?.length ?? 0), 0);
}
