/**
 * The tick of a live machine's clock: a fixed number a second of real time, however late the
 * process is scheduled.
 *
 * Each tick has its due time, counted from the first, so lateness does not add up. When a process
 * was delayed for longer than a tick, what has arrived meanwhile is handled first and the missed
 * ticks are made up after: otherwise a machine would time out peers whose messages are unread in
 * its sockets. Until then they are `due`. Ticks are made up in portions, with the event loop in
 * between; after a long sleep the oldest are left out.
 */

/** Ticks made up before control returns to the event loop. */
const PORTION = 100;
/** Missed time that is made up at most, in milliseconds. */
const MAX_LAG_MS = 10_000;

/** The callbacks of a ticker. */
export interface Ticked {
  /** One tick. */
  tick(): void;
  /** Handles what has arrived, before missed ticks. */
  catchUp(): void;
  /** Called with the number of ticks left out. */
  skipped(ticks: number): void;
}

/** Calls `tick` at `rate` a second until stopped. */
export class Ticker {
  readonly #ticked: Ticked;
  readonly #periodMs: number;
  #nextMs: number;
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;
  #stopped = false;

  constructor(rate: number, ticked: Ticked) {
    this.#ticked = ticked;
    this.#periodMs = 1000 / rate;
    this.#nextMs = performance.now() + this.#periodMs;
    this.#wait();
  }

  /** Ticks that are due and have been neither made up nor left out. */
  get due(): number {
    return Math.max(0, Math.floor((performance.now() - this.#nextMs) / this.#periodMs) + 1);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
  }

  #wait(): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => this.#wake(), Math.max(0, this.#nextMs - performance.now()));
  }

  #wake(): void {
    const lateMs = performance.now() - this.#nextMs;
    if (lateMs >= this.#periodMs) {
      // An immediate runs after the sockets have been read.
      this.#immediate = setImmediate(() => this.#makeUp());
      return;
    }
    // Timers count whole milliseconds and may fire a little early.
    if (lateMs >= 0) this.#tick();
    this.#wait();
  }

  #makeUp(): void {
    this.#ticked.catchUp();
    const missed = Math.floor((performance.now() - this.#nextMs) / this.#periodMs);
    const excess = missed - Math.ceil(MAX_LAG_MS / this.#periodMs);
    if (excess > 0) {
      this.#nextMs += excess * this.#periodMs;
      this.#ticked.skipped(excess);
    }
    for (let i = 0; i < PORTION && !this.#stopped && performance.now() >= this.#nextMs; i++) this.#tick();
    this.#wait();
  }

  #tick(): void {
    this.#nextMs += this.#periodMs;
    this.#ticked.tick();
  }
}
