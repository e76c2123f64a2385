/** What the signs, bands and lines of pictures mean: only those that are there. */
import { escapeHtml } from '../output/html.ts';
import { drawMark, MARK_WORDS } from './mark-shapes.ts';
import type { MarkShape } from './marks.ts';
import { family, look } from './space-time.ts';
import { MEMBER_WORDS, ROLE_WORDS, SIGN_WORDS, WAY_WORDS } from './space-time-words.ts';
import type { DetailWindow } from './window.ts';

/** Names of lines beside a piece of each. */
export function lineLegend(names: readonly string[]): string {
  const items = names.map(
    (name, i) =>
      `<li><svg width="30" height="10" aria-hidden="true"><path class="line s${i % 8} t${Math.floor(i / 8)}" d="M0 5H30"/></svg>${escapeHtml(name)}</li>`,
  );
  return `<ul class="legend">${items.join('')}</ul>`;
}

/** A sign with what it means. */
type Sign = readonly [drawing: string, words: string];

function signs(items: readonly Sign[], kind = ''): string {
  if (items.length === 0) return '';
  const list = items.map(
    ([drawing, words]) => `<li><svg width="30" height="16" aria-hidden="true">${drawing}</svg>${words}</li>`,
  );
  return `<ul class="legend ${kind}">${list.join('')}</ul>`;
}

/** What the signs of faults and the bands of roles mean that are there. */
export function signLegend(shapes: readonly MarkShape[], bands: readonly string[]): string {
  return signs([...markItems(shapes), ...bandItems(bands)]);
}

function markItems(shapes: readonly MarkShape[]): Sign[] {
  return [...new Set(shapes)].map((shape) => [
    `<g class="mark ${shape}" transform="translate(15 8)">${drawMark(shape)}</g>`,
    MARK_WORDS[shape],
  ]);
}

function bandItems(bands: readonly string[]): Sign[] {
  return [...ROLE_WORDS, ...MEMBER_WORDS]
    .filter(([band]) => bands.includes(band))
    .map(([band, words]) => [`<rect class="band ${band}" x="2" y="2" width="26" height="12"/>`, words]);
}

/** The signs that some window has. */
export function windowLegend(windows: readonly DetailWindow[]): string {
  const looks = new Set(windows.flatMap(({ rows }) => rows.map(({ event }) => look(event))));
  const ways = new Set(windows.flatMap(({ flights }) => flights.map(({ kind }) => family(kind))));
  if (windows.some(({ losses }) => losses.length > 0)) ways.add('lost');
  return signs(
    [
      ...SIGN_WORDS.filter(([kind]) => looks.has(kind)).map(
        ([kind, words]): Sign => [`<path class="e ${kind}" d="M15 8h0"/>`, words],
      ),
      ...WAY_WORDS.filter(([kind]) => ways.has(kind)).map(
        ([kind, words]): Sign => [`<path class="f ${kind}" d="M1 8h28"/>`, words],
      ),
    ],
    'signs',
  );
}
