/**
 * The terminal: input and output by lines. What is printed while a line is being typed appears
 * above it and leaves it intact. Without a terminal (a pipe, a file) there is no prompt.
 */
import { clearScreenDown, createInterface, cursorTo, type Interface, moveCursor } from 'node:readline';
import { type Transform, Writable } from 'node:stream';
import { lineLimit } from './line-limit.ts';

/** How many lines are read ahead. */
const LINES_AHEAD = 100;

export class Screen {
  /** Whether the input is a terminal. */
  readonly interactive: boolean;
  readonly #input: NodeJS.ReadStream;
  readonly #output: NodeJS.WriteStream;
  /** What a pipe goes through. */
  readonly #limit: Transform | undefined;
  readonly #readline: Interface;
  readonly #lines: string[] = [];
  #wake: (() => void) | undefined;
  #ended = false;
  #hidden = false;
  #asking = false;

  constructor(input: NodeJS.ReadStream, output: NodeJS.WriteStream, onInterrupt: () => void) {
    this.interactive = Boolean(input.isTTY && output.isTTY);
    this.#input = input;
    this.#output = output;
    this.#limit = this.interactive ? undefined : input.setEncoding('utf8').pipe(lineLimit());
    this.#readline = createInterface({
      input: this.#limit ?? input,
      output: this.#echo(),
      terminal: this.interactive,
    });
    this.#readline.on('line', (line) => {
      this.#lines.push(line);
      if (this.#lines.length >= LINES_AHEAD) this.#readline.pause();
      this.#wake?.();
    });
    this.#readline.on('close', () => {
      this.#ended = true;
      this.#wake?.();
    });
    this.#readline.on('SIGINT', onInterrupt);
    // A password must not stay in the history of lines.
    this.#readline.on('history', (history) => {
      if (this.#hidden) history.shift();
    });
  }

  /** The next line, or undefined at the end of input. */
  async line(prompt: string): Promise<string | undefined> {
    this.#readline.setPrompt(prompt);
    while (this.#lines.length === 0 && !this.#ended) {
      this.#asking = true;
      if (this.interactive) this.#readline.prompt(true);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#asking = false;
    }
    const line = this.#lines.shift();
    if (!this.#ended) this.#readline.resume();
    return line;
  }

  /** A line that is not shown while it is typed. */
  async secret(question: string): Promise<string | undefined> {
    if (!this.interactive) return this.line('');
    this.#output.write(question);
    this.#hidden = true;
    try {
      return await this.line('');
    } finally {
      this.#hidden = false;
      this.#output.write('\n');
    }
  }

  /** Prints what is not part of the conversation; in a pipe it goes to standard error. */
  notice(text: string): void {
    if (this.interactive) this.print(text);
    else process.stderr.write(`${text}\n`);
  }

  print(text: string): void {
    if (!this.interactive || !this.#asking || this.#hidden) {
      this.#output.write(`${text}\n`);
      return;
    }
    moveCursor(this.#output, 0, -this.#readline.getCursorPos().rows);
    cursorTo(this.#output, 0);
    clearScreenDown(this.#output);
    this.#output.write(`${text}\n`);
    // Makes readline draw the prompt here and not at its former position.
    Object.assign(this.#readline, { prevRows: 0 });
    this.#readline.prompt(true);
  }

  close(): void {
    this.#readline.close();
    if (this.#limit === undefined) return;
    // An open input would keep the process alive.
    this.#input.unpipe(this.#limit);
    this.#input.pause();
  }

  /** The output of readline: the terminal, or nothing while a secret is typed. */
  #echo(): Writable {
    const output = this.#output;
    const echo = new Writable({
      write: (chunk, _encoding, done) => {
        if (!this.#hidden) output.write(chunk);
        done();
      },
    });
    Object.defineProperty(echo, 'columns', { get: () => output.columns });
    output.on('resize', () => echo.emit('resize'));
    return echo;
  }
}
