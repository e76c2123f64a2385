/**
 * Events that vector clocks count and the log lacks. A machine's own number goes up by one with
 * each of its events; where it goes up by more than there are rows, events are missing.
 */
import { plural } from '../output/plural.ts';
import type { Database } from '../run/database.ts';
import type { Hole } from '../run/load.ts';

/** Gaps that are named one by one, a file. */
const MOST_NAMED = 1000;

/**
 * Fills the table `missing_events` from the table `log`, where the rows of one machine follow each
 * other: the row (`id`) before which `events` of `node` are missing, which are the numbers `first`
 * to `last`, or some of them. Returns remarks on them, with the files `names`.
 */
export async function findGaps(database: Database, names: readonly string[]): Promise<Hole[]> {
  await database.run(`
    INSERT INTO missing_events
    WITH counted AS (
      SELECT rowid AS id, file, line, node, row_number() OVER () AS place,
        try_cast(json_extract_string(vector, '/' || replace(replace(node, '~', '~0'), '/', '~1')) AS BIGINT) AS own
      FROM log
    ), steps AS (
      SELECT *, lag(node) OVER () = node AS follows, lag(own) OVER () AS own_before, lag(place) OVER () AS place_before
      FROM counted WHERE own IS NOT NULL
    ), between AS (
      SELECT *, if(follows, own_before, 0) AS before, if(follows, place - place_before - 1, 0) AS rows FROM steps
    )
    SELECT id, file, line, node, before + 1 AS first, own - 1 AS last, own - before - 1 - rows AS events
    FROM between WHERE own - before - 1 > rows`);
  const found = await database.rows<Gap>('FROM missing_events ORDER BY id');
  return names.flatMap((where, file) => {
    const own = found.filter((gap) => gap.file === file);
    const said = own
      .slice(0, MOST_NAMED)
      .map(({ line, ...gap }) => ({ where, line, what: `missing: ${gapText(gap)}` }));
    const more = own.slice(MOST_NAMED).reduce((sum, { events }) => sum + events, 0);
    if (more > 0)
      said.push({ where, line: own[MOST_NAMED]!.line, what: `missing: ${more} more from here on` });
    return said;
  });
}

interface Gap {
  readonly file: number;
  readonly line: number;
  readonly node: string;
  readonly first: number;
  readonly last: number;
  readonly events: number;
}

function gapText({ node, first, last, events }: Omit<Gap, 'file' | 'line'>): string {
  const named = first === last ? `event ${first}` : `events ${first} to ${last}`;
  const all = events === last - first + 1 ? named : `${plural(events, 'event')} of the ${named.slice(7)}`;
  return `${all} of ${node} before this one, as its vector clock counts`;
}
