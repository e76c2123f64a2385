/** Choices, each as one number: a kind, and of what. */

/** Kinds of choices, in the order in which they are tried. */
export const KINDS = [
  'deliver',
  'ask',
  'tick',
  'timeout',
  'restart',
  'heal',
  'crash',
  'outage',
  'drop',
  'duplicate',
  'partition',
] as const;
export type Kind = (typeof KINDS)[number];

const PLACES = 4096;

/** The choice of a kind: of a link, a machine, a partition or a request, by its place. */
export function pack(kind: Kind, place: number): number {
  return KINDS.indexOf(kind) * PLACES + place;
}

export function kindOf(choice: number): Kind {
  return KINDS[Math.floor(choice / PLACES)]!;
}

export function placeOf(choice: number): number {
  return choice % PLACES;
}
