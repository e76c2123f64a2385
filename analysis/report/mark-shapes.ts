/**
 * The signs of faults: a cross where a machine stops, an arrow up where a fault ends, a broken
 * link, a diamond, and a triangle where a check is violated.
 */
import type { MarkShape } from './marks.ts';

/** Around the origin, ten units wide. */
const PATHS: Readonly<Record<MarkShape, string>> = {
  gone: 'M-4.5 -4.5L4.5 4.5M-4.5 4.5L4.5 -4.5',
  back: 'M0 5V-5M-4 -1L0 -5L4 -1',
  network: 'M-6 0H-2M2 0H6M-2 -5V5M2 -5V5',
  other: 'M0 -5L5 0L0 5L-5 0Z',
  violation: 'M0 -6L6 5H-6ZM0 -2V1M0 3V3.5',
};

/** What each sign stands for. */
export const MARK_WORDS: Readonly<Record<MarkShape, string>> = {
  violation: 'a check is violated',
  gone: 'a machine stops',
  network: 'the network fails or changes',
  other: 'another fault',
  back: 'well again',
};

/** The sign, around the origin. */
export function drawMark(shape: MarkShape): string {
  return `<path d="${PATHS[shape]}"/>`;
}
