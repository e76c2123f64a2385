/** Which links of a cluster are cut, and the ways in which a partition can cut them. */
import { type Fingerprint, fingerprint } from './fingerprint.ts';

/** The links of a cluster: `from * nodes + to` is the number of a link. */
export interface Links extends Fingerprint {
  readonly id: number;
  readonly blocked: readonly boolean[];
  /** Whether a partition of the search is under way. */
  readonly isSplit: boolean;
}

/** A group of machines that a partition cuts off from the others, by their places. */
export type Group = readonly number[];

/** All states of the links of a search. */
export class LinkStates {
  readonly all: Links[] = [];
  /** The partitions that there can be: the smaller part of each, or one of two like halves. */
  readonly groups: readonly Group[];
  readonly #nodes: number;

  /** `isBlocked`: which links are cut at the beginning. */
  constructor(nodes: number, isBlocked: (from: number, to: number) => boolean) {
    this.#nodes = nodes;
    this.groups = groupsOf(nodes);
    this.#add(isBlocked, false);
    this.#add(() => false, false);
    for (const group of this.groups) {
      this.#add((from, to) => group.includes(from) !== group.includes(to), true);
    }
  }

  get first(): Links {
    return this.all[0]!;
  }

  get healed(): Links {
    return this.all[1]!;
  }

  split(group: number): Links {
    return this.all[2 + group]!;
  }

  #add(isBlocked: (from: number, to: number) => boolean, isSplit: boolean): void {
    const places = Array.from({ length: this.#nodes }, (_, i) => i);
    const blocked = places.flatMap((from) => places.map((to) => isBlocked(from, to)));
    const text = `links ${blocked.map(Number).join('')} ${isSplit}`;
    this.all.push({ id: this.all.length, blocked, isSplit, ...fingerprint(text) });
  }
}

/** By size; of two halves the one with the first machine. */
function groupsOf(nodes: number): Group[] {
  const groups: number[][] = [];
  for (let bits = 1; bits < 2 ** nodes; bits++) {
    const group = Array.from({ length: nodes }, (_, i) => i).filter((i) => (bits >>> i) % 2 === 1);
    const isHalf = 2 * group.length === nodes;
    if (2 * group.length < nodes || (isHalf && group.includes(0))) groups.push(group);
  }
  return groups.sort((one, other) => one.length - other.length);
}
