/**
 * The client's side of a session: numbers its commands, and knows below which number all have been
 * answered.
 */
import type { SessionTag } from '../replication.ts';
import { DEFAULT_SESSION_LIMITS } from './sessions.ts';

/** One session in use. */
export class SessionWindow {
  readonly #session: string;
  readonly #maxKeptResults: number;
  readonly #unanswered = new Set<number>();
  #next = 1;
  #lowest = 1;

  /**
   * A session just opened, with no commands in it yet. `maxKeptResults` is the limit of the
   * replicas.
   */
  constructor(session: string, maxKeptResults = DEFAULT_SESSION_LIMITS.maxKeptResults) {
    this.#session = session;
    this.#maxKeptResults = maxKeptResults;
  }

  /** Whether another command would reach further than the results that are kept for a session. */
  get isFull(): boolean {
    return this.#next - this.#lowest >= this.#maxKeptResults;
  }

  /** The number of the next command. */
  take(): number {
    this.#unanswered.add(this.#next);
    return this.#next++;
  }

  /** The tag that command `sequence` is submitted with, now. */
  tag(sequence: number): SessionTag {
    return { session: this.#session, sequence, acknowledged: this.#lowest };
  }

  /** Command `sequence` has been answered, or its answer is no longer waited for. */
  answered(sequence: number): void {
    this.#unanswered.delete(sequence);
    while (this.#lowest < this.#next && !this.#unanswered.has(this.#lowest)) this.#lowest++;
  }
}
