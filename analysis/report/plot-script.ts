/**
 * The part of the page's script that draws lines of numbers anew, so that what is shown of them fills the height of
 * their plot, and writes the marks of both axes. The points are in the page, at their exact heights.
 */
import { LINE_PAD } from './line-plot.ts';
import { SCALE_FUNCTIONS } from './scale.ts';

/** Plain JavaScript for any browser of these years. */
export const PLOT_SCRIPT = `${SCALE_FUNCTIONS}
function element(name, attributes, text = '') {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.textContent = text;
  return made;
}

/** The marks of the time axis: fewer where there is little room. */
function drawTimes(frame, from, to, percent) {
  const [, field, axis] = frame.children;
  const height = field.getAttribute('height');
  const most = Math.max(2, Math.min(6, Math.floor(field.getBoundingClientRect().width / 64)));
  const step = tickStep(from, to, most);
  const places = ticks(from, to, most).map((us) => ({ x: percent(us), text: secondsLabel(us, step), isLast: us - from > 0.97 * (to - from) }));
  field.querySelector('.ticks').replaceChildren(...places.map(({ x }) => element('line', { class: 'grid', x1: x, x2: x, y2: height })));
  axis.replaceChildren(...places.map(({ x, text, isLast }) => element('text', { class: isLast ? 'last' : '', x, y: 13 }, text)));
}

/** The strokes of a path, each a list of points: places in intervals, and heights. */
function strokesOf(path) {
  path.strokes ??= path.getAttribute('d').split('M').slice(1).map((stroke) => stroke.replace('h0', '').split('L').map((point) => {
    const [x, y] = point.split(' ').map(Number);
    return [x, -y];
  }));
  return path.strokes;
}

/** The heights of a stroke between two places, and where it comes in and goes out. */
function heightsWithin(stroke, first, last) {
  const heights = stroke.filter(([x]) => x >= first && x <= last).map(([, height]) => height);
  for (let i = 1; i < stroke.length; i++) {
    const [[x0, h0], [x1, h1]] = [stroke[i - 1], stroke[i]];
    for (const edge of [first, last])
      if (x0 < edge && x1 > edge) heights.push(h0 + ((h1 - h0) * (edge - x0)) / (x1 - x0));
  }
  return heights;
}

/** The axis for what is shown; for the whole run, and where nothing is shown, that of the whole run. */
function axisOf(lines, paths, first, last, isWhole) {
  const [isLog, isTime] = [lines.dataset.log === 'true', lines.dataset.time === 'true'];
  const heights = isWhole ? [] : paths.flatMap((path) => strokesOf(path).flatMap((stroke) => heightsWithin(stroke, first, last)));
  const value = (height) => (isLog ? 10 ** height : height);
  const [least, most] = heights.length === 0 ? [Number(lines.dataset.least), Number(lines.dataset.most)] : [value(Math.min(...heights)), value(Math.max(...heights))];
  return valueAxis(least, most, isLog, isTime);
}

/** Lines between two times, as high as their plot has room. */
function drawLines(frame, from, to, isWhole) {
  const lines = frame.querySelector('.lines');
  if (lines === null) return;
  const height = Number(lines.getAttribute('height'));
  const [origin, unit] = [Number(lines.dataset.from), Number(lines.dataset.unit)];
  const paths = [...lines.querySelectorAll('path')];
  const axis = axisOf(lines, paths, (from - origin) / unit, (to - origin) / unit, isWhole);
  const y = (at) => (${LINE_PAD} + ((height - ${2 * LINE_PAD}) * (axis.to - at)) / (axis.to - axis.from)).toFixed(2);
  for (const path of paths)
    path.setAttribute('d', strokesOf(path).map((stroke) => 'M' + stroke.map(([x, at]) => x + ' ' + y(at)).join('L') + (stroke.length === 1 ? 'h0' : '')).join(''));
  frame.querySelector('.levels').replaceChildren(...axis.marks.map(({ at }) => element('line', { class: 'grid', x2: '100%', y1: y(at), y2: y(at) })));
  frame.querySelector('.side').replaceChildren(...axis.marks.map(({ at, text }) => element('text', { x: '100%', dx: -8, y: Number(y(at)) + 4 }, text)));
}
`;
