/** One line of a scenario, read word by word. */
import { ScenarioError } from './error.ts';

/** The names that a line may use: those defined by the lines before it. */
export interface Names {
  /** Machines, or names for machines. */
  readonly nodes: Set<string>;
  /** Of requests, whose answers may be asked for. */
  readonly requests: Set<string>;
  readonly sessions: Set<string>;
}

const WORD = /"(?:[^"\\]|\\.)*"|\S+/g;
const MICROSECONDS = { us: 1, ms: 1_000, s: 1_000_000 } as const;

/** The slowest and the fastest clock, in ticks a second. */
export const MIN_RATE = 0.1;
export const MAX_RATE = 1_000;

/** A length of time, in microseconds or in ticks. */
export type Duration = { readonly us: number } | { readonly ticks: number };

/** The words of a line. Every method that cannot read what it should throws a `ScenarioError`. */
export class Words {
  readonly line: number;
  readonly #words: readonly string[];
  readonly names: Names;
  #at = 0;

  constructor(line: number, text: string, names: Names) {
    this.line = line;
    const words: readonly string[] = text.match(WORD) ?? [];
    const comment = words.findIndex((word) => word.startsWith('#'));
    this.#words = comment < 0 ? words : words.slice(0, comment);
    this.names = names;
    const open = this.#words.find((word) => word.startsWith('"') && !/^".*"$/.test(word));
    if (open !== undefined) this.fail(`the quotes of ${open} are not closed`);
  }

  get isEmpty(): boolean {
    return this.#at >= this.#words.length;
  }

  /** The word `ahead` of the next one, left in place. */
  peek(ahead = 0): string | undefined {
    return this.#words[this.#at + ahead];
  }

  fail(message: string): never {
    throw new ScenarioError(this.line, message);
  }

  /** The next word, whatever it is. */
  take(what: string): string {
    const word = this.#words[this.#at];
    if (word === undefined) this.fail(`expected ${what} at the end of the line`);
    this.#at++;
    return word;
  }

  /** Takes the next word if it is this one. */
  maybe(word: string): boolean {
    if (this.peek() !== word) return false;
    this.#at++;
    return true;
  }

  must(...words: readonly string[]): void {
    for (const word of words) if (!this.maybe(word)) this.expected(`\`${word}\``);
  }

  expected(what: string): never {
    const word = this.peek();
    this.fail(`expected ${what}${word === undefined ? ' at the end of the line' : `, not \`${word}\``}`);
  }

  end(): void {
    if (!this.isEmpty) this.expected('the end of the line');
  }

  /** All words that are left, left in place. */
  rest(): readonly string[] {
    return this.#words.slice(this.#at);
  }

  /** The words before the next one that is among `stops`. */
  until(stops: readonly string[]): string[] {
    const taken: string[] = [];
    while (!this.isEmpty && !stops.includes(this.peek()!)) taken.push(this.take('a word'));
    return taken;
  }

  integer(what: string, low = 0, high = Number.MAX_SAFE_INTEGER): number {
    const word = this.peek() ?? '';
    const value = Number(word);
    if (!/^\d+$/.test(word) || value < low || value > high) {
      const from = low > 0 ? ` of at least ${low}` : '';
      const range = high < Number.MAX_SAFE_INTEGER ? ` from ${low} to ${high}` : from;
      this.expected(`${what}, a whole number${range}`);
    }
    this.#at++;
    return value;
  }

  integers(what: string): number[] {
    const numbers = [this.integer(what)];
    while (/^\d+$/.test(this.peek() ?? '')) numbers.push(this.integer(what));
    return numbers;
  }

  isNode(ahead = 0): boolean {
    return this.names.nodes.has(this.peek(ahead) ?? '');
  }

  /** A machine, by its name or another. */
  node(): string {
    if (!this.isNode()) this.expected(`a machine (${[...this.names.nodes].join(', ')})`);
    return this.take('a machine');
  }

  nodes(): string[] {
    const nodes = [this.node()];
    while (this.isNode()) nodes.push(this.node());
    return nodes;
  }

  /** A number that may have decimals. */
  number(what: string, low: number, high: number): number {
    const word = this.peek() ?? '';
    const value = Number(word);
    if (!/^\d+(\.\d+)?$/.test(word) || value < low || value > high) {
      this.expected(`${what}, a number from ${low} to ${high}`);
    }
    this.#at++;
    return value;
  }

  /** `400 ticks`, `350 us`, `20 ms`, `2 s`. */
  duration(atLeast = 0): Duration {
    const count = this.integer('how long', atLeast);
    if (this.maybe('ticks') || this.maybe('tick')) return { ticks: count };
    for (const unit of ['us', 'ms', 's'] as const) {
      if (this.maybe(unit)) return { us: count * MICROSECONDS[unit] };
    }
    return this.expected('`ticks`, `us`, `ms` or `s`');
  }

  /** `1-5ms` or `3ms`, in microseconds. */
  milliseconds(): readonly [number, number] {
    const match = /^(\d+(?:\.\d+)?)(?:-(\d+(?:\.\d+)?))?ms$/.exec(this.peek() ?? '');
    const low = Math.round(Number(match?.[1]) * MICROSECONDS.ms);
    const high = Math.round(Number(match?.[2] ?? match?.[1]) * MICROSECONDS.ms);
    if (match === null || low > high) this.expected('milliseconds such as `3ms` or `1-5ms`');
    this.#at++;
    return [low, high];
  }

  /** `10%`, as a number from 0 to 1. */
  percent(): number {
    const match = /^(\d+(?:\.\d+)?)%$/.exec(this.peek() ?? '');
    if (match === null || Number(match[1]) > 100) this.expected('a part such as `10%`');
    this.#at++;
    return Number(match[1]) / 100;
  }

  /** A name for something: a letter, then letters, digits and dashes. */
  name(what: string): string {
    if (!/^[a-z][\w-]*$/i.test(this.peek() ?? '')) this.expected(what);
    return this.take(what);
  }

  /** A new name, which the lines after this one may use. */
  newName(kind: keyof Names, what: string): string {
    const name = this.name(what);
    if (this.names[kind].has(name)) this.fail(`the name ${name} is taken`);
    this.names[kind].add(name);
    return name;
  }

  /** A name that an earlier line has defined. */
  knownName(kind: keyof Names, what: string): string {
    const name = this.name(what);
    if (!this.names[kind].has(name)) this.fail(`${what} called ${name} is not defined before this line`);
    return name;
  }

  /** A word, without the quotes that keep it together. */
  text(what: string): string {
    return unquote(this.take(what));
  }
}

/** The word without the quotes that keep it together. */
function unquote(word: string): string {
  return word.startsWith('"') ? word.slice(1, -1).replace(/\\(.)/g, '$1') : word;
}
