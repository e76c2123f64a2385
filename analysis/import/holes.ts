/** What logs of others lack, from the rows that are staged and those that were imported. */
import { plural } from '../output/plural.ts';
import type { Database } from '../run/database.ts';
import type { Hole } from '../run/load.ts';

/** Damaged lines that are named one by one, a file. */
const MOST_NAMED = 1000;
/**
 * Text between events: usually nothing is wrong with it, so it is counted and not called damaged.
 */
export const UNMATCHED = 'no event';
/** Places of such text that are named. */
const MOST_PLACES = 5;
/** Events of no known kind that are named one by one, a file. */
const MOST_EVENTS = 20;

/** The holes of the files `names`. `line`: SQL for the line of a staged row. */
export async function holesOf(database: Database, names: readonly string[], line: string): Promise<Hole[]> {
  const order = await orderOf(database);
  const holes: Hole[] = [];
  for (const [file, where] of names.entries()) {
    const say = (count: number, what: string) => {
      if (count > 0) holes.push({ where, what });
    };
    const { sameTime = 0, backwards = 0 } = order.find((one) => one.file === file) ?? {};
    const { rows, damaged, unread } = await database.row<Record<'rows' | 'damaged' | 'unread', number>>(`
      SELECT count(*) FILTER (problem IS NULL) AS rows, count(*) FILTER (problem NOT IN ('', '${UNMATCHED}')) AS damaged,
        count(*) FILTER (problem IS NULL AND unread_vector) AS unread
      FROM staged WHERE file = ${file}`);
    holes.push(...(damaged > 0 ? await damagedLines(database, file, where, line) : []));
    say(damaged - MOST_NAMED, `damaged: ${damaged - MOST_NAMED} more lines`);
    holes.push(...(await unmatched(database, file, where)));
    if (rows === 0 && damaged > 0) say(damaged, 'damaged: no row of this file could be read');
    say(sameTime, `${plural(sameTime, 'row')} at the time of the row before: order is as in the file`);
    say(backwards, `${plural(backwards, 'row')} earlier than the row before: order is as in the file`);
    say(unread, `${plural(unread, 'vector clock')} not read: not a number for each name`);
    const [events, others] = await unknownEvents(database, file);
    for (const { text, count } of events)
      say(
        count,
        `${plural(count, 'row')} with ${text === '' ? 'no event' : `the event "${text}"`}: taken as internal`,
      );
    say(others, `${plural(others, 'row')} with other events of no known kind: taken as internal`);
  }
  return holes;
}

async function damagedLines(database: Database, file: number, where: string, line: string): Promise<Hole[]> {
  const rows = await database.rows<{ line: number; what: string }>(`
    SELECT ${line} AS line, problem AS what FROM staged WHERE file = ${file} AND problem NOT IN ('', '${UNMATCHED}')
    ORDER BY line LIMIT ${MOST_NAMED}`);
  return rows.map((row) => ({ where, ...row }));
}

/** Where a pattern finds no event, in a sentence. */
async function unmatched(database: Database, file: number, where: string): Promise<Hole[]> {
  const { places, first } = await database.row<{ places: number; first: string | null }>(`
    SELECT count(*) AS places, array_to_string(list_slice(list(line ORDER BY line), 1, ${MOST_PLACES}), ', ') AS first
    FROM staged WHERE file = ${file} AND problem = '${UNMATCHED}'`);
  if (places === 0) return [];
  const more = places > MOST_PLACES ? ' and others' : '';
  const what = `not read: the pattern finds no event in ${plural(places, 'place')} (${places === 1 ? 'line' : 'lines'} ${first}${more})`;
  return [{ where, what }];
}

/** The rows of each file at the time of their machine's row before, and earlier. */
function orderOf(database: Database): Promise<{ file: number; sameTime: number; backwards: number }[]> {
  return database.rows(`
    SELECT file, count(*) FILTER (time_us = before) AS "sameTime", count(*) FILTER (time_us < before) AS backwards
    FROM (
      SELECT file, time_us,
        CASE WHEN lag(file) OVER () = file AND lag(node) OVER () = node THEN lag(time_us) OVER () END AS before
      FROM log WHERE time_us IS NOT NULL
    ) GROUP BY file`);
}

/** Events of no known kind, the first first, and the number of rows with others. */
async function unknownEvents(
  database: Database,
  file: number,
): Promise<readonly [{ text: string; count: number }[], number]> {
  const rows = await database.rows<{ text: string; count: number; total: number }>(`
    SELECT unknown_event AS text, count(*) AS count, sum(count(*)) OVER ()::BIGINT AS total
    FROM staged WHERE file = ${file} AND problem IS NULL AND unknown_event IS NOT NULL
    GROUP BY text ORDER BY min(rowid) LIMIT ${MOST_EVENTS}`);
  return [rows, (rows[0]?.total ?? 0) - rows.reduce((sum, { count }) => sum + count, 0)];
}
