/**
 * Events to CSV. Pure, and the same bytes everywhere: csv-stringify's browser build is the one that runs both in a
 * page and in Node (its Node build needs `Buffer`), so both use it.
 *
 * csv-stringify says what a row looks like. It takes several microseconds a row, and a busy machine has tens of
 * thousands a second, so rows of plain cells, which nearly all are, are written by `row-bytes.ts`, several times as fast
 * and byte for byte the same; csv-stringify writes the others.
 */
import { stringify } from 'csv-stringify/browser/esm/sync';
import type { EventRecord } from '../vm/event.ts';
import { RowBytes } from './row-bytes.ts';
import { COLUMNS, toRow } from './schema.ts';

const FORMAT = { eof: true, record_delimiter: '\n' } as const;

/** The first line of every log. */
export const HEADER = stringify([COLUMNS.map((column) => column.name)], FORMAT);

const COMMA = 0x2c;
const LINE_FEED = 0x0a;

/** Gathers the lines of events as UTF-8. */
export class EventEncoder {
  readonly #bytes = new RowBytes();
  readonly #utf8 = new TextEncoder();

  /** Bytes gathered. */
  get length(): number {
    return this.#bytes.length;
  }

  /** Adds the line of an event, ended by a line feed. Costs a third of a microsecond, most often. */
  add(event: EventRecord): void {
    const start = this.#bytes.length;
    if (writePlain(this.#bytes, event)) return;
    this.#bytes.length = start;
    this.#bytes.append(this.#utf8.encode(stringify([toRow(event)], FORMAT)));
  }

  /** The lines gathered, which it then has no more. */
  take(): Uint8Array {
    const bytes = this.#bytes.copy();
    this.#bytes.length = 0;
    return bytes;
  }
}

/** The lines of the events, in order, each ended by a line feed. */
export function encodeEvents(events: readonly EventRecord[]): string {
  const encoder = new EventEncoder();
  for (const event of events) encoder.add(event);
  return new TextDecoder().decode(encoder.take());
}

/** Writes the line of an event, in the order of the columns. False, after a part of it, if a cell is not plain. */
function writePlain(bytes: RowBytes, event: EventRecord): boolean {
  return (
    bytes.integer(event.timeUs) &&
    text(bytes, event.node) &&
    integer(bytes, event.tick) &&
    integer(bytes, event.lamport) &&
    vector(bytes, event.vector) &&
    text(bytes, event.event) &&
    text(bytes, event.peer) &&
    text(bytes, event.message) &&
    text(bytes, event.kind) &&
    integer(bytes, event.queue) &&
    integer(bytes, event.term) &&
    text(bytes, event.role) &&
    integer(bytes, event.index) &&
    integer(bytes, event.commit) &&
    text(bytes, event.detail) &&
    bytes.byte(LINE_FEED)
  );
}

function integer(bytes: RowBytes, value: number | undefined): boolean {
  bytes.byte(COMMA);
  return value === undefined || bytes.integer(value);
}

function text(bytes: RowBytes, value: string | undefined): boolean {
  bytes.byte(COMMA);
  return value === undefined || bytes.text(value);
}

function vector(bytes: RowBytes, value: EventRecord['vector']): boolean {
  bytes.byte(COMMA);
  return value === undefined || bytes.vector(value);
}
