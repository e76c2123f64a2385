/**
 * Vector clocks as logs of others write them, in SQL: as JSON, with quotes that are escaped, as
 * Python writes a dictionary, or as a list of numbers. The order of machines in lists is stated, or
 * learned: a machine's own number goes up with every event of its own.
 */
import { LogError } from '../../logs/index.ts';
import { plural } from '../output/plural.ts';
import { type Database, literal } from '../run/database.ts';
import { withoutBlanks } from './names.ts';

const ENTRY = '\\s*"(?:[^"\\\\]|\\\\.)+"\\s*:\\s*\\d{1,15}\\s*';
const OBJECT = `\\{(${ENTRY}(,${ENTRY})*|\\s*)\\}`;
const NUMBERS = '\\d{1,15}(?:\\.0*)?(?:[\\s,;]+\\d{1,15}(?:\\.0*)?)*';
/** In brackets, or at least two numbers. */
const LIST = `[\\[(<]\\s*${NUMBERS}\\s*[\\])>]|\\d{1,15}(?:[\\s,;]+\\d{1,15})+`;

/**
 * SQL for a vector clock as a JSON object without blanks, or as a list of numbers; null if the
 * column `text` is neither.
 */
export function vector(text: string): string {
  // Escaped once or several times, and with the quotes around it or without.
  const unescaped = `regexp_replace(trim(${text}, '"'), '\\\\+"', '"', 'g')`;
  const python = `replace(${text}, '''', '"')`;
  return `CASE WHEN ${isObject(text)} THEN ${object(text)}
    WHEN contains(${text}, '\\"') AND ${isObject(unescaped)} THEN ${object(unescaped)}
    WHEN contains(${text}, '''') AND ${isObject(python)} THEN ${object(python)}
    WHEN regexp_full_match(${text}, '\\s*(?:${LIST})\\s*')
    THEN '[' || array_to_string(regexp_extract_all(${text}, '(\\d+)(?:\\.0*)?', 1), ',') || ']' END`;
}

function isObject(text: string): string {
  return `(regexp_full_match(${text}, '${OBJECT}') AND (NOT contains(${text}, '\\') OR json_valid(${text})))`;
}

/** Names with blanks are written as those of machines are. No name may be there twice. */
function object(text: string): string {
  const short = `if(regexp_matches(${text}, '\\s'), json(${text})::VARCHAR, ${text})`;
  const names = `json_keys(${text})`;
  const bare = `list_transform(${names}, lambda name: ${withoutBlanks('name')})`;
  const renamed = `to_json(map_from_entries(list_transform(map_entries(CAST(${text} AS JSON)::MAP(VARCHAR, BIGINT)),
    lambda one: {'key': ${withoutBlanks('one.key')}, 'value': one.value})))::VARCHAR`;
  return `CASE WHEN len(list_distinct(${names})) < len(${names}) THEN NULL
    WHEN NOT regexp_matches(${short}, '\\s') THEN ${short}
    WHEN len(list_distinct(${bare})) = len(${bare}) THEN ${renamed} END`;
}

/** How vector clocks that are lists are read. */
export interface Lists {
  /** SQL for the vector clock of a staged row as a JSON object. */
  readonly vector: string;
  /** What could not be read of them, in a sentence. */
  readonly unread?: string;
}

/** Rows that are looked at to learn the order of machines. */
const MOST_ROWS = 200_000;

/**
 * How lists are to be read: by the order of machines that is stated, or else learned. Throws a
 * `LogError` if the statement does not fit.
 */
export async function readLists(database: Database, stated: readonly string[]): Promise<Lists> {
  const sizes = await database.rows<{ size: number; rows: number }>(`
    SELECT len(string_split(vector, ',')) AS size, count(*) AS rows FROM staged
    WHERE problem IS NULL AND starts_with(vector, '[') GROUP BY size ORDER BY rows DESC, size`);
  const [most] = sizes;
  if (most === undefined) return { vector: 'vector' };
  const lists = sizes.reduce((sum, { rows }) => sum + rows, 0);
  if (stated.length > 0 && sizes.every(({ size }) => size !== stated.length))
    throw new LogError(
      `--machines names ${plural(stated.length, 'machine')}, and vector clocks have ${plural(most.size, 'number')}`,
    );
  const order = stated.length > 0 ? stated : await learnOrder(database, most.size);
  if (order === undefined)
    return {
      vector: `if(starts_with(vector, '['), NULL, vector)`,
      unread: `${plural(lists, 'vector clock')} not read: lists, and the rows do not show which number is whose: use --machines a,b,c`,
    };
  const fitting = sizes.find(({ size }) => size === order.length)!.rows;
  const entries = order.map(
    (name, i) => `${literal(`${i === 0 ? '{' : ','}${JSON.stringify(name)}:`)} || numbers[${i + 1}]`,
  );
  const numbers = `string_split(vector[2:-2], ',')`;
  const object = entries.join(' || ').replaceAll('numbers', numbers);
  return {
    vector: `CASE WHEN NOT starts_with(vector, '[') THEN vector
      WHEN len(${numbers}) = ${order.length} THEN ${object} || '}' END`,
    ...(lists > fitting && {
      unread: `${plural(lists - fitting, 'vector clock')} not read: not ${plural(order.length, 'number')} as the others`,
    }),
  };
}

/**
 * The machine of each number in a list: the one each of whose events raises it, if the rows leave
 * no choice.
 */
async function learnOrder(database: Database, size: number): Promise<string[] | undefined> {
  const own = Array.from(
    { length: size },
    (_, i) => `coalesce(bool_and(now[${i + 1}] > coalesce(before[${i + 1}], 0)), true) AS own${i}`,
  );
  const rows = await database.rows<Record<string, string | boolean>>(`
    WITH clocks AS (
      SELECT node, now, lag(now) OVER (PARTITION BY node ORDER BY row) AS before FROM (
        SELECT rowid AS row, node, string_split(vector[2:-2], ',')::BIGINT[] AS now FROM staged
        WHERE problem IS NULL AND starts_with(vector, '[') AND len(string_split(vector, ',')) = ${size} LIMIT ${MOST_ROWS})
    )
    SELECT node, ${own.join(', ')} FROM clocks WHERE now IS DISTINCT FROM before GROUP BY node ORDER BY node`);
  const open = new Map(
    rows.map((row) => [String(row.node), own.flatMap((_, i) => (row[`own${i}`] === true ? [i] : []))]),
  );
  const order = own.map((_, i) => `#${i + 1}`);
  while (open.size > 0) {
    const certain = [...open].find(([, places]) => places.length === 1);
    if (certain === undefined) return undefined;
    const [node, [place]] = certain;
    order[place!] = node;
    open.delete(node);
    for (const [other, places] of open)
      open.set(
        other,
        places.filter((one) => one !== place),
      );
  }
  return order;
}
