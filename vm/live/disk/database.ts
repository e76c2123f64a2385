/** Opening LMDB on a file that has been checked (`integrity-check.ts`): LMDB maps it into memory and trusts it. */
import { open, type RootDatabase } from 'lmdb';
import { LiveError, reason } from '../../errors.ts';

/** LMDB holding raw bytes under raw bytes. */
export type Database = RootDatabase<Buffer, Buffer>;

/** The name of LMDB's file in its directory. */
export const DATABASE_FILE = 'data.mdb';

/** Opens the database in `directory`, whose file is `file`, making it if it is new and may be written. Throws a `LiveError`. */
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

/** Makes the puts and removals that `write` makes durable as one transaction. Rejects with what LMDB said. */
export async function transact(db: Database, write: () => void): Promise<void> {
  const committed = db.batch(write);
  // LMDB's binding makes more promises of the same commit, for nobody: one by now and one when its turn ends. When the
  // commit fails they must not end the process.
  const quieten = () => void db.committed.then(undefined, () => {});
  quieten();
  setImmediate(quieten);
  try {
    await committed;
  } catch (error) {
    throw await rootOf(error);
  }
}

/** The same, in this thread, which stands still meanwhile. */
export async function transactHere(db: Database, write: () => void): Promise<void> {
  db.transactionSync(write);
}

/** Behind "Commit failed" stands, as a promise, what LMDB said. */
async function rootOf(error: unknown): Promise<unknown> {
  try {
    await (error as { commitError?: Promise<unknown> }).commitError;
    return error;
  } catch (root) {
    return root;
  }
}
