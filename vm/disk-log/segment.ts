/** The segments of a log: the files that it consists of, and what is known of each. */
import type { Value } from '../store.ts';

/** A segment in use. */
export interface Segment {
  readonly number: number;
  /** Bytes of its file. */
  readonly bytes: number;
  readonly salt: number;
  /** Where its next group goes. */
  end: number;
  /** The last group that it holds. */
  sequence: number;
  /** Bytes of the records that hold the last value of a key which the log keeps. */
  live: number;
}

/** The last value of a key that the log keeps, and where it lies. */
export interface Live {
  readonly value: Value;
  readonly segment: Segment;
  readonly bytes: number;
}

/**
 * What somebody outside must remember of a log, durably: a log cannot tell by itself that its first
 * or its last part is gone.
 */
export interface Mark {
  /** The first segment that is needed. Those before it may be there or not. */
  readonly first: number;
  /**
   * All groups up to this one were durable, and what passed through the log in them has arrived.
   */
  readonly applied: number;
}

/** Of a log that holds nothing and never did. */
export const NEW_LOG: Mark = { first: 1, applied: 0 };

/** A file that is to become a segment: made when it is needed, or ahead of time. */
export const NEW_FILE = 'new';
export const SPARE_FILE = 'spare';
const DIGITS = 10;
const SEGMENT_NAME = /^\d{10}$/;

/** The name of a segment's file. */
export function segmentName(number: number): string {
  return String(number).padStart(DIGITS, '0');
}

/** The number of the segment in a file of that name; undefined if it is the name of none. */
export function segmentNumber(name: string): number | undefined {
  return SEGMENT_NAME.test(name) ? Number(name) : undefined;
}

/** The keys that a log keeps, with their last values. */
export class LiveRecords {
  readonly #records = new Map<string, Live>();
  /** Bytes of all of them. */
  bytes = 0;

  /** A record of `key` is the last one now. `value` undefined: a deletion. */
  set(key: string, value: Value | undefined, segment: Segment, bytes: number): void {
    const old = this.#records.get(key);
    if (old !== undefined) {
      old.segment.live -= old.bytes;
      this.bytes -= old.bytes;
      this.#records.delete(key);
    }
    if (value === undefined) return;
    this.#records.set(key, { value, segment, bytes });
    segment.live += bytes;
    this.bytes += bytes;
  }

  /** Those that lie in a segment. */
  in(segment: Segment): [string, Value][] {
    return [...this.#records].flatMap(([key, live]) => (live.segment === segment ? [[key, live.value]] : []));
  }

  *[Symbol.iterator](): Iterator<readonly [string, Value]> {
    for (const [key, { value }] of this.#records) yield [key, value];
  }
}
