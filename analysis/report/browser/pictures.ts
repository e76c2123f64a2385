/** The pictures of a run, which all show the same part of its time axis. */
import { MANY_MARKS } from '../layout.ts';
import { secondsLabel } from '../scale.ts';
import { hideCrowded } from './crowd.ts';
import { dataNumber, type Part, parsePart } from './dom.ts';
import { drawLines, drawTimes } from './plot.ts';

/** The shortest part that can be shown, in microseconds. */
const LEAST = 20;
/** A window shows what it holds from this part of the field on. */
const NEAR = 0.12;

/** What buttons and keys do: show all, go closer, wider, earlier or later. */
export type Move = 'whole' | 'in' | 'out' | 'left' | 'right';

/** All pictures of one run. */
export class Pictures {
  readonly root: HTMLElement;
  readonly #whole: Part;
  #shown: Part;

  constructor(root: HTMLElement) {
    this.root = root;
    this.#whole = parsePart(root.dataset.whole!);
    this.#shown = this.#whole;
  }

  /** The part that is shown. */
  get shown(): Part {
    return this.#shown;
  }

  /** Shows a part: as much of it as there is, and no less than can be seen. */
  show(part: Part): void {
    const { from: first, to: last } = this.#whole;
    const length = Math.min(last - first, Math.max(LEAST, part.to - part.from));
    const from = Math.max(first, Math.min(part.from, last - length));
    this.#shown = { from, to: from + length };
    const isWhole = length === last - first;
    this.#place();
    for (const frame of this.root.querySelectorAll('.frame')) {
      drawTimes(frame, this.#shown, (us) => percent(this.#at(us)));
      drawLines(frame, this.#shown, isWhole);
    }
    this.#showNearWindows();
    this.#tell(isWhole);
    hideCrowded(this.root);
  }

  /** Redraws what is shown, after a change of the size. */
  redraw(): void {
    this.show(this.#shown);
  }

  /** Shows what lies there from here. */
  move(how: Move): void {
    const { from, to } = this.#shown;
    const part = (to - from) / 4;
    const moves: Readonly<Record<Move, Part>> = {
      whole: this.#whole,
      in: { from: from + part, to: to - part },
      out: { from: from - 2 * part, to: to + 2 * part },
      left: { from: from - part, to: to - part },
      right: { from: from + part, to: to + part },
    };
    this.show(moves[how]);
  }

  /** Where a time stands in the field, in per cent. */
  #at(us: number): number {
    const { from, to } = this.#shown;
    return (100 * (us - from)) / (to - from);
  }

  /** Places anew what is placed by per cent, and moves the layers. */
  #place(): void {
    const { from, to } = this.#shown;
    for (const one of this.root.querySelectorAll<SVGElement>('[data-at]')) {
      const x = percent(this.#at(dataNumber(one, 'at')));
      for (const name of one.localName === 'line' ? ['x1', 'x2'] : ['x']) one.setAttribute(name, x);
    }
    for (const span of this.root.querySelectorAll<SVGElement>('.span')) {
      const begin = dataNumber(span, 'from');
      // The name of a fault goes out of sight with its sign; that of a span stays as long as a part
      // of it is there.
      const start = span.classList.contains('fault-name') ? begin : Math.max(from, begin);
      const width = this.#at(Math.min(to, dataNumber(span, 'to'))) - this.#at(start);
      span.setAttribute('x', percent(this.#at(start)));
      span.setAttribute('width', percent(Math.max(0, width)));
    }
    for (const layer of this.root.querySelectorAll<SVGElement>('.layer')) {
      const [origin, unit] = [dataNumber(layer, 'from'), dataNumber(layer, 'unit')];
      const [left, width] = [(from - origin) / unit, (to - from) / unit];
      layer.setAttribute('viewBox', `${left} 0 ${width} ${layer.getAttribute('height')}`);
    }
    // Each field has all faults: one is counted.
    const faults = this.root
      .querySelector('.field:has(.fault-line)')
      ?.querySelectorAll<SVGElement>('.fault-line');
    const times = [...(faults ?? [])].map((fault) => dataNumber(fault, 'at'));
    this.root.classList.toggle('many', times.filter((us) => us >= from && us <= to).length > MANY_MARKS);
  }

  /** Windows that are near enough show what they hold. */
  #showNearWindows(): void {
    const { from, to } = this.#shown;
    for (const detail of this.root.querySelectorAll<SVGElement>('.detail')) {
      const [start, end] = [dataNumber(detail, 'from'), dataNumber(detail, 'to')];
      const isNear = start < to && end > from && end - start > NEAR * (to - from);
      detail.classList.toggle('far', !isNear);
    }
  }

  /** Shows which part is visible, and disables buttons without effect. */
  #tell(isWhole: boolean): void {
    const { from, to } = this.#shown;
    const words = (us: number) => secondsLabel(us, (to - from) / 500);
    const said = `${isWhole ? 'whole run' : 'shown'}: ${words(from)} to ${words(to)}`;
    this.root.querySelector('output')!.textContent = said;
    this.root.classList.toggle('zoomed', !isWhole);
    const isDone: Readonly<Record<Move, boolean>> = {
      whole: isWhole,
      out: isWhole,
      in: to - from <= LEAST,
      left: from <= this.#whole.from,
      right: to >= this.#whole.to,
    };
    for (const button of this.root.querySelectorAll<HTMLElement>('[data-move]'))
      button.setAttribute('aria-disabled', String(isDone[button.dataset.move as Move]));
  }
}

function percent(value: number): string {
  return `${value.toFixed(4)}%`;
}
