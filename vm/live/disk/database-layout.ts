/**
 * How a machine's disk is laid out in the database and in the log: every stored key starts with the
 * letter of its keyspace, those of the database itself with m. The database has `data` and
 * `incoming`, which are swapped by a record that says which letter the data is under; the log has
 * `program`, and what is on its way to the database. In formats before the fifth there was no log,
 * and the database had everything.
 */
import type { Mark } from '../../disk-log/segment.ts';
import type { Damage } from '../../program.ts';
import type { Keyspace, Value } from '../../store.ts';
import { encodeRecord, type Stored } from './record.ts';

/** The letters of the keyspaces. */
export const LETTERS = ['d', 'i', 'p'] as const;
/** The letter of the database's own records. */
export const OWN_LETTER = 'm';

/** The letter of the program's records. */
export const PROGRAM_LETTER = 'p';

/** The key of the record that says which letter the data is under. */
export const DATA_LETTER_KEY = 'mdata';
/** The key of the record that says where the log is, and how far the database has followed it. */
const LOG_KEY = 'mlog';

/** What a disk holds, by keyspace. */
export type Contents = Readonly<Record<Keyspace, Iterable<readonly [string, Value]>>>;

/** The letter of each keyspace. */
export type Letters = Readonly<Record<Keyspace, string>>;

/** The letters, given the database's own records. */
export function lettersOf(own: ReadonlyMap<string, Value>): Letters {
  return own.get(DATA_LETTER_KEY) === 'i'
    ? { program: 'p', data: 'i', incoming: 'd' }
    : { program: 'p', data: 'd', incoming: 'i' };
}

/** The record that says which letter the data is under. */
export function dataLetterRecord(letter: string): Stored {
  return encodeRecord(DATA_LETTER_KEY, letter);
}

/** The log of a directory: the name of its folder, and how far the database has followed it. */
export interface LogMark extends Mark {
  readonly folder: string;
}

/** The log, given the database's own records; undefined if it has none yet. */
export function logMarkOf(own: ReadonlyMap<string, Value>): LogMark | undefined {
  return own.get(LOG_KEY) as LogMark | undefined;
}

/** The record that says where the log is. */
export function logMarkRecord({ folder, first, applied }: LogMark): Stored {
  return encodeRecord(LOG_KEY, { folder, first, applied });
}

/** A stored key as the program knows it. */
export function damageAt(stored: Buffer, letters: Letters): Damage {
  const [letter, key] = [stored.toString('latin1', 0, 1), stored.toString('utf8', 1)];
  const spaces = Object.keys(letters) as Keyspace[];
  return { space: spaces.find((space) => letters[space] === letter)!, key };
}

/** What a record is, in words: the program's own, or its key. */
export type NameRecord = (damage: Damage) => string;

/** Names a record by its key, for programs that have no names for their records. */
export const nameByKey: NameRecord = ({ key }) => `the record of key ${JSON.stringify(key)}`;

/** Which records fail their checksums, in words. */
export function tellDamage(damage: readonly Damage[], name: NameRecord): string {
  const [first, ...rest] = damage.map(name);
  if (rest.length === 0) return `${first} fails its checksum`;
  return `${first} and ${rest.length} more ${rest.length === 1 ? 'record' : 'records'} fail their checksums`;
}
