/**
 * Bytes of CSV, written cell by cell: what nearly every cell of a log is, a whole number, plain text or a vector
 * clock, becomes bytes here without a string or an array in between. Anything else is refused, for `encode.ts` to
 * write another way.
 */
import type { Vector } from '../vm/clock.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const LEFT_BRACE = 0x7b;
const RIGHT_BRACE = 0x7d;
const ZERO = 0x30;

/** The longest whole number, in digits. */
const MAX_DIGITS = 16;
const BILLION = 1_000_000_000;

/** Bytes that grow at the end. What writes a cell returns false, and may leave half of it, if it cannot. */
export class RowBytes {
  #bytes = new Uint8Array(4096);
  /** How many bytes there are. Set it lower to take the last ones back. */
  length = 0;

  /** A copy of all bytes. */
  copy(): Uint8Array {
    return this.#bytes.slice(0, this.length);
  }

  /** One byte. */
  byte(byte: number): boolean {
    this.#room(1)[this.length++] = byte;
    return true;
  }

  /** Bytes as they are. */
  append(bytes: Uint8Array): void {
    this.#room(bytes.length).set(bytes, this.length);
    this.length += bytes.length;
  }

  /** A whole number from 0 that is safe. */
  integer(value: number): boolean {
    if (!Number.isSafeInteger(value) || value < 0) return false;
    this.length = writeDigits(this.#room(MAX_DIGITS), this.length, value);
    return true;
  }

  /** A text of printable ASCII characters; in quotes, and each of its own doubled, if it holds a quote or a comma. */
  text(value: string): boolean {
    // Twice as much if all are quotes, and two around them.
    const bytes = this.#room(2 * value.length + 2);
    let at = this.length;
    for (let i = 0; i < value.length; i++) {
      const code = value.charCodeAt(i);
      if (code < 0x20 || code > 0x7e) return false;
      if (code === QUOTE || code === COMMA) return this.#quoted(value, bytes);
      bytes[at++] = code;
    }
    this.length = at;
    return true;
  }

  /** A vector clock as JSON. It counts something, and its names hold nothing that JSON escapes. */
  vector(vector: Vector): boolean {
    let bytes = this.#room(1);
    let at = this.length;
    bytes[at++] = QUOTE;
    let next = LEFT_BRACE;
    for (const name in vector) {
      const count = vector[name]!;
      if (!Number.isSafeInteger(count) || count < 0) return false;
      this.length = at;
      bytes = this.#room(name.length + MAX_DIGITS + 8);
      bytes[at++] = next;
      bytes[at++] = QUOTE;
      bytes[at++] = QUOTE;
      for (let i = 0; i < name.length; i++) {
        const code = name.charCodeAt(i);
        if (code < 0x20 || code > 0x7e || code === QUOTE || code === BACKSLASH) return false;
        bytes[at++] = code;
      }
      bytes[at++] = QUOTE;
      bytes[at++] = QUOTE;
      bytes[at++] = COLON;
      at = writeDigits(bytes, at, count);
      next = COMMA;
    }
    if (next === LEFT_BRACE) return false;
    // The last name's room has them, too.
    bytes[at++] = RIGHT_BRACE;
    bytes[at++] = QUOTE;
    this.length = at;
    return true;
  }

  #quoted(value: string, bytes: Uint8Array): boolean {
    let at = this.length;
    bytes[at++] = QUOTE;
    for (let i = 0; i < value.length; i++) {
      const code = value.charCodeAt(i);
      if (code < 0x20 || code > 0x7e) return false;
      if (code === QUOTE) bytes[at++] = QUOTE;
      bytes[at++] = code;
    }
    bytes[at++] = QUOTE;
    this.length = at;
    return true;
  }

  /** The bytes, with room for `count` more. */
  #room(count: number): Uint8Array {
    const needed = this.length + count;
    if (needed > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
      larger.set(this.#bytes.subarray(0, this.length));
      this.#bytes = larger;
    }
    return this.#bytes;
  }
}

/** Writes the digits of a whole number at `at`, and returns where they end. */
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
