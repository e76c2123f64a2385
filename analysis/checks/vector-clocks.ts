/**
 * Vector clocks (Fidge 1988, Mattern 1989): every component of every vector is exactly what the
 * messages say. An event's vector is the vector of the machine's event before, with one more in its
 * own component; of a receive, the greater of that and the message's vector in each component, with
 * one more in its own. Where that is so, a vector counts the events in the past of its event, and
 * one event's vector is below another's if and only if a chain of messages leads from it there: the
 * order of vectors is the order of messages.
 *
 * A restarted machine counts in a component of its own (`n1.2`), and begins with what it had on
 * disk: no component of its first vector is above that of its last incarnation.
 *
 * Steps over rows that our own logs lack are not checked. In logs of others, a machine's own
 * component shows that events are missing (the table `missing_events`): over those no component may
 * fall, and a receive knows at least what its send knew. Nor may one fall in a row that does not
 * say what happened. A machine that begins to count in its log knew nothing before.
 */

import { detailSql } from '../../vm/index.ts';
import { plural } from '../output/plural.ts';
import { literal } from '../run/database.ts';
import type { Run } from '../run/load.ts';
import { ask, type Check, type CheckVerdict, count, leftOutOf } from './check.ts';

/**
 * Components that are compared at once: restarts bring more, and each is a column of ten million
 * numbers.
 */
const AT_ONCE = 12;

export const vectorClocks: Check = {
  name: 'vector-clocks',
  claim: 'vector clocks count exactly what the messages say, so their order is the order of messages',
  async run(run): Promise<CheckVerdict> {
    const incarnations = await incarnationsOf(run);
    const names = [...new Set(incarnations.map(({ name }) => name))];
    const parts: string[] = [];
    for (let at = 0; at < names.length; at += AT_ONCE)
      parts.push(steps(run, incarnations, names.slice(at, at + AT_ONCE)));
    if (parts.length === 0) return { outcome: 'cannot tell', notes: [await silence(run)] };
    const broken = parts
      .map((part) => `SELECT id, before_id, send FROM (${part}) WHERE broken`)
      .join(' UNION ');
    const [first, ...rest] = parts;
    const others = rest.map((part) => ` + (SELECT count(*) FROM (${part}) WHERE broken)`).join('');
    return ask(run, {
      counts: `SELECT count(*) FILTER (NOT gap OR broken) AS compared,
        count(*) FILTER (broken)${others} AS broken FROM (${first})`,
      cases: `SELECT send, before_id, id FROM (${broken}) ORDER BY id`,
      thing: 'step',
      silent: () => silence(run),
      notes: [...(await notesOn(run)), ...(await leftOutOf(run))],
    });
  },
};

/** Why no step can be compared. */
async function silence(run: Run): Promise<string> {
  const steps = await count(
    run,
    `SELECT count(*) AS n FROM (
      SELECT vector, node = lag(node) OVER () AND lag(vector) OVER () IS NOT NULL AS follows FROM rows_of_logs
    ) WHERE follows AND vector IS NOT NULL`,
  );
  if (steps === 0) return 'no machine has two events with vector clocks that follow each other';
  const gaps = await count(run, 'SELECT count(*) AS n FROM missing_events');
  return gaps > 0
    ? 'events are missing in every step from one event of a machine to its next'
    : 'rows of every machine with vector clocks are damaged or missing';
}

/** What is not compared, or not to the full, in sentences. */
async function notesOn(run: Run): Promise<string[]> {
  const gaps = await count(run, 'SELECT count(*) AS n FROM missing_events');
  const more = await count(run, 'SELECT count(*) AS n FROM multicasts');
  const notes: string[] = [];
  if (gaps > 0)
    notes.push(`over ${plural(gaps, 'gap')} of missing events it was only checked that nothing falls`);
  if (more > 0) notes.push(`${plural(more, 'send')} taken as one event with the send in the row before`);
  return notes;
}

/**
 * A machine's time from one start to the next: the rows of `node` after `starts` starts of all rows
 * before.
 */
interface Incarnation {
  readonly node: string;
  readonly starts: number;
  /** Its component in vectors. */
  readonly name: string;
}

async function incarnationsOf({ database }: Run): Promise<Incarnation[]> {
  const rows = await database.rows<{
    node: string;
    starts: number;
    boot: number | null;
    next: number | null;
  }>(`
    WITH starts AS (
      SELECT id, node, row_number() OVER (ORDER BY id) AS starts,
        ${detailSql('boot')} AS boot
      FROM events WHERE event = 'start'
    ), begins AS (
      SELECT node, min(id) AS id, NULL AS boot FROM events WHERE vector IS NOT NULL GROUP BY node
    )
    SELECT node, starts, coalesce(boot, 1) AS boot, NULL AS next FROM starts
    UNION ALL
    SELECT node, (SELECT count(*) FROM starts WHERE starts.id < begins.id) AS starts, NULL AS boot,
      (SELECT arg_min(boot, id) FROM starts WHERE starts.node = begins.node) AS next
    FROM begins WHERE NOT EXISTS (FROM starts WHERE starts.id = begins.id)`);
  // If a log begins in the middle of an incarnation, its next start says which one that was.
  return rows.map(({ node, starts, boot, next }) => {
    const incarnation = boot ?? Math.max(1, (next ?? 2) - 1);
    return { node, starts, name: incarnation === 1 ? node : `${node}.${incarnation}` };
  });
}

/**
 * SQL of the steps: `id`, `before_id`, `send` (null if it is no receive), whether events are
 * missing before it (`gap`), and whether one of these components is `broken`.
 */
function steps(run: Run, incarnations: readonly Incarnation[], names: readonly string[]): string {
  // A message that carries the clock from before its send lacks the send itself: one in the
  // component of its sender.
  const before = run.manifest.stamp === 'before';
  const { read, part } = reader(run, names);
  const own = incarnations.map(
    ({ node, starts, name }) => `(${literal(node)}, ${starts}, ${names.indexOf(name)})`,
  );
  const component = (name: string, place: number) => `coalesce(${part(name, place)}, 0) AS now${place}`;
  const columns = (row: string) => names.map((_, place) => `${row}${place}`).join(', ');
  const known = names.map((_, place) => `if(is_first, 0, before${place}) AS before${place}`).join(', ');
  // What comes before the first row of our own logs is covered by their gaps.
  const begins = `is_first AND CASE own ${names.map((_, place) => `WHEN ${place} THEN now${place}`).join(' ')} END > 0`;
  // A live process that was killed took its last rows with it, and may have known more than they
  // say.
  const whole = run.manifest.startedAt === undefined ? 'true' : "before_event = 'stop'";
  const broken = names.map((_, place) => {
    const mine = `(own = ${place})::INT`;
    const [now, last] = [`now${place}`, `before${place}`];
    const sent = `sent${place}${before ? ` - (sent_own = ${place})::INT` : ''}`;
    return `CASE WHEN gap THEN ${now} < greatest(${last} + ${mine}, coalesce(${sent}, 0))
      WHEN event = 'start' THEN ${whole} AND ${now} > ${last} + ${mine}
      WHEN unsure OR (event = 'receive' AND send IS NULL) THEN ${now} < ${last} + ${mine}
      WHEN event = 'receive' THEN ${now} <> greatest(${last}, ${sent}) + ${mine}
      ELSE ${now} <> ${last} + ${mine} END`;
  });
  return `
    WITH incarnations (node, starts, own) AS (VALUES ${own.join(', ')}),
    parsed AS NOT MATERIALIZED (SELECT id, node, event, ${read} AS v FROM rows_of_logs),
    sends AS NOT MATERIALIZED (SELECT id, ${names.map(component).join(', ')} FROM parsed WHERE event = 'send'),
    flat AS NOT MATERIALIZED (
      SELECT id, node, event, v IS NOT NULL AS has, ${names.map(component).join(', ')},
        count(*) FILTER (event = 'start') OVER (ROWS UNBOUNDED PRECEDING) AS starts
      FROM parsed
    ), messages AS (
      SELECT deliveries.receive, send, ${before ? 'own' : 'NULL'} AS sent_own,
        ${names.map((_, place) => `now${place} AS sent${place}`).join(', ')}
      FROM deliveries JOIN ${before ? '(FROM flat JOIN incarnations USING (node, starts))' : 'sends'} AS sends
        ON sends.id = deliveries.send
      WHERE copies = 1
    ), counted AS (
      SELECT *, lag(node) OVER () IS DISTINCT FROM node AS is_first, lag(has) OVER () AS before_has,
        if(lag(node) OVER () = node, lag(id) OVER (), NULL) AS before_id, lag(event) OVER () AS before_event,
        ${names.map((_, place) => `lag(now${place}) OVER () AS before${place}`).join(', ')}
      FROM flat
    ), joined AS (
      SELECT counted.id, before_id, event, before_event, own, send, sent_own, missing_events.id IS NOT NULL AS gap,
        counted.id IN (FROM unsure) AS unsure, ${columns('now')}, ${known}, ${columns('sent')}
      FROM counted JOIN incarnations ON counted.node = incarnations.node AND counted.starts = incarnations.starts
        LEFT JOIN messages ON counted.id = messages.receive
        LEFT JOIN missing_events ON counted.id = missing_events.id
      WHERE has AND ${run.imported ? `(before_has AND NOT is_first OR ${begins})` : `before_has AND NOT is_first AND ${HAS_ROWS}`}
        AND counted.id NOT IN (FROM multicasts)
    )
    SELECT id, before_id, send, gap, ${broken.join(' OR ')} AS broken FROM joined`;
}

/** A machine whose log is not one gap from beginning to end. */
const HAS_ROWS = 'counted.node NOT IN (SELECT node FROM gaps WHERE from_us < 0 AND to_us > 9e15)';

/**
 * SQL that reads a vector once, and takes a component of it. A struct is quickest, but does not
 * tell `a` from `A`; and logs of others may count far.
 */
function reader(
  run: Run,
  names: readonly string[],
): { readonly read: string; readonly part: (name: string, place: number) => string } {
  if (!run.imported) {
    const shape = literal(JSON.stringify(Object.fromEntries(names.map((name) => [name, 'INTEGER']))));
    return { read: `from_json(vector, ${shape})`, part: (name) => `struct_extract(v, ${literal(name)})` };
  }
  const pointers = names.map((name) => literal(`/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`));
  return {
    read: `json_extract_string(vector, [${pointers.join(', ')}])`,
    part: (_, place) => `try_cast(v[${place + 1}] AS BIGINT)`,
  };
}
