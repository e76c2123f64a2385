/**
 * The console of `tickraft up` in a terminal: `status`, `kill ID`, `start ID`, `add [ID]`,
 * `remove ID` and `quit`.
 */
import { createInterface, type Interface } from 'node:readline';
import type { Fleet } from '../../replication/ops/index.ts';
import { idOption } from '../../replication/ops/index.ts';

/** What the console controls. */
export interface ConsoleOptions {
  readonly fleet: Fleet;
  readonly status: () => Promise<void>;
  /** Adds a replica, or removes it. Rejects with an Error that says why not. */
  readonly add: (id: string) => Promise<void>;
  readonly remove: (id: string) => Promise<void>;
  readonly quit: () => void;
  /** Called when no more commands come. */
  readonly onClosed: () => void;
  readonly print: (line: string) => void;
}

/** What can be typed. */
export const CONSOLE_COMMANDS = 'status, kill ID, start ID, add [ID], remove ID, quit';

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
    this.#lines.on('line', (line) => {
      this.#carryOut(line.trim().split(/\s+/)).catch((error: Error) => options.print(error.message));
    });
  }

  close(): void {
    this.#lines.close();
  }

  async #carryOut([word = '', id = '']: readonly string[]): Promise<void> {
    const { fleet, status, quit, print } = this.#options;
    switch (word) {
      case '':
        return;
      case 'quit':
        return quit();
      case 'status':
        return status();
      case 'add':
        return this.#add(id === '' ? fleet.freeId() : id);
      case 'start':
      case 'kill':
      case 'remove':
        return fleet.has(id) ? this.#change(word, id) : print(`there is no replica ${id}`);
      default:
        print(`commands: ${CONSOLE_COMMANDS}`);
    }
  }

  async #add(id: string): Promise<void> {
    const { fleet, add, print } = this.#options;
    const parsed = idOption.safeParse(id);
    if (!parsed.success) return print(`the name of a replica ${parsed.error.issues[0]!.message}`);
    await add(id);
    print(`${id} is added, pid ${fleet.pid(id)}; it votes once it has caught up`);
  }

  async #change(word: 'start' | 'kill' | 'remove', id: string): Promise<void> {
    const { fleet, remove, print } = this.#options;
    if (word === 'kill') fleet.kill(id);
    else if (word === 'remove') {
      await remove(id);
      print(`${id} is removed`);
    } else if (fleet.pid(id) !== undefined) print(`${id} is running already`);
    else if (await fleet.startOne(id)) print(`${id} is back, pid ${fleet.pid(id)}`);
  }
}
