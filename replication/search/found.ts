/** How far a search goes, and what it has found. */

/** When a search ends without having found anything. */
export interface Bounds {
  /** The most choices on a way. */
  readonly depth: number;
  /** The most different states. */
  readonly states: number;
  /** Asked now and then: whether it is to end now. */
  readonly isOver: () => boolean;
}

/** Why a search ended: a way was found, all was seen, or as much as the bounds let it. */
export type Ending = 'broken' | 'goal' | 'complete' | 'depth' | 'states' | 'time';

/** A way from where the search begins, and what is at its end. */
export interface Way {
  readonly choices: readonly number[];
  readonly what: string;
}

/** What has been found. */
export interface Found {
  readonly ending: Ending;
  /** States that were made, all and different ones. */
  readonly generated: number;
  readonly distinct: number;
  /** All that can be reached by this many choices was seen; undefined of orders that do not say. */
  readonly completeTo: number | undefined;
  /** The most choices on a way that was gone. */
  readonly deepest: number;
  /** Bytes of the states themselves. */
  readonly bytes: number;
  /** The way to what is wrong, or to the goal. */
  readonly way: Way | undefined;
  /** Ways to a state where clients wait and nothing can happen any more, and to a livelock. */
  readonly deadlock: Way | undefined;
  readonly livelock: Way | undefined;
}

/** What can be looked for besides what is wrong. */
export interface Wanted {
  /** Whether a state is the goal. */
  readonly isGoal: ((row: Int32Array) => boolean) | undefined;
  /** Whether choices that can be made in any order are made in one only. */
  readonly reduce: boolean;
}

/** How many states are gone through between two looks at the clock. */
export const LOOK_EVERY = 256;
