/**
 * Calls that wait for their answers, how many of them go into one batch, and which of them are to
 * blame where connections break.
 */
import type { Wire } from './link.ts';

/** What is asked of a server, whichever it is. */
export interface Asked<Request> {
  /** The request as it is to be sent now. */
  readonly request: () => Request;
  /** Whether it changes anything, so that its caller must be told if it may have happened. */
  readonly isChange: boolean;
  /** About how many bytes it takes. */
  readonly bytes: number;
  /** When it is given up, in milliseconds of `performance.now()`. */
  readonly deadlineMs: number;
}

/**
 * Connections break for many reasons: only a call that was under way twice in a row may be the
 * cause.
 */
const SUSPECT = 2;
/**
 * Each time that a connection breaks over a batch of suspects, their batches become smaller by this
 * factor.
 */
const NARROWING = 16;
/** A suspect that breaks so many in a row by itself is to blame. */
const MOST_BROKEN_ALONE = 2;

/** A call that has no answer yet. */
export class Call<Request> {
  readonly asked: Asked<Request>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  /**
   * Attempts that may have had an effect: those that were sent and not answered with "nothing
   * happened".
   */
  attempts = 0;
  /** Why it was refused last, so that it is tried again. */
  refusal: { readonly code: string; readonly message: string } | undefined;
  /**
   * Connections in a row that broke over a batch that held it, and those of them over it alone once
   * it was a suspect.
   */
  #broken = 0;
  #brokenAlone = 0;

  constructor(asked: Asked<Request>, resolve: (value: unknown) => void, reject: (error: Error) => void) {
    this.asked = asked;
    this.resolve = resolve;
    this.reject = reject;
  }

  get isSuspect(): boolean {
    return this.#broken >= SUSPECT;
  }

  /** The most calls in a batch that begins with this one. */
  most(limit: number): number {
    return Math.max(1, Math.floor(limit / NARROWING ** Math.max(0, this.#broken - SUSPECT + 1)));
  }

  /** The connection held over it. */
  held(): void {
    this.#broken = 0;
    this.#brokenAlone = 0;
  }

  /**
   * A connection broke over a batch that held it. Returns whether it is to blame: that is clear
   * once it was alone.
   */
  broke(isAlone: boolean): boolean {
    if (isAlone && this.isSuspect) this.#brokenAlone++;
    this.#broken++;
    return this.#brokenAlone >= MOST_BROKEN_ALONE;
  }
}

/** Takes the next batch off a queue that is not empty. */
export function takeBatch<R>(queue: Call<R>[], limits: Wire<R>['batch']): Call<R>[] {
  const most = Math.min(queue[0]!.most(limits.requests), queue.length);
  let count = 0;
  let bytes = 0;
  while (count < most) {
    bytes += queue[count]!.asked.bytes;
    if (count > 0 && bytes > limits.bytes) break;
    count++;
  }
  return queue.splice(0, count);
}
