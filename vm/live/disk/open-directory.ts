/**
 * Opening a data directory: what is found is checked, the directory is locked, and the database is
 * brought after the log. A directory of a former format, in which the database had everything, gets
 * its log here, once: whole, or not at all.
 */
import { join } from 'node:path';
import { DiskLog } from '../../disk-log/disk-log.ts';
import { perform } from '../../disk-log/files.ts';
import type { LogRecord } from '../../disk-log/layout.ts';
import { LiveError, reason } from '../../errors.ts';
import type { DataOwner } from './data-directory.ts';
import { corrupt, DATABASE_FILE, type Database, openDatabase } from './database.ts';
import {
  type Letters,
  logMarkRecord,
  type NameRecord,
  PROGRAM_LETTER,
  tellDamage,
} from './database-layout.ts';
import type { DiskSpace } from './disk-space.ts';
import { type Examined, examineDirectory, type FoundLog } from './examine-directory.ts';
import { Integrity } from './integrity.ts';
import { bootOf, inUse, LockedError, takeLock } from './lock.ts';
import { CODEC, LogFolder } from './log-folder.ts';
import { beginLog, identityOf, type OpenLog, SEGMENT_BYTES } from './program-log.ts';
import { ProgramStore } from './program-store.ts';
import { type Change, encodeRecord } from './record.ts';

/** A directory that this process has locked, and what is in it. */
export interface OpenDirectory {
  readonly db: Database;
  readonly integrity: Integrity;
  readonly letters: Letters;
  readonly log: OpenLog;
  readonly program: ProgramStore;
  readonly boot: number;
  readonly serial: string;
}

/**
 * Opens a directory that is its owner's. Throws a `LiveError` when it is in use, is corrupt or
 * cannot be written.
 */
export function openDirectory(
  directory: string,
  owner: DataOwner,
  space: DiskSpace,
  nameRecord: NameRecord,
): OpenDirectory {
  const examined = examineDirectory(directory, owner);
  const { checked, serial, letters, file, damage, problem } = examined;
  if (damage.length > 0) throw corrupt(file, tellDamage(damage, nameRecord));
  if (problem !== undefined) throw corrupt(file, problem);
  const db = openDatabase(directory, join(directory, DATABASE_FILE));
  const integrity = new Integrity(db, checked);
  const boot = bootOf(checked.own) + 1;
  try {
    const log = lockAndOpenLog(directory, db, integrity, examined);
    const program = new ProgramStore();
    for (const [key, value] of log.log.records) program.put(key.slice(PROGRAM_LETTER.length), value);
    return { db, integrity, letters, log, program, boot, serial };
  } catch (error) {
    void db.close();
    if (error instanceof LockedError) throw inUse(directory, error);
    const path = join(directory, DATABASE_FILE);
    if (space.lacked(error)) throw new LiveError('DiskFull', `no space left to write ${path}`, error);
    // The system's own errors have a name; LMDB's have a number.
    const isSystems = typeof (error as { code?: unknown }).code === 'string';
    if (isSystems)
      throw new LiveError('DataUnwritable', `cannot write in ${directory}: ${reason(error)}`, error);
    throw corrupt(path, error);
  }
}

function lockAndOpenLog(directory: string, db: Database, integrity: Integrity, examined: Examined): OpenLog {
  const { checked, serial, log } = examined;
  const start = { boot: bootOf(checked.own) + 1, serial };
  if (log === undefined) {
    takeLock(db, integrity, checked.transaction, start);
    return beginLog(directory, db, integrity, serial);
  }
  const { mark, found } = log;
  const folder = new LogFolder(join(directory, mark.folder));
  try {
    for (const step of found.recovery) perform(step, folder);
    takeLock(db, integrity, checked.transaction, start, catchUp(log));
    for (const step of found.cleanup) perform(step, folder);
  } catch (error) {
    folder.close();
    throw error;
  }
  return { log: new DiskLog(identityOf(serial), SEGMENT_BYTES, CODEC, found), folder, name: mark.folder };
}

/** What brings a database after its log. */
function catchUp({ mark, found }: FoundLog): Change[] {
  const last = new Map<string, LogRecord>();
  for (const record of found.passing) last.set(record.key, record);
  const changes = [...last.values()].map(({ key, value }): Change => {
    return value === undefined ? { key: Buffer.from(key) } : encodeRecord(key, value);
  });
  return [...changes, logMarkRecord({ ...mark, applied: found.sequence })];
}
