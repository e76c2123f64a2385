/**
 * Watches a replica step by step, for what cannot be read off it later: how often the leader
 * changed, and how long elections and copies of the data took. A step costs a few comparisons.
 */
import type { NodeId } from '../../../vm/index.ts';
import type { DurationName } from './metrics.ts';

/** Notes a duration, in seconds. */
export type Note = (name: DurationName, seconds: number) => void;

/** Watches one replica. */
export class LeaderWatch {
  leaderChanges = 0;
  readonly #note: Note;
  #leader: NodeId | undefined;
  /** The term of the last leader that was known. */
  #term = 0;
  #lastLeader: NodeId | undefined;
  readonly #leaderless: Stopwatch;
  readonly #sending: Stopwatch;
  readonly #receiving: Stopwatch;

  constructor(note: Note) {
    this.#note = note;
    this.#leaderless = new Stopwatch((seconds) => this.#note('election_seconds', seconds));
    this.#sending = new Stopwatch((seconds) => this.#note('snapshot_send_seconds', seconds));
    this.#receiving = new Stopwatch((seconds) => this.#note('snapshot_receive_seconds', seconds));
    this.#leaderless.runs(true);
  }

  /**
   * A step has ended. The leader that is known, its term (0 in a protocol without terms), and
   * whether the data is being copied to others, or from another.
   */
  step(leader: NodeId | undefined, term: number, isSending: boolean, isReceiving: boolean): void {
    if (leader !== this.#leader || (leader !== undefined && term !== this.#term)) {
      this.#leader = leader;
      this.#leaderless.runs(leader === undefined);
      if (leader !== undefined && (leader !== this.#lastLeader || term !== this.#term)) {
        this.#lastLeader = leader;
        this.#term = term;
        this.leaderChanges++;
      }
    }
    this.#sending.runs(isSending);
    this.#receiving.runs(isReceiving);
  }
}

/** Measures how long something goes on. */
class Stopwatch {
  readonly #ended: (seconds: number) => void;
  #since: number | undefined;

  constructor(ended: (seconds: number) => void) {
    this.#ended = ended;
  }

  /** Whether it is going on. */
  runs(goesOn: boolean): void {
    if (goesOn === (this.#since !== undefined)) return;
    const now = performance.now();
    if (this.#since !== undefined) this.#ended((now - this.#since) / 1_000);
    this.#since = goesOn ? now : undefined;
  }
}
