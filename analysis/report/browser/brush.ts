/** Dragging over a field, with the mouse or a finger, shows the part that was dragged over. */
import { svgElement } from './dom.ts';
import type { Pictures } from './pictures.ts';

/** In pixels: a shorter movement is a click, not a drag. */
const LEAST_PIXELS = 4;

/** Lets a field of the pictures be dragged over. A double click shows the whole run. */
export function brush(pictures: Pictures, field: SVGElement): void {
  field.setAttribute('tabindex', '0');
  field.addEventListener('pointerdown', (down) => {
    if (down.button === 0 && down.isPrimary) drag(pictures, field, down);
  });
  field.addEventListener('dblclick', () => pictures.move('whole'));
}

function drag(pictures: Pictures, field: SVGElement, down: PointerEvent): void {
  const box = field.getBoundingClientRect();
  const { from, to } = pictures.shown;
  const rect = svgElement('rect', { class: 'brush', y: 0, height: box.height });
  const inside = (x: number) => Math.max(0, Math.min(box.width, x - box.left));
  const edges = ({ clientX }: PointerEvent) => {
    const [a, b] = [inside(down.clientX), inside(clientX)];
    return { left: Math.min(a, b), right: Math.max(a, b) };
  };
  const ended = new AbortController();
  const stop = (event: PointerEvent) => {
    ended.abort();
    rect.remove();
    const { left, right } = edges(event);
    if (event.type !== 'pointerup' || right - left <= LEAST_PIXELS) return;
    const at = (x: number) => from + ((to - from) * x) / box.width;
    pictures.show({ from: at(left), to: at(right) });
  };
  const listening = { signal: ended.signal };
  field.append(rect);
  field.setPointerCapture(down.pointerId);
  field.addEventListener(
    'pointermove',
    (event) => {
      const { left, right } = edges(event);
      rect.setAttribute('x', String(left));
      rect.setAttribute('width', String(right - left));
    },
    listening,
  );
  field.addEventListener('pointerup', stop, listening);
  field.addEventListener('pointercancel', stop, listening);
}
