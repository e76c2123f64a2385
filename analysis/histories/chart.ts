/**
 * A picture of a history, as SVG: one line a client, one bar an operation from its call to its return, and through the
 * bars the longest order that was found. Places on the axis are the order of calls and returns, not their times, so
 * that short operations can be read too.
 */
import { escapeHtml } from './escape.ts';
import type { HistoryOperation } from './events.ts';

/** One operation of the picture. */
export interface Bar {
  readonly operation: HistoryOperation;
  /** Its place among all operations of the file. */
  readonly index: number;
  readonly label: string;
  readonly title: string;
  readonly isCore: boolean;
  /** Its place in the longest order, from 1; undefined if it is not in it. */
  readonly place: number | undefined;
  /** It would have to come next, and cannot. */
  readonly isRefused: boolean;
}

const ROW = 34;
const BAR = 22;
const SLOT = 36;
const CHARACTER = 6.6;
const TOP = 8;

interface Placed {
  readonly bar: Bar;
  readonly row: number;
  readonly left: number;
  readonly right: number;
}

/** The picture. Bars must be sorted by call. */
export function chart(bars: readonly Bar[], clients: readonly string[]): string {
  const margin = 16 + CHARACTER * Math.max(...clients.map((client) => client.length));
  const { place, width } = axis(bars, margin);
  const placed = bars.map((bar): Placed => {
    const { operation } = bar;
    const right = operation.returnedAt === undefined ? width - 4 : place(operation.returnedAt, false);
    return { bar, row: clients.indexOf(operation.client), left: place(operation.calledAt, true), right };
  });
  const height = TOP + clients.length * ROW + 8;
  return [
    `<svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="the history, one line a client">`,
    ...clients.map((client, row) => line(client, TOP + row * ROW, margin, width)),
    ...placed.map(drawBar),
    drawOrder(placed),
    '</svg>',
  ].join('\n');
}

/** Places on the axis: every call and return has a slot of its own, wide enough for the labels. */
function axis(bars: readonly Bar[], margin: number) {
  const ends = bars.flatMap(({ operation: { calledAt, returnedAt } }) => [
    { at: calledAt, isCall: true },
    ...(returnedAt === undefined ? [] : [{ at: returnedAt, isCall: false }]),
  ]);
  ends.sort((a, b) => a.at - b.at || Number(b.isCall) - Number(a.isCall));
  const slots = new Map<string, number>();
  for (const { at, isCall } of ends) {
    const key = `${at} ${isCall}`;
    if (!slots.has(key)) slots.set(key, slots.size);
  }
  const place = (at: number, isCall: boolean) =>
    margin + SLOT * (slots.get(`${at} ${isCall}`) ?? slots.size) + (isCall ? 0 : SLOT - 6);
  return { place, width: margin + SLOT * (slots.size + 2) };
}

function line(client: string, y: number, margin: number, width: number): string {
  const middle = y + BAR / 2;
  return [
    `<text class="client" x="${margin - 10}" y="${middle + 4}" text-anchor="end">${escapeHtml(client)}</text>`,
    `<path class="line" d="M${margin} ${middle}H${width}"/>`,
  ].join('');
}

function drawBar({ bar, row, left, right }: Placed): string {
  const y = TOP + row * ROW;
  const kinds = [
    'bar',
    bar.isCore ? 'core' : '',
    bar.place === undefined ? '' : 'ordered',
    bar.isRefused ? 'refused' : '',
    bar.operation.returnedAt === undefined ? 'open' : '',
  ];
  const room = Math.floor((right - left - 8) / CHARACTER);
  const label = bar.label.length <= room ? bar.label : `${bar.label.slice(0, Math.max(1, room - 1))}…`;
  return [
    `<g class="${kinds.filter((kind) => kind !== '').join(' ')}"><title>${escapeHtml(bar.title)}</title>`,
    `<rect x="${left}" y="${y}" width="${right - left}" height="${BAR}" rx="3"/>`,
    `<text x="${left + 5}" y="${y + 15}">${escapeHtml(label)}</text></g>`,
  ].join('');
}

/** Each operation of the order at a moment between its call and its return, one after the other. */
function drawOrder(placed: readonly Placed[]): string {
  const ordered = placed.filter(({ bar }) => bar.place !== undefined);
  ordered.sort((a, b) => a.bar.place! - b.bar.place!);
  let x = 0;
  const points = ordered.map(({ row, left }) => {
    x = Math.max(x + 2, left + 2);
    return { x, y: TOP + row * ROW + BAR };
  });
  const path = points.map(({ x, y }, i) => `${i === 0 ? 'M' : 'L'}${x} ${y}`).join('');
  const dots = points.map(({ x, y }) => `<circle cx="${x}" cy="${y}" r="3"/>`).join('');
  return `<g class="order"><path d="${path}"/>${dots}</g>`;
}
