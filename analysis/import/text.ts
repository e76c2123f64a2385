/**
 * Finds events in a text of any size by regular expressions. The text is read through a window: a
 * match counts once enough text follows it that more would not change it.
 */
import { pieces } from './lines.ts';

/** How much text must follow a match. No event or separator may be longer. */
const AHEAD = 2 ** 16;

/** What to look for; both expressions are global and multi-line. */
export interface Patterns {
  readonly event: RegExp;
  readonly between: RegExp | undefined;
}

/** A place in a file: so many letters behind a byte that begins a line. */
export interface Mark {
  readonly byte: number;
  /** The number of that line. */
  readonly line: number;
  readonly skip: number;
}

export const START: Mark = { byte: 0, line: 1, skip: 0 };

/**
 * What is found: an event, by the names of its groups; text in which there is none; the beginning
 * of another execution.
 */
export type Token =
  | { readonly type: 'event'; readonly line: number; readonly values: Readonly<Record<string, string>> }
  | { readonly type: 'damaged'; readonly line: number }
  | { readonly type: 'between'; readonly name: string; readonly mark: Mark };

/** Which events are looked for. */
export type Wanted = 'all' | 'first of each';

/** The tokens of a file from a place on, in order, some at a time. */
export async function* readText(
  path: string,
  patterns: Patterns,
  from: Mark,
  wanted: Wanted,
): AsyncGenerator<Token[]> {
  const window = new Window(patterns, from, wanted);
  for await (const { bytes, start, line } of pieces(path, from.byte, from.line)) {
    window.add(bytes.toString('utf8').replaceAll('\r\n', '\n'), start, line);
    if (window.isFull) yield window.read(false);
  }
  yield window.read(true);
}

/** Text that is not decided yet. */
class Window {
  readonly #patterns: Patterns;
  readonly #wanted: Wanted;
  /** Whole lines, but for the last of the file. */
  #text = '';
  /** Where pieces of the file begin in it. */
  #pieces: { at: number; byte: number; line: number }[] = [];
  /** What stands before is decided. */
  #at: number;
  /** Lines before `counted`. */
  #line: number;
  #counted = 0;
  /** Whether this execution has had an event. */
  #hadEvent = false;

  constructor(patterns: Patterns, { line, skip }: Mark, wanted: Wanted) {
    this.#patterns = patterns;
    this.#wanted = wanted;
    this.#at = skip;
    this.#line = line;
  }

  /** A piece of the file that begins with that byte and line. */
  add(text: string, byte: number, line: number): void {
    this.#pieces.push({ at: this.#text.length, byte, line });
    this.#text += text;
  }

  get isFull(): boolean {
    return this.#text.length - this.#at > 4 * AHEAD;
  }

  /** What can be decided. `atEnd`: there is no more text. */
  read(atEnd: boolean): Token[] {
    const tokens: Token[] = [];
    const limit = atEnd ? this.#text.length : this.#text.length - AHEAD;
    for (;;) {
      const next = this.#find(this.#patterns.between, this.#text, limit);
      if (next === undefined) break;
      this.#events(this.#text.slice(0, next.index), next.index, next.index, tokens);
      this.#at = next.index + next[0].length;
      tokens.push({ type: 'between', name: next.groups?.trace ?? '', mark: this.#mark(this.#at) });
      this.#hadEvent = false;
    }
    this.#events(this.#text, limit, atEnd ? limit : limit - AHEAD, tokens);
    this.#forget();
    return tokens;
  }

  /** The first match from here on that begins before `limit`, or that ends the text. */
  #find(pattern: RegExp | undefined, text: string, limit: number): RegExpExecArray | undefined {
    if (pattern === undefined) return undefined;
    pattern.lastIndex = this.#at;
    let match = pattern.exec(text);
    // An empty match would be found again endlessly.
    while (match !== null && match[0] === '') {
      pattern.lastIndex++;
      match = pattern.exec(text);
    }
    return match !== null && match.index < limit ? match : undefined;
  }

  /**
   * The events of `text` that begin before `limit`. Text without events is given up where it begins
   * before `sure`.
   */
  #events(text: string, limit: number, sure: number, tokens: Token[]): void {
    if (this.#wanted === 'first of each' && this.#hadEvent) {
      this.#at = Math.max(this.#at, limit);
      return;
    }
    for (;;) {
      const match = this.#find(this.#patterns.event, text, limit);
      if (match === undefined) break;
      this.#skip(match.index, tokens);
      tokens.push({ type: 'event', line: this.#lineOf(match.index), values: match.groups ?? {} });
      this.#at = match.index + match[0].length;
      this.#hadEvent = true;
      if (this.#wanted === 'first of each') break;
    }
    if (this.#at < sure || limit === sure) this.#skip(limit, tokens);
  }

  /** Passes over text without events. */
  #skip(to: number, tokens: Token[]): void {
    if (to <= this.#at) return;
    const first = this.#text.slice(this.#at, to).search(/\S/);
    if (first >= 0) tokens.push({ type: 'damaged', line: this.#lineOf(this.#at + first) });
    this.#at = to;
  }

  /** Places are asked for in order. */
  #lineOf(place: number): number {
    for (
      let next = this.#text.indexOf('\n', this.#counted);
      next >= 0 && next < place;
      next = this.#text.indexOf('\n', this.#counted)
    ) {
      this.#line++;
      this.#counted = next + 1;
    }
    return this.#line;
  }

  #mark(place: number): Mark {
    const piece = this.#pieces.findLast(({ at }) => at <= place)!;
    return { byte: piece.byte, line: piece.line, skip: place - piece.at };
  }

  /** Drops the pieces that are decided. */
  #forget(): void {
    const { at } = this.#pieces.findLast((piece) => piece.at <= this.#at) ?? { at: 0 };
    this.#lineOf(at);
    this.#text = this.#text.slice(at);
    this.#pieces = this.#pieces
      .filter((piece) => piece.at >= at)
      .map((piece) => ({ ...piece, at: piece.at - at }));
    this.#at -= at;
    this.#counted -= at;
  }
}
