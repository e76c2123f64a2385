/** All that was seen of a timeline: its event rows, the times of its steps, and its marks. */
import type { EventRecord } from '../../../vm/index.ts';

/** A row of an event log, and after how many simulation events it was written. */
export interface Row {
  readonly steps: number;
  readonly record: EventRecord;
}

/** What the time line marks. */
export type MarkKind = 'leader' | 'commit' | 'fault';

/** An instant that is worth going to. */
export interface Mark {
  readonly kind: MarkKind;
  readonly steps: number;
  /** Virtual microseconds. */
  readonly atUs: number;
  readonly record: EventRecord;
}

/** The roles of those who decide. */
const LEADING = ['leader', 'primary', 'master'];

export class Track {
  readonly #rows: Row[] = [];
  readonly #marks: Mark[] = [];
  /** The virtual microsecond after each number of simulation events. */
  readonly #times: number[] = [];
  readonly #sends = new Map<string, Row>();
  #committed = 0;

  /** How many simulation events were seen. */
  get steps(): number {
    return this.#times.length - 1;
  }

  /** The virtual time up to which it was seen, in microseconds. */
  get endUs(): number {
    return this.#times.at(-1) ?? 0;
  }

  /** All rows. */
  get rows(): readonly Row[] {
    return this.#rows;
  }

  get marks(): readonly Mark[] {
    return this.#marks;
  }

  /** Adds what the world's last step, or something done to it now, has recorded. */
  add(
    { steps, now }: { readonly steps: number; readonly now: number },
    records: readonly EventRecord[],
  ): void {
    this.#times[steps] = now;
    for (const record of records) {
      this.#keep({ steps, record });
      this.#mark(steps, record);
    }
  }

  /** A copy of what was seen up to `steps` simulation events. */
  until(steps: number): Track {
    const copy = new Track();
    for (const row of this.rowsUntil(steps)) copy.#keep(row);
    copy.#marks.push(...this.#marks.filter((mark) => mark.steps <= steps));
    for (let i = 0; i <= steps; i++) copy.#times.push(this.#times[i]!);
    copy.#committed = Math.max(0, ...copy.#marks.map(({ record }) => record.index ?? 0));
    return copy;
  }

  /** The rows of the first `steps` simulation events. */
  rowsUntil(steps: number): readonly Row[] {
    return steps >= this.steps ? this.#rows : this.#rows.slice(0, firstAfter(this.#rows, steps));
  }

  /** The last `count` rows of the first `steps` simulation events. */
  latest(steps: number, count: number): readonly Row[] {
    const end = firstAfter(this.#rows, steps);
    return this.#rows.slice(Math.max(0, end - count), end);
  }

  /** The row in which a message was sent. */
  sendOf(message: string): Row | undefined {
    return this.#sends.get(message);
  }

  /** The rows between two virtual times, in microseconds. */
  rowsBetween(fromUs: number, toUs: number): readonly Row[] {
    const time = ({ record }: Row) => record.timeUs;
    return this.#rows.slice(lowerBound(this.#rows, time, fromUs), lowerBound(this.#rows, time, toUs + 1));
  }

  /** How many simulation events had happened at a virtual microsecond. */
  stepsAt(us: number): number {
    return Math.max(0, lowerBound(this.#times, (time) => time, us + 1) - 1);
  }

  /** The virtual microsecond after a number of simulation events. */
  timeAt(steps: number): number {
    return this.#times[Math.min(steps, this.steps)] ?? 0;
  }

  #keep(row: Row): void {
    this.#rows.push(row);
    const { event, message } = row.record;
    if (event === 'send' && message !== undefined) this.#sends.set(message, row);
  }

  #mark(steps: number, record: EventRecord): void {
    const kind = this.#kindOf(record);
    if (kind !== undefined) this.#marks.push({ kind, steps, atUs: record.timeUs, record });
  }

  #kindOf({ event, role = '', index = 0 }: EventRecord): MarkKind | undefined {
    if (event === 'fault') return 'fault';
    if (event === 'role') return LEADING.includes(role) ? 'leader' : undefined;
    if (event !== 'commit' || index <= this.#committed) return undefined;
    this.#committed = index;
    return 'commit';
  }
}

function firstAfter(rows: readonly Row[], steps: number): number {
  return lowerBound(rows, (row) => row.steps, steps + 1);
}

/** The place of the first item whose key is at least `key`; keys rise. */
function lowerBound<T>(items: readonly T[], keyOf: (item: T) => number, key: number): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (keyOf(items[middle]!) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Whether an event is notable: heartbeats and routine answers are not. */
export function isNotable({ event, kind }: EventRecord): boolean {
  switch (event) {
    case 'role':
    case 'vote':
    case 'append':
    case 'commit':
    case 'respond':
    case 'fault':
      return true;
    // Digests are steps of a check, of which the leader tells the result.
    case 'config':
      return kind !== 'check';
    // All messages of the clocks exercise, which have no kind, are notable.
    case 'send':
    case 'receive':
      return kind === undefined;
    default:
      return false;
  }
}
