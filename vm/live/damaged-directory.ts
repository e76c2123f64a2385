/**
 * A data directory that may be damaged: what can still be read of it, and how another database takes its place.
 *
 * The damaged file is never written to. A repair makes a new database in a folder beside it, and renames that over the
 * old one at one stroke; the old one stays under another name. So a repair that is killed has changed nothing. Two
 * repairs at once are kept apart by the hold on the new database, which begins before the old one is looked at.
 */
import { constants, copyFileSync, existsSync, linkSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Damage } from '../program.ts';
import { type Disk, MemoryDisk, prefixEnd, type Space, type Value } from '../store.ts';
import { checkDirectory, type DataOwner } from './data-directory.ts';
import { DATABASE_FILE, type Database, openDatabase } from './database.ts';
import { LiveError, reason } from './errors.ts';
import { makeFolders, syncFolder } from './folders.ts';
import { bootOf, HeldError, holderOf, letGo, setBoot, takeHold } from './hold.ts';
import { damageAt, dataLetterRecord, LETTERS, type Letters, readLetters } from './layout.ts';
import { encodeRecord } from './record.ts';
import { openPlaces, Spaces } from './spaces.ts';
import { Tally } from './tally.ts';

/** Records written in one transaction of a repair. */
const PORTION = 1_000;
const SPACES: readonly Space[] = ['program', 'data', 'incoming'];
/** Those of the new database. */
const FRESH: Letters = { program: 'p', data: 'd', incoming: 'i' };

/** What of a database can be read. */
interface Readable {
  readonly db: Database;
  readonly letters: Letters;
  readonly boot: number;
}

/** A data directory as it was found. Close it after use. */
export class DamagedDirectory {
  /** The database's file. */
  readonly file: string;
  /** The records that are not what was written there. */
  readonly damage: readonly Damage[] = [];
  /** What else is wrong, in words; undefined if nothing. It is then not known which records can be trusted. */
  readonly otherwise: string | undefined;
  readonly #readable: Readable | undefined;

  /** Reads all of `directory` and changes nothing. Throws a `LiveError` if it is not `owner`'s data, or in use. */
  constructor(directory: string, owner: DataOwner) {
    checkDirectory(directory, owner);
    this.file = join(directory, DATABASE_FILE);
    if (!existsSync(this.file)) return;
    let db: Database | undefined;
    try {
      db = openDatabase(directory, this.file, true);
      const holder = holderOf(db);
      if (holder !== undefined) throw new HeldError(holder);
      const letters = readLetters(db);
      const tally = new Tally(db, LETTERS);
      this.damage = tally.damaged.map((stored) => damageAt(stored, letters));
      this.otherwise = tally.mismatch;
      this.#readable = { db, letters, boot: bootOf(db) };
    } catch (error) {
      void db?.close();
      if (error instanceof HeldError) throw inUse(directory, error);
      if (error instanceof LiveError && error.code !== 'DataCorrupt') throw error;
      this.otherwise = reason(error);
    }
  }

  /** Whether nothing is wrong. */
  get isWhole(): boolean {
    return this.damage.length === 0 && this.otherwise === undefined;
  }

  /** How often it has been opened, if that can be read. */
  get boot(): number {
    return this.#readable?.boot ?? 0;
  }

  /** The disk as it can be read: damaged records are absent, and what is written shows but is kept nowhere. */
  disk(): Disk {
    if (this.#readable === undefined) return new MemoryDisk();
    return new Spaces(openPlaces(this.#readable.db, this.#readable.letters, () => {}));
  }

  async close(): Promise<void> {
    await this.#readable?.db.close();
  }
}

/**
 * Gives `directory` the disk that `make` makes of what is found there. Returns the name under which the old file is
 * kept. Throws what `make` throws, and a `LiveError` if the directory is not `owner`'s, in use or cannot be written;
 * then nothing has changed.
 */
export async function repairDirectory(
  directory: string,
  owner: DataOwner,
  make: (found: DamagedDirectory) => Disk,
): Promise<string> {
  checkDirectory(directory, owner);
  const folder = join(directory, 'repair');
  const fresh = holdFolder(directory, folder);
  let found: DamagedDirectory | undefined;
  try {
    found = new DamagedDirectory(directory, owner);
    fill(fresh, make(found), found.boot);
    await found.close();
    await fresh.close();
    const kept = keep(found.file);
    renameSync(join(folder, DATABASE_FILE), found.file);
    syncFolder(directory);
    await letGoOf(directory, found.file);
    return kept;
  } catch (error) {
    await found?.close();
    await fresh.close();
    throw error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The new database, held by this process: a second repair is refused. One that was killed may have left it. */
function holdFolder(directory: string, folder: string): Database {
  const file = join(folder, DATABASE_FILE);
  try {
    makeFolders(folder);
  } catch (error) {
    throw new LiveError('DataUnwritable', `cannot make ${folder}: ${reason(error)}`, error);
  }
  const fresh = openDatabase(folder, file);
  try {
    takeHold(fresh, () => {});
    return fresh;
  } catch (error) {
    void fresh.close();
    if (error instanceof HeldError) throw inUse(directory, error);
    throw new LiveError('DataUnwritable', `cannot write ${file}: ${reason(error)}`, error);
  }
}

/** Has `fresh` hold what is on `disk`, and nothing else. */
function fill(fresh: Database, disk: Disk, boot: number): void {
  for (const letter of LETTERS) {
    for (const key of [...fresh.getKeys({ start: Buffer.from(letter) })]) fresh.removeSync(key as Buffer);
  }
  const tally = new Tally(fresh, LETTERS);
  for (const space of SPACES) {
    const pairs = disk[space].range('', prefixEnd(''))[Symbol.iterator]();
    while (copySome(fresh, tally, FRESH[space], pairs));
  }
  fresh.transactionSync(() => {
    for (const { key, record } of [tally.record(), dataLetterRecord(FRESH.data)]) fresh.putSync(key, record);
    setBoot(fresh, boot);
  });
}

/** Copies some records in one transaction. False when that were all. */
function copySome(
  fresh: Database,
  tally: Tally,
  letter: string,
  pairs: Iterator<readonly [string, Value]>,
): boolean {
  return fresh.transactionSync(() => {
    for (let count = 0; count < PORTION; count++) {
      const next = pairs.next();
      if (next.done) return false;
      const { key, record } = encodeRecord(letter + next.value[0], next.value[1]);
      tally.change(key, record);
      fresh.putSync(key, record);
    }
    return true;
  });
}

/** Keeps the old file under another name, which takes no room where a file can have two. Returns that name. */
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

async function letGoOf(directory: string, file: string): Promise<void> {
  const db = openDatabase(directory, file);
  letGo(db);
  await db.close();
}

function inUse(directory: string, { pid }: HeldError): LiveError {
  return new LiveError('DataInUse', `${directory} is in use by process ${pid}`);
}
