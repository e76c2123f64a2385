/** What the parts of the script need of the page's elements. */

/** A part of the time axis, in microseconds since the run's first event. */
export interface Part {
  readonly from: number;
  readonly to: number;
}

/** A part as it stands in an attribute: `1000,2500`. */
export function parsePart(text: string): Part {
  const [from, to] = text.split(',').map(Number);
  return { from: from!, to: to! };
}

/** The number in a `data-` attribute. */
export function dataNumber(element: HTMLOrSVGElement, name: string): number {
  return Number(element.dataset[name]);
}

/** Makes an element of SVG. */
export function svgElement(
  name: string,
  attributes: Readonly<Record<string, string | number>>,
  text = '',
): SVGElement {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name) as SVGElement;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  made.textContent = text;
  return made;
}
