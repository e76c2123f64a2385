/**
 * Records of others as rows of our own schema, in SQL: the table `staged` has a row for each line of each file, in order, with what is
 * wrong with it in `problem` (empty for a line that is none). Only rows without a problem become rows of the log.
 *
 * Several cores read, and rows keep their order only as long as nothing but expressions stand between a file and the table: no join,
 * and no IN with many values, which becomes one.
 */
import { COLUMNS } from '../../logs/schema.ts';
import { type Database, literal } from '../database.ts';
import { eventKind } from './event-kind.ts';
import type { Mapping } from './mapping.ts';
import type { ColumnName, Records } from './records.ts';
import { microseconds } from './time.ts';

const INTEGERS: readonly ColumnName[] = COLUMNS.filter(({ type }) => type === 'integer').map(
  ({ name }) => name,
);

/** SQL for whether a line says nothing. */
const EMPTY = "text IS NULL OR regexp_full_match(text, '[\\s\\v\\x{a0}]*')";

/** Creates the table `staged`: our columns, the number of the `file`, the `line`, and what is not told. */
export async function createStaged(database: Database): Promise<void> {
  const columns = COLUMNS.map(({ name, type }) =>
    type === 'integer' ? `"${name}" BIGINT` : `"${name}" VARCHAR USING COMPRESSION uncompressed`,
  );
  await database.run(`CREATE TABLE staged (${columns.join(', ')}, file USMALLINT, line BIGINT,
    problem VARCHAR, unknown_event VARCHAR, unread_vector BOOLEAN)`);
}

/** Adds the lines of a file. `node` is the machine of rows that do not name one; `line` is SQL for the line of a record, if that is not its place in the file. */
export async function stageRows(
  database: Database,
  { from, values, steps, damage }: Records,
  mapping: Mapping,
  { file, node, line = 'NULL' }: { readonly file: number; readonly node: string; readonly line?: string },
): Promise<void> {
  const { time } = mapping;
  const named = COLUMNS.map(({ name }) => `${values[name] ?? 'NULL::VARCHAR'} AS their_${name}`);
  const given = COLUMNS.filter(({ name }) => values[name] !== undefined).map(({ name }) => `their_${name}`);
  const all = [
    ...steps,
    (text: string) => `nullif(${text}, '')`,
    (text: string) => (text === 'their_vector' ? asJson(text) : text),
  ];
  const records = all.reduce(
    (relation, step) =>
      `(SELECT * REPLACE (${given.map((column) => `${step(column)} AS ${column}`).join(', ')}) FROM ${relation})`,
    `(SELECT ${EMPTY} AS empty, ${damage} AS damage, ${line} AS line, * EXCLUDE (text), ${named.join(', ')} FROM ${from})`,
  );
  const wholes = INTEGERS.filter((name) => values[name] !== undefined && name !== 'time_us');
  const integers = INTEGERS.map((name) => {
    if (values[name] === undefined) return `NULL::BIGINT AS "${name}"`;
    return `${name === 'time_us' ? microseconds('their_time_us', time) : whole(`their_${name}`)} AS "${name}"`;
  });
  const refused = wholes.map(
    (name) => `WHEN their_${name} IS NOT NULL AND "${name}" IS NULL
      THEN 'damaged: "' || their_${name} || '" is not a whole number (${name})'`,
  );
  const kind = values.event === undefined ? `'internal'` : eventKind('their_event', mapping.events);
  const texts: Partial<Record<ColumnName, string>> = {
    node: values.node === undefined ? literal(node) : machineName(`coalesce(their_node, ${literal(node)})`),
    vector: 'read_vector',
    event: `coalesce(known_event, 'internal')`,
    peer: machineNames('their_peer'),
    detail: `coalesce(their_detail, if(their_event <> coalesce(known_event, 'internal'), their_event, NULL))`,
  };
  const ours = COLUMNS.map(({ name }) =>
    INTEGERS.includes(name) ? `"${name}"` : `${texts[name] ?? `their_${name}`} AS "${name}"`,
  );
  await database.run(`
    INSERT INTO staged
    WITH told AS NOT MATERIALIZED (
      SELECT *, ${integers.join(', ')}, ${kind} AS known_event, ${vector('their_vector')} AS read_vector FROM ${records}
    )
    SELECT ${ours.join(', ')}, ${file} AS file, line,
      CASE WHEN empty THEN '' WHEN damage IS NOT NULL THEN damage
        WHEN their_time_us IS NOT NULL AND time_us IS NULL THEN 'damaged: "' || their_time_us || '" is not a time (${time})'
        ${refused.join(' ')} END AS problem,
      if(known_event IS NULL, coalesce(their_event, ''), NULL) AS unknown_event,
      their_vector IS NOT NULL AND read_vector IS NULL AS unread_vector
    FROM told`);
}

/** Floating-point columns of tables write whole numbers as 7.0. */
function whole(text: string): string {
  return `try_cast(CASE WHEN regexp_full_match(${text}, '\\d{1,16}(\\.0*)?') THEN split_part(${text}, '.', 1) END AS BIGINT)`;
}

/** SQL for a machine's name without what separates names in lists. */
function machineName(text: string): string {
  return `CASE WHEN regexp_matches(${text}, '[\\s,;]') THEN regexp_replace(${text}, '[\\s,;]+', '_', 'g') ELSE ${text} END`;
}

/** Several are separated by a space: `[a, b]` is `a b`. */
function machineNames(text: string): string {
  const bare = `regexp_replace(${text}, '[\\[\\]()''"]', '', 'g')`;
  const list = `trim(regexp_replace(${bare}, '[,;\\s]+', ' ', 'g'))`;
  return `CASE WHEN regexp_matches(${text}, '[\\[\\]()''",;\\s]') THEN ${list} ELSE ${text} END`;
}

/** Python's way of writing it is taken too. */
function asJson(text: string): string {
  return `if(contains(${text}, ''''), replace(${text}, '''', '"'), ${text})`;
}

/** A vector clock has a number for each name. */
function vector(json: string): string {
  const entry = '\\s*"[^"\\\\]*"\\s*:\\s*\\d{1,15}\\s*';
  return `CASE WHEN regexp_full_match(${json}, '\\{(${entry}(,${entry})*|\\s*)\\}') 
    THEN if(contains(${json}, ' '), json(${json})::VARCHAR, ${json}) END`;
}

/**
 * Takes what is staged into the table `log`, where the rows of one machine follow each other in the order of the files. `line` is
 * SQL for the line of a row. `machines` are those that a row may name in short; if they are given, each has one file.
 */
export async function takeRows(database: Database, line: string, machines: readonly string[]): Promise<void> {
  const peer = await fullNames(database, machines);
  const columns = COLUMNS.map(({ name }) => (name === 'peer' ? `${peer} AS peer` : `staged."${name}"`));
  const rows = `SELECT ${columns.join(', ')}, file, ${line} AS line FROM staged`;
  const isGrouped = new Set(machines).size === machines.length && machines.length > 0;
  await database.run(
    isGrouped
      ? `INSERT INTO log ${rows} WHERE problem IS NULL`
      : `INSERT INTO log
        WITH machines AS (SELECT node, min(rowid) AS first FROM staged WHERE problem IS NULL GROUP BY node)
        ${rows} JOIN machines USING (node) WHERE problem IS NULL ORDER BY machines.first, staged.rowid`,
  );
}

/** SQL for the peers of a row: one may be named in short, `2` for `machine_2`, if only one name ends so. */
async function fullNames(database: Database, machines: readonly string[]): Promise<string> {
  const short = new Map<string, string | undefined>();
  for (const machine of machines)
    for (let at = 1; at < machine.length; at++) {
      const ending = machine.slice(at);
      if (!/\d$/.test(machine.slice(0, at))) short.set(ending, short.has(ending) ? undefined : machine);
    }
  for (const machine of machines) short.delete(machine);
  const pairs = [...short].flatMap(([ending, machine]) =>
    machine === undefined ? [] : [`(${literal(ending)}, ${literal(machine)})`],
  );
  if (pairs.length === 0) return 'peer';
  const used = await database.rows<{ ending: string; machine: string }>(`
    SELECT ending, machine FROM (VALUES ${pairs.join(', ')}) AS short (ending, machine)
    WHERE ending IN (SELECT unnest(string_split(peer, ' ')) FROM (SELECT DISTINCT peer FROM staged)) ORDER BY ending`);
  if (used.length === 0) return 'peer';
  const whole = (name: string) =>
    `CASE ${name} ${used.map(({ ending, machine }) => `WHEN ${literal(ending)} THEN ${literal(machine)}`).join(' ')} ELSE ${name} END`;
  return `CASE WHEN contains(peer, ' ')
    THEN array_to_string(list_transform(string_split(peer, ' '), lambda name: ${whole('name')}), ' ')
    ELSE ${whole('peer')} END`;
}
