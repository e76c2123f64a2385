/**
 * Events to CSV. Pure, and the same bytes everywhere: csv-stringify's browser build is the one that
 * runs both in a page and in Node (its Node build needs `Buffer`), so both use it.
 *
 * csv-stringify defines what a row looks like. It takes several microseconds a row, and a busy
 * machine has tens of thousands a second, so rows of plain cells, which nearly all are, are written
 * by `rows.ts`, several times as fast and byte for byte the same; csv-stringify writes the others.
 */
import { stringify } from 'csv-stringify/browser/esm/sync';
import type { EventRecord } from '../../vm/index.ts';
import { PlainRows } from './rows.ts';
import { COLUMNS, toRow } from './schema.ts';

const FORMAT = { eof: true, record_delimiter: '\n' } as const;

/** The first line of every log. */
export const HEADER = stringify([COLUMNS.map((column) => column.name)], FORMAT);

/** Collects the lines of events as UTF-8. */
export class EventEncoder {
  readonly #rows = new PlainRows();
  readonly #utf8 = new TextEncoder();

  /** Bytes collected. */
  get length(): number {
    return this.#rows.length;
  }

  /** Adds the line of an event, ended by a line feed. Usually takes a third of a microsecond. */
  add(event: EventRecord): void {
    if (!this.#rows.add(event)) this.#rows.append(this.#utf8.encode(stringify([toRow(event)], FORMAT)));
  }

  /** Takes the lines collected so far out. */
  take(): Uint8Array {
    return this.#rows.take();
  }
}

/** The lines of the events, in order, each ended by a line feed. */
export function encodeEvents(events: readonly EventRecord[]): string {
  const encoder = new EventEncoder();
  for (const event of events) encoder.add(event);
  return new TextDecoder().decode(encoder.take());
}
