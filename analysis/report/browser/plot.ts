/**
 * Draws lines of numbers anew, so that what is shown of them fills the height of their plot, and
 * writes the marks of both axes. The points are in the page, at their exact heights.
 */
import { LINE_PAD, MOST_TIME_MARKS } from '../layout.ts';
import { timeMarks, type ValueAxis, valueAxis } from '../scale.ts';
import { dataNumber, type Part, svgElement } from './dom.ts';

/** Pixels of a mark of the time axis, at least. */
const MARK_WIDTH = 64;

/**
 * Draws the marks of a frame's time axis: fewer on a narrow page. `percent` says where a time
 * stands.
 */
export function drawTimes(frame: Element, { from, to }: Part, percent: (us: number) => string): void {
  const field = frame.querySelector('.field')!;
  const height = field.getAttribute('height')!;
  const room = Math.floor(field.getBoundingClientRect().width / MARK_WIDTH);
  const marks = timeMarks(from, to, Math.max(2, Math.min(MOST_TIME_MARKS, room)));
  const lines = marks.map(({ us }) => {
    const x = percent(us);
    return svgElement('line', { class: 'grid', x1: x, x2: x, y2: height });
  });
  const texts = marks.map(({ us, text, isLast }) =>
    svgElement('text', { class: isLast ? 'last' : '', x: percent(us), y: 13 }, text),
  );
  field.querySelector('.ticks')!.replaceChildren(...lines);
  frame.querySelector('.axis')!.replaceChildren(...texts);
}

/** Draws the lines of a frame, if it has any, in the height of their plot. */
export function drawLines(frame: Element, { from, to }: Part, isWhole: boolean): void {
  const lines = frame.querySelector<SVGElement>('.lines');
  if (lines === null) return;
  const height = Number(lines.getAttribute('height'));
  const [origin, unit] = [dataNumber(lines, 'from'), dataNumber(lines, 'unit')];
  const paths = [...lines.querySelectorAll('path')];
  const shown = isWhole ? undefined : { from: (from - origin) / unit, to: (to - origin) / unit };
  const axis = axisOf(lines, paths, shown);
  const scale = (height - 2 * LINE_PAD) / (axis.to - axis.from);
  const y = (at: number) => (LINE_PAD + scale * (axis.to - at)).toFixed(2);
  for (const path of paths)
    path.setAttribute(
      'd',
      strokesOf(path)
        .map((stroke) => drawn(stroke, y))
        .join(''),
    );
  const levels = axis.marks.map(({ at }) =>
    svgElement('line', { class: 'grid', x2: '100%', y1: y(at), y2: y(at) }),
  );
  const numbers = axis.marks.map(({ at, text }) =>
    svgElement('text', { x: '100%', dx: -8, y: Number(y(at)) + 4 }, text),
  );
  frame.querySelector('.levels')!.replaceChildren(...levels);
  frame.querySelector('.side')!.replaceChildren(...numbers);
}

/** Where it stands, in intervals, and how high. */
type Point = readonly [x: number, height: number];
type Stroke = readonly Point[];

/** The strokes of paths as they came with the page: what they say later is rounded. */
const strokes = new WeakMap<SVGPathElement, readonly Stroke[]>();

function strokesOf(path: SVGPathElement): readonly Stroke[] {
  const known = strokes.get(path);
  if (known !== undefined) return known;
  const parts = path.getAttribute('d')!.split('M').slice(1);
  const read = parts.map((part) => part.replace('h0', '').split('L').map(parsePoint));
  strokes.set(path, read);
  return read;
}

/** Heights are counted downwards in a path. */
function parsePoint(text: string): Point {
  const [x, y] = text.split(' ').map(Number);
  return [x!, -y!];
}

function drawn(stroke: Stroke, y: (height: number) => string): string {
  const points = stroke.map(([x, height]) => `${x} ${y(height)}`);
  return `M${points.join('L')}${stroke.length === 1 ? 'h0' : ''}`;
}

/**
 * The axis for the intervals that are shown; for the whole run, and where nothing is shown, that of
 * the whole run.
 */
function axisOf(lines: SVGElement, paths: readonly SVGPathElement[], shown: Part | undefined): ValueAxis {
  const [isLog, isTime] = [lines.dataset.log === 'true', lines.dataset.time === 'true'];
  const within = (path: SVGPathElement, part: Part) =>
    strokesOf(path).flatMap((stroke) => heightsWithin(stroke, part));
  const heights = shown === undefined ? [] : paths.flatMap((path) => within(path, shown));
  if (heights.length === 0)
    return valueAxis(dataNumber(lines, 'least'), dataNumber(lines, 'most'), isLog, isTime);
  const value = (height: number) => (isLog ? 10 ** height : height);
  return valueAxis(value(Math.min(...heights)), value(Math.max(...heights)), isLog, isTime);
}

/** The heights of a stroke between two places, and where it comes in and goes out. */
function heightsWithin(stroke: Stroke, { from, to }: Part): number[] {
  const heights = stroke.filter(([x]) => x >= from && x <= to).map(([, height]) => height);
  for (let i = 1; i < stroke.length; i++) {
    const [[x0, h0], [x1, h1]] = [stroke[i - 1]!, stroke[i]!];
    for (const edge of [from, to])
      if (x0 < edge && x1 > edge) heights.push(h0 + ((h1 - h0) * (edge - x0)) / (x1 - x0));
  }
  return heights;
}
