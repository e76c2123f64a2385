/**
 * The frame of a picture on a time axis: names at the left, the field, and the axis below. A field
 * is as wide as the page allows. What lies in it is either placed by per cent (texts, signs, lines
 * of faults) or drawn in a layer, an inner SVG that is stretched to the field. The page's script
 * zooms by placing again, and by giving layers another `viewBox`: it draws nothing.
 */
import { escapeHtml } from '../output/html.ts';
import { MOST_TIME_MARKS } from './layout.ts';
import { drawMark } from './mark-shapes.ts';
import type { Mark } from './marks.ts';
import { sideNames } from './names.ts';
import { coordinate, timeMarks } from './scale.ts';

/** The part of the run that a field shows at first, in microseconds since the run's first event. */
export interface View {
  readonly fromUs: number;
  readonly toUs: number;
}

/** Something beside the field, at a height in pixels. */
export interface SideLabel {
  readonly y: number;
  readonly text: string;
}

/** A picture to be framed. */
export interface Framed {
  readonly view: View;
  readonly height: number;
  /** The text alternative of the picture. */
  readonly label: string;
  readonly side: readonly SideLabel[];
  /** What the numbers at the side are, if they are numbers. */
  readonly unit?: string;
  /** What lies in the field. */
  readonly inside: string;
  /** Faults, drawn as lines through the field. */
  readonly marks: readonly Mark[];
}

/** The frame's markup. */
export function frame({ view, height, label, side, unit, inside, marks }: Framed): string {
  const places = timeMarks(view.fromUs, view.toUs, MOST_TIME_MARKS).map((mark) => ({
    ...mark,
    x: percent(mark.us, view),
  }));
  const grid = places.map(({ x }) => `<line class="grid" x1="${x}" x2="${x}" y2="${height}"/>`).join('');
  const words = places
    .map(({ x, text, isLast }) => `<text${isLast ? ' class="last"' : ''} x="${x}" y="13">${text}</text>`)
    .join('');
  const texts = sideNames(side.map(({ text }) => text));
  const names = side.map(({ y }, i) => `<text x="100%" dx="-8" y="${coordinate(y + 4)}">${texts[i]}</text>`);
  const what =
    unit === undefined
      ? ''
      : `<text class="unit" transform="translate(11 ${height / 2}) rotate(-90)">${escapeHtml(unit)}</text>`;
  return `<div class="frame"><svg class="names" height="${height}" aria-hidden="true"><g class="side">${names.join('')}</g>${what}</svg>
<svg class="field" height="${height}" role="img" aria-label="${escapeHtml(label)}"><g class="ticks">${grid}</g>${inside}${faultLines(marks, view, height)}</svg>
<svg class="axis" height="18" aria-hidden="true">${words}</svg></div>`;
}

/** A layer of the field. */
export interface Layer {
  readonly view: View;
  /** Where its coordinates begin, and how long a unit of them is. A unit of height is a pixel. */
  readonly fromUs: number;
  readonly unitUs: number;
  readonly height: number;
  readonly kind?: string;
  /** Where what it shows ends; the script looks whether it is near enough. */
  readonly toUs?: number;
  /** For a layer of lines: what the script must know to draw their axis again. */
  readonly axis?: LayerAxis;
}

/**
 * The axis of a layer of lines, whose points are at their heights (`heightOf`), counted downwards.
 */
export interface LayerAxis {
  /** The heights of its upper and lower edge. */
  readonly top: number;
  readonly bottom: number;
  /** The least and the greatest value that the axis of the whole run has. */
  readonly least: number;
  readonly most: number;
  readonly isLog: boolean;
  readonly isTime: boolean;
}

/** The layer with a drawing in it. */
export function layer(
  { view, fromUs, toUs, unitUs, height, kind = '', axis }: Layer,
  drawing: string,
): string {
  const [left, width] = [(view.fromUs - fromUs) / unitUs, (view.toUs - view.fromUs) / unitUs];
  const end = toUs === undefined ? '' : ` data-to="${toUs}"`;
  const lines =
    axis === undefined
      ? ''
      : ` data-least="${axis.least}" data-most="${axis.most}" data-log="${axis.isLog}" data-time="${axis.isTime}"`;
  const [top, tall] = axis === undefined ? [0, height] : [-axis.top, axis.top - axis.bottom];
  return `<svg class="layer ${kind}" data-from="${fromUs}"${end} data-unit="${unitUs}"${lines} viewBox="${left} ${top} ${width} ${tall}" width="100%" height="${height}" preserveAspectRatio="none">${drawing}</svg>`;
}

/** A text in the field that ends where its span ends. The script hides it where it does not fit. */
export function spanLabel(view: View, span: View, y: number, text: string, kind = ''): string {
  const from = Math.max(view.fromUs, span.fromUs);
  const width = (100 * (Math.min(view.toUs, span.toUs) - from)) / (view.toUs - view.fromUs);
  return `<svg class="span ${kind}" data-from="${span.fromUs}" data-to="${span.toUs}" x="${percent(from, view)}" width="${Math.max(0, width).toFixed(3)}%"><text x="4" y="${y}">${escapeHtml(text)}</text></svg>`;
}

/** Something in the field at a moment: its drawing is around the origin. */
export function placed(view: View, atUs: number, drawing: string, kind = ''): string {
  return `<svg class="at ${kind}" data-at="${atUs}" x="${percent(atUs, view)}">${drawing}</svg>`;
}

function faultLines(marks: readonly Mark[], view: View, height: number): string {
  return marks
    .map((mark) => {
      const x = percent(mark.atUs, view);
      return `<line class="fault-line ${mark.shape}" data-at="${mark.atUs}" x1="${x}" x2="${x}" y2="${height}"><title>${escapeHtml(mark.text)}</title></line>`;
    })
    .join('');
}

/** The signs of faults, with their names as far as they fit. */
export function faultSigns(marks: readonly Mark[], view: View): string {
  return marks
    .map((mark, i) => {
      const until = marks[i + 1]?.atUs ?? view.toUs;
      const words = spanLabel(
        view,
        { fromUs: mark.atUs, toUs: Math.max(until, mark.atUs) },
        19,
        ` ${mark.label}`,
        'fault-name',
      );
      const sign = `<g class="mark ${mark.shape}" transform="translate(0 15)"><title>${escapeHtml(mark.text)}</title><rect x="-7" y="-8" width="14" height="16"/>${drawMark(mark.shape)}</g>`;
      return words + placed(view, mark.atUs, sign);
    })
    .join('');
}

/** Where a moment stands in the field. */
function percent(us: number, { fromUs, toUs }: View): string {
  return `${((100 * (us - fromUs)) / Math.max(1, toUs - fromUs)).toFixed(3)}%`;
}
