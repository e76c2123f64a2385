/**
 * Writes a whole disk into a database and a log that nobody else uses: of a repaired directory, or
 * of a new one.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { LiveError, reason } from '../../errors.ts';
import type { Value } from '../../store.ts';
import type { DataOwner } from './data-directory.ts';
import { corrupt, DATABASE_FILE, type Database, openDatabase } from './database.ts';
import { type Contents, dataLetterRecord, LETTERS, type LogMark, logMarkRecord } from './database-layout.ts';
import { makeFolders } from './folders.ts';
import { Integrity } from './integrity.ts';
import { checkUnlocked } from './integrity-check.ts';
import { bootRecord, inUse, LockedError, serialOf, takeLock } from './lock.ts';
import { LogFolder } from './log-folder.ts';
import { writeLog } from './program-log.ts';
import { encodeRecord, type Stored } from './record.ts';

/** The most records, and about the most bytes of them, that are written in one transaction. */
const PORTION = 1_000;
const PORTION_BYTES = 4 * 2 ** 20;
/** The letters of the keyspaces in the database. */
const FRESH = { data: 'd', incoming: 'i' } as const;

/** A database that this process has locked. */
export interface Locked {
  readonly db: Database;
  readonly integrity: Integrity;
  readonly serial: string;
}

/**
 * The database in `folder`, made and locked by this process, so that a second one is refused. A
 * process that was killed may have left it. `directory`: what it is called in messages.
 */
export function lockFolder(directory: string, folder: string, owner: DataOwner): Locked {
  const file = join(folder, DATABASE_FILE);
  try {
    makeFolders(folder);
  } catch (error) {
    throw new LiveError('DataUnwritable', `cannot make ${folder}: ${reason(error)}`, error);
  }
  const left = checkUnlocked(folder, owner);
  if (left.problem !== undefined) throw corrupt(file, `${left.problem}; remove ${folder}`);
  const db = openDatabase(folder, file);
  const integrity = new Integrity(db, left);
  try {
    const serial = serialOf(left.own);
    takeLock(db, integrity, left.transaction, { boot: 1, serial });
    return { db, integrity, serial };
  } catch (error) {
    void db.close();
    if (error instanceof LockedError) throw inUse(directory, error);
    throw new LiveError('DataUnwritable', `cannot write ${file}: ${reason(error)}`, error);
  }
}

/**
 * Makes a database and its log hold these contents, and nothing else. The log is written into the
 * folder `from`, and will be in `folder`. `boot`: how often the disk has been opened.
 */
export function fill(
  { db, integrity, serial }: Locked,
  contents: Contents,
  boot: number,
  { from, folder }: Pick<LogMark, 'folder'> & { readonly from: string },
): void {
  for (const letter of LETTERS) {
    const keys = [
      ...db.getKeys({ start: Buffer.from(letter), end: Buffer.from([letter.charCodeAt(0) + 1]) }),
    ];
    db.transactionSync(() => integrity.write(keys.map((key) => ({ key: key as Buffer }))));
  }
  for (const space of ['data', 'incoming'] as const) {
    const pairs = contents[space][Symbol.iterator]();
    while (copySome(db, integrity, FRESH[space], pairs));
  }
  rmSync(from, { recursive: true, force: true });
  const files = new LogFolder(from);
  const { mark } = writeLog(files, serial, contents.program);
  files.close();
  const own = [dataLetterRecord(FRESH.data), bootRecord(boot), logMarkRecord({ ...mark, folder })];
  db.transactionSync(() => integrity.write(own));
}

/** Copies some records in one transaction. False when no more are left. */
function copySome(
  db: Database,
  integrity: Integrity,
  letter: string,
  pairs: Iterator<readonly [string, Value]>,
): boolean {
  const records: Stored[] = [];
  let bytes = 0;
  let isDone = false;
  while (records.length < PORTION && bytes < PORTION_BYTES) {
    const next = pairs.next();
    if (next.done) {
      isDone = true;
      break;
    }
    const record = encodeRecord(letter + next.value[0], next.value[1]);
    records.push(record);
    bytes += record.record.length;
  }
  db.transactionSync(() => integrity.write(records));
  return !isDone;
}
