/** A window of a run in detail: its rows and its messages, as many as fit a picture. */
import { detailSql } from '../../vm/index.ts';
import type { RunReport } from '../analyze.ts';
import type { Run } from '../run/load.ts';

/** A row of a log. Times are microseconds since the run's first event. */
export type WindowRow = {
  readonly id: number;
  readonly atUs: number;
  readonly node: string;
  readonly event: string;
  readonly peer: string | null;
  readonly kind: string | null;
  readonly term: number | null;
  readonly role: string | null;
  readonly index: number | null;
  readonly lamport: number | null;
  readonly detail: string | null;
};

/** A message that was received: both ends, though one may lie outside the window. */
export type Flight = {
  readonly from: string;
  readonly to: string;
  readonly sentUs: number;
  readonly receivedUs: number;
  readonly kind: string | null;
};

/** A message that a `drop` row says was lost. */
export type Loss = {
  readonly from: string;
  readonly to: string;
  /** Null if its send is not in the logs, or long before the window. */
  readonly sentUs: number | null;
  readonly lostUs: number;
  readonly kind: string | null;
  readonly cause: string | null;
};

/** What happened from `fromUs` to `toUs`. */
export interface DetailWindow {
  readonly fromUs: number;
  readonly toUs: number;
  /** Rows of machines, by time. */
  readonly rows: readonly WindowRow[];
  readonly flights: readonly Flight[];
  readonly losses: readonly Loss[];
  /** Rows in the window that was asked for. If they are more than `rows`, the window ends early. */
  readonly asked: number;
}

/** Longest text of a cell that a picture shows. */
const MOST_TEXT = 120;

/**
 * Reads the window, with at most `most` rows: of more, the first ones, and the window ends with the
 * last of them.
 */
export async function readWindow(
  { database }: Run,
  fromUs: number,
  toUs: number,
  most: number,
): Promise<DetailWindow> {
  const { startUs } = await database.row<{ startUs: number }>('SELECT start_us AS "startUs" FROM span');
  // Literal numbers: with them the database skips the parts of a log outside the window.
  const inside = (from: number, to: number, column: string) =>
    `${column} BETWEEN ${startUs + Math.floor(from)} AND ${startUs + Math.ceil(to)}`;
  const rows = await database.rows<WindowRow & { asked: number }>(`
    SELECT id, time_us - ${startUs} AS "atUs", node, event, left(peer, ${MOST_TEXT}) AS peer,
      left(kind, ${MOST_TEXT}) AS kind, term, role, "index", lamport, left(detail, ${MOST_TEXT}) AS detail,
      count(*) OVER () AS asked
    FROM events WHERE node <> 'world' AND ${inside(fromUs, toUs, 'time_us')} ORDER BY time_us, id LIMIT ${most}`);
  const asked = rows[0]?.asked ?? 0;
  const end = asked > rows.length ? rows.at(-1)!.atUs : toUs;
  const flights = await database.rows<Omit<Flight, 'kind'> & { send: number }>(`
    SELECT "from", "to", send_us - ${startUs} AS "sentUs", receive_us - ${startUs} AS "receivedUs", send
    FROM deliveries WHERE (${inside(fromUs, end, 'receive_us')} OR ${inside(fromUs, end, 'send_us')})
      AND send_us IS NOT NULL AND receive_us IS NOT NULL
    ORDER BY send, receive LIMIT ${2 * most}`);
  const firstSend = flights.reduce((least, { sentUs }) => Math.min(least, sentUs), fromUs);
  const kinds = await database.rows<{ id: number; kind: string | null }>(`
    SELECT id, left(kind, ${MOST_TEXT}) AS kind FROM events
    WHERE event = 'send' AND ${inside(firstSend, end, 'time_us')} AND id IN (${flights.map(({ send }) => send).join(', ') || 'NULL'})`);
  const kindOf = new Map(kinds.map(({ id, kind }) => [id, kind]));
  // Sends long before the window are not looked for.
  const losses = await database.rows<Loss>(`
    WITH lost AS (
      SELECT id, time_us, message, kind, peer AS "to", coalesce(${detailSql('from')}, node) AS "from",
        ${detailSql('cause')} AS cause
      FROM events WHERE event = 'drop' AND peer IS NOT NULL AND ${inside(fromUs, end, 'time_us')} ORDER BY id LIMIT ${most}
    ), sends AS (
      SELECT message, min(time_us) AS sent FROM events
      WHERE event = 'send' AND ${inside(2 * fromUs - end, end, 'time_us')} AND message IN (SELECT message FROM lost)
      GROUP BY message
    )
    SELECT "from", "to", sent - ${startUs} AS "sentUs", time_us - ${startUs} AS "lostUs", left(kind, ${MOST_TEXT}) AS kind, cause
    FROM lost LEFT JOIN sends USING (message) ORDER BY id`);
  return {
    fromUs,
    toUs: end,
    rows: rows.map(({ asked: _, ...row }) => row),
    flights: flights.map(({ send, ...flight }) => ({ ...flight, kind: kindOf.get(send) ?? null })),
    losses,
    asked,
  };
}

/** Whether anything is known of when events happened: logs of others may lack times. */
export async function hasTimes({ database }: Run): Promise<boolean> {
  return (await database.row<{ is: boolean }>('SELECT count(time_us) > 0 AS "is" FROM events')).is;
}

/** How much of a window around a moment comes before it. */
const BEFORE = 1 / 4;

/**
 * The window around a moment that has about `most` rows: a quarter of it before, the rest after.
 */
export async function windowAround(
  run: Run,
  { durationUs, events }: Pick<RunReport, 'durationUs' | 'events'>,
  atUs: number,
  most: number,
): Promise<DetailWindow> {
  const around = (reach: number) => ({
    from: Math.max(0, Math.floor(atUs - reach * BEFORE)),
    to: Math.min(durationUs, Math.ceil(atUs + reach * (1 - BEFORE))),
  });
  // So long as many rows would need at the rate of the whole run; longer, until there are so many.
  let reach = Math.ceil((most * (durationUs + 1)) / events);
  let reaches = await nearest(run, atUs, around(reach), most);
  while (reaches.length < most && reach < durationUs / BEFORE) {
    reach *= 4;
    reaches = await nearest(run, atUs, around(reach), most);
  }
  const { from, to } = around(reaches.length < most ? reach : Math.min(reach, reaches.at(-1)!));
  return readWindow(run, from, to, most + SLACK);
}

/**
 * How long a window around the moment must be to hold each of its nearest rows, the nearest first.
 */
async function nearest(
  { database }: Run,
  atUs: number,
  { from, to }: { readonly from: number; readonly to: number },
  most: number,
): Promise<number[]> {
  const { startUs } = await database.row<{ startUs: number }>('SELECT start_us AS "startUs" FROM span');
  const rows = await database.rows<{ reach: number }>(`
    SELECT if(away < 0, -away / ${BEFORE}, away / ${1 - BEFORE}) AS reach
    FROM (
      SELECT time_us - ${startUs + Math.round(atUs)} AS away FROM events
      WHERE node <> 'world' AND time_us BETWEEN ${startUs + from} AND ${startUs + to}
    ) ORDER BY reach LIMIT ${most}`);
  return rows.map(({ reach }) => reach);
}

/** Rows of one moment stand together: the window's ends may bring a few more than were counted. */
const SLACK = 50;
