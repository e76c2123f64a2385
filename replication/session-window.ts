/**
 * The client's side of a session: numbers its commands, and knows below which number all have been answered.
 */
import type { SessionTag } from './replication.ts';
import { MAX_KEPT_RESULTS } from './sessions.ts';

/** One session in use. */
export class SessionWindow {
  readonly #session: string;
  readonly #unanswered = new Set<number>();
  #next = 1;
  #lowest = 1;

  /** A session just opened, with no commands in it yet. */
  constructor(session: string) {
    this.#session = session;
  }

  /** Whether another command would reach further than the results that are kept for a session. */
  get isFull(): boolean {
    return this.#next - this.#lowest >= MAX_KEPT_RESULTS;
  }

  /** The number of the next command. */
  take(): number {
    this.#unanswered.add(this.#next);
    return this.#next++;
  }

  /** What command `sequence` is submitted with, now. */
  tag(sequence: number): SessionTag {
    return { session: this.#session, sequence, acknowledged: this.#lowest };
  }

  /** Command `sequence` has been answered, or nobody waits for its answer any more. */
  answered(sequence: number): void {
    this.#unanswered.delete(sequence);
    while (this.#lowest < this.#next && !this.#unanswered.has(this.#lowest)) this.#lowest++;
  }
}
