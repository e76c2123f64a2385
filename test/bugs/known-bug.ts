/** What is known of a planted bug. */
import type { Bug } from '../support/mutant-raft.ts';

/** A bug of the table. */
export interface KnownBug extends Bug {
  /** What it does, in a few words; unique. */
  readonly name: string;
  /** The rule that it breaks. */
  readonly breaks: string;
  /** A scenario of the golden catalogue that is about it, if there is one. */
  readonly scenario?: string;
  /** More changes, where it takes more than one. */
  readonly also?: readonly Bug[];
}
