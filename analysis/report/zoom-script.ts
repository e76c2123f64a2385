/**
 * The page's own script. It shows another part of the time axis in all pictures of a run: what is placed by per cent it
 * places anew, layers get another `viewBox`, and the marks of the axis are written again. Without it the page shows whole runs.
 */

/** Plain JavaScript for any browser of these years. */
export const ZOOM_SCRIPT = `
'use strict';
const SVG = 'http://www.w3.org/2000/svg';
/** Below so many microseconds there is nothing to see. */
const LEAST = 20;
/** A window shows what it holds from this part of the field on. */
const NEAR = 0.12;
document.documentElement.classList.add('js');

function ticks(from, to) {
  const rough = (to - from) / 6;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
  const digits = Math.max(0, Math.min(6, Math.ceil(-Math.log10(step / 1e6) - 1e-9)));
  const first = Math.ceil(from / step);
  const count = Math.floor(to / step) - first + 1;
  return Array.from({ length: count }, (_, i) => ({ us: (first + i) * step, text: ((first + i) * step / 1e6).toFixed(digits) + ' s' }));
}

function element(name, attributes, text = '') {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.textContent = text;
  return made;
}

/** Hides names that do not fit into their spans. */
function crowd(root) {
  for (const span of root.querySelectorAll('.span')) {
    const text = span.firstElementChild;
    const room = (parseFloat(span.getAttribute('width')) / 100) * span.parentElement.getBoundingClientRect().width;
    // A letter beside its window is read, however narrow that is.
    const need = span.classList.contains('kept-name') ? 0 : text.getComputedTextLength() + 8;
    text.classList.toggle('crowded', room === 0 || need > room);
  }
}

function show(pictures, from, to) {
  const [first, last] = pictures.dataset.whole.split(',').map(Number);
  const length = Math.min(last - first, Math.max(LEAST, to - from));
  from = Math.max(first, Math.min(from, last - length));
  to = from + length;
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
  for (const frame of pictures.querySelectorAll('.frame')) draw(frame, ticks(from, to), percent);
  near(pictures, from, to);
  pictures.querySelector('output').textContent = (from / 1e6).toFixed(length < 1e5 ? 6 : 3) + ' s to ' + (to / 1e6).toFixed(length < 1e5 ? 6 : 3) + ' s';
  crowd(pictures);
}

function draw(frame, marks, percent) {
  const [, field, axis] = frame.children;
  const height = field.getAttribute('height');
  field.querySelector('.ticks').replaceChildren(
    ...marks.map(({ us }) => element('line', { class: 'grid', x1: percent(us), x2: percent(us), y2: height })),
  );
  axis.replaceChildren(...marks.map(({ us, text }) => element('text', { x: percent(us), y: 13 }, text)));
}

/** Windows that are near enough show what they hold. */
function near(pictures, from, to) {
  for (const detail of pictures.querySelectorAll('.detail')) {
    const [start, end] = [Number(detail.dataset.from), Number(detail.dataset.to)];
    const isNear = start < to && end > from && end - start > NEAR * (to - from);
    detail.classList.toggle('far', !isNear);
  }
}

function move(pictures, how) {
  const [first, last] = pictures.dataset.whole.split(',').map(Number);
  const [from, to] = pictures.view;
  const part = (to - from) / 4;
  const moves = { whole: [first, last], in: [from + part, to - part], out: [from - 2 * part, to + 2 * part], left: [from - part, to - part], right: [from + part, to + part] };
  show(pictures, ...moves[how]);
}

/** Drags a span over a field and shows it. */
function brush(pictures, field) {
  field.addEventListener('pointerdown', (down) => {
    if (down.button !== 0) return;
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
  for (const field of pictures.querySelectorAll('.field')) brush(pictures, field);
}
crowd(document);
addEventListener('resize', () => crowd(document));
`;
