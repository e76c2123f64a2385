/**
 * Reads EDN, the notation of Clojure's data, as far as histories use it: into plain values.
 *
 * Keywords and symbols become text as they are written (`:ok`, `foo`); lists, vectors and sets
 * become arrays (sets in one order, so that equal ones are equal); maps become objects, with what
 * their keys would be as text. Tags and metadata are left out, their values kept; `kindOf` tells
 * what an array was. Whole numbers that a double cannot hold, and ratios, stay text.
 *
 * Not read: what only the Clojure reader knows (quotes, `#(...)`, `#"..."`).
 */
import type { Value } from '../../vm/index.ts';
import { HistoryError } from './error.ts';

/** A form, and the line it begins in. */
export interface EdnForm {
  readonly line: number;
  readonly value: Value;
}

/** How deep forms may be nested. */
const DEEPEST = 200;

const SPACE = /[\s,]/;
const END_OF_TOKEN = /[\s,()[\]{}";]/;
/** Keywords; and numbers that stay text. */
const WRITTEN_AS_TEXT = /^:|^[+-]?(?:0|[1-9]\d*)(?:N|\/\d+)?$/;
const CLOSING: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}', '#{': '}' };
const CHARACTERS: Readonly<Record<string, string>> = {
  newline: '\n',
  return: '\r',
  space: ' ',
  tab: '\t',
};
const ESCAPES: Readonly<Record<string, string>> = { t: '\t', r: '\r', n: '\n', b: '\b', f: '\f' };

/**
 * Reads the forms of a text, one after the other. Errors name `file` and the line, which counts
 * from `line`.
 */
export class EdnReader {
  readonly #text: string;
  readonly #file: string;
  #at = 0;
  #line: number;
  #depth = 0;
  readonly #kinds = new WeakMap<object, string>();
  #hasSymbols = false;

  constructor(text: string, file: string, line = 1) {
    this.#text = text;
    this.#file = file;
    this.#line = line;
  }

  /** The next form; undefined at the end of the text. */
  next(): EdnForm | undefined {
    this.#skip();
    if (this.#at >= this.#text.length) return undefined;
    const line = this.#line;
    return { line, value: this.#form() };
  }

  /**
   * The forms inside a list or vector that holds the rest of the text: read one by one, each with
   * its line.
   */
  *within(): Iterable<EdnForm> {
    this.#skip();
    const begin = this.#line;
    const close = CLOSING[this.#take()];
    while (!this.#isClosedBy(close, begin)) yield { line: this.#line, value: this.#form() };
  }

  /**
   * What an array was that is no plain vector: `list`, `set`, or the name of its tag. Undefined for
   * all else.
   */
  kindOf(value: Value): string | undefined {
    return typeof value === 'object' && value !== null ? this.#kinds.get(value) : undefined;
  }

  /**
   * Whether anything read so far is a bare word: no keyword, no number, and none of `nil`, `true`
   * and `false`.
   */
  get hasSymbols(): boolean {
    return this.#hasSymbols;
  }

  /** The next character that is not skipped, left where it is; empty at the end. */
  peek(): string {
    this.#skip();
    return this.#text[this.#at] ?? '';
  }

  /** Skips spaces, comments, and forms that are to be left out. */
  #skip(): void {
    for (;;) {
      const char = this.#text[this.#at];
      if (char === undefined) return;
      if (SPACE.test(char)) this.#take();
      else if (char === ';') while (this.#at < this.#text.length && this.#text[this.#at] !== '\n') this.#at++;
      else if (this.#text.startsWith('#_', this.#at)) {
        this.#at += 2;
        this.#form();
      } else return;
    }
  }

  #take(): string {
    const char = this.#text[this.#at++] ?? '';
    if (char === '\n') this.#line++;
    return char;
  }

  #form(): Value {
    this.#skip();
    const char = this.#text[this.#at];
    if (char === undefined) return this.#fail('the text ends too early');
    if (char === '[') return this.#inside(() => this.#sequence(this.#take()));
    if (char === '(')
      return this.#known(
        'list',
        this.#inside(() => this.#sequence(this.#take())),
      );
    if (char === '{') return this.#inside(() => this.#map());
    if (char === '"') return this.#string();
    if (char === '\\') return this.#character();
    if (char === '#') return this.#inside(() => this.#dispatched());
    if (char === '^') {
      this.#take();
      this.#inside(() => this.#form());
      return this.#inside(() => this.#form());
    }
    const token = this.#token();
    if (token === '') return this.#fail(`"${char}" does not belong here`);
    const value = atom(token);
    if (value === token && !WRITTEN_AS_TEXT.test(token)) this.#hasSymbols = true;
    return value;
  }

  #inside<T>(read: () => T): T {
    if (++this.#depth > DEEPEST) this.#fail(`forms are nested more than ${DEEPEST} deep`);
    const value = read();
    this.#depth--;
    return value;
  }

  #sequence(open: string): Value[] {
    const begin = this.#line;
    const values: Value[] = [];
    while (!this.#isClosedBy(CLOSING[open], begin)) values.push(this.#form());
    return values;
  }

  #isClosedBy(close: string | undefined, begin: number): boolean {
    this.#skip();
    if (this.#at >= this.#text.length) this.#fail(`what begins in line ${begin} is not closed`);
    if (this.#text[this.#at] !== close) return false;
    this.#take();
    return true;
  }

  #map(): Value {
    const line = this.#line;
    const parts = this.#sequence(this.#take());
    if (parts.length % 2 === 1) this.#fail('a map has a key without a value', line);
    const pairs: [string, Value][] = [];
    for (let i = 0; i < parts.length; i += 2) pairs.push([textOf(parts[i]!), parts[i + 1]!]);
    // In one order, so that equal maps are equal.
    return Object.fromEntries(pairs.sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  #dispatched(): Value {
    this.#take();
    if (this.#text[this.#at] === '{') {
      this.#take();
      const set = this.#sequence('#{').sort((a, b) => (textOf(a) < textOf(b) ? -1 : 1));
      return this.#known('set', set);
    }
    const tag = this.#token();
    if (tag.startsWith('#')) return `#${tag}`; // ##Inf, ##NaN
    if (tag === '') return this.#fail('a tag has no name');
    return this.#known(tag, this.#form());
  }

  #known(kind: string, value: Value): Value {
    if (Array.isArray(value)) this.#kinds.set(value, kind);
    return value;
  }

  #string(): string {
    const begin = this.#line;
    this.#take();
    let value = '';
    for (;;) {
      if (this.#at >= this.#text.length) this.#fail(`the text that begins in line ${begin} is not closed`);
      const char = this.#take();
      if (char === '"') return value;
      value += char === '\\' ? this.#escaped() : char;
    }
  }

  #escaped(): string {
    const char = this.#take();
    if (char === 'u') {
      const digits = this.#text.slice(this.#at, this.#at + 4);
      if (!/^[\da-fA-F]{4}$/.test(digits)) this.#fail('\\u needs four digits');
      this.#at += 4;
      return String.fromCharCode(Number.parseInt(digits, 16));
    }
    return ESCAPES[char] ?? char;
  }

  #character(): string {
    this.#take();
    const name = this.#take() + this.#token();
    return (
      CHARACTERS[name] ??
      (/^u[\da-f]{4}$/i.test(name) ? String.fromCharCode(Number.parseInt(name.slice(1), 16)) : name)
    );
  }

  #token(): string {
    const begin = this.#at;
    while (this.#at < this.#text.length && !END_OF_TOKEN.test(this.#text[this.#at]!)) this.#at++;
    return this.#text.slice(begin, this.#at);
  }

  #fail(what: string, line = this.#line): never {
    throw new HistoryError(this.#file, line, what);
  }
}

function atom(token: string): Value {
  if (token === 'nil') return null;
  if (token === 'true') return true;
  if (token === 'false') return false;
  // A token with a zero before its number is none: it stays a word.
  if (/^[+-]?(?:0|[1-9]\d*)N?$/.test(token)) {
    const number = Number(token.replace('N', ''));
    return Number.isSafeInteger(number) ? number : token;
  }
  if (/^[+-]?(?:0|[1-9]\d*)(\.\d*)?([eE][+-]?\d+)?M?$/.test(token)) return Number(token.replace('M', ''));
  return token;
}

function textOf(value: Value): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
