/**
 * What a space-time diagram shows of a stretch of a timeline: a lane a machine, time to the right,
 * a point for each event and a line for each message. Only what is in the stretch is looked at.
 */
import { compareVectors, type NodeId, readDetail, readFault } from '../../../vm/index.ts';
import type { Timeline } from '../run/timeline.ts';
import { isNotable, type Row } from '../run/track.ts';

/** More events than this are thinned to those of note: they could not be told apart anyway. */
const MOST_DRAWN = 900;

/** An event at its machine. */
export interface Dot {
  readonly row: Row;
  readonly node: NodeId;
  readonly atUs: number;
}

/** A message from its sending to its being taken, to its loss, or to where it is now. */
export interface Line {
  readonly key: string;
  readonly from: NodeId;
  readonly fromUs: number;
  readonly to: NodeId;
  readonly toUs: number;
  readonly kind: string | undefined;
  readonly end: 'taken' | 'lost' | 'under way';
  /** The event that it leads to, where there is one. */
  readonly row: Row | undefined;
}

export interface Layout {
  readonly dots: readonly Dot[];
  readonly lines: readonly Line[];
}

/** What is between two virtual times, in microseconds. */
export function layOut(timeline: Timeline, fromUs: number, toUs: number): Layout {
  const { world, track } = timeline;
  const all = track.rowsBetween(fromUs, toUs);
  const rows =
    all.length > MOST_DRAWN ? all.filter(({ record }) => isNotable(record)).slice(-MOST_DRAWN) : all;
  const dots: Dot[] = [];
  const lines: Line[] = [];
  for (const row of rows) {
    const { record } = row;
    const node = nodeOf(row);
    if (node !== undefined && world.nodes.has(node)) dots.push({ row, node, atUs: record.timeUs });
    if (record.event !== 'receive' && record.event !== 'drop') continue;
    const line = lineTo(timeline, row);
    if (line !== undefined) lines.push(line);
  }
  const known = timeline.seenUs > world.now;
  for (const { envelope, node, sentAt, at, order } of world.inFlight) {
    // Where the future is known, the line to where it will be taken is there.
    if (known || sentAt < fromUs) continue;
    lines.push({
      ...{ key: `flight ${order}`, from: envelope.from, fromUs: sentAt, to: node, toUs: at },
      ...{ kind: world.program.kindOf?.(envelope.body), end: 'under way', row: undefined },
    });
  }
  return { dots, lines };
}

/** The machine of an event: of a fault, the one that it was done to. */
function nodeOf({ record }: Row): NodeId | undefined {
  if (record.node !== 'world') return record.node;
  if (record.event !== 'fault') return undefined;
  const { node } = readFault(record.detail);
  return typeof node === 'string' ? node : undefined;
}

function lineTo({ track }: Timeline, row: Row): Line | undefined {
  const { message, kind, event, peer, node, timeUs } = row.record;
  const sent = message === undefined ? undefined : track.sendOf(message);
  const from = event === 'drop' ? readDetail(row.record.detail).from : peer;
  const to = event === 'drop' ? peer : node;
  if (sent === undefined || from === undefined || to === undefined) return undefined;
  return {
    ...{
      key: `${message} ${to} ${row.steps}`,
      from,
      fromUs: sent.record.timeUs,
      to,
      toUs: timeUs,
      kind,
      row,
    },
    end: event === 'drop' ? 'lost' : 'taken',
  };
}

/** How an event stands to a chosen one: it can have caused it, be caused by it, or neither. */
export type Relation = 'chosen' | 'past' | 'future' | 'concurrent';

/** Tells the causal past and future of an event by vector clocks. */
export function relationTo(chosen: Row, row: Row): Relation | undefined {
  if (chosen === row) return 'chosen';
  const [a, b] = [row.record.vector, chosen.record.vector];
  return a && b && RELATIONS[compareVectors(a, b)];
}

/** Rows of one event, as a send and what it caused in the same step, have equal vectors. */
const RELATIONS = { before: 'past', after: 'future', equal: 'chosen', concurrent: 'concurrent' } as const;
