/**
 * A data directory that may be damaged: what can still be read of it, and how another database
 * takes its place.
 *
 * The damaged file is never written to. A repair makes a new database in a folder beside it, and
 * renames that over the old one atomically; the old one is kept under another name. So a repair
 * that is killed has changed nothing. Two repairs at once are kept apart by the lock on the new
 * database, which is taken before the old one is read.
 */
import { constants, copyFileSync, existsSync, linkSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { LiveError, reason } from '../../errors.ts';
import type { Damage } from '../../program.ts';
import { type Disk, type Keyspace, MemoryDisk, prefixEnd, type Value } from '../../store.ts';
import { checkDirectory, claimDirectory, type DataOwner } from './data-directory.ts';
import { corrupt, DATABASE_FILE, type Database, openDatabase } from './database.ts';
import { damageAt, dataLetterRecord, LETTERS, type Letters, lettersOf } from './database-layout.ts';
import { makeFolders, syncFolder } from './folders.ts';
import { type Counted, Integrity } from './integrity.ts';
import { checkUnlocked } from './integrity-check.ts';
import { Keyspaces, openStores } from './keyspace.ts';
import { bootOf, bootRecord, inUse, LockedError, releaseLock, serialOf, takeLock } from './lock.ts';
import { encodeRecord, type Stored } from './record.ts';

/** Records written in one transaction of a repair. */
const PORTION = 1_000;
const KEYSPACES: readonly Keyspace[] = ['program', 'data', 'incoming'];
/** Those of the new database. */
const FRESH: Letters = { program: 'p', data: 'd', incoming: 'i' };

/** What of a database can be read. */
interface Readable {
  readonly db: Database;
  readonly letters: Letters;
}

/** A data directory as it was found. Close it after use. */
export class DamagedDirectory {
  /** The database's file. */
  readonly file: string;
  /** The records that are not what was written there. */
  readonly damage: readonly Damage[] = [];
  /**
   * What else is wrong, in words; undefined if nothing. If something is, no record can be trusted.
   */
  readonly otherwise: string | undefined;
  /** How often it has been opened, if that can be read. */
  readonly boot: number = 0;
  readonly #readable: Readable | undefined;

  /**
   * Reads all of `directory` and changes nothing. Throws a `LiveError` if it is not `owner`'s data,
   * or in use.
   */
  constructor(directory: string, owner: DataOwner) {
    checkDirectory(directory, owner);
    this.file = join(directory, DATABASE_FILE);
    if (!existsSync(this.file)) return;
    const found = checkUnlocked(directory, owner);
    const letters = lettersOf(found.own);
    this.damage = found.damaged.map((stored) => damageAt(stored, letters));
    this.otherwise = found.problem;
    this.boot = bootOf(found.own);
    // LMDB crashes on a file whose trees are damaged.
    if (found.isSound) this.#readable = { db: openDatabase(directory, this.file, true), letters };
  }

  /** Whether nothing is wrong. */
  get isWhole(): boolean {
    return this.damage.length === 0 && this.otherwise === undefined;
  }

  /**
   * The disk as it can be read: damaged records are absent; writes are visible but are not stored.
   */
  disk(): Disk {
    if (this.#readable === undefined) return new MemoryDisk();
    return new Keyspaces(openStores(this.#readable.db, this.#readable.letters, () => {}));
  }

  async close(): Promise<void> {
    await this.#readable?.db.close();
  }
}

/**
 * Gives `directory` the disk that `make` makes of what is found there. Returns the name under which
 * the old file is kept. Throws what `make` throws, and a `LiveError` if the directory is not
 * `owner`'s, in use or cannot be written; then nothing has changed.
 */
export async function repairDirectory(
  directory: string,
  owner: DataOwner,
  make: (found: DamagedDirectory) => Disk,
): Promise<string> {
  checkDirectory(directory, owner);
  claimDirectory(directory, owner);
  const folder = join(directory, 'repair');
  const fresh = lockFolder(directory, folder, owner);
  let found: DamagedDirectory | undefined;
  try {
    found = new DamagedDirectory(directory, owner);
    fill(fresh, make(found), found.boot);
    await found.close();
    await fresh.db.close();
    const kept = keep(found.file);
    renameSync(join(folder, DATABASE_FILE), found.file);
    syncFolder(directory);
    await releaseLockOf(directory, found.file, fresh.integrity);
    return kept;
  } catch (error) {
    await found?.close();
    await fresh.db.close();
    throw error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A database that this process has locked. */
interface Locked {
  readonly db: Database;
  readonly integrity: Integrity;
}

/**
 * The new database, locked by this process, so that a second repair is refused. A repair that was
 * killed may have left it.
 */
function lockFolder(directory: string, folder: string, owner: DataOwner): Locked {
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
    takeLock(db, integrity, left.transaction, { boot: 1, serial: serialOf(left.own) });
    return { db, integrity };
  } catch (error) {
    void db.close();
    if (error instanceof LockedError) throw inUse(directory, error);
    throw new LiveError('DataUnwritable', `cannot write ${file}: ${reason(error)}`, error);
  }
}

/** Makes the new database hold what is on `disk`, and nothing else. */
function fill({ db, integrity }: Locked, disk: Disk, boot: number): void {
  for (const letter of LETTERS) {
    const keys = [
      ...db.getKeys({ start: Buffer.from(letter), end: Buffer.from([letter.charCodeAt(0) + 1]) }),
    ];
    db.transactionSync(() => integrity.write(keys.map((key) => ({ key: key as Buffer }))));
  }
  for (const space of KEYSPACES) {
    const pairs = disk[space].range('', prefixEnd(''))[Symbol.iterator]();
    while (copySome(db, integrity, FRESH[space], pairs));
  }
  db.transactionSync(() => integrity.write([dataLetterRecord(FRESH.data), bootRecord(boot)]));
}

/** Copies some records in one transaction. False when no more are left. */
function copySome(
  db: Database,
  integrity: Integrity,
  letter: string,
  pairs: Iterator<readonly [string, Value]>,
): boolean {
  const records: Stored[] = [];
  while (records.length < PORTION) {
    const next = pairs.next();
    if (next.done) break;
    records.push(encodeRecord(letter + next.value[0], next.value[1]));
  }
  db.transactionSync(() => integrity.write(records));
  return records.length === PORTION;
}

/**
 * Keeps the old file under another name, which takes no space where a file can have two. Returns
 * that name.
 */
function keep(file: string): string {
  for (let count = 1; ; count++) {
    const name = `${file}.before-repair-${count}`;
    if (existsSync(name)) continue;
    try {
      linkSync(file, name);
    } catch {
      copyFileSync(file, name, constants.COPYFILE_EXCL);
    }
    return name;
  }
}

async function releaseLockOf(directory: string, file: string, counted: Counted): Promise<void> {
  const db = openDatabase(directory, file);
  releaseLock(db, new Integrity(db, counted));
  await db.close();
}
