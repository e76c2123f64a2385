/** The signs of faults: a cross where a machine goes, an arrow up where something is well again, a broken link, a diamond. */
import type { MarkShape } from './marks.ts';

/** Around the origin, ten units wide. */
const PATHS: Readonly<Record<MarkShape, string>> = {
  gone: 'M-4.5 -4.5L4.5 4.5M-4.5 4.5L4.5 -4.5',
  back: 'M0 5V-5M-4 -1L0 -5L4 -1',
  network: 'M-6 0H-2M2 0H6M-2 -5V5M2 -5V5',
  other: 'M0 -5L5 0L0 5L-5 0Z',
};

/** The sign, around the origin. */
export function drawMark(shape: MarkShape): string {
  return `<path d="${PATHS[shape]}"/>`;
}
