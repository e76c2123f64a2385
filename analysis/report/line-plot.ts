/**
 * Numbers over the time of a run, as lines: linear, or by powers of ten where they differ by much.
 */

import { escapeHtml } from '../output/html.ts';
import { frame, layer, type View } from './frame.ts';
import { LINE_PAD } from './layout.ts';
import type { Mark } from './marks.ts';
import { coordinate, heightOf, valueAxis } from './scale.ts';

/** A line of the plot. */
export interface Line {
  readonly name: string;
  /** By time; null breaks the line. */
  readonly points: readonly (readonly [us: number, value: number | null])[];
  /** Spans through which the line does not go on. */
  readonly breaks?: readonly View[];
}

/** A plot. */
export interface LinePlot {
  readonly lines: readonly Line[];
  readonly view: View;
  readonly marks: readonly Mark[];
  /** How long an interval of the run is: points are at ends of intervals. */
  readonly intervalUs: number;
  readonly label: string;
  /** What the numbers are, in a word or two. */
  readonly unit: string;
  /** By powers of ten: for values above 0. */
  readonly isLog?: boolean;
  /** The values are microseconds. */
  readonly isTime?: boolean;
  /**
   * After so many intervals without a value a line does not go on. Without it, a line goes on until
   * it is broken.
   */
  readonly mostSilent?: number;
}

const HEIGHT = 150;

/**
 * The plot. Its points are at their exact heights, out of which the page's script draws a part of
 * the run.
 */
export function linePlot(plot: LinePlot): string {
  const { lines, view, marks, intervalUs, label, unit, isLog = false, isTime = false } = plot;
  const [least, most] = extent(lines, isLog);
  const axis = valueAxis(least, most, isLog, isTime);
  const pad = (LINE_PAD * (axis.to - axis.from)) / (HEIGHT - 2 * LINE_PAD);
  const [top, bottom] = [axis.to + pad, axis.from - pad];
  const y = (height: number) => (HEIGHT * (top - height)) / (top - bottom);
  const paths = lines.map((line, i) => {
    const kind = `s${i % 8} t${Math.floor(i / 8)}`;
    const name = `<title>${escapeHtml(line.name)}</title>`;
    const { strokes, dots } = path(line, plot, isLog);
    const alone = dots === '' ? '' : `<path class="line ${kind} dots" d="${dots}">${name}</path>`;
    return `<path class="line ${kind}" d="${strokes}">${name}</path>${alone}`;
  });
  const levels = axis.marks.map(({ at }) => {
    const level = coordinate(y(at));
    return `<line class="grid" x2="100%" y1="${level}" y2="${level}"/>`;
  });
  const numbers = { top, bottom, least, most, isLog, isTime };
  const placed = {
    view,
    fromUs: view.fromUs,
    unitUs: intervalUs,
    height: HEIGHT,
    kind: 'lines',
    axis: numbers,
  };
  return frame({
    view,
    height: HEIGHT,
    label,
    unit,
    side: axis.marks.map(({ at, text }) => ({ y: y(at), text })),
    inside: `<g class="levels">${levels.join('')}</g>${layer(placed, paths.join(''))}`,
    marks,
  });
}

/** What the axis of the whole run must hold: what is counted begins at 0. */
function extent(lines: readonly Line[], isLog: boolean): readonly [number, number] {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { points } of lines) {
    for (const [, value] of points) {
      if (value === null) continue;
      least = Math.min(least, value);
      most = Math.max(most, value);
    }
  }
  if (least > most) return [isLog ? 1 : 0, 1];
  return isLog ? [least, most] : [Math.min(0, least), Math.max(most, least < 0 ? 0 : 1)];
}

/**
 * The line as strokes; points without neighbours, which would not be seen, as dots: lines of no
 * length with round ends.
 */
function path(
  { points, breaks = [] }: Line,
  { view, intervalUs, mostSilent = Number.POSITIVE_INFINITY }: LinePlot,
  isLog: boolean,
): { readonly strokes: string; readonly dots: string } {
  const parts: string[][] = [];
  let last: number | undefined;
  for (const [us, value] of points) {
    if (value === null) {
      last = undefined;
      continue;
    }
    const since = last;
    const isBroken =
      since === undefined ||
      us - since > mostSilent * intervalUs ||
      breaks.some(({ fromUs, toUs }) => fromUs < us && toUs > since);
    if (isBroken) parts.push([]);
    parts.at(-1)!.push(`${exact((us - view.fromUs) / intervalUs)} ${exact(-heightOf(value, isLog))}`);
    last = us;
  }
  const dots = parts.filter((part) => part.length === 1).map(([point]) => `M${point}h0`);
  const strokes = parts.filter((part) => part.length > 1).map((part) => `M${part.join('L')}`);
  return { strokes: strokes.join(''), dots: dots.join('') };
}

/** Exact enough to go closer a thousand times, and short. */
function exact(value: number): string {
  return String(Number(value.toFixed(4)));
}
