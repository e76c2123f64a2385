/**
 * A space-time diagram as a file of its own: an SVG that any browser shows, light and dark, and
 * that scales.
 */

import { escapeHtml } from '../output/html.ts';
import { plural } from '../output/plural.ts';
import { drawMark } from './mark-shapes.ts';
import type { Mark } from './marks.ts';
import { sideNames } from './names.ts';
import type { RoleSpan } from './roles.ts';
import { coordinate, secondsLabel, tickStep, ticks } from './scale.ts';
import {
  drawRoles,
  drawSpaceTime,
  family,
  type LaneLabel,
  laneLabels,
  laneMiddle,
  lanesHeight,
  look,
  stateClass,
} from './space-time.ts';
import { BAND_WORDS, SIGN_WORDS, WAY_WORDS } from './space-time-words.ts';
import { PICTURE_STYLE } from './style.ts';
import type { DetailWindow } from './window.ts';

/** Rows in the picture at most: more could not be told apart. */
export const MOST_PICTURE_ROWS = 1_000;

const MARGIN = { left: 134, right: 24, top: 74, bottom: 88 };
/** Characters of its title. */
const MOST_TITLE = 90;
/** Width of the lanes, by the number of rows. */
const WIDTH = { least: 1000, most: 6000, row: 8 };

/** What the picture shows. */
export interface SpaceTime {
  readonly window: DetailWindow;
  /** Machines from top to bottom. */
  readonly nodes: readonly string[];
  readonly spans: readonly RoleSpan[];
  readonly marks: readonly Mark[];
  readonly title: string;
}

/** The picture's text. */
export function spaceTimePicture({ window, nodes, spans, marks, title }: SpaceTime): string {
  const { fromUs, toUs, rows } = window;
  const width = Math.min(WIDTH.most, Math.max(WIDTH.least, rows.length * WIDTH.row));
  const height = lanesHeight(nodes.length);
  const x = (us: number) => (width * (us - fromUs)) / Math.max(1, toUs - fromUs);
  const step = (toUs - fromUs) / 1000;
  const span = `${secondsLabel(fromUs, step)} to ${secondsLabel(toUs, step)}`;
  const size = { width: width + MARGIN.left + MARGIN.right, height: height + MARGIN.top + MARGIN.bottom };
  return `<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" class="picture" viewBox="0 0 ${size.width} ${size.height}" width="${size.width}" height="${size.height}" role="img" aria-labelledby="title said">
<title id="title">${escapeHtml(title)}: ${span}</title>
<desc id="said">${escapeHtml(said(window, nodes))}</desc>
<style>${PICTURE_STYLE}</style>
<defs>
<marker id="arrow" viewBox="0 0 10 10" refX="13" refY="5" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 1L10 5L0 9Z" fill="context-stroke"/></marker>
<clipPath id="inside"><rect x="0" y="-20" width="${width}" height="${height + 20}"/></clipPath>
</defs>
<rect class="paper" width="100%" height="100%"/>
<text class="title" x="${MARGIN.left}" y="28">${escapeHtml(clipped(title))}: ${span}</text>
<text class="dim" x="${MARGIN.left}" y="48">${escapeHtml(said(window, nodes))}</text>
<g transform="translate(${MARGIN.left} ${MARGIN.top})">
${axis(window, x, width, height)}
${sideNames(nodes)
  .map((name, place) => lane(name, laneMiddle(place), width))
  .join('\n')}
${drawRoles(spans, window, { nodes, x })}
${faults(marks, window, x, width, height)}
<g class="arrows" clip-path="url(#inside)">
${drawSpaceTime(window, { nodes, x })}
</g>
${labels(laneLabels(window, spans), nodes, x, width)}
</g>
${legend(window, bandsIn(spans, window), size.width, size.height - 40)}
</svg>
`;
}

function said({ rows, asked, flights, losses }: DetailWindow, nodes: readonly string[]): string {
  const cut =
    asked > rows.length
      ? `the first ${rows.length} of ${asked} events of the window that was asked for`
      : plural(rows.length, 'event');
  return `${plural(nodes.length, 'machine')}, ${cut}, ${plural(flights.length, 'message')} received, ${losses.length} lost`;
}

function clipped(title: string): string {
  return title.length > MOST_TITLE ? `${title.slice(0, MOST_TITLE - 1)}…` : title;
}

function lane(name: string, y: number, width: number): string {
  return `<text class="node" x="-12" y="${y + 4}">${name}</text><path class="lane" d="M0 ${y}H${width}"/>`;
}

function axis(
  { fromUs, toUs }: DetailWindow,
  x: (us: number) => number,
  width: number,
  height: number,
): string {
  const most = Math.floor(width / 110);
  const step = tickStep(fromUs, toUs, most);
  return ticks(fromUs, toUs, most)
    .map((us) => {
      const at = coordinate(x(us));
      return `<path class="grid" d="M${at} -6V${height}"/><text class="tick" x="${at}" y="${height + 16}">${secondsLabel(us, step)}</text>`;
    })
    .join('');
}

/** Pixels of a character of a label. */
const CHARACTER = 6.2;

/** Labels that do not cover the one before them in the same lane. */
function labels(
  all: readonly LaneLabel[],
  nodes: readonly string[],
  x: (us: number) => number,
  width: number,
): string {
  const free = new Map<string, number>();
  return all
    .map(({ atUs, node, text }) => {
      const at = x(atUs);
      const place = nodes.indexOf(node);
      if (place < 0 || at < (free.get(node) ?? 0)) return '';
      free.set(node, at + (text.length + 1) * CHARACTER);
      // What would go beyond the picture ends at its moment.
      const end = at + text.length * CHARACTER > width + MARGIN.right ? ' end' : '';
      return `<text class="label${end}" x="${coordinate(at)}" y="${coordinate(laneMiddle(place) - 10)}">${escapeHtml(text)}</text>`;
    })
    .join('\n');
}

/** Faults: a line through all lanes, and above it what it was. */
function faults(
  marks: readonly Mark[],
  { fromUs, toUs }: DetailWindow,
  x: (us: number) => number,
  width: number,
  height: number,
) {
  return marks
    .filter(({ atUs }) => atUs >= fromUs && atUs <= toUs)
    .map((mark) => {
      const at = x(mark.atUs);
      const room = width + MARGIN.right - mark.label.length * CHARACTER;
      return `<g class="mark ${mark.shape}" transform="translate(${coordinate(at)} -14)"><title>${escapeHtml(mark.text)}</title><path class="fault-line" d="M0 6V${height + 14}"/>${drawMark(mark.shape)}<text${at > room ? ' class="end" x="-9"' : ' x="9"'} y="4">${escapeHtml(mark.label)}</text></g>`;
    })
    .join('\n');
}

/** The bands that occur. */
function bandsIn(spans: readonly RoleSpan[], { fromUs, toUs }: DetailWindow): ReadonlySet<string> {
  const shown = spans.filter((span) => span.toUs > fromUs && span.fromUs < toUs);
  return new Set(shown.map(({ state }) => stateClass(state)));
}

/** What the signs mean that are there, in one line or two. */
function legend(
  { rows, flights, losses }: DetailWindow,
  bands: ReadonlySet<string>,
  width: number,
  top: number,
): string {
  const signs = new Set(rows.map(({ event }) => look(event)));
  const ways = new Set([...flights.map(({ kind }) => family(kind)), ...(losses.length > 0 ? ['lost'] : [])]);
  let [x, y] = [MARGIN.left, top];
  const put = (mark: string, text: string, room: number) => {
    const own = room + text.length * CHARACTER + 24;
    if (x + own > width) [x, y] = [MARGIN.left, y + 20];
    const at = Math.round(x);
    x += own;
    return `<g transform="translate(${at} ${y})">${mark}<text class="tick start" x="${room}" y="4">${text}</text></g>`;
  };
  return [
    ...BAND_WORDS.filter(([band]) => bands.has(band)).map(([band, text]) =>
      put(`<rect class="band ${band}" y="-6" width="26" height="12"/>`, text, 33),
    ),
    ...SIGN_WORDS.filter(([sign]) => signs.has(sign)).map(([sign, text]) =>
      put(`<path class="e ${sign}" d="M0 0h0"/>`, text, 12),
    ),
    ...WAY_WORDS.filter(([way]) => ways.has(way)).map(([way, text]) =>
      put(`<path class="f ${way}" d="M0 0h26"/>`, text, 33),
    ),
  ].join('');
}
