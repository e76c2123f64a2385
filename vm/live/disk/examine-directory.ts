/**
 * Everything in a data directory, read and checked before anything is opened or changed: the
 * database's file, and the log that its mark leads to.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { LogFound } from '../../disk-log/read-log.ts';
import { LiveError, reason } from '../../errors.ts';
import type { Damage } from '../../program.ts';
import type { Value } from '../../store.ts';
import type { DataOwner } from './data-directory.ts';
import { DATABASE_FILE } from './database.ts';
import {
  DATA_LETTER_KEY,
  damageAt,
  type Letters,
  type LogMark,
  lettersOf,
  logMarkOf,
} from './database-layout.ts';
import { type Checked, checkUnlocked } from './integrity-check.ts';
import { serialOf } from './lock.ts';
import { LOG_FOLDER, readLogIn } from './program-log.ts';

/** A log, and where it is. */
export interface FoundLog {
  readonly mark: LogMark;
  readonly found: LogFound;
}

/** What is in a directory. */
export interface Examined {
  readonly checked: Checked;
  readonly serial: string;
  /**
   * Undefined if the directory is new, or of a format without a log, or its mark cannot be read.
   */
  readonly log: FoundLog | undefined;
  /** The letters, as the log has them. */
  readonly letters: Letters;
  /** The damaged file, or the folder of the damaged log; if nothing is, the database's file. */
  readonly file: string;
  readonly damage: readonly Damage[];
  /** What else is wrong, to be read after "is corrupt: "; undefined if nothing. */
  readonly problem: string | undefined;
}

/**
 * Reads all of a directory. Throws a `LiveError` if it cannot be read, or if a living process has
 * locked it or has written to it meanwhile.
 */
export function examineDirectory(directory: string, owner: DataOwner): Examined {
  const checked = checkUnlocked(directory, owner);
  const isLost = !existsSync(join(directory, DATABASE_FILE)) && existsSync(join(directory, LOG_FOLDER));
  const serial = serialOf(checked.own);
  const mark = logMarkOf(checked.own);
  const log = mark && { mark, found: read(directory, mark, serial) };
  const letters = lettersOf(withLetter(checked.own, log?.found));
  const stored = log === undefined ? [] : log.found.damaged.map((key) => Buffer.from(key));
  // Of a damaged record the key may be damaged, too.
  const unknown = stored.find((key) => damageAt(key, letters).space === undefined);
  const logProblem = log?.found.problem ?? (unknown && `its record ${unknown.toString()} fails its checksum`);
  const isDatabaseWhole = checked.damaged.length === 0 && checked.problem === undefined;
  const isLogDamaged = stored.length > 0 || logProblem !== undefined;
  return {
    checked,
    serial,
    log,
    letters,
    file: join(directory, isDatabaseWhole && isLogDamaged ? log!.mark.folder : DATABASE_FILE),
    damage: [...checked.damaged, ...stored.filter((key) => key !== unknown)].map((key) =>
      damageAt(key, letters),
    ),
    // A database is there before its log is.
    problem: isLost ? 'it is missing, though its log is there' : (checked.problem ?? logProblem),
  };
}

function read(directory: string, mark: LogMark, serial: string): LogFound {
  try {
    return readLogIn(directory, mark, serial);
  } catch (error) {
    const folder = join(directory, mark.folder);
    throw new LiveError('DataUnwritable', `cannot read ${folder}: ${reason(error)}`, error);
  }
}

/** The database's own records, after what is in the log and not there yet. */
function withLetter(
  own: ReadonlyMap<string, Value>,
  found: LogFound | undefined,
): ReadonlyMap<string, Value> {
  const letter = found?.passing.findLast(({ key }) => key === DATA_LETTER_KEY)?.value;
  return letter === undefined ? own : new Map([...own, [DATA_LETTER_KEY, letter]]);
}
