/**
 * Plain rows of the log as bytes, without a string or an array in between. Plain are nearly all:
 * safe whole numbers from 0, texts of printable ASCII characters, vector clocks whose names JSON
 * need not escape.
 *
 * A cell is written where the one before it ended, and returns where it ends itself. Capacity is
 * not checked: what is written beyond the end of a `Uint8Array` is discarded, so a row that ends
 * beyond it is written again, into a larger one.
 */
import type { EventRecord, Vector } from '../../vm/index.ts';

const LINE_FEED = 0x0a;
const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const ZERO = 0x30;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const LEFT_BRACE = 0x7b;
const RIGHT_BRACE = 0x7d;
const TILDE = 0x7e;

const BILLION = 1_000_000_000;

/** Collects lines. */
export class PlainRows {
  #bytes = new Uint8Array(8192);
  #length = 0;
  /** Whether all cells of the current row were plain so far. */
  #plain = true;

  /** Bytes collected. */
  get length(): number {
    return this.#length;
  }

  /**
   * Adds the line of an event, ended by a line feed. Returns false, and has added nothing, if it is
   * not plain.
   */
  add(event: EventRecord): boolean {
    this.#plain = true;
    const end = this.#row(this.#length, event);
    if (!this.#plain) return false;
    if (end > this.#bytes.length) {
      this.#grow(end);
      return this.add(event);
    }
    this.#length = end;
    return true;
  }

  /** Adds a line that was encoded elsewhere. */
  append(line: Uint8Array): void {
    const end = this.#length + line.length;
    if (end > this.#bytes.length) this.#grow(end);
    this.#bytes.set(line, this.#length);
    this.#length = end;
  }

  /** Takes the lines collected so far out. */
  take(): Uint8Array {
    const bytes = this.#bytes.slice(0, this.#length);
    this.#length = 0;
    return bytes;
  }

  #grow(needed: number): void {
    const larger = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }

  /** The cells in the order of the columns. */
  #row(start: number, event: EventRecord): number {
    let at = this.#integer(start, event.timeUs);
    at = this.#text(at, event.node);
    at = this.#integer(at, event.tick);
    at = this.#integer(at, event.lamport);
    at = this.#vector(at, event.vector);
    at = this.#text(at, event.event);
    at = this.#text(at, event.peer);
    at = this.#text(at, event.message);
    at = this.#text(at, event.kind);
    at = this.#integer(at, event.queue);
    at = this.#integer(at, event.term);
    at = this.#text(at, event.role);
    at = this.#integer(at, event.index);
    at = this.#integer(at, event.commit);
    at = this.#text(at, event.detail);
    this.#bytes[at - 1] = LINE_FEED;
    return at;
  }

  #integer(start: number, value: number | undefined): number {
    const bytes = this.#bytes;
    let at = start;
    if (value !== undefined) {
      if (!isCount(value)) this.#plain = false;
      else at = writeDigits(bytes, at, value);
    }
    bytes[at] = COMMA;
    return at + 1;
  }

  #text(start: number, value: string | undefined): number {
    const bytes = this.#bytes;
    let at = start;
    if (value !== undefined) {
      for (let i = 0; i < value.length; i++) {
        const code = value.charCodeAt(i);
        if (code === COMMA || code === QUOTE) return this.#quoted(start, value);
        if (code < SPACE || code > TILDE) this.#plain = false;
        bytes[at++] = code;
      }
    }
    bytes[at] = COMMA;
    return at + 1;
  }

  /** A text with a comma or a quote in it: in quotes, and each of its own doubled. */
  #quoted(start: number, value: string): number {
    const bytes = this.#bytes;
    let at = start;
    bytes[at++] = QUOTE;
    for (let i = 0; i < value.length; i++) {
      const code = value.charCodeAt(i);
      if (code < SPACE || code > TILDE) this.#plain = false;
      if (code === QUOTE) bytes[at++] = QUOTE;
      bytes[at++] = code;
    }
    bytes[at] = QUOTE;
    bytes[at + 1] = COMMA;
    return at + 2;
  }

  /** As JSON, in quotes. An empty one needs none, and is not plain. */
  #vector(start: number, vector: Vector | undefined): number {
    const bytes = this.#bytes;
    let at = start;
    if (vector !== undefined) {
      bytes[at++] = QUOTE;
      let before = LEFT_BRACE;
      for (const name in vector) {
        bytes[at] = before;
        bytes[at + 1] = QUOTE;
        bytes[at + 2] = QUOTE;
        at += 3;
        for (let i = 0; i < name.length; i++) {
          const code = name.charCodeAt(i);
          if (code < SPACE || code > TILDE || code === QUOTE || code === BACKSLASH) this.#plain = false;
          bytes[at++] = code;
        }
        bytes[at] = QUOTE;
        bytes[at + 1] = QUOTE;
        bytes[at + 2] = COLON;
        at += 3;
        const count = vector[name]!;
        if (!isCount(count)) this.#plain = false;
        else at = writeDigits(bytes, at, count);
        before = COMMA;
      }
      if (before === LEFT_BRACE) this.#plain = false;
      bytes[at++] = RIGHT_BRACE;
      bytes[at++] = QUOTE;
    }
    bytes[at] = COMMA;
    return at + 1;
  }
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

/** Writes the digits of a whole number. Returns where they end. */
function writeDigits(bytes: Uint8Array, at: number, value: number): number {
  if (value < BILLION) return writeSmall(bytes, at, value | 0, countDigits(value | 0));
  // Nine digits at a time stay in the range of quick integer arithmetic.
  const high = Math.floor(value / BILLION);
  return writeSmall(bytes, writeDigits(bytes, at, high), (value - high * BILLION) | 0, 9);
}

/** Writes the last `digits` digits of a whole number below a billion. */
function writeSmall(bytes: Uint8Array, at: number, value: number, digits: number): number {
  let left = value;
  for (let i = at + digits - 1; i >= at; i--) {
    const tenth = (left / 10) | 0;
    bytes[i] = ZERO + left - 10 * tenth;
    left = tenth;
  }
  return at + digits;
}

/** How many digits a whole number below a billion has. */
function countDigits(value: number): number {
  if (value < 10_000) return value < 100 ? (value < 10 ? 1 : 2) : value < 1_000 ? 3 : 4;
  let digits = 5;
  for (let limit = 100_000; limit <= value; limit *= 10) digits++;
  return digits;
}
