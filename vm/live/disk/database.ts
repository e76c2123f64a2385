/**
 * Opening LMDB on a file that has been checked (`integrity-check.ts`): LMDB maps it into memory and
 * trusts it.
 */
import { open, type RootDatabase } from 'lmdb';
import { LiveError, reason } from '../../errors.ts';

/** LMDB with raw bytes as keys and values. */
export type Database = RootDatabase<Buffer, Buffer>;

/** The name of LMDB's file in its directory. */
export const DATABASE_FILE = 'data.mdb';

/**
 * Opens the database in `directory`, whose file is `file`, making it if it is new and may be
 * written. Throws a `LiveError`.
 */
export function openDatabase(directory: string, file: string, readOnly = false): Database {
  try {
    return open<Buffer, Buffer>({
      path: directory,
      noSubdir: false,
      encoding: 'binary',
      keyEncoding: 'binary',
      overlappingSync: false,
      readOnly,
    });
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    // LMDB's own codes are negative numbers below -30000; others are the system's.
    if (typeof code === 'number' && code > -30000) {
      throw new LiveError('DataUnwritable', `cannot open ${file}: ${reason(error)}`, error);
    }
    throw corrupt(file, error);
  }
}

/** The number of the last transaction that `db` has committed; 0 if there was none. */
export function lastTransaction(db: Database): number {
  return (db.getStats() as { lastTxnId: number }).lastTxnId;
}

/** The error for a file that does not hold what was written. */
export function corrupt(file: string, error: unknown): LiveError {
  return new LiveError('DataCorrupt', `${file} is corrupt: ${reason(error)}`, error);
}

/** Makes the puts and removals of `write` durable as one transaction. Rejects with LMDB's error. */
export async function transact(db: Database, write: () => void): Promise<void> {
  const committed = db.batch(write);
  // LMDB's binding makes two more promises of the same commit that nobody handles: one now, one at
  // the end of the turn. When the commit fails they must not end the process as unhandled
  // rejections.
  const quieten = () => void db.committed.then(undefined, () => {});
  quieten();
  setImmediate(quieten);
  try {
    await committed;
  } catch (error) {
    throw await rootOf(error);
  }
}

/** LMDB's error, which "Commit failed" carries as a promise. */
async function rootOf(error: unknown): Promise<unknown> {
  try {
    await (error as { commitError?: Promise<unknown> }).commitError;
    return error;
  } catch (root) {
    return root;
  }
}
