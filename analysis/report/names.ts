/** Names of machines beside pictures: long ones are cut where they are all the same. */
import { escapeHtml } from '../output/html.ts';

/** Characters of a name. */
const MOST = 16;
/** Of what all names begin with, so much stays. */
const KEPT = 6;

/** The names as markup, each with its space; a cut one has the full name as a tooltip. */
export function sideNames(names: readonly string[]): string[] {
  const cut = cutNames(names);
  return names.map((name, i) => {
    const title = cut[i] === name ? '' : `<title>${escapeHtml(name)}</title>`;
    return `${escapeHtml(cut[i]!)}${title}`;
  });
}

/** How wide a column they need, in pixels. */
export function namesWidth(names: readonly string[]): number {
  return Math.max(76, 14 + 7.5 * Math.max(0, ...cutNames(names).map(({ length }) => length)));
}

/**
 * `replica-in-europe-west-1.example` and `replica-in-europe-west-2.example` are `…west-1…` and
 * `…west-2…`.
 */
function cutNames(names: readonly string[]): string[] {
  if (names.every(({ length }) => length <= MOST)) return [...names];
  const [first = '', ...others] = names;
  const shared = (isSame: (other: string, length: number) => boolean) => {
    let length = 0;
    while (length < first.length && others.every((other) => isSame(other, length + 1))) length++;
    return others.length === 0 ? 0 : length;
  };
  const start = Math.max(0, shared((other, length) => other.startsWith(first.slice(0, length))) - KEPT);
  const end = shared((other, length) => other.endsWith(first.slice(-length)));
  return names.map((name) => {
    if (name.length <= MOST) return name;
    const own = name.slice(start, Math.max(start + KEPT, name.length - end));
    const text = `${start > 0 ? '…' : ''}${own}${end > 0 ? '…' : ''}`;
    const half = (MOST - 2) / 2;
    return text.length > MOST ? `${text.slice(0, half)}…${text.slice(-half - 1)}` : text;
  });
}
