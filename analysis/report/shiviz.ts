/**
 * A run as a log for ShiViz (https://bestchai.bitbucket.io/shiviz/), in its default format: two
 * lines an event, first what happened, then the host and its vector clock.
 *
 * ShiViz wants the vector clock of a host to count every one of its events, from 1, across restarts
 * too, and of other hosts only events that are there. So the clocks are counted again from the rows
 * and messages that are exported.
 */
import type { Run } from '../run/load.ts';
import type { View } from './frame.ts';
import { describeRow } from './space-time.ts';
import type { WindowRow } from './window.ts';

/** What to paste as ShiViz's log parsing regular expression; it is its default. */
export const SHIVIZ_REGULAR_EXPRESSION = '(?<event>.*)\\n(?<host>\\S*) (?<clock>{.*})';

/** Events that are exported at most; a browser that shows more becomes slow. */
const MOST_SHIVIZ_EVENTS = 20_000;

/** A row; logs of others may lack times. */
type ShivizRow = Omit<WindowRow, 'atUs'> & { readonly atUs: number | null; readonly send: number | null };

/** A log for ShiViz. */
export interface ShivizLog {
  readonly text: string;
  readonly events: number;
  /** Events that were asked for. */
  readonly asked: number;
}

/**
 * Exports a run, or what happened in a part of it; of more events than ShiViz can take, the first
 * ones.
 */
export async function shivizLog({ database }: Run, part?: View): Promise<ShivizLog> {
  const inside =
    part === undefined
      ? ''
      : `AND time_us - (SELECT start_us FROM span) BETWEEN ${part.fromUs} AND ${part.toUs}`;
  const rows = await database.rows<ShivizRow & { asked: number }>(`
    WITH chosen AS (
      SELECT *, count(*) OVER () AS asked FROM events
      WHERE node <> 'world' ${inside}
      ORDER BY time_us, id LIMIT ${MOST_SHIVIZ_EVENTS}
    )
    SELECT id, time_us - start_us AS "atUs", node, event, peer, kind, term, role, "index", lamport, detail, asked, send
    FROM chosen LEFT JOIN (FROM deliveries WHERE copies = 1) AS known ON known.receive = chosen.id, span ORDER BY id`);
  const clocks = countClocks(rows);
  const inOrder = rows.toSorted((a, b) => (a.atUs ?? 0) - (b.atUs ?? 0) || a.id - b.id);
  const lines = inOrder.map(
    (row) => `${oneLine(describeRow(row))}\n${row.node} ${JSON.stringify(clocks.get(row.id))}\n`,
  );
  return { text: lines.join(''), events: rows.length, asked: rows[0]?.asked ?? 0 };
}

/** A text without anything that a regular expression takes for the end of a line. */
function oneLine(text: string): string {
  return text.replaceAll(/[\r\n\u2028\u2029]+/g, ' ');
}

type Clock = Readonly<Record<string, number>>;

/**
 * The vector clock of each row, by its id. A receive waits until its send is counted. If all wait
 * for each other, which only a broken log brings about, the earliest goes on without its message.
 */
function countClocks(rows: readonly ShivizRow[]): ReadonlyMap<number, Clock> {
  const present = new Set(rows.map(({ id }) => id));
  const nodes = [...new Set(rows.map(({ node }) => node))];
  const machines = nodes.map((node) => ({
    own: rows.filter((row) => row.node === node),
    next: 0,
    clock: {} as Clock,
  }));
  const clocks = new Map<number, Clock>();
  const waits = ({ send }: ShivizRow) => send !== null && present.has(send) && !clocks.has(send);
  const count = (machine: (typeof machines)[number], row: ShivizRow) => {
    const sent = row.send === null ? undefined : clocks.get(row.send);
    machine.clock = later(machine.clock, sent ?? {}, row.node);
    machine.next++;
    clocks.set(row.id, machine.clock);
  };
  while (clocks.size < rows.length) {
    const before = clocks.size;
    for (const machine of machines) {
      for (let row = machine.own[machine.next]; row && !waits(row); row = machine.own[machine.next])
        count(machine, row);
    }
    if (clocks.size > before) continue;
    const stuck = machines.filter(({ own, next }) => next < own.length);
    const first = stuck.toSorted((a, b) => (a.own[a.next]!.atUs ?? 0) - (b.own[b.next]!.atUs ?? 0))[0]!;
    count(first, first.own[first.next]!);
  }
  return clocks;
}

/** The clock of `node`'s next event, which has heard of `heard`. */
function later(clock: Clock, heard: Clock, node: string): Clock {
  const next: Record<string, number> = { ...clock };
  for (const [other, count] of Object.entries(heard)) next[other] = Math.max(next[other] ?? 0, count);
  next[node] = (clock[node] ?? 0) + 1;
  return next;
}
