/**
 * Messages to the operator, limited by rate: a stranger can cause as many as they like. Of each
 * kind a few are printed within a minute; the rest are counted, and the count is printed at the end
 * of that minute.
 */

/**
 * The length of a window, in milliseconds, and the most lines of one kind that are printed in one.
 */
const WINDOW_MS = 60_000;
const MOST_LINES = 5;
/** Kinds told apart in a window; all others are one more. */
const MOST_KINDS = 50;
const OTHER = 'other lines';

/** Prints lines, not too many of a kind. */
export class Notices {
  readonly #write: (line: string) => void;
  /** Lines in the current window of each kind. */
  readonly #counts = new Map<string, number>();

  /** `write` receives a line to be printed, without a line end. */
  constructor(write: (line: string) => void) {
    this.#write = write;
  }

  /** Prints `line`, or counts it if there were too many like it. */
  say(line: string): void {
    const own = kindOf(line);
    const kind = this.#counts.has(own) || this.#counts.size < MOST_KINDS ? own : OTHER;
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    if (count === 1) setTimeout(() => this.#endWindow(kind), WINDOW_MS).unref();
    if (count <= MOST_LINES) this.#write(line);
  }

  #endWindow(kind: string): void {
    const more = this.#counts.get(kind)! - MOST_LINES;
    this.#counts.delete(kind);
    if (more > 0) this.#write(`... and ${more} more in the last minute: ${kind} ...`);
  }
}

/** Lines of a kind begin with the same words. Numbers and addresses do not make another kind. */
function kindOf(line: string): string {
  return line.split(' ', 4).join(' ').replace(/\d+/g, '#').slice(0, 80);
}
