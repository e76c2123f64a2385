/** How often each kind of choice may still be made. */

/** Choices that are counted; deliveries are not. */
export const COUNTED = ['tick', 'timeout', 'crash', 'restart', 'drop', 'duplicate', 'partition'] as const;
export type Counted = (typeof COUNTED)[number];

/** How often each may be made. */
export type Budget = Readonly<Record<Counted, number>>;

/** The most that can be counted: as many mean that there is no limit. */
export const UNLIMITED = 15;
const BITS = 4;

/** A budget as one number. */
export function packBudget(budget: Budget): number {
  return COUNTED.reduce((packed, what, i) => packed + Math.min(budget[what], UNLIMITED) * 2 ** (BITS * i), 0);
}

/** How many are left of what has this place among those that are counted. */
export function left(packed: number, place: number): number {
  return (packed >>> (BITS * place)) & UNLIMITED;
}

/** The budget with one less. */
export function spend(packed: number, place: number): number {
  return left(packed, place) === UNLIMITED ? packed : packed - (1 << (BITS * place));
}
