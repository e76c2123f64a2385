/** Faults of a run as marks on its axis: what was done to machines and to the network, and when. */
import type { Run } from '../run/load.ts';

/**
 * The shape of a mark: a machine stops, a fault ends, the network fails, anything else; or a check
 * is violated.
 */
export type MarkShape = 'gone' | 'back' | 'network' | 'other' | 'violation';

/** A fault, or several that fall into one interval of the run. */
export interface Mark {
  /** The first of them, in microseconds since the run's first event. */
  readonly atUs: number;
  readonly shape: MarkShape;
  /** In a word or two: `n5`, `n1 | n2 n3`, `3 faults`. */
  readonly label: string;
  /** In full: `crash n5`. */
  readonly text: string;
}

/** Faults that are named one by one in one mark. */
const MOST_NAMED = 6;

/** A fault as a row of a log tells it. */
export type FaultRow = {
  readonly atUs: number;
  /** The interval of the run that it falls into. */
  readonly place: number;
  readonly kind: string;
  readonly detail: string | null;
  /** Faults of that interval. */
  readonly count: number;
};

/**
 * One mark for each of the intervals of the run that have faults. What a simulated world did has a
 * row. A live replica that was killed has none: it is seen to be gone by its next start, and by its
 * silence at the end.
 */
export async function readMarks({ database, manifest }: Run): Promise<Mark[]> {
  const rows = await database.rows<FaultRow>(`
    WITH lasts AS (SELECT node, max(id) AS id FROM events WHERE node <> 'world' GROUP BY node),
    starts AS (
      SELECT start.id, start.node, start.time_us, former.time_us AS before_us, former.event AS before_event
      FROM (FROM events WHERE event = 'start') AS start JOIN events AS former
        ON former.id = start.id - 1 AND former.node = start.node
    ), live AS (
      SELECT id, time_us, 'restart' AS kind, node AS detail FROM starts
      UNION ALL SELECT id - 1, before_us, if(before_event = 'stop', 'stop', 'gone'), node FROM starts
      UNION ALL SELECT id, time_us, 'gone', node FROM lasts JOIN events USING (id, node), span
        WHERE event <> 'stop' AND time_us < end_us - silent_us
    ), faults AS (
      SELECT id, time_us, coalesce(kind, 'fault') AS kind, left(detail, 200) AS detail FROM events WHERE event = 'fault'
      UNION ALL FROM live WHERE ${manifest.startedAt !== undefined}
    ), placed AS (
      SELECT *, (time_us - start_us) // interval_us AS place, time_us - start_us AS "atUs" FROM faults, span WHERE time_us IS NOT NULL
    )
    SELECT "atUs", place, kind, detail, count(*) OVER (PARTITION BY place) AS count FROM placed
    QUALIFY row_number() OVER (PARTITION BY place ORDER BY time_us, id) <= ${MOST_NAMED} ORDER BY time_us, id`);
  return marksOf(rows);
}

/** A mark for the faults of each place, in the order of the places. */
export function marksOf(rows: readonly FaultRow[]): Mark[] {
  const places = [...new Set(rows.map(({ place }) => place))];
  return places.map((place) => mark(rows.filter((row) => row.place === place)));
}

function mark(rows: readonly FaultRow[]): Mark {
  const first = rows[0]!;
  const told = rows.map(({ kind, detail }) => `${kind} ${faultWords(detail)}`.trim());
  const hidden = first.count - rows.length;
  // A machine that stops is shown rather than what comes with it.
  const shape = rows.some(({ kind }) => shapeOf(kind) === 'gone') ? 'gone' : shapeOf(first.kind);
  const main = rows.find(({ kind }) => shapeOf(kind) === shape)!;
  const words = faultWords(main.detail);
  const label = first.count > 1 ? `${main.kind} +${first.count - 1}` : `${main.kind} ${words}`.trim();
  return {
    atUs: first.atUs,
    shape,
    label: clip(label, MOST_LABEL),
    text: [clip(told.join('; '), MOST_TEXT), ...(hidden > 0 ? [`and ${hidden} more`] : [])].join('; '),
  };
}

const MOST_LABEL = 22;
const MOST_TEXT = 160;

function clip(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

function shapeOf(kind: string): MarkShape {
  switch (kind) {
    case 'crash':
    case 'gone':
    case 'stop':
    case 'wipe':
    case 'damage':
    case 'pause':
      return 'gone';
    case 'restart':
    case 'heal':
    case 'unclog':
    case 'unblock':
    case 'resume':
    case 'repair':
      return 'back';
    case 'partition':
    case 'clog':
    case 'block':
    case 'network':
    case 'isolate':
      return 'network';
    default:
      return 'other';
  }
}

/**
 * What a fault was done to, without the marks of JSON: `node="n5"` is `n5`,
 * `groups=[["n1"],["n2"]]` is `n1 | n2`.
 */
function faultWords(detail: string | null): string {
  return (detail ?? '')
    .replaceAll(/(?:^| )(?:node|groups|settings|from)=/g, ' ')
    .replaceAll(/ to=/g, ' → ')
    .replaceAll(/\],\[/g, ' | ')
    .replaceAll(/(\d),(\d)/g, '$1–$2')
    .replaceAll(/,(?=")/g, (_, at: number, all: string) => (all[at - 1] === '"' ? ' ' : ', '))
    .replaceAll(':', ' ')
    .replaceAll(/[[\]{}"]/g, '')
    .trim();
}
