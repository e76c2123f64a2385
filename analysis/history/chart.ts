/**
 * A picture of a history, as SVG: one line a client, one bar an operation from its call to its
 * return, and through the bars the longest order that was found. Places on the axis are the order
 * of calls and returns, not their times, so that short operations can be read too.
 */
import { escapeHtml } from '../output/html.ts';
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
const SLOT = 44;
const CHARACTER = 6.6;
const TOP = 8;
/** As much as fits across a sheet of paper. */
const SHEET = 840;
/** Between the clients and the first bar. */
const EDGE = 4;
/** Characters of a client's name. */
const MOST_NAME = 20;

interface Placed {
  readonly bar: Bar;
  readonly row: number;
  readonly left: number;
  readonly right: number;
}

/**
 * The picture: the names of the clients, which stay in sight, and the bars. They must be sorted by
 * call.
 */
export function chart(bars: readonly Bar[], clients: readonly string[]): string {
  const { place, width } = axis(bars);
  const placed = bars.map((bar): Placed => {
    const { operation } = bar;
    const right = operation.returnedAt === undefined ? width - 4 : place(operation.returnedAt, false);
    return { bar, row: clients.indexOf(operation.client), left: place(operation.calledAt, true), right };
  });
  const height = TOP + clients.length * ROW + 8;
  const lines = clients.map((_, row) => `<path class="line" d="M0 ${TOP + row * ROW + BAR / 2}H${width}"/>`);
  const drawing = `<g id="history">${lines.join('')}${placed.map(drawBar).join('\n')}${drawOrder(placed)}</g>`;
  const view = { from: 0, width, height };
  const label = 'role="img" aria-label="the history, one line a client"';
  return `<div class="chart">${names(clients, height)}${svg(view, label, drawing)}</div>${sheets(clients, view)}`;
}

interface View {
  readonly from: number;
  readonly width: number;
  readonly height: number;
}

function svg({ from, width, height }: View, attributes: string, drawing: string): string {
  return `<svg ${attributes} viewBox="${from} 0 ${width} ${height}" width="${width}" height="${height}">${drawing}</svg>`;
}

/** For paper, where nothing can be moved: a wide picture in parts, one below the other. */
function sheets(clients: readonly string[], { width, height }: View): string {
  if (width <= SHEET) return '';
  const parts = Array.from({ length: Math.ceil(width / SHEET) }, (_, i) => {
    const part = svg({ from: i * SHEET, width: SHEET, height }, '', '<use href="#history"/>');
    return `<div class="sheet">${names(clients, height)}${part}</div>`;
  });
  return `<div class="sheets" aria-hidden="true">${parts.join('')}</div>`;
}

function names(clients: readonly string[], height: number): string {
  const shown = clients.map((name) => (name.length > MOST_NAME ? `${name.slice(0, MOST_NAME - 1)}…` : name));
  const width = 16 + CHARACTER * Math.max(...shown.map(({ length }) => length));
  const texts = shown.map(
    (name, row) =>
      `<text class="client" x="${width - 10}" y="${TOP + row * ROW + BAR / 2 + 4}" text-anchor="end">${escapeHtml(name)}<title>${escapeHtml(clients[row]!)}</title></text>`,
  );
  return `<svg class="clients" width="${width}" height="${height}" role="img" aria-label="the clients">${texts.join('')}</svg>`;
}

/** Places on the axis: every call and return has a slot of its own, wide enough for the labels. */
function axis(bars: readonly Bar[]) {
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
    EDGE + SLOT * (slots.get(`${at} ${isCall}`) ?? slots.size) + (isCall ? 0 : SLOT - 6);
  return { place, width: EDGE + SLOT * (slots.size + 2) };
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
