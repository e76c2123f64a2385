/** Plots with a lane a machine: who led when, and where in the run how much happened. */

import type { MachineInterval } from '../measures/timeline.ts';
import { escapeHtml } from '../output/html.ts';
import { frame, layer, spanLabel, type View } from './frame.ts';
import type { Mark } from './marks.ts';
import type { RoleSpan } from './roles.ts';
import { coordinate } from './scale.ts';
import { laneMiddle, lanesHeight, stateClass } from './space-time.ts';

const UNITS = 10_000;
const ROLE_LANE = 26;
const ROLE_BAND = 18;

/** What both plots are about. */
export interface LanesPlot {
  readonly nodes: readonly string[];
  readonly view: View;
  readonly marks: readonly Mark[];
  /** How long an interval of the run is. */
  readonly intervalUs: number;
}

/** Bands of roles; leaders with their term. */
export function rolesPlot(
  spans: readonly RoleSpan[],
  { nodes, view, marks }: Omit<LanesPlot, 'intervalUs'>,
  label: string,
  /** Shorter bands have no words, where no script hides those that do not fit. */
  wordsFromUs = 0,
): string {
  const unitUs = Math.max(1, view.toUs - view.fromUs) / UNITS;
  const height = nodes.length * ROLE_LANE;
  const top = (node: string) => nodes.indexOf(node) * ROLE_LANE + (ROLE_LANE - ROLE_BAND) / 2;
  const shown = spans.filter(({ node }) => nodes.includes(node));
  const bands = shown.map(({ node, fromUs, toUs, state, term }) => {
    const [x, end] = [(fromUs - view.fromUs) / unitUs, (toUs - view.fromUs) / unitUs];
    const title = term === null ? `${node}: ${state}` : `${node}: ${state}, term ${term}`;
    return `<rect class="band ${stateClass(state)}" x="${coordinate(x)}" y="${top(node)}" width="${coordinate(Math.max(0.2, end - x))}" height="${ROLE_BAND}"><title>${escapeHtml(title)}</title></rect>`;
  });
  const labels = shown.flatMap((span) => {
    const text = spanWords(span);
    return text === undefined || span.toUs - span.fromUs < wordsFromUs
      ? []
      : [spanLabel(view, span, top(span.node) + 13, text, stateClass(span.state))];
  });
  return frame({
    view,
    height,
    label,
    side: nodes.map((text, i) => ({ y: (i + 0.5) * ROLE_LANE, text })),
    inside: layer({ view, fromUs: view.fromUs, unitUs, height }, bands.join('')) + labels.join(''),
    marks,
  });
}

function spanWords({ state, term }: RoleSpan): string | undefined {
  if (state === 'down') return 'off';
  if (state !== 'leader') return undefined;
  return term === null ? 'leads' : `leads term ${term}`;
}

/** Shades of activity. */
const SHADES = 5;

/** A window whose rows can be shown on the axis of the whole run. */
export interface NearWindow {
  readonly fromUs: number;
  readonly toUs: number;
  readonly name: string;
  /** Its marks, in microseconds from its beginning. */
  readonly drawing: string;
  /** Whether it is the whole run: then it is always near enough. */
  readonly isWhole: boolean;
}

/**
 * Where in the run how much happened, by shades; the windows that are kept in detail, and, once
 * they are near enough, what they hold.
 */
export function activityPlot(
  timeline: readonly MachineInterval[],
  windows: readonly NearWindow[],
  { nodes, view, marks, intervalUs }: LanesPlot,
  label: string,
): string {
  const unitUs = Math.max(1, view.toUs - view.fromUs) / UNITS;
  const height = lanesHeight(nodes.length);
  const parts = windows.filter(({ isWhole }) => !isWhole);
  const kept = parts.map((window) => {
    const [x, end] = [(window.fromUs - view.fromUs) / unitUs, (window.toUs - view.fromUs) / unitUs];
    return `<rect class="kept" x="${coordinate(x)}" y="0" width="${coordinate(Math.max(1, end - x))}" height="${height}"/>`;
  });
  const details = windows.map(({ fromUs, toUs, drawing, isWhole }) =>
    layer({ view, fromUs, toUs, unitUs: 1, height, kind: isWhole ? 'detail' : 'detail far' }, drawing),
  );
  return frame({
    view,
    height,
    label,
    side: nodes.map((text, i) => ({ y: laneMiddle(i), text })),
    inside: [
      layer(
        { view, fromUs: view.fromUs, unitUs, height, kind: 'activity' },
        kept.join('') + shades(timeline, nodes, (us) => (us - view.fromUs) / unitUs, intervalUs / unitUs),
      ),
      ...details,
      ...parts.map((window) => spanLabel(view, window, 12, window.name, 'kept-name')),
    ].join(''),
    marks,
  });
}

/** A path for each shade, with a box for each interval of a machine. */
function shades(
  timeline: readonly MachineInterval[],
  nodes: readonly string[],
  x: (us: number) => number,
  width: number,
): string {
  const most = Math.max(1, ...timeline.map(({ events }) => events));
  const paths = Array.from({ length: SHADES }, () => '');
  for (const { atUs, node, events } of timeline) {
    const place = nodes.indexOf(node);
    if (place < 0) continue;
    const shade = Math.min(SHADES - 1, Math.floor(SHADES * Math.sqrt(events / most)));
    paths[shade] +=
      `M${coordinate(x(atUs) - width)} ${laneMiddle(place) - 9}h${coordinate(width)}v18h-${coordinate(width)}Z`;
  }
  return paths.map((d, i) => `<path class="shade" fill-opacity="${(i + 1) / SHADES}" d="${d}"/>`).join('');
}
