/**
 * Joins rows that span several lines: the whole row in the line where it begins, and an empty line
 * for each other, so that all lines keep their numbers.
 */

/** A row that spans more lines never ends: its quote is a mistake. */
const MOST_LINES = 1000;
const MOST_LETTERS = 2 ** 18;

/** Joins the lines of a file. Holds no more of them than a row may have. */
export class Folder {
  readonly #unfinished: (line: string) => boolean;
  /** The lines of the row that has not ended. */
  #held: string[] = [];
  #letters = 0;

  /** `unfinished` says of a line with a quote too many whether its row goes on in the next. */
  constructor(unfinished: (line: string) => boolean) {
    this.#unfinished = unfinished;
  }

  /** The text of these lines, but for the last if their row has not ended. */
  add(lines: readonly string[]): string {
    const ready: string[] = [];
    for (const line of lines) this.#take(line, ready);
    return textOf(ready);
  }

  /** The text of what is left. */
  end(): string {
    const ready: string[] = [];
    while (this.#held.length > 0) this.#giveUp(ready);
    return textOf(ready);
  }

  #take(line: string, ready: string[]): void {
    const turns = line.split('"').length % 2 === 0;
    if (this.#held.length === 0 && !(turns && this.#unfinished(line))) {
      ready.push(line);
      return;
    }
    this.#held.push(line);
    this.#letters += line.length;
    if (turns && this.#held.length > 1) {
      ready.push(this.#held.join(' '), ...this.#held.slice(1).map(() => ''));
      this.#drop();
    } else if (this.#held.length > MOST_LINES || this.#letters > MOST_LETTERS) this.#giveUp(ready);
  }

  /** The line that began it stands alone; the others may begin rows of their own. */
  #giveUp(ready: string[]): void {
    const [first, ...others] = this.#held;
    this.#drop();
    ready.push(first!);
    for (const line of others) this.#take(line, ready);
  }

  #drop(): void {
    this.#held = [];
    this.#letters = 0;
  }
}

function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}
