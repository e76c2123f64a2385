/**
 * Checks a database's file completely before LMDB opens it: that its trees are valid
 * (`tree-walk.ts`), that each page is used once or free once, that each record is what was written
 * under its key, and that the records are those of one and the same transaction. What the check has
 * read is handed on, so that nothing is read twice.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { LiveError, reason } from '../../errors.ts';
import type { Value } from '../../store.ts';
import type { DataOwner } from './data-directory.ts';
import { DATABASE_FILE } from './database.ts';
import { DatabaseFile, FileDamage, type Meta, wholeAt } from './database-file.ts';
import { LETTERS, OWN_LETTER } from './database-layout.ts';
import {
  INTEGRITY_KEY,
  type IntegrityRecord,
  integrityProblem,
  NO_RECORDS,
  plus,
  type Sums,
} from './integrity.ts';
import { inUse, LockedError, refuseLocked } from './lock.ts';
import { MIN_RECORD_BYTES, SUM_BYTES } from './record.ts';
import { PageMap, TreeWalk } from './tree-walk.ts';

const OWN = OWN_LETTER.charCodeAt(0);

/** What a check has found. */
export interface Checked {
  /** Whose records they are, or must be. */
  readonly owner: string;
  /** The last transaction of the file; 0 if it holds none. */
  readonly transaction: number;
  /** Counts and sums, by the first byte of the stored keys. */
  readonly sums: ReadonlyMap<number, Sums>;
  /** The database's own records, by name. */
  readonly own: ReadonlyMap<string, Value>;
  /** The stored keys of the records that are not what was written there. */
  readonly damaged: readonly Buffer[];
  /** What else is wrong, to be read after "is corrupt: "; undefined if nothing. */
  readonly problem: string | undefined;
  /**
   * Whether LMDB can read the file: its trees are valid, though records may be damaged or missing.
   */
  readonly isSound: boolean;
}

/**
 * Reads all of the database in `directory`, once. Throws a `LiveError` if it cannot be read, or if
 * a living process has locked it or has written to it meanwhile.
 */
export function checkUnlocked(directory: string, owner: DataOwner): Checked {
  const path = join(directory, DATABASE_FILE);
  const name = `${owner.id} of ${owner.cluster}`;
  if (!existsSync(path)) return asChecked(name, 0, new Records(), undefined, true);
  let file: DatabaseFile | undefined;
  try {
    file = new DatabaseFile(path);
    const found = checkFile(file, name);
    refuseLocked(found.own);
    if (!isUntouched(file, found)) throw new LockedError();
    return found;
  } catch (error) {
    if (error instanceof LockedError) throw inUse(directory, error);
    throw new LiveError('DataUnwritable', `cannot read ${path}: ${reason(error)}`, error);
  } finally {
    file?.close();
  }
}

function checkFile(file: DatabaseFile, owner: string): Checked {
  const records = new Records();
  let transaction = 0;
  let isSound = false;
  let problem: string | undefined;
  try {
    const meta = file.meta();
    transaction = meta.transaction;
    checkTrees(file, meta, records);
    isSound = true;
    const recorded = (records.own.get(INTEGRITY_KEY) ?? {}) as IntegrityRecord;
    problem = records.problem ?? integrityProblem(recorded, records.sums, records.damaged, owner);
  } catch (error) {
    if (!(error instanceof FileDamage)) throw error;
    problem = error.message;
  }
  return asChecked(owner, transaction, records, problem, isSound);
}

function asChecked(
  owner: string,
  transaction: number,
  { sums, own, damaged }: Records,
  problem: string | undefined,
  isSound: boolean,
): Checked {
  return { owner, transaction, sums, own, damaged, problem, isSound };
}

/** Whether the file is still as it was checked. One that is being written to can look damaged. */
function isUntouched(file: DatabaseFile, { transaction, isSound }: Checked): boolean {
  try {
    return file.meta().transaction === transaction;
  } catch {
    return !isSound;
  }
}

function checkTrees(file: DatabaseFile, meta: Meta, records: Records): void {
  const pages = new PageMap(meta);
  const newest = new TreeWalk(file, meta, pages, compareBytes).walk(
    meta.main,
    (bytes, at, keyBytes, valueBytes) => records.add(bytes, at, keyBytes, valueBytes),
  );
  // Every transaction writes the integrity record, and so each page from there to the root.
  if (newest !== meta.transaction) {
    throw new FileDamage(`its records are of transaction ${newest}, not of its last, ${meta.transaction}`);
  }
  new TreeWalk(file, meta, pages, compareNumbers).walk(meta.free, (bytes, at, keyBytes, valueBytes) =>
    takeFree(pages, bytes.subarray(at + keyBytes, at + keyBytes + valueBytes)),
  );
  const { lost } = pages;
  if (lost !== undefined) throw new FileDamage(`its page ${lost} is neither used nor free`);
}

/** Orders keys as LMDB does: by their bytes. */
function compareBytes(in1: Buffer, a: number, aEnd: number, in2: Buffer, b: number, bEnd: number): number {
  const length = Math.min(aEnd - a, bEnd - b);
  for (let i = 0; i < length; i++) {
    const order = in1[a + i]! - in2[b + i]!;
    if (order !== 0) return order;
  }
  return aEnd - a - (bEnd - b);
}

/** Orders the keys of the tree of free pages: numbers of transactions. */
function compareNumbers(in1: Buffer, a: number, aEnd: number, in2: Buffer, b: number, bEnd: number): number {
  if (aEnd - a !== 8 || bEnd - b !== 8) throw new FileDamage('its list of free pages is not sound');
  return wholeAt(in1, a) - wholeAt(in2, b);
}

/**
 * A list of free pages: how many words follow; a negative word says how many pages the next one
 * stands for.
 */
function takeFree(pages: PageMap, list: Buffer): void {
  const words = list.length >= 8 ? wholeAt(list, 0) : Number.NaN;
  if (list.length < 8 * (words + 1)) throw new FileDamage('its list of free pages is not sound');
  let count = 1;
  for (let at = 8; at <= 8 * words; at += 8) {
    const word = list.readBigInt64LE(at);
    if (word < 0n) count = Number(-word);
    else if (word > 0n) {
      pages.take(Number(word), count);
      count = 1;
    }
  }
}

/** The records of a database as they are walked. */
class Records {
  readonly sums = new Map<number, Sums>(
    [...LETTERS, OWN_LETTER].map((letter) => [letter.charCodeAt(0), NO_RECORDS]),
  );
  readonly own = new Map<string, Value>();
  readonly damaged: Buffer[] = [];
  /** What is wrong with the database's own records, in words. */
  problem: string | undefined;

  add(bytes: Buffer, at: number, keyBytes: number, valueBytes: number): void {
    const letter = bytes[at]!;
    const sums = keyBytes > 0 ? this.sums.get(letter) : undefined;
    if (sums === undefined) throw new FileDamage('it holds a record of no known space');
    const value = at + keyBytes;
    const end = value + valueBytes;
    let sum = 0;
    let isWhole = false;
    if (valueBytes >= MIN_RECORD_BYTES) {
      sum = bytes.readUInt32LE(value);
      // One run over the key, a sum of 0 and the value, as when it was written.
      bytes.writeUInt32LE(0, value);
      isWhole = crc32(bytes.subarray(at, end)) === sum;
    }
    if (letter === OWN) {
      const name = bytes.toString('latin1', at, value);
      if (isWhole) this.own.set(name, JSON.parse(bytes.toString('utf8', value + SUM_BYTES, end)) as Value);
      else this.problem ??= `its record ${name} fails its checksum`;
      if (name === INTEGRITY_KEY) return;
    } else if (!isWhole) this.damaged.push(Buffer.from(bytes.subarray(at, value)));
    this.sums.set(letter, plus(sums, sum));
  }
}
