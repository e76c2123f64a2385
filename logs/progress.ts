/**
 * Progress of long work, on standard error: one line that changes on a terminal, and a line from
 * time to time elsewhere.
 */
import { printable } from '../vm/index.ts';

/** Nothing is shown for work shorter than this, in milliseconds. */
const QUIET_MS = 500;
const TERMINAL_MS = 100;
const ELSEWHERE_MS = 10_000;

/** Shows progress. */
export class Progress {
  readonly #stream: NodeJS.WriteStream;
  #nextMs: number;
  #shown = false;

  constructor(stream: NodeJS.WriteStream = process.stderr) {
    this.#stream = stream;
    this.#nextMs = performance.now() + (stream.isTTY ? QUIET_MS : ELSEWHERE_MS);
  }

  /**
   * Cheap: may be called as often as there is something new. `line` is only called when it is
   * shown.
   */
  update(line: () => string): void {
    const now = performance.now();
    if (now < this.#nextMs) return;
    this.#nextMs = now + (this.#stream.isTTY ? TERMINAL_MS : ELSEWHERE_MS);
    // It may contain names of runs from outside.
    const text = printable(line(), Number.POSITIVE_INFINITY);
    this.#stream.write(this.#stream.isTTY ? `\r\x1b[K${text}` : `${text}\n`);
    this.#shown = true;
  }

  /** Removes the changing line from the terminal. */
  clear(): void {
    if (this.#shown && this.#stream.isTTY) this.#stream.write('\r\x1b[K');
  }
}
