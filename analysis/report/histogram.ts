/** The histogram of the jumps of clocks: for each machine how many of its jumps were how great. */

import type { JumpBar } from '../measures/clocks.ts';
import { escapeHtml } from '../output/html.ts';
import { namesWidth, sideNames } from './names.ts';
import { coordinate, short } from './scale.ts';

const ROW = 40;
const SLOT = 46;
/** Pixels of a character of a label. */
const CHARACTER = 6.2;
const LABELS = 22;

/** A row of bars a machine. Heights are per cent of the machine's jumps. Empty without jumps. */
export function jumpHistogram(bars: readonly JumpBar[], nodes: readonly string[]): string {
  const shown = bars.filter(({ node }) => nodes.includes(node));
  const ranges = [...new Map(shown.map(({ from, to }) => [from, to]))].sort(([a], [b]) => a - b);
  if (ranges.length === 0) return '';
  const left = namesWidth(nodes);
  const names = sideNames(nodes);
  const slots = ranges.map(([from, to]) => Math.max(SLOT, range(from, to).length * CHARACTER + 8));
  const ends = slots.map((_, i) => slots.slice(0, i + 1).reduce((sum, slot) => sum + slot, left));
  const [width, height] = [ends.at(-1)!, nodes.length * ROW + LABELS];
  const places = new Map(ranges.map(([from], i) => [from, (i === 0 ? left : ends[i - 1]!) + slots[i]! / 2]));
  const drawn = shown.map(({ node, from, to, events, percent }) => {
    const size = Math.max(1, (percent / 100) * (ROW - 16));
    const [x, y] = [places.get(from)!, (nodes.indexOf(node) + 1) * ROW];
    const title = `${node}: ${events} jumps of ${range(from, to)}, ${percent.toFixed(2)} % of its jumps`;
    return `<g><title>${escapeHtml(title)}</title><rect class="bar" x="${coordinate(x - SLOT / 2 + 4)}" y="${coordinate(y - size)}" width="${SLOT - 8}" height="${coordinate(size)}"/><text class="value" x="${coordinate(x)}" y="${coordinate(y - size - 3)}">${percent < 0.1 ? '<0.1' : short(Number(percent.toFixed(1)))}</text></g>`;
  });
  const rows = nodes.map(
    (_, i) =>
      `<text class="name" x="${left - 8}" y="${(i + 1) * ROW - 2}">${names[i]}</text><path class="lane" d="M${left} ${(i + 1) * ROW}H${width}"/>`,
  );
  const labels = ranges.map(
    ([from, to]) =>
      `<text class="value" x="${coordinate(places.get(from)!)}" y="${height - 6}">${range(from, to)}</text>`,
  );
  return `<svg class="histogram" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="How great the jumps of clocks were, in per cent of each machine's jumps">${rows.join('')}${drawn.join('')}${labels.join('')}</svg>`;
}

function range(from: number, to: number): string {
  return from === to ? String(from) : `${short(from)}–${short(to)}`;
}
