/** The log of a data directory: where it is, and how it begins, from records or from none. */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DiskLog } from '../../disk-log/disk-log.ts';
import { perform } from '../../disk-log/files.ts';
import { type LogFound, readLog } from '../../disk-log/read-log.ts';
import type { Value } from '../../store.ts';
import type { Database } from './database.ts';
import { type LogMark, logMarkRecord, PROGRAM_LETTER } from './database-layout.ts';
import type { Integrity } from './integrity.ts';
import { CODEC, LogFolder } from './log-folder.ts';
import { decodeRecord } from './record.ts';

/** The size of a segment. A large one is seldom begun; a small one is soon read. */
export const SEGMENT_BYTES = 2 * 2 ** 20;
/** Records that a new log begins with are written so many at once. */
const PORTION = 100;
/** The folder of the first log of a directory. */
export const LOG_FOLDER = 'log';

/** A log that is open. */
export interface OpenLog {
  readonly log: DiskLog;
  readonly folder: LogFolder;
  /** The name of its folder. */
  readonly name: string;
}

/** The bytes that say of a log which disk it belongs to, by the serial number of its database. */
export function identityOf(serial: string): Uint8Array {
  return Buffer.from(serial.replaceAll('-', ''), 'hex');
}

/** Reads the log of a directory and changes nothing. Throws what the system throws. */
export function readLogIn(directory: string, mark: LogMark, serial: string): LogFound {
  const files = new LogFolder(join(directory, mark.folder));
  return readLog(files, identityOf(serial), mark, CODEC);
}

/** A name that no log of a directory has. */
export function freeFolder(directory: string): string {
  let name = LOG_FOLDER;
  for (let count = 2; existsSync(join(directory, name)); count++) name = `${LOG_FOLDER}-${count}`;
  return name;
}

/** Writes a new log that holds these records, in a folder that must not have one. */
export function writeLog(
  folder: LogFolder,
  serial: string,
  records: Iterable<readonly [string, Value]>,
): DiskLog {
  const log = new DiskLog(identityOf(serial), SEGMENT_BYTES, CODEC);
  const all = [...records].map(([key, value]) => ({ key: PROGRAM_LETTER + key, value, passing: false }));
  for (let at = 0; at < all.length; at += PORTION) {
    const group = log.prepare(all.slice(at, at + PORTION));
    for (const step of group.steps) perform(step, folder);
    log.appended(group);
  }
  return log;
}

/**
 * Gives a database its log: a new one, or one of a format that kept the program's records itself,
 * which move. The database's mark is what counts: until it is durable there is no log, whatever
 * files there are.
 */
export function beginLog(directory: string, db: Database, integrity: Integrity, serial: string): OpenLog {
  const path = join(directory, LOG_FOLDER);
  rmSync(path, { recursive: true, force: true });
  const folder = new LogFolder(path);
  const log = writeLog(folder, serial, programIn(db));
  const moved = [...keysOf(db)].map((key) => ({ key }));
  db.transactionSync(() => integrity.write([...moved, logMarkRecord({ ...log.mark, folder: LOG_FOLDER })]));
  return { log, folder, name: LOG_FOLDER };
}

/** The program's records in a database of a former format; damaged ones are left out. */
export function* programIn(db: Database): Iterable<readonly [string, Value]> {
  for (const { key, value } of db.getRange(rangeOf(PROGRAM_LETTER))) {
    const decoded = decodeRecord(key as Buffer, value);
    if (decoded !== undefined) yield [(key as Buffer).toString('utf8', 1), decoded];
  }
}

function* keysOf(db: Database): Iterable<Buffer> {
  for (const key of db.getKeys(rangeOf(PROGRAM_LETTER))) yield key as Buffer;
}

/** All stored keys that begin with a letter. */
function rangeOf(letter: string): { start: Buffer; end: Buffer } {
  return { start: Buffer.from(letter), end: Buffer.from([letter.charCodeAt(0) + 1]) };
}
