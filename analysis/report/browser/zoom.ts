/**
 * The script of the report. It shows another part of the time axis in all pictures of a run, which
 * is chosen by the buttons, by dragging with a mouse or a finger, and by keys. Without the script
 * the page shows whole runs, and no buttons.
 */
import { brush } from './brush.ts';
import { hideCrowded } from './crowd.ts';
import { parsePart } from './dom.ts';
import { type Move, Pictures } from './pictures.ts';

const KEYS: ReadonlyMap<string, Move> = new Map([
  ['+', 'in'],
  ['=', 'in'],
  ['-', 'out'],
  ['_', 'out'],
  ['ArrowLeft', 'left'],
  ['ArrowRight', 'right'],
  ['0', 'whole'],
  ['Escape', 'whole'],
]);

/** Keys do what the buttons do, wherever among the pictures the focus is. */
function press(pictures: Pictures, event: KeyboardEvent): void {
  const move = KEYS.get(event.key);
  if (move === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  pictures.move(move);
}

/** Does what a button says. */
function click(pictures: Pictures, target: EventTarget | null): void {
  if (!(target instanceof HTMLElement)) return;
  const { move, show } = target.dataset;
  if (move !== undefined) pictures.move(move as Move);
  if (show !== undefined) pictures.show(parsePart(show));
}

/** Shows the whole run, and the buttons. */
function start(root: HTMLElement): Pictures {
  const pictures = new Pictures(root);
  const controls = root.querySelector<HTMLElement>('.controls')!;
  controls.hidden = false;
  pictures.redraw();
  controls.addEventListener('click', ({ target }) => click(pictures, target));
  root.addEventListener('keydown', (event) => press(pictures, event));
  for (const field of root.querySelectorAll<SVGElement>('.field')) brush(pictures, field);
  return pictures;
}

document.documentElement.classList.add('js');
const runs = [...document.querySelectorAll<HTMLElement>('.pictures')].map(start);
hideCrowded(document);
addEventListener('resize', () => {
  for (const pictures of runs) pictures.redraw();
  hideCrowded(document);
});
