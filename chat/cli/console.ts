/** The console of `tickraft up` in a terminal: `status`, `kill ID`, `start ID` and `quit`. */
import { createInterface, type Interface } from 'node:readline';
import type { Fleet } from '../../replication/ops/index.ts';

/** What the console controls. */
export interface ConsoleOptions {
  readonly fleet: Fleet;
  readonly status: () => Promise<void>;
  readonly quit: () => void;
  /** Called when no more commands come. */
  readonly onClosed: () => void;
  readonly print: (line: string) => void;
}

/** Reads commands, a line each, until closed. */
export class Console {
  readonly #options: ConsoleOptions;
  readonly #lines: Interface;

  constructor(options: ConsoleOptions) {
    this.#options = options;
    // Reading from a closed terminal fails, which ends the lines.
    process.stdin.on('error', () => this.close());
    this.#lines = createInterface({ input: process.stdin });
    this.#lines.on('close', options.onClosed);
    this.#lines.on('line', (line) => void this.#carryOut(line.trim().split(/\s+/)));
  }

  close(): void {
    this.#lines.close();
  }

  async #carryOut([word = '', id = '']: readonly string[]): Promise<void> {
    const { fleet, status, quit, print } = this.#options;
    if (word === '') return;
    if (word === 'quit') quit();
    else if (word === 'status') await status();
    else if (word !== 'start' && word !== 'kill') print('commands: status, kill ID, start ID, quit');
    else if (!fleet.has(id)) print(`there is no replica ${id}`);
    else if (word === 'kill') fleet.kill(id);
    else if (fleet.pid(id) !== undefined) print(`${id} is running already`);
    else if (await fleet.startOne(id)) print(`${id} is back, pid ${fleet.pid(id)}`);
  }
}
