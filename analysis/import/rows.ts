/**
 * Records of others as rows of our own schema, in SQL: the table `staged` has a row for each line
 * of each file, in order, with what is wrong with it in `problem` (empty for a line that is none).
 * Only rows without a problem become rows of the log.
 *
 * Several cores read, and rows keep their order only as long as nothing but expressions stand
 * between a file and the table: no join, and no IN with many values, which becomes one.
 */
import { COLUMNS } from '../../logs/format/index.ts';
import { type Database, literal } from '../run/database.ts';
import { eventKind, FLAGS, flagged } from './event-kind.ts';
import { hasColumn, type Mapping } from './mapping.ts';
import { checkNames, machineName, peerNames } from './names.ts';
import type { ColumnName, Records } from './records.ts';
import { microseconds } from './time.ts';
import { type Lists, readLists, vector } from './vectors.ts';

/** What a staged row may have: the columns of the log, and the sender's clock. */
const STAGED: readonly { readonly name: ColumnName; readonly type: 'integer' | 'text' | 'vector' }[] = [
  ...COLUMNS,
  { name: 'sender_clock', type: 'integer' },
];

const INTEGERS: readonly ColumnName[] = STAGED.filter(({ type }) => type === 'integer').map(
  ({ name }) => name,
);

/** SQL for whether a line says nothing. */
const EMPTY = "text IS NULL OR regexp_full_match(text, '[\\s\\v\\x{a0}]*')";

/**
 * Creates the table `staged`: our columns, the number of the `file`, the `line`, a machine's name
 * if it had to be changed, and what is not told.
 */
export async function createStaged(database: Database): Promise<void> {
  const columns = STAGED.map(({ name, type }) =>
    type === 'integer' ? `"${name}" BIGINT` : `"${name}" VARCHAR USING COMPRESSION uncompressed`,
  );
  await database.run(`CREATE TABLE staged (${columns.join(', ')}, file USMALLINT, line BIGINT,
    problem VARCHAR, unknown_event VARCHAR, unsure BOOLEAN, unread_vector BOOLEAN, their_name VARCHAR)`);
}

/**
 * Adds the lines of a file. `node` is the machine of rows that do not name one; `line` is SQL for
 * the line of a record, if that is not its place in the file.
 */
export async function stageRows(
  database: Database,
  { from, values, steps, damage }: Records,
  mapping: Mapping,
  { file, node, line = 'NULL' }: { readonly file: number; readonly node: string; readonly line?: string },
): Promise<void> {
  const { time } = mapping;
  const all = [...STAGED.map(({ name }) => name), ...FLAGS];
  const named = all.map((name) => `${values[name] ?? 'NULL::VARCHAR'} AS their_${name}`);
  const given = all.filter((name) => values[name] !== undefined);
  const records = [...steps, (text: string) => `nullif(${text}, '')`].reduce(
    (relation, step) =>
      `(SELECT * REPLACE (${given.map((name) => `${step(`their_${name}`)} AS their_${name}`).join(', ')}) FROM ${relation})`,
    `(SELECT ${EMPTY} AS empty, ${damage} AS damage, ${line} AS line, * EXCLUDE (text), ${named.join(', ')} FROM ${from})`,
  );
  const integers = INTEGERS.map((name) => {
    if (values[name] === undefined) return `NULL::BIGINT AS "${name}"`;
    return `${name === 'time_us' ? microseconds('their_time_us', time) : whole(`their_${name}`)} AS "${name}"`;
  });
  const kind = kindOf(values, mapping);
  const isTold = tellsEvents(mapping);
  const read = values.vector === undefined ? 'NULL' : vector('their_vector');
  const machine = values.node === undefined ? literal(node) : `coalesce(their_node, ${literal(node)})`;
  const texts: Partial<Record<ColumnName, string>> = {
    node: values.node === undefined ? literal(node) : machineName(machine),
    vector: 'read_vector',
    event: `coalesce(known_event, 'internal')`,
    detail: `coalesce(their_detail, if(their_event <> coalesce(known_event, 'internal'), their_event, NULL))`,
  };
  const ours = STAGED.map(({ name }) =>
    INTEGERS.includes(name) ? `"${name}"` : `${texts[name] ?? `their_${name}`} AS "${name}"`,
  );
  await database.run(`
    INSERT INTO staged
    WITH told AS NOT MATERIALIZED (
      SELECT *, ${integers.join(', ')}, ${kind.sql} AS known_event, ${read} AS read_vector FROM ${records}
    )
    SELECT ${ours.join(', ')}, ${file} AS file, line,
      CASE WHEN empty THEN '' WHEN damage IS NOT NULL THEN damage ${refused(values, mapping).join(' ')}
        WHEN ${machine} = '' THEN 'damaged: no machine is named' END AS problem,
      if(known_event IS NULL, ${kind.text}, NULL) AS unknown_event,
      known_event IS NULL OR NOT ${isTold} AS unsure, their_vector IS NOT NULL AND read_vector IS NULL AS unread_vector,
      if(regexp_matches(${machine}, '\\s'), ${machine}, NULL) AS their_name
    FROM told`);
}

/** Whether any column says what happened. */
export function tellsEvents(mapping: Mapping): boolean {
  return ['event', ...FLAGS].some((name) => hasColumn(mapping, name));
}

/** SQL for the kind of a row's event, and for what it is called where that is not known. */
function kindOf(
  values: Records['values'],
  { events }: Mapping,
): { readonly sql: string; readonly text: string } {
  const byText = values.event === undefined ? `'internal'` : eventKind('their_event', events);
  const flags = FLAGS.filter((kind) => values[kind] !== undefined);
  const called = `coalesce(their_event, '')`;
  if (flags.length === 0) return { sql: byText, text: called };
  const set = `list_filter([${flags.map((kind) => `if(${flagged(`their_${kind}`)}, ${literal(kind)}, NULL)`).join(', ')}], lambda one: one IS NOT NULL)`;
  return {
    sql: `CASE len(${set}) WHEN 0 THEN ${byText} WHEN 1 THEN ${set}[1] END`,
    text: `if(len(${set}) > 1, array_to_string(${set}, ' and '), ${called})`,
  };
}

/** SQL for what is wrong with the values of a row. */
function refused(values: Records['values'], { time }: Mapping): string[] {
  const wrong = (name: ColumnName, isWrong: string, what: string) =>
    values[name] === undefined
      ? []
      : `WHEN their_${name} IS NOT NULL AND ${isWrong} THEN 'damaged: "' || their_${name} || '" is ' || ${literal(what)}`;
  return [
    wrong('time_us', 'time_us IS NULL', `not a time (${time})`),
    ...INTEGERS.filter((name) => name !== 'time_us').map((name) =>
      wrong(name, `"${name}" IS NULL`, `not a whole number (${name})`),
    ),
    ...FLAGS.map((kind) =>
      wrong(kind, `${flagged(`their_${kind}`)} IS NULL`, `neither yes nor no (${kind})`),
    ),
  ].flat();
}

/** Floating-point columns of tables write whole numbers as 7.0. */
function whole(text: string): string {
  return `try_cast(CASE WHEN regexp_full_match(${text}, '\\d{1,16}(\\.0*)?') THEN split_part(${text}, '.', 1) END AS BIGINT)`;
}

/**
 * Copies what is staged into the table `log`, where the rows of one machine follow each other in
 * the order of the files. `line` is SQL for the line of a row. `machines` are those that a row may
 * name in short; if they are given, each has one file. Returns what is known of vector clocks that
 * are lists. Throws a `LogError` if a machine has a name that none may have.
 */
export async function takeRows(
  database: Database,
  line: string,
  machines: readonly string[],
  mapping: Mapping,
): Promise<Lists> {
  await checkNames(database);
  const { from, peer } = hasColumn(mapping, 'peer')
    ? await peerNames(database, machines)
    : { from: 'staged', peer: 'NULL' };
  const lists = hasColumn(mapping, 'vector')
    ? await readLists(database, mapping.machines)
    : { vector: 'NULL' };
  const read: Partial<Record<ColumnName, string>> = { peer, vector: lists.vector };
  const columns = STAGED.map(({ name }) => `${read[name] ?? `staged."${name}"`} AS "${name}"`);
  const own = columns.slice(0, COLUMNS.length).join(', ');
  const rows = `SELECT ${own}, file, ${line} AS line, sender_clock, unsure FROM ${from}`;
  const isGrouped = new Set(machines).size === machines.length && machines.length > 0;
  await database.run(
    isGrouped
      ? `INSERT INTO log ${rows} WHERE problem IS NULL`
      : `INSERT INTO log
        WITH machines AS (SELECT node, min(rowid) AS first FROM staged WHERE problem IS NULL GROUP BY node)
        ${rows} JOIN machines USING (node) WHERE problem IS NULL ORDER BY machines.first, staged.rowid`,
  );
  return lists;
}
