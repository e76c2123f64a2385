/**
 * Watches a Raft replica step by step, for what cannot be read off it later: how often the leader
 * changed, and how long elections and snapshots took. A step costs a few comparisons.
 */
import type { NodeId } from '../../../vm/index.ts';
import type { RaftState } from '../../raft/index.ts';
import type { DurationName } from './metrics.ts';
import type { Follower } from './vitals.ts';

/** A healthy follower was heard from within this time (ms), and is at most so far behind. */
const HEARD_MS = 2_000;
const MOST_LAG = 250;

/** Notes a duration, in seconds. */
type Note = (name: DurationName, seconds: number) => void;

/** Watches one replica. */
export class RaftWatch {
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

  /** A step has ended. */
  step({ hard, election, snapshot }: RaftState): void {
    const { leader } = election;
    if (leader !== this.#leader || (leader !== undefined && hard.term !== this.#term)) {
      this.#leader = leader;
      this.#leaderless.runs(leader === undefined);
      if (leader !== undefined && (leader !== this.#lastLeader || hard.term !== this.#term)) {
        this.#lastLeader = leader;
        this.#term = hard.term;
        this.leaderChanges++;
      }
    }
    this.#sending.runs(snapshot.view !== undefined);
    this.#receiving.runs(snapshot.receiving !== undefined);
  }
}

/** A leader's followers; undefined for others. `rate`: ticks a second of its clock. */
export function followersOf({ log, leadership, tickedAt }: RaftState, rate: number): Follower[] | undefined {
  if (leadership === undefined) return undefined;
  const last = log.base.index + log.entries.length;
  return Object.entries(leadership.progress).map(([id, { heardAt, match, recovering }]) => {
    const lag = last - match;
    const isHeard = tickedAt - heardAt <= (HEARD_MS * rate) / 1_000;
    return { id, lag, isHealthy: isHeard && lag <= MOST_LAG && recovering === undefined };
  });
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
