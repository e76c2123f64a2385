/** Numbers over the time of a run, as lines: linear, or by powers of ten where they differ by much. */
import { escapeHtml } from '../histories/escape.ts';
import { frame, layer, type View } from './frame.ts';
import type { Mark } from './marks.ts';
import { coordinate, short, ticks } from './scale.ts';

/** A line of the plot. */
export interface Line {
  readonly name: string;
  /** By time; null, or a gap, breaks the line. */
  readonly points: readonly (readonly [us: number, value: number | null])[];
  /** Spans through which the line does not go on. */
  readonly breaks?: readonly View[];
}

/** A plot. */
export interface LinePlot {
  readonly lines: readonly Line[];
  readonly view: View;
  readonly marks: readonly Mark[];
  readonly label: string;
  /** By powers of ten: for values above 0. */
  readonly isLog?: boolean;
  /** Words for a value on the axis. */
  readonly words?: (value: number) => string;
}

const HEIGHT = 150;
/** Room above and below, so that no line is cut. */
const PAD = 8;
/** A layer is so many units wide: finer than any screen. */
const UNITS = 10_000;

/** The plot, and what its lines are called. */
export function linePlot({ lines, view, marks, label, isLog = false, words = short }: LinePlot): string {
  const scale = isLog ? logScale(lines) : linearScale(lines);
  const unitUs = Math.max(1, view.toUs - view.fromUs) / UNITS;
  const paths = lines.map((line, i) => {
    const d = path(line, (us) => (us - view.fromUs) / unitUs, scale.y);
    return `<path class="line s${i % 8} t${Math.floor(i / 8)}" d="${d}"><title>${escapeHtml(line.name)}</title></path>`;
  });
  const levels = scale.marks.map(
    (value) =>
      `<line class="grid" x2="100%" y1="${coordinate(scale.y(value))}" y2="${coordinate(scale.y(value))}"/>`,
  );
  return frame({
    view,
    height: HEIGHT,
    label,
    side: scale.marks.map((value) => ({ y: scale.y(value), text: words(value) })),
    inside: levels.join('') + layer({ view, fromUs: view.fromUs, unitUs, height: HEIGHT }, paths.join('')),
    marks,
  });
}

/** Names of lines beside a piece of each. */
export function lineLegend(names: readonly string[]): string {
  const items = names.map(
    (name, i) =>
      `<li><svg width="30" height="10" aria-hidden="true"><path class="line s${i % 8} t${Math.floor(i / 8)}" d="M0 5H30"/></svg>${escapeHtml(name)}</li>`,
  );
  return `<ul class="legend">${items.join('')}</ul>`;
}

interface Scale {
  y(value: number): number;
  readonly marks: readonly number[];
}

function extent(lines: readonly Line[]): readonly [number, number] {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { points } of lines) {
    for (const [, value] of points) {
      if (value === null) continue;
      least = Math.min(least, value);
      most = Math.max(most, value);
    }
  }
  return least > most ? [0, 1] : [least, most];
}

function linearScale(lines: readonly Line[]): Scale {
  const [least, most] = extent(lines);
  const [from, to] = [Math.min(0, least), Math.max(most, least < 0 ? 0 : 1)];
  const y = (value: number) =>
    PAD + ((HEIGHT - 2 * PAD) * (to - value)) / Math.max(to - from, Number.MIN_VALUE);
  // What is drawn this way is counted: there is nothing between whole numbers.
  return { y, marks: ticks(from, to, 4).filter(Number.isInteger) };
}

function logScale(lines: readonly Line[]): Scale {
  const [least, most] = extent(lines);
  const from = Math.floor(Math.log10(Math.max(least, 1)));
  const to = Math.max(from + 1, Math.ceil(Math.log10(Math.max(most, 1))));
  const y = (value: number) =>
    PAD + ((HEIGHT - 2 * PAD) * (to - Math.log10(Math.max(value, 10 ** from)))) / (to - from);
  const every = Math.ceil((to - from) / 5);
  const powers = Array.from({ length: to - from + 1 }, (_, i) => from + i);
  return { y, marks: powers.filter((power) => (power - from) % every === 0).map((power) => 10 ** power) };
}

/** A point without neighbours becomes a line of no length, which round ends make a dot. */
function path(
  { points, breaks = [] }: Line,
  x: (us: number) => number,
  y: (value: number) => number,
): string {
  let d = '';
  let last: number | undefined;
  for (const [us, value] of points) {
    if (value === null) {
      last = undefined;
      continue;
    }
    const since = last;
    const isBroken = since === undefined || breaks.some(({ fromUs, toUs }) => fromUs < us && toUs > since);
    d += `${isBroken ? 'M' : 'L'}${Math.round(x(us))} ${coordinate(y(value))}${isBroken ? 'h0' : ''}`;
    last = us;
  }
  return d;
}
