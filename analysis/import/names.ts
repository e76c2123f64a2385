/**
 * Names of machines, in SQL. A name may hold anything but blanks, which separate names in a list of
 * peers: runs of blanks become `_`, in the names of machines and in their vector clocks alike.
 */
import { LogError } from '../../logs/index.ts';
import { type Database, literal } from '../run/database.ts';

/** SQL for a machine's name without blanks. Most have none. */
export function machineName(text: string): string {
  return `CASE WHEN regexp_matches(${text}, '\\s') THEN ${withoutBlanks(text)} ELSE ${text} END`;
}

/** SQL for the name of a machine without blanks, whether it has any or not. */
export function withoutBlanks(text: string): string {
  return `regexp_replace(trim(${text}), '\\s+', '_', 'g')`;
}

/**
 * Refuses machines whose names would collide, or that have a reserved name. They are in the table
 * `staged`, with what was changed in `their_name`. Throws a `LogError` that names them.
 */
export async function checkNames(database: Database): Promise<void> {
  const [wrong] = await database.rows<{ node: string; others: string }>(`
    SELECT node, array_to_string(list_sort(list(DISTINCT '"' || coalesce(their_name, node) || '"')), ' and ') AS others FROM staged
    WHERE problem IS NULL GROUP BY node
    HAVING node = 'world' OR count(DISTINCT coalesce(their_name, node)) > 1 ORDER BY node LIMIT 1`);
  if (wrong === undefined) return;
  const { node, others } = wrong;
  throw new LogError(
    node === 'world'
      ? 'a machine is called "world", the name for events that no machine saw: rename it'
      : `${others} are machines that would both be called "${node}", with "_" for blanks: rename one`,
  );
}

/**
 * The table `staged` with the peers of each row separated by blanks: `[a, b]` is `a b`. A machine
 * whose own name has commas or brackets keeps them. `from` is SQL for the relation, `peer` for its
 * peers with their full names: of `machines`, one may be named in short, `2` for `machine_2`, if
 * only one name ends so.
 */
export async function peerNames(
  database: Database,
  machines: readonly string[],
): Promise<{ readonly from: string; readonly peer: string }> {
  const named = await database.rows<{ node: string }>(
    `SELECT DISTINCT node FROM staged WHERE problem IS NULL AND regexp_matches(node, '[\\[\\]()''",;]')`,
  );
  const odd = named.map(({ node }) => node).sort((a, b) => b.length - a.length);
  const from = `(SELECT rowid, * REPLACE (${separated('peer', odd)} AS peer) FROM staged) AS staged`;
  return { from, peer: await fullNames(database, machines, from) };
}

/**
 * SQL for a list of names with blanks between them. The `odd` names are hidden while it is taken
 * apart.
 */
function separated(text: string, odd: readonly string[]): string {
  const hidden = odd.reduce(
    (all, name, i) => `replace(${all}, ${literal(name)}, chr(${FIRST_SIGN + i}))`,
    text,
  );
  const bare = `regexp_replace(${hidden}, '[\\[\\]()''"]', '', 'g')`;
  const list = `trim(regexp_replace(${bare}, '[,;\\s]+', ' ', 'g'))`;
  const shown = odd.reduce(
    (all, name, i) => `replace(${all}, chr(${FIRST_SIGN + i}), ${literal(name)})`,
    list,
  );
  return `CASE WHEN regexp_matches(${text}, '[\\[\\]()''",;\\s]') THEN ${shown} ELSE ${text} END`;
}

/** Characters without a meaning (Unicode's private use area). */
const FIRST_SIGN = 0xe000;

async function fullNames(database: Database, machines: readonly string[], from: string): Promise<string> {
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
    WHERE ending IN (SELECT unnest(string_split(peer, ' ')) FROM (SELECT DISTINCT peer FROM ${from})) ORDER BY ending`);
  if (used.length === 0) return 'peer';
  const whole = (name: string) =>
    `CASE ${name} ${used.map(({ ending, machine }) => `WHEN ${literal(ending)} THEN ${literal(machine)}`).join(' ')} ELSE ${name} END`;
  return `CASE WHEN contains(peer, ' ')
    THEN array_to_string(list_transform(string_split(peer, ' '), lambda name: ${whole('name')}), ' ')
    ELSE ${whole('peer')} END`;
}
