/**
 * The page's own script. It shows another part of the time axis in all pictures of a run: what is placed by per cent it
 * places anew, layers get another `viewBox`, and `plot-script.ts` draws lines and axes. A part is chosen by the
 * buttons, by dragging with a mouse or a finger, and by keys. Without the script the page shows whole runs.
 */
import { PLOT_SCRIPT } from './plot-script.ts';

/** Plain JavaScript for any browser of these years. */
export const ZOOM_SCRIPT = `'use strict';
${PLOT_SCRIPT}
/** Below so many microseconds there is nothing to see. */
const LEAST = 20;
/** A window shows what it holds from this part of the field on. */
const NEAR = 0.12;
/** More faults than this are drawn paler, so that what lies under them is seen. */
const MANY = 30;
document.documentElement.classList.add('js');

/** Hides names that do not fit into their spans, and those of windows that would cover the one before. */
function crowd(root) {
  const room = (span) => (parseFloat(span.getAttribute('width')) / 100) * span.parentElement.getBoundingClientRect().width;
  for (const span of root.querySelectorAll('.span:not(.kept-name)')) {
    const text = span.firstElementChild;
    // The sign of the next fault reaches into the span.
    const need = text.getComputedTextLength() + (span.classList.contains('fault-name') ? 18 : 8);
    text.classList.toggle('crowded', need > room(span));
  }
  let free = 0;
  for (const span of root.querySelectorAll('.kept-name')) {
    const text = span.firstElementChild;
    // A letter beside its window is read, however narrow that is.
    const left = (parseFloat(span.getAttribute('x')) / 100) * span.parentElement.getBoundingClientRect().width;
    if (span === span.parentElement.querySelector('.kept-name')) free = 0;
    const isHidden = room(span) === 0 || left < free;
    if (!isHidden) free = left + text.getComputedTextLength() + 6;
    text.classList.toggle('crowded', isHidden);
  }
}

function show(pictures, from, to) {
  const [first, last] = pictures.dataset.whole.split(',').map(Number);
  const length = Math.min(last - first, Math.max(LEAST, to - from));
  from = Math.max(first, Math.min(from, last - length));
  to = from + length;
  const isWhole = length === last - first;
  pictures.view = [from, to];
  const place = (us) => (100 * (us - from)) / length;
  const percent = (us) => place(us).toFixed(4) + '%';
  for (const one of pictures.querySelectorAll('[data-at]')) {
    const x = percent(Number(one.dataset.at));
    for (const name of one.localName === 'line' ? ['x1', 'x2'] : ['x']) one.setAttribute(name, x);
  }
  for (const span of pictures.querySelectorAll('.span')) {
    const begin = Number(span.dataset.from);
    // The name of a fault goes out of sight with its sign; that of a span stays as long as a part of it is there.
    const start = span.classList.contains('fault-name') ? begin : Math.max(from, begin);
    const end = Math.min(to, Number(span.dataset.to));
    span.setAttribute('x', percent(start));
    span.setAttribute('width', Math.max(0, place(end) - place(start)).toFixed(4) + '%');
  }
  for (const layer of pictures.querySelectorAll('.layer')) {
    const [origin, unit] = [Number(layer.dataset.from), Number(layer.dataset.unit)];
    layer.setAttribute('viewBox', [(from - origin) / unit, 0, length / unit, layer.getAttribute('height')].join(' '));
  }
  for (const frame of pictures.querySelectorAll('.frame')) {
    drawTimes(frame, from, to, percent);
    drawLines(frame, from, to, isWhole);
  }
  near(pictures, from, to);
  const faults = [...(pictures.querySelector('.field:has(.fault-line)')?.querySelectorAll('.fault-line') ?? [])];
  pictures.classList.toggle('many', faults.filter(({ dataset: { at } }) => at >= from && at <= to).length > MANY);
  tell(pictures, isWhole);
  crowd(pictures);
}

/** Windows that are near enough show what they hold. */
function near(pictures, from, to) {
  for (const detail of pictures.querySelectorAll('.detail')) {
    const [start, end] = [Number(detail.dataset.from), Number(detail.dataset.to)];
    const isNear = start < to && end > from && end - start > NEAR * (to - from);
    detail.classList.toggle('far', !isNear);
  }
}

/** Says which part is shown, and which buttons have nothing left to do. */
function tell(pictures, isWhole) {
  const [first, last] = pictures.dataset.whole.split(',').map(Number);
  const [from, to] = pictures.view;
  const words = (us) => secondsLabel(us, (to - from) / 500);
  pictures.querySelector('output').textContent = (isWhole ? 'whole run: ' : 'shown: ') + words(from) + ' to ' + words(to);
  pictures.classList.toggle('zoomed', !isWhole);
  const done = { whole: isWhole, out: isWhole, in: to - from <= LEAST, left: from <= first, right: to >= last };
  for (const button of pictures.querySelectorAll('[data-move]')) button.setAttribute('aria-disabled', done[button.dataset.move]);
}

function move(pictures, how) {
  const [first, last] = pictures.dataset.whole.split(',').map(Number);
  const [from, to] = pictures.view;
  const part = (to - from) / 4;
  const moves = { whole: [first, last], in: [from + part, to - part], out: [from - 2 * part, to + 2 * part], left: [from - part, to - part], right: [from + part, to + part] };
  show(pictures, ...moves[how]);
}

const KEYS = { '+': 'in', '=': 'in', '-': 'out', _: 'out', ArrowLeft: 'left', ArrowRight: 'right', 0: 'whole', Escape: 'whole' };

/** Keys do what the buttons do, wherever among the pictures the focus is. */
function press(pictures, event) {
  if (event.ctrlKey || event.altKey || event.metaKey || !Object.hasOwn(KEYS, event.key)) return;
  event.preventDefault();
  move(pictures, KEYS[event.key]);
}

/** Drags a span over a field and shows it. */
function brush(pictures, field) {
  field.setAttribute('tabindex', 0);
  field.addEventListener('pointerdown', (down) => {
    if (down.button !== 0 || !down.isPrimary) return;
    const box = field.getBoundingClientRect();
    const [from, to] = pictures.view;
    const rect = element('rect', { class: 'brush', y: 0, height: box.height });
    const edges = (event) => [down.clientX, event.clientX].map((x) => Math.max(0, Math.min(box.width, x - box.left))).sort((a, b) => a - b);
    const drag = (event) => {
      const [left, right] = edges(event);
      rect.setAttribute('x', left);
      rect.setAttribute('width', right - left);
    };
    const stop = (event) => {
      field.removeEventListener('pointermove', drag);
      field.removeEventListener('pointerup', stop);
      field.removeEventListener('pointercancel', stop);
      rect.remove();
      const [left, right] = edges(event);
      if (event.type === 'pointerup' && right - left > 4)
        show(pictures, from + ((to - from) * left) / box.width, from + ((to - from) * right) / box.width);
    };
    field.append(rect);
    field.setPointerCapture(down.pointerId);
    field.addEventListener('pointermove', drag);
    field.addEventListener('pointerup', stop);
    field.addEventListener('pointercancel', stop);
  });
  field.addEventListener('dblclick', () => move(pictures, 'whole'));
}

for (const pictures of document.querySelectorAll('.pictures')) {
  const controls = pictures.querySelector('.controls');
  controls.hidden = false;
  show(pictures, ...pictures.dataset.whole.split(',').map(Number));
  controls.addEventListener('click', ({ target }) => {
    if (target.dataset.move) move(pictures, target.dataset.move);
    if (target.dataset.show) show(pictures, ...target.dataset.show.split(',').map(Number));
  });
  pictures.addEventListener('keydown', (event) => press(pictures, event));
  for (const field of pictures.querySelectorAll('.field')) brush(pictures, field);
}
crowd(document);
addEventListener('resize', () => {
  for (const pictures of document.querySelectorAll('.pictures')) show(pictures, ...pictures.view);
  crowd(document);
});
`;
