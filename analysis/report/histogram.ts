/** The histogram of the jumps of clocks: for each machine how many of its jumps were how great. */
import { escapeHtml } from '../histories/escape.ts';
import type { JumpBar } from '../measures/clocks.ts';
import { coordinate, short } from './scale.ts';

const ROW = 40;
const NAMES = 70;
const SLOT = 46;
const LABELS = 22;

/** A row of bars a machine. Heights are per cent of the machine's jumps. Empty without jumps. */
export function jumpHistogram(bars: readonly JumpBar[], nodes: readonly string[]): string {
  const shown = bars.filter(({ node }) => nodes.includes(node));
  const ranges = [...new Map(shown.map(({ from, to }) => [from, to]))].sort(([a], [b]) => a - b);
  if (ranges.length === 0) return '';
  const [width, height] = [NAMES + ranges.length * SLOT, nodes.length * ROW + LABELS];
  const places = new Map(ranges.map(([from], i) => [from, NAMES + i * SLOT]));
  const drawn = shown.map(({ node, from, to, events, percent }) => {
    const size = Math.max(1, (percent / 100) * (ROW - 16));
    const [x, y] = [places.get(from)!, (nodes.indexOf(node) + 1) * ROW];
    const title = `${node}: ${events} jumps of ${range(from, to)}, ${percent.toFixed(2)} % of its jumps`;
    return `<g><title>${escapeHtml(title)}</title><rect class="bar" x="${x + 4}" y="${coordinate(y - size)}" width="${SLOT - 8}" height="${coordinate(size)}"/><text class="value" x="${x + SLOT / 2}" y="${coordinate(y - size - 3)}">${percent < 0.1 ? '<0.1' : short(Number(percent.toFixed(1)))}</text></g>`;
  });
  const rows = nodes.map(
    (node, i) =>
      `<text class="name" x="${NAMES - 8}" y="${(i + 1) * ROW - 2}">${escapeHtml(node)}</text><path class="lane" d="M${NAMES} ${(i + 1) * ROW}H${width}"/>`,
  );
  const names = ranges.map(
    ([from, to]) =>
      `<text class="value" x="${places.get(from)! + SLOT / 2}" y="${height - 6}">${range(from, to)}</text>`,
  );
  return `<svg class="histogram" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="How great the jumps of clocks were, in per cent of each machine's jumps">${rows.join('')}${drawn.join('')}${names.join('')}</svg>`;
}

function range(from: number, to: number): string {
  return from === to ? String(from) : `${short(from)}–${short(to)}`;
}
