/** Files of others as records, in SQL: where in their lines the values of our columns are. */

import type { COLUMNS } from '../../logs/format/index.ts';
import { LogError } from '../../logs/index.ts';
import { type Database, literal } from '../run/database.ts';
import type { Flag } from './event-kind.ts';
import { linesOf } from './lines.ts';
import type { Mapping } from './mapping.ts';

/**
 * Our columns, and what only logs of others tell: the sender's clock in the row of a receive, and
 * kinds of events by a yes or no.
 */
export type ColumnName = (typeof COLUMNS)[number]['name'] | 'sender_clock' | Flag;

/** The records of a file, one a line. */
export interface Records {
  /** SQL of a relation with the `text` of each line in order, and its `cells`. */
  readonly from: string;
  /** SQL for the text of each of our columns that the file has, from `cells`. */
  readonly values: Partial<Record<ColumnName, string>>;
  /**
   * SQL for what is to be done to each such text, one after the other; the database does not notice
   * what it computes twice.
   */
  readonly steps: readonly ((text: string) => string)[];
  /** SQL that says what is wrong with a line, or null. */
  readonly damage: string;
  /** The line that names the columns. */
  readonly header?: number;
}

/** Whether a text is blank, in SQL. */
const BLANKS = literal(' \t\r\n\v\f\u00a0\ufeff');

/** SQL for a text without the blanks around it. Most have none. */
function trimmed(text: string): string {
  return `CASE WHEN regexp_matches(${text}, '^[^!-~]|[^!-~]$') THEN trim(${text}, ${BLANKS}) ELSE ${text} END`;
}

/** Stands for a doubled quote, and for a delimiter between quotes, while cells are told apart. */
const [DOUBLED, WITHIN] = ['chr(30)', 'chr(31)'];

/** SQL for a text without the quotes around it. */
function unquoted(text: string): string {
  return `CASE WHEN starts_with(${text}, '"') AND ends_with(${text}, '"') AND length(${text}) > 1
    THEN replace(replace(${text}[2:-2], '""', '"'), ${DOUBLED}, '"')
    WHEN ${text} = ${DOUBLED} THEN ''
    WHEN contains(${text}, ${DOUBLED}) THEN replace(${text}, ${DOUBLED}, '""') ELSE ${text} END`;
}

/** A CSV file, by its first line that is not empty. */
export interface Table {
  readonly path: string;
  readonly quotes: boolean;
  /** Commas, semicolons or tabs, whichever that line has most. */
  readonly delimiter: string;
  readonly line: number;
  readonly cells: readonly string[];
}

/** What a CSV file is like; undefined if all of its lines are empty. `quotes`: it has any. */
export async function tableOf(database: Database, path: string, quotes: boolean): Promise<Table | undefined> {
  const first = `(SELECT * FROM (SELECT row_number() OVER () AS line, text FROM ${linesOf(path)})
    WHERE ${trimmed('text')} <> '' LIMIT 1)`;
  const [top] = await database.rows<{ text: string }>(`FROM ${first}`);
  if (top === undefined) return undefined;
  const delimiter = delimiterOf(top.text);
  const split = quotes ? quotedCells(delimiter) : plainCells(delimiter);
  const bare = [trimmed, unquoted, trimmed].reduce(
    (cells, step) => `list_transform(${cells}, lambda cell: ${step('cell')})`,
    split,
  );
  const { line, names } = await database.row<{ line: number; names: string }>(
    `SELECT line, to_json(${bare})::VARCHAR AS names FROM ${first}`,
  );
  return { path, quotes, delimiter, line, cells: JSON.parse(names) as string[] };
}

/**
 * SQL that reads the rows of a table: their `cells`, and for one without quotes whether there may
 * be blanks around them.
 */
function rowsOf({ path, quotes, delimiter, cells }: Table): string {
  const [plain, paired, quoted] = [plainCells(delimiter), pairedCells(delimiter), quotedCells(delimiter)];
  if (!quotes) {
    // Looking once a line is faster than once a value.
    const blanks = `regexp_matches(text, '(^|${delimiter})[^!-~]|[^!-~](${delimiter}|$)')`;
    return `(SELECT text, ${blanks} AS blanks, ${plain} AS cells FROM ${linesOf(path)})`;
  }
  const quick = `CASE WHEN NOT contains(text, '"') THEN ${plain} WHEN NOT contains(text, '"""') THEN ${paired} END`;
  const slow = `contains(text, '"') AND len(quick) IS DISTINCT FROM ${cells.length}`;
  return `(SELECT text, CASE WHEN ${slow} THEN ${quoted} ELSE quick END AS cells
    FROM (SELECT text, ${quick} AS quick FROM ${linesOf(path)}))`;
}

function delimiterOf(line: string): string {
  const count = (text: string) => line.split(text).length;
  return [',', ';', '\t'].reduce((best, one) => (count(one) > count(best) ? one : best));
}

function plainCells(delimiter: string): string {
  return `string_split(text, ${literal(delimiter)})`;
}

/**
 * A cell in quotes, or anything else up to the delimiter: a quote in the middle of a text is one.
 */
function quotedCells(delimiter: string): string {
  const cell = `([ \\t]*"(?:[^"]|"")*"[ \\t]*|[^${delimiter}]*)${delimiter}`;
  return `regexp_extract_all(text || ${literal(delimiter)}, ${literal(cell)}, 1)`;
}

/**
 * The same where quotes come in pairs, several times as fast: what stands between the two of a pair
 * is every second part of the line. Three in a row may be an end and a doubled one, or the reverse.
 */
function pairedCells(delimiter: string): string {
  const within = `if(place % 2 = 1, replace(part, ${literal(delimiter)}, ${WITHIN}), part)`;
  const parts = `string_split(replace(text, '""', ${DOUBLED}), '"')`;
  const cells = `array_to_string(list_transform(${parts}, lambda part, place: ${within}), '"')`;
  return `string_split(${cells}, ${WITHIN})`;
}

/** Whether the row in a line goes on in the next: it ends within quotes. */
export function unfinishedRow(delimiter: string): (line: string) => boolean {
  const quoted = '[ \\t]*"(?:[^"]|"")*"[ \\t]*';
  const plain = `[ \\t]*(?:[^" \\t${delimiter}][^${delimiter}]*)?`;
  const unfinished = new RegExp(`^(?:(?:${quoted}|${plain})${delimiter})*[ \\t]*"(?:[^"]|"")*$`);
  return (line) => unfinished.test(line);
}

/** SQL for whether some row of a CSV file may go on in the next line: it has a quote too many. */
export function oddQuotes(path: string): string {
  return `SELECT 1 AS odd FROM ${linesOf(path)} WHERE (length(text) - length(replace(text, '"', ''))) % 2 = 1 LIMIT 1`;
}

/**
 * The records of a CSV file. If all names of columns are numbers the file has no header, and they
 * count its columns from 1. Throws a `LogError` if the header lacks one, or has a name twice.
 */
export function csvRecords(file: string, table: Table, mapping: Mapping): Records {
  const { columns, kinds } = mapping;
  const wanted = [columns, ...Object.values(kinds)].flatMap((some) => Object.values(some)).filter(Boolean);
  const headless = wanted.length > 0 && wanted.every((name) => /^\d+$/.test(name));
  const { line, cells } = table;
  const byKind = headless && Object.keys(kinds).length > 0;
  const names = headless ? cells.map((_, i) => String(i + 1)) : cells;
  const twice = names.find((name, i) => name !== '' && names.indexOf(name) < i);
  if (twice !== undefined)
    throw new LogError(`${file}:${line}: the header has the column "${twice}" twice: rename one`);
  const missing = wanted.find((name) => !names.includes(name));
  if (missing !== undefined && !byKind)
    throw new LogError(
      `${file}:${line}: there is no column "${missing}"; its columns are ${names.join(', ')}${
        headless ? " (where columns depend on the kind of row, say so: --columns 'KIND: clock=3')" : ''
      }`,
    );
  const value = (name: string) => `cells[${headless ? name : names.indexOf(name) + 1}]`;
  const withBlanks = (text: string) => `CASE WHEN blanks THEN ${trimmed(text)} ELSE ${text} END`;
  const most = (some: Mapping['columns']) => Math.max(0, ...Object.values(some).map(Number));
  const needed = byKind ? ofKind(mapping, value, (some) => String(most(some))) : String(names.length);
  const few = byKind ? `len(cells) < ${needed}` : `len(cells) <> ${needed}`;
  return {
    from: rowsOf(table),
    values: valuesOf(mapping, value),
    steps: table.quotes ? [trimmed, unquoted, trimmed] : [withBlanks],
    damage: `if(${few}, 'damaged: ' || len(cells) || ' columns instead of ' || ${needed}, NULL)`,
    ...(!headless && { header: line }),
  };
}

/**
 * The records of a file with one JSON object a line. Fields of fields are named with a dot:
 * `meta.time`.
 */
export function jsonRecords(path: string, mapping: Mapping): Records {
  const named = [mapping.columns, ...Object.values(mapping.kinds)].flatMap((some) => Object.values(some));
  const paths = [...new Set(named.flatMap((name) => [...pointersTo(name)]))];
  const value = (name: string) => {
    const places = [...pointersTo(name)].map((pointer) => `cells[${paths.indexOf(pointer) + 1}]`);
    return places.length === 1 ? places[0]! : `coalesce(${places.join(', ')})`;
  };
  const oneLine = (text: string) =>
    `CASE WHEN regexp_matches(${text}, '[\\r\\n]') THEN regexp_replace(${text}, '[\\r\\n]+', ' ', 'g') ELSE ${text} END`;
  const isObject = `regexp_matches(text, '^\\s*\\{') AND json_valid(text)`;
  const cells = `json_extract_string(text, [${paths.map(literal).join(', ')}])`;
  return {
    from: `(SELECT text, CASE WHEN ${isObject} THEN ${cells} END AS cells FROM ${linesOf(path)})`,
    values: valuesOf(mapping, value),
    steps: [oneLine, trimmed],
    damage: `if(cells IS NULL, 'damaged: not a JSON object', NULL)`,
  };
}

/**
 * The records of a file with names and values in each line: `Clock: 4, Queue: 0` or
 * `clock=4 queue=0`. Large letters are as good as small ones.
 */
export function pairRecords(path: string, mapping: Mapping): Records {
  const named = [mapping.columns, ...Object.values(mapping.kinds)].flatMap((some) => Object.values(some));
  const names = [...new Set(named)].filter(Boolean);
  const found = names.map((name) => `regexp_extract(text, ${literal(PAIR(name))}, 1)`);
  const twice = names.map(
    (name) => `WHEN len(regexp_extract_all(text, ${literal(KEY(name))})) > 1
      THEN ${literal(`damaged: "${name}" is there twice`)}`,
  );
  return {
    from: `(SELECT text, [${found.join(', ')}] AS cells FROM ${linesOf(path)})`,
    values: valuesOf(mapping, (name) => `cells[${names.indexOf(name) + 1}]`),
    steps: [trimmed, unquoted, trimmed],
    damage: `CASE WHEN array_to_string(cells, '') = '' THEN ${literal(`damaged: none of ${names.join(', ')} is there`)}
      ${twice.join(' ')} END`,
  };
}

/**
 * What stands before a name: the beginning, a separator, or a value of one word; after a word it
 * would be a part of a longer name.
 */
const BEFORE_KEY = '(?:^\\s*|[,;|\\t{\\[(]\\s*|[^A-Za-z_\\s]\\s+|[:=]\\s*\\S+\\s+)';

const KEY = (name: string) => {
  const exact = name.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&').replaceAll(/\s+/g, '\\s+');
  // With a = and no blanks around it, a name is one word.
  return `(?i)(?:${BEFORE_KEY}"?${exact}"?\\s*[:=]|\\s${exact}=)`;
};

/** A name with its value, which goes on to the next name, or to the end. */
const PAIR = (name: string) =>
  `${KEY(name)}\\s*(.*?)[}\\])]?(?:\\s*$|(?:\\s*[,;|\\t]\\s*|\\s+)"?[a-z_][\\w.]*(?: [a-z_][\\w.]*)*"?\\s*[:=])`;

/**
 * The records of a file with one a line, its line in the first cell and those of `groups` behind
 * it. A line without them has the `damage`.
 */
export function splitRecords(
  path: string,
  separator: string,
  mapping: Mapping,
  groups: readonly string[],
  damage: string,
): Records {
  return {
    from: `(SELECT text, string_split(text, ${literal(separator)}) AS cells FROM ${linesOf(path)})`,
    values: valuesOf(mapping, (name) => `cells[${groups.indexOf(name) + 2}]`),
    steps: [trimmed],
    damage: `if(len(cells) = 1, ${literal(damage)}, NULL)`,
  };
}

/** A name with dots may be that of a field, or of a field in a field. */
function pointersTo(name: string): Set<string> {
  const pointer = (fields: readonly string[]) =>
    fields.map((field) => `/${field.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
  return new Set([pointer([name]), pointer(name.split('.'))]);
}

/** SQL for the text of each of our columns, where `value` is SQL for the text of one of theirs. */
function valuesOf(mapping: Mapping, value: (name: string) => string): Records['values'] {
  const names = [mapping.columns, ...Object.values(mapping.kinds)].flatMap((some) => Object.keys(some));
  const own = (name: string) => (some: Mapping['columns']) => (some[name] ? value(some[name]) : 'NULL');
  return Object.fromEntries([...new Set(names)].map((name) => [name, ofKind(mapping, value, own(name))]));
}

/**
 * SQL that says something of the columns of a row, which depend on its event where the mapping says
 * so.
 */
function ofKind(
  { columns, kinds }: Mapping,
  value: (name: string) => string,
  say: (columns: Mapping['columns']) => string,
): string {
  const event = `trim(${value(columns.event ?? '')}, ${literal(' \t\r"')})`;
  const cases = Object.entries(kinds).map(
    ([kind, some]) => `WHEN ${event} = ${literal(kind)} THEN ${say({ ...columns, ...some })}`,
  );
  return cases.length === 0 ? say(columns) : `CASE ${cases.join(' ')} ELSE ${say(columns)} END`;
}
