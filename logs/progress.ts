/** Progress of long work, on standard error: one line that changes on a terminal, now and then a line elsewhere. */
import { printable } from '../vm/printable.ts';

/** Nothing is said of work shorter than this, in milliseconds. */
const QUIET_MS = 500;
const TERMINAL_MS = 100;
const ELSEWHERE_MS = 10_000;

/** Shows how far work has come. */
export class Progress {
  readonly #stream: NodeJS.WriteStream;
  #nextMs: number;
  #shown = false;

  constructor(stream: NodeJS.WriteStream = process.stderr) {
    this.#stream = stream;
    this.#nextMs = performance.now() + (stream.isTTY ? QUIET_MS : ELSEWHERE_MS);
  }

  /** Cheap: may be called as often as there is something new. `line` is only asked for when it is shown. */
  update(line: () => string): void {
    const now = performance.now();
    if (now < this.#nextMs) return;
    this.#nextMs = now + (this.#stream.isTTY ? TERMINAL_MS : ELSEWHERE_MS);
    // Names of runs are in it, which may be of others.
    const text = printable(line(), Number.POSITIVE_INFINITY);
    this.#stream.write(this.#stream.isTTY ? `\r\x1b[K${text}` : `${text}\n`);
    this.#shown = true;
  }

  /** Takes the changing line away. */
  clear(): void {
    if (this.#shown && this.#stream.isTTY) this.#stream.write('\r\x1b[K');
  }
}
