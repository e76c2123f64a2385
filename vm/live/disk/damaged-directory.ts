/**
 * A data directory that may be damaged: what can still be read of it, and how another database and
 * log take their place.
 *
 * The damaged files are never written to. A repair makes a new database in a folder beside the old
 * one, and a new log under a name that is free; then it renames the database over the old one
 * atomically, and with it the name of the log that counts. The old ones are kept under other names.
 * So a repair that is killed has changed nothing. Two repairs at once are kept apart by the lock on
 * the new database, which is taken before the old one is read.
 */
import { constants, copyFileSync, existsSync, linkSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Damage } from '../../program.ts';
import { type Disk, MemoryDisk, prefixEnd } from '../../store.ts';
import { checkDirectory, claimDirectory, type DataOwner } from './data-directory.ts';
import { DATABASE_FILE, type Database, openDatabase } from './database.ts';
import { type Contents, PROGRAM_LETTER } from './database-layout.ts';
import { type Examined, examineDirectory } from './examine-directory.ts';
import { fill, lockFolder } from './fill-directory.ts';
import { syncFolder } from './folders.ts';
import { type Counted, Integrity } from './integrity.ts';
import { Keyspaces, openStores } from './keyspace.ts';
import { bootOf, releaseLock } from './lock.ts';
import { freeFolder, LOG_FOLDER, programIn } from './program-log.ts';
import { ProgramStore } from './program-store.ts';

/** A data directory as it was found. Close it after use. */
export class DamagedDirectory {
  /** The damaged file, or the folder of the damaged log; if nothing is, the database's file. */
  readonly file: string;
  /** The records that are not what was written there. */
  readonly damage: readonly Damage[];
  /**
   * What else is wrong, in words; undefined if nothing. If something is, no record can be trusted.
   */
  readonly otherwise: string | undefined;
  /** How often it has been opened, if that can be read. */
  readonly boot: number;
  /** The name of the log's folder, if there is one. */
  readonly logFolder: string | undefined;
  readonly #examined: Examined;
  readonly #db: Database | undefined;

  /**
   * Reads all of `directory` and changes nothing. Throws a `LiveError` if it is not `owner`'s data,
   * or in use.
   */
  constructor(directory: string, owner: DataOwner) {
    checkDirectory(directory, owner);
    const examined = examineDirectory(directory, owner);
    this.#examined = examined;
    this.file = examined.file;
    this.damage = examined.damage;
    this.otherwise = examined.problem;
    this.boot = bootOf(examined.checked.own);
    this.logFolder = examined.log?.mark.folder;
    const file = join(directory, DATABASE_FILE);
    // LMDB crashes on a file whose trees are damaged.
    if (existsSync(file) && examined.checked.isSound) this.#db = openDatabase(directory, file, true);
  }

  /** Whether nothing is wrong. */
  get isWhole(): boolean {
    return this.damage.length === 0 && this.otherwise === undefined;
  }

  /**
   * The disk as it can be read: damaged records are absent; writes are visible but are not stored.
   */
  disk(): Disk {
    if (this.#db === undefined) return new MemoryDisk();
    const { letters, log } = this.#examined;
    const stores = openStores(this.#db, letters, () => {});
    const program = new ProgramStore();
    if (log === undefined) for (const [key, value] of programIn(this.#db)) program.put(key, value);
    else for (const [key, value] of log.found.live) program.put(key.slice(PROGRAM_LETTER.length), value);
    // What is in the log and has not reached the database.
    for (const { key, value } of log?.found.passing ?? []) {
      const store = Object.values(stores).find(({ letter }) => key.startsWith(letter));
      if (value === undefined) store?.delete(key.slice(1));
      else store?.put(key.slice(1), value);
    }
    return new Keyspaces(program, stores);
  }

  async close(): Promise<void> {
    await this.#db?.close();
  }
}

/**
 * Gives `directory` the disk that `make` makes of what is found there. Returns the names under
 * which the old database and the old log are kept. Throws what `make` throws, and a `LiveError` if
 * the directory is not `owner`'s, in use or cannot be written; then nothing has changed.
 */
export async function repairDirectory(
  directory: string,
  owner: DataOwner,
  make: (found: DamagedDirectory) => Disk,
): Promise<readonly string[]> {
  checkDirectory(directory, owner);
  claimDirectory(directory, owner);
  const folder = join(directory, 'repair');
  const file = join(directory, DATABASE_FILE);
  const fresh = lockFolder(directory, folder, owner);
  let found: DamagedDirectory | undefined;
  try {
    found = new DamagedDirectory(directory, owner);
    const log = freeFolder(directory);
    fill(fresh, contentsOf(make(found)), found.boot, { from: join(folder, log), folder: log });
    await found.close();
    await fresh.db.close();
    if (existsSync(join(folder, log))) renameSync(join(folder, log), join(directory, log));
    syncFolder(directory);
    const kept = [keep(file)];
    renameSync(join(folder, DATABASE_FILE), file);
    syncFolder(directory);
    // Where the database could not say which log was its own, it is the one of the usual name.
    const old = found.logFolder ?? LOG_FOLDER;
    if (old !== log) kept.push(...keepLog(join(directory, old)));
    await releaseLockOf(directory, file, fresh.integrity);
    return kept;
  } catch (error) {
    await found?.close();
    await fresh.db.close();
    throw error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function contentsOf(disk: Disk): Contents {
  const all = (space: keyof Contents) => disk[space].range('', prefixEnd(''));
  return { program: all('program'), data: all('data'), incoming: all('incoming') };
}

/**
 * Keeps the old file under another name, which takes no space where a file can have two. Returns
 * that name.
 */
function keep(file: string): string {
  const name = keptName(file);
  try {
    linkSync(file, name);
  } catch {
    copyFileSync(file, name, constants.COPYFILE_EXCL);
  }
  return name;
}

/** Keeps the folder of the old log, if there is one, under another name. */
function keepLog(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const name = keptName(folder);
  renameSync(folder, name);
  return [name];
}

function keptName(path: string): string {
  let count = 1;
  while (existsSync(`${path}.before-repair-${count}`)) count++;
  return `${path}.before-repair-${count}`;
}

async function releaseLockOf(directory: string, file: string, counted: Counted): Promise<void> {
  const db = openDatabase(directory, file);
  releaseLock(db, new Integrity(db, counted));
  await db.close();
}
