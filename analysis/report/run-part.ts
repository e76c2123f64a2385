/**
 * The part of the page that is about one run: verdicts, pictures on one time axis, windows in
 * detail, numbers.
 */

import { isExercise } from '../checks/applies.ts';
import { escapeHtml } from '../output/html.ts';
import { plural } from '../output/plural.ts';
import { faultSigns, frame, layer, placed, type View } from './frame.ts';
import { jumpHistogram } from './histogram.ts';
import { activityPlot, type LanesPlot } from './lanes-plot.ts';
import { MANY_MARKS } from './layout.ts';
import { lineLegend, signLegend, windowLegend } from './legend.ts';
import type { KeptWindow } from './moments.ts';
import { namesWidth } from './names.ts';
import { type Plot, plotArea, plots } from './plots.ts';
import type { RunPictures } from './run-pictures.ts';
import { duration, secondsLabel } from './scale.ts';
import { clockSections, type Section, sections } from './sections.ts';
import { drawRoles, drawSpaceTime, laneLabels, laneMiddle, lanesHeight } from './space-time.ts';
import { badge, others, tables, verdictCounts, verdicts, worst } from './verdicts.ts';
import type { DetailWindow } from './window.ts';

/** Machines that have lanes and lines; tables have all of them up to their own limit. */
const MOST_MACHINES = 16;

/** A window with what the page calls it. */
interface NamedWindow {
  readonly window: KeptWindow;
  readonly name: string;
  readonly id: string;
}

/** The part. `place` tells runs apart. */
export function runPart(pictures: RunPictures, place: number): string {
  const { report } = pictures;
  const nodes = report.measures.machines.slice(0, MOST_MACHINES).map(({ node }) => node);
  const all = sections(report);
  // The clock exercise asks for these; of other runs they are numbers among many.
  const first = isExercise(report.checks) ? clockSections(report).map(({ title }) => title) : [];
  const isFirst = ({ title }: Section) => first.includes(title);
  const clocks =
    first.length === 0
      ? ''
      : `<h3>Clocks and queues</h3>\n${tables(all.filter(isFirst))}\n${histogram(pictures, nodes)}`;
  return `<section class="run" id="run-${place}" style="--names: ${namesWidth(nodes)}px">
<header><h2>${escapeHtml(report.path)}</h2>${badge(worst(report), verdictCounts(report))}</header>
${facts(pictures)}
<h3>Verdicts</h3>
${verdicts(report)}
${clocks}
${pictures.isTimed ? timed(pictures, place, nodes) : `<p class="notes">${UNTIMED}</p>`}
<h3>Numbers</h3>
${clocks === '' ? histogram(pictures, nodes) : ''}
${tables(all.filter((one) => !isFirst(one)))}
${others(report)}
</section>`;
}

const UNTIMED = 'No row of these logs has a time, so there are no pictures over time.';
const INSTANT = 'All rows of these logs have the same time, so there are no pictures over time.';

/** Everything on the time axis. */
function timed(pictures: RunPictures, place: number, nodes: readonly string[]): string {
  if (pictures.report.durationUs === 0) return `<p class="notes">${INSTANT}</p>`;
  const windows = pictures.windows.map((window, i) => ({
    window,
    name: String.fromCharCode(65 + i),
    id: `r${place}w${i}`,
  }));
  const area = plotArea(pictures, nodes);
  const whole = `${area.view.fromUs},${area.view.toUs}`;
  return `<h3>The run on one time axis</h3>
<p class="notes">${escapeHtml(summarised(pictures, nodes.length))}</p>
<div class="pictures${pictures.marks.length > MANY_MARKS ? ' many' : ''}" data-whole="${whole}">
${controls(windows)}
${plots(pictures, area)
  .map((plot) => figure(plot))
  .join('\n')}
${activity(pictures, windows, area)}
</div>
<h3>In detail</h3>
${windowLegend(windows.map(({ window }) => window))}
${windows.map((window) => detail(window, pictures, area)).join('\n')}`;
}

function facts({ report }: RunPictures): string {
  const { manifest, events, durationUs, measures } = report;
  const all: readonly (readonly [string, string])[] = [
    ['program', manifest.protocol ?? manifest.program],
    ...(manifest.seed === undefined ? [] : [['seed', String(manifest.seed)] as const]),
    ...(manifest.startedAt === undefined ? [] : [['began', manifest.startedAt] as const]),
    ['machines', String(measures.machines.length)],
    ['events', events.toLocaleString('en-US')],
    ['length', duration(durationUs)],
    ...(manifest.finished ? [] : [['state', 'not finished'] as const]),
  ];
  const list = all.map(([name, value]) => `<div><dt>${name}</dt><dd>${escapeHtml(value)}</dd></div>`);
  return `<dl>${list.join('')}</dl>`;
}

/** What the pictures leave out, in sentences. */
function summarised({ report, windows, whole }: RunPictures, drawn: number): string {
  const { measures, events, durationUs } = report;
  const intervals = measures.throughput.length;
  const kept = windows.reduce((sum, { rows }) => sum + rows.length, 0);
  const hidden = measures.machines.length - drawn;
  return [
    `${events === 1 ? '1 event is' : `${events.toLocaleString('en-US')} events are`} summarised in ${plural(intervals, 'interval')} of ${duration((measures.throughput[0]?.atUs ?? durationUs) || 1)}.`,
    whole === undefined
      ? `${plural(kept, 'event')} in ${plural(windows.length, 'window')} are kept in detail.`
      : 'Each of them is kept in detail.',
    hidden > 0
      ? `The first ${drawn} machines are drawn; ${hidden} more are in the tables as far as they go.`
      : '',
  ]
    .filter(Boolean)
    .join(' ');
}

/** Buttons work only with the page's script, which shows them. */
function controls(windows: readonly NamedWindow[]): string {
  const zoom = windows.map(({ window, name }) => {
    const why = escapeHtml(window.why);
    return `<button type="button" data-show="${window.fromUs},${window.toUs}" aria-label="${name}: ${why}" title="${why}">${name}</button>`;
  });
  return `<div class="controls" role="group" aria-label="The part of the run that is shown" hidden><output aria-live="polite"></output>
<span><button type="button" data-move="whole">whole run</button><button type="button" data-move="in" aria-label="closer" title="closer: +">+</button><button type="button" data-move="out" aria-label="wider" title="wider: −">−</button><button type="button" data-move="left" aria-label="earlier" title="earlier: ←">←</button><button type="button" data-move="right" aria-label="later" title="later: →">→</button></span>
<span class="windows">in detail: ${zoom.join('')}</span><small>or drag over a picture; keys: + − ← → 0</small></div>`;
}

function figure({ title, about, picture, lines, shapes = [], bands = [], list = '' }: Plot): string {
  const legend = lines === undefined ? signLegend(shapes, bands) : lineLegend(lines);
  return `<figure><figcaption><h4>${escapeHtml(title)}</h4><p>${escapeHtml(about)}</p>${legend}</figcaption>${picture}${list}</figure>`;
}

function activity(
  { report, whole, roles }: RunPictures,
  windows: readonly NamedWindow[],
  area: LanesPlot,
): string {
  const names = windows.map(({ name }) => name).join(', ');
  const title = 'Space and time';
  const { timeline } = report.measures;
  if (whole !== undefined) {
    const near = {
      ...whole,
      name: '',
      drawing: windowDrawing(whole, roles.spans, area.nodes),
      isWhole: true,
    };
    const label = 'Space-time diagram of the whole run';
    const about = 'All events and messages. Go closer to tell them apart.';
    return figure({ title, about, picture: activityPlot(timeline, [near], area, label) });
  }
  const near = windows.map(({ window, name, id }) => ({
    fromUs: window.fromUs,
    toUs: window.toUs,
    name,
    drawing: `<use href="#${id}"/>`,
    isWhole: false,
  }));
  const label = `How many events each machine had, by shades; windows ${names} are kept in detail`;
  const about = `The stronger the shade, the more events. The windows ${names} are kept in detail: they stand below, and here, once the axis is near enough.`;
  return figure({ title, about, picture: activityPlot(timeline, near, area, label) });
}

/**
 * A window's lanes, roles, messages and events. Coordinates count from its beginning: small numbers
 * are exact wherever it lies.
 */
function windowDrawing(
  window: DetailWindow,
  spans: RunPictures['roles']['spans'],
  nodes: readonly string[],
): string {
  const lanes = { nodes, x: (us: number) => us - window.fromUs };
  const end = Math.max(1, window.toUs - window.fromUs);
  const ground = nodes.map((_, i) => `<path class="lane" d="M0 ${laneMiddle(i)}H${end}"/>`);
  return ground.join('') + drawRoles(spans, window, lanes) + drawSpaceTime(window, lanes);
}

function detail(
  { window, name, id }: NamedWindow,
  { marks, roles }: RunPictures,
  { nodes }: LanesPlot,
): string {
  const view: View = { fromUs: window.fromUs, toUs: Math.max(window.toUs, window.fromUs + 1) };
  const height = lanesHeight(nodes.length);
  const drawing = `<g id="${id}">${windowDrawing(window, roles.spans, nodes)}</g>`;
  const inside = marks.filter(({ atUs }) => atUs >= view.fromUs && atUs <= view.toUs);
  const cut =
    window.asked > window.rows.length ? ` The first ${window.rows.length} of ${window.asked} events.` : '';
  const about = `${plural(window.rows.length, 'event')}, ${plural(window.flights.length, 'message')} received, ${window.losses.length} lost.${cut}`;
  const label = `Space-time diagram of window ${name}: ${window.why}. ${about}`;
  const side = nodes.map((text, i) => ({ y: laneMiddle(i), text }));
  return `<figure class="window"><figcaption><h4>${name}: ${escapeHtml(window.why)}</h4><p>${secondsLabel(window.fromUs, 1000)} to ${secondsLabel(window.toUs, 1000)}. ${about}</p></figcaption><div class="wide" role="group" aria-label="Window ${name}"><div>
${inside.length === 0 ? '' : frame({ view, height: 30, label: inside.map(({ text }) => text).join('; '), side: [], inside: faultSigns(inside, view), marks: [] })}
${frame({ view, height, label, side, inside: layer({ view, fromUs: window.fromUs, unitUs: 1, height }, drawing) + labels(window, roles.spans, nodes, view), marks: inside })}
</div></div></figure>`;
}

/** The characters that fit into a lane of a window. */
const LANE_CHARACTERS = 160;

/** Labels that do not cover the one before them in the same lane. */
function labels(
  window: KeptWindow,
  spans: RunPictures['roles']['spans'],
  nodes: readonly string[],
  view: View,
): string {
  const free = new Map<string, number>();
  return laneLabels(window, spans)
    .map(({ atUs, node, text }) => {
      const lane = nodes.indexOf(node);
      const at = (LANE_CHARACTERS * (atUs - view.fromUs)) / (view.toUs - view.fromUs);
      if (lane < 0 || at < (free.get(node) ?? 0)) return '';
      free.set(node, at + text.length + 1);
      return placed(
        view,
        atUs,
        `<text class="lane-label${at + text.length > LANE_CHARACTERS ? ' end' : ''}" y="${laneMiddle(lane) - 11}">${escapeHtml(text)}</text>`,
      );
    })
    .join('');
}

function histogram({ report }: RunPictures, nodes: readonly string[]): string {
  const picture = jumpHistogram(report.measures.jumps, nodes);
  if (picture === '') return '';
  return `<figure><figcaption><h4>How great jumps were</h4><p>In per cent of each machine's jumps.</p></figcaption><div class="wide" role="group" aria-label="How great jumps were">${picture}</div></figure>`;
}
