/**
 * The lock of a database: one process at a time. The holder is recorded inside the database, in one
 * transaction with the count of starts, so that LMDB's own lock on writers decides between two
 * processes that try at once. A holder that was killed is distinguished from a running one by its
 * process id and start time.
 */
import { randomUUID } from 'node:crypto';
import { LiveError } from '../../errors.ts';
import type { Value } from '../../store.ts';
import { startOf } from '../process/started.ts';
import { type Database, lastTransaction } from './database.ts';
import type { Integrity } from './integrity.ts';
import { type Change, encodeRecord, type Stored } from './record.ts';

const HOLDER = 'mholder';
const BOOT = 'mboot';
const SERIAL = 'mserial';

/** Another living process has locked the database, or has written to it just now. */
export class LockedError extends Error {
  constructor(pid?: number) {
    super(`in use by ${pid === undefined ? 'another process' : `process ${pid}`}`);
  }
}

/** The error for a directory whose database is locked. */
export function inUse(directory: string, error: LockedError): LiveError {
  return new LiveError('DataInUse', `${directory} is ${error.message}`, error);
}

/** The database's own records, by name, as a check has found them. */
type OwnRecords = ReadonlyMap<string, Value>;

/** Throws `LockedError` if a living process has locked the database, given its own records. */
export function refuseLocked(own: OwnRecords): void {
  const holder = own.get(HOLDER) as { pid: number; started: string } | undefined;
  if (holder && holder.started === startOf(holder.pid)) throw new LockedError(holder.pid);
}

/** How many times a database has been opened, given its own records. */
export function bootOf(own: OwnRecords): number {
  return (own.get(BOOT) as number | undefined) ?? 0;
}

/**
 * The id that distinguishes this database from every other, but not from copies of itself: new if
 * it has none yet.
 */
export function serialOf(own: OwnRecords): string {
  return (own.get(SERIAL) as string | undefined) ?? randomUUID();
}

/** A start: how many there have been on this database, this one included, and its serial number. */
interface Start {
  readonly boot: number;
  readonly serial: string;
}

/** The record of how often a database has been opened. */
export function bootRecord(boot: number): Stored {
  return encodeRecord(BOOT, boot);
}

/**
 * Locks `db`, durably, for a start, and makes `more` changes with it. Throws `LockedError` if its
 * last transaction is no longer `transaction`, as when it was checked: then another process has
 * written to it since.
 */
export function takeLock(
  db: Database,
  integrity: Integrity,
  transaction: number,
  { boot, serial }: Start,
  more: readonly Change[] = [],
): void {
  db.transactionSync(() => {
    if (lastTransaction(db) !== transaction) throw new LockedError();
    const holder = { pid: process.pid, started: startOf(process.pid)! };
    const own = [bootRecord(boot), encodeRecord(SERIAL, serial), encodeRecord(HOLDER, holder)];
    integrity.write([...own, ...more]);
  });
}

/** Releases the lock of `db`, durably, and makes `more` changes with it. */
export function releaseLock(db: Database, integrity: Integrity, more: readonly Change[] = []): void {
  db.transactionSync(() => integrity.write([{ key: Buffer.from(HOLDER) }, ...more]));
}
