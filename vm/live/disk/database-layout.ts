/**
 * How a machine's disk is laid out in the database: every stored key starts with the letter of its
 * keyspace, those of the database itself with m. `data` and `incoming` are swapped by a record that
 * says which letter the data is under.
 */
import type { Damage } from '../../program.ts';
import type { Keyspace, Value } from '../../store.ts';
import { encodeRecord, type Stored } from './record.ts';

/** The letters of the keyspaces. */
export const LETTERS = ['d', 'i', 'p'] as const;
/** The letter of the database's own records. */
export const OWN_LETTER = 'm';

/** The key of the record that says which letter the data is under. */
const DATA_LETTER_KEY = 'mdata';

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
