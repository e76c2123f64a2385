/**
 * A plot of estimates: a line for each, with a dot for every repetition, the mean and its interval.
 */

import { escapeHtml } from '../output/html.ts';
import type { Estimate } from './statistics.ts';

/** A line of a plot; no estimate where some repetition lacks the number. */
export interface DotLine {
  readonly label: string;
  readonly estimate: Estimate | null;
}

/**
 * In units of the picture. Labels stand above their lines, so that a narrow window holds it all.
 */
const WIDTH = 360;
const LINE = 40;
const EDGE = 14;
const AXIS = 24;

/**
 * The plot as SVG, from 0 (or below, if something is) to the greatest value. `write` makes a value
 * a text; `title` says what the values are.
 */
export function dotPlot(title: string, lines: readonly DotLine[], write: (value: number) => string): string {
  const known = lines.flatMap(({ estimate }) => estimate ?? []);
  const ends = known.flatMap(({ mean, margin, least, greatest }) => [
    least,
    greatest,
    mean - (margin ?? 0),
    mean + (margin ?? 0),
  ]);
  const low = Math.min(0, ...ends);
  const high = Math.max(...ends, low + Number.EPSILON);
  const x = (value: number) => (EDGE + ((WIDTH - 2 * EDGE) * (value - low)) / (high - low)).toFixed(1);
  const bottom = lines.length * LINE;
  const marks = lines.map(({ label, estimate }, i) => {
    const y = i * LINE;
    return `<g><text x="${EDGE}" y="${y + 12}">${escapeHtml(label)}</text><text class="value" x="${WIDTH - EDGE}" y="${y + 12}">${escapeHtml(said(estimate, write))}</text>${estimate === null ? '' : drawn(estimate, y + 25, x)}</g>`;
  });
  const ticks = ticksOf(low, high).map(
    (value) =>
      `<line class="tick" x1="${x(value)}" y1="0" x2="${x(value)}" y2="${bottom}"/><text class="axis" text-anchor="middle" x="${x(value)}" y="${bottom + 14}">${value}</text>`,
  );
  const told = lines.map(({ label, estimate }) => `${label}: ${said(estimate, write)}`);
  return `<svg viewBox="0 0 ${WIDTH} ${bottom + AXIS}" role="img" aria-label="${escapeHtml(`${title}. ${told.join('; ')}`)}">${ticks.join('')}${marks.join('')}</svg>`;
}

function said(estimate: Estimate | null, write: (value: number) => string): string {
  if (estimate === null) return 'not known';
  const { mean, margin } = estimate;
  return margin === null ? write(mean) : `${write(mean)} ± ${write(margin)}`;
}

function drawn({ mean, margin, values }: Estimate, y: number, x: (value: number) => string): string {
  const dots = values.map((value) => `<circle class="run" cx="${x(value)}" cy="${y}" r="3"/>`);
  const bar =
    margin === null
      ? ''
      : `<line class="interval" x1="${x(mean - margin)}" y1="${y}" x2="${x(mean + margin)}" y2="${y}"/>`;
  return `${bar}${dots.join('')}<line class="mean" x1="${x(mean)}" y1="${y - 7}" x2="${x(mean)}" y2="${y + 7}"/>`;
}

/** Three to six round values from `low` to `high`. */
function ticksOf(low: number, high: number): number[] {
  const power = 10 ** Math.floor(Math.log10((high - low) / 2));
  const step = power * ([5, 2].find((times) => (high - low) / (power * times) >= 2) ?? 1);
  const first = Math.ceil(low / step);
  const count = Math.floor(high / step) - first + 1;
  return Array.from({ length: count }, (_, i) => Number(((first + i) * step).toPrecision(6)));
}
