/** What `--guess` prints: each reading with its first rows, and the command that reads so. */

import { cleaned } from '../../output/cleaned.ts';
import { plural } from '../../output/plural.ts';
import { type TextColumn, textTable } from '../../output/text-table.ts';
import type { Colors } from '../../report/text.ts';
import type { SqlRow } from '../../run/database.ts';
import type { MappingFlags } from '../mapping.ts';
import type { Guess, Tried } from './guess.ts';

/** Letters of a value that are shown. */
const MOST_LETTERS = 40;
/** Lines on what is not read. */
const MOST_HOLES = 3;

/** The text, ended by a line feed. */
export function guessText(guess: Guess, colors: Colors): string {
  const { path, files, readings, more } = cleaned(guess);
  const many = readings.length + more;
  const head =
    many === 1
      ? `${path}: ${plural(files, 'file')}, read so:`
      : `${path}: ${plural(files, 'file')}. ${many} readings are possible${more > 0 ? `, ${readings.length} are shown` : ''}: take the one whose rows are right.`;
  const parts = readings.map((reading, i) =>
    readingLines(
      reading,
      many > 1 ? i + 1 : undefined,
      commandOf(guess.path, guess.readings[i]!.flags),
      colors,
    ),
  );
  return `${[[colors.bold(head)], ...parts].map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function readingLines(reading: Tried, place: number | undefined, command: string, colors: Colors): string[] {
  const { about, rows, kinds, machines, holes } = reading;
  const counts = kinds.map(({ event, events }) => `${events} ${event}`).join(', ');
  return [
    ...(place === undefined ? [] : [colors.bold(`${place}. ${about.join('; ')}`)]),
    ...textTable(columnsOf(rows), rows).map((line, i) => `  ${i === 0 ? colors.dim(line) : line}`),
    colors.dim(`  of the first rows: ${counts}, of ${machines.join(', ')}`),
    ...holes.slice(0, MOST_HOLES).map((hole) => colors.yellow(`  ${hole}`)),
    ...(holes.length > MOST_HOLES
      ? [colors.dim(`  ... and ${holes.length - MOST_HOLES} more that is not read`)]
      : []),
    '',
    `  ${command}`,
  ];
}

const TITLES: Readonly<Record<string, string>> = {
  place: 'row',
  time_us: 'time, s',
  node: 'machine',
  lamport: 'clock',
  sender_clock: "sender's clock",
};

/** Columns that have a value in one of the rows. */
function columnsOf(rows: readonly SqlRow[]): TextColumn<SqlRow>[] {
  const names = Object.keys(rows[0] ?? {}).filter((name) => rows.some((row) => row[name] !== null));
  return names.map((name) => ({
    heading: TITLES[name] ?? name,
    align: typeof rows.find((row) => row[name] !== null)?.[name] === 'number' ? 'right' : 'left',
    value: (row) => shown(name, row[name] ?? null),
  }));
}

function shown(name: string, value: SqlRow[string]): string | null {
  if (value === null) return null;
  if (name === 'time_us') return (Number(value) / 1e6).toFixed(3);
  const text = String(value);
  return text.length > MOST_LETTERS ? `${text.slice(0, MOST_LETTERS - 3)}...` : text;
}

/** The command, as a shell takes it. */
function commandOf(path: string, flags: MappingFlags): string {
  const { columns = [], timeUnit, events, format, pattern, executions } = flags;
  const words = [
    ...(format === undefined ? [] : ['--format', format]),
    ...(typeof columns === 'string' ? [columns] : columns).flatMap((pairs) => ['--columns', pairs]),
    ...(pattern === undefined ? [] : ['--pattern', pattern]),
    ...(executions === undefined ? [] : ['--executions', executions]),
    ...(timeUnit === undefined ? [] : ['--time-unit', timeUnit]),
    ...(events === undefined ? [] : ['--events', events]),
  ];
  return ['npx', 'tickraft', 'analyze', path, ...words].map(quoted).join(' ');
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) && !word.startsWith('-')
    ? word
    : /^--?[a-z-]+$/.test(word)
      ? word
      : `'${word.replaceAll("'", "'\\''").replaceAll(UNPRINTABLE, printed)}'`;
}

/** What `printable` shows as a question mark. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Surrogate}]+/gu;

/**
 * Within single quotes, what a shell is to put there in place of text that no terminal should see.
 */
function printed(text: string): string {
  const bytes = [...Buffer.from(text)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`);
  return `'"$(printf '${bytes.join('')}')"'`;
}
