/** Hides names of spans that do not fit. */

/**
 * Pixels that a name needs beside its letters; the sign of the next fault reaches into the span of
 * a fault's name.
 */
const ROOM = { fault: 18, other: 8 };
/** Pixels between the names of two windows. */
const GAP = 6;

/**
 * Hides names that do not fit into their spans, and those of windows that would cover the one
 * before.
 */
export function hideCrowded(root: ParentNode): void {
  for (const span of root.querySelectorAll<SVGElement>('.span:not(.kept-name)')) {
    const text = textOf(span);
    const room = span.classList.contains('fault-name') ? ROOM.fault : ROOM.other;
    text.classList.toggle('crowded', text.getComputedTextLength() + room > pixels(span, 'width'));
  }
  let free = 0;
  for (const span of root.querySelectorAll<SVGElement>('.kept-name')) {
    const text = textOf(span);
    // A letter beside its window is read, however narrow that is.
    const left = pixels(span, 'x');
    if (span === span.parentElement!.querySelector('.kept-name')) free = 0;
    const isHidden = pixels(span, 'width') === 0 || left < free;
    if (!isHidden) free = left + text.getComputedTextLength() + GAP;
    text.classList.toggle('crowded', isHidden);
  }
}

function textOf(span: SVGElement): SVGTextElement {
  return span.firstElementChild as SVGTextElement;
}

/** The pixels of an attribute that is per cent of the field. */
function pixels(span: SVGElement, attribute: 'x' | 'width'): number {
  const percent = Number.parseFloat(span.getAttribute(attribute)!);
  return (percent / 100) * span.parentElement!.getBoundingClientRect().width;
}
