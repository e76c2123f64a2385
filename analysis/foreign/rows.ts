/** Turns records of others into rows of our own schema, and keeps account of what they do not say. */
import { COLUMNS } from '../../logs/schema.ts';
import type { EventKind } from '../../vm/event.ts';
import { plural } from '../check.ts';
import type { Hole } from '../load.ts';
import { eventKind } from './event-kind.ts';
import type { Mapping } from './mapping.ts';
import type { ForeignRecord } from './records.ts';
import { toMicroseconds } from './time.ts';

type ColumnName = (typeof COLUMNS)[number]['name'];

/** A row as text; what is not known is absent. `line` is where it stands in `file`, a number in the list of files. */
export interface ForeignRow {
  readonly file: number;
  readonly line: number;
  readonly cells: Partial<Record<ColumnName, string>>;
}

const INTEGERS: readonly ColumnName[] = COLUMNS.filter(({ type }) => type === 'integer').map(
  ({ name }) => name,
);

/** Damaged lines that are named one by one, a file. */
const MOST_NAMED = 1000;

/** Reads the records of one file. */
export class RowReader {
  readonly holes: Hole[] = [];
  readonly #mapping: Mapping;
  readonly #file: number;
  readonly #where: string;
  /** The machine of rows that do not name one. */
  readonly #node: string;
  readonly #resolve: (peer: string) => string;
  readonly #lastTime = new Map<string, number>();
  readonly #kinds = new Map<string, EventKind | null>();
  readonly #unknown = new Map<string, number>();
  #damaged = 0;
  #sameTime = 0;
  #backwards = 0;
  #unreadVectors = 0;

  /** `resolve` finds the machine that a peer's name means. */
  constructor(
    mapping: Mapping,
    file: number,
    where: string,
    node: string,
    resolve: (peer: string) => string,
  ) {
    this.#mapping = mapping;
    this.#file = file;
    this.#where = where;
    this.#node = node;
    this.#resolve = resolve;
  }

  /** Notes a line that cannot be read. */
  damage = (line: number, what: string): void => {
    if (++this.#damaged <= MOST_NAMED) this.holes.push({ where: this.#where, line, what });
  };

  /** The row of a record, or undefined if it has a value that cannot be. */
  row({ line, values }: ForeignRecord): ForeignRow | undefined {
    const { columns, time } = this.#mapping;
    const cells: Partial<Record<ColumnName, string>> = {};
    for (const [name, theirs] of Object.entries(columns) as [ColumnName, string][]) {
      const value = values[theirs]?.replaceAll(/[\r\n]+/g, ' ').trim();
      if (value) cells[name] = value;
    }
    if (cells.time_us !== undefined) {
      const us = toMicroseconds(cells.time_us, time);
      if (us === null) return this.#refuse(line, `damaged: "${cells.time_us}" is not a time (${time})`);
      cells.time_us = String(us);
    }
    for (const name of INTEGERS) {
      const value = cells[name];
      if (value === undefined || /^\d{1,16}$/.test(value)) continue;
      // Floating-point columns of tables write whole numbers so.
      const whole = /^(\d{1,16})\.0*$/.exec(value)?.[1];
      if (whole === undefined)
        return this.#refuse(line, `damaged: "${value}" is not a whole number (${name})`);
      cells[name] = whole;
    }
    cells.node = machineName(cells.node ?? this.#node);
    if (cells.peer !== undefined)
      cells.peer = cells.peer
        .replaceAll(/[[\]()'"]/g, '')
        .split(/[,;\s]+/)
        .filter(Boolean)
        .map(this.#resolve)
        .join(' ');
    const text = cells.event ?? '';
    const kind = columns.event === undefined ? 'internal' : this.#kind(text);
    if (kind === null) this.#unknown.set(text, (this.#unknown.get(text) ?? 0) + 1);
    cells.event = kind ?? 'internal';
    if (text !== cells.event && text !== '') cells.detail ??= text;
    this.#watchTime(cells.node, cells.time_us);
    const { vector: written, ...rest } = cells;
    const vector = written === undefined ? undefined : this.#vector(written);
    return { file: this.#file, line, cells: vector === undefined ? rest : { ...rest, vector } };
  }

  /** What the whole file does not tell. */
  close(): Hole[] {
    const say = (count: number, what: string) => {
      if (count > 0) this.holes.push({ where: this.#where, what });
    };
    say(this.#damaged - MOST_NAMED, `${this.#damaged - MOST_NAMED} more lines are damaged`);
    say(
      this.#sameTime,
      `${plural(this.#sameTime, 'row')} at the time of the row before: order is as in the file`,
    );
    say(
      this.#backwards,
      `${plural(this.#backwards, 'row')} earlier than the row before: order is as in the file`,
    );
    say(
      this.#unreadVectors,
      `${plural(this.#unreadVectors, 'vector clock')} not read: not a number for each name`,
    );
    for (const [text, count] of this.#unknown)
      say(
        count,
        `${plural(count, 'row')} with ${text === '' ? 'no event' : `the event "${text}"`}: taken as internal`,
      );
    return this.holes;
  }

  /** Logs have few texts, and most of them in every other row. */
  #kind(text: string): EventKind | null {
    let kind = this.#kinds.get(text);
    if (kind === undefined) {
      kind = eventKind(text, this.#mapping.events);
      if (this.#kinds.size < MOST_NAMED) this.#kinds.set(text, kind);
    }
    return kind;
  }

  #refuse(line: number, what: string): undefined {
    this.damage(line, what);
    return undefined;
  }

  #watchTime(node: string, time: string | undefined): void {
    if (time === undefined) return;
    const us = Number(time);
    const last = this.#lastTime.get(node);
    if (us === last) this.#sameTime++;
    if (last !== undefined && us < last) this.#backwards++;
    this.#lastTime.set(node, us);
  }

  /** As JSON; Python's way of writing it is taken too. */
  #vector(text: string): string | undefined {
    try {
      const value: unknown = JSON.parse(text.replaceAll("'", '"'));
      if (isVector(value)) return JSON.stringify(value);
    } catch {
      // Counted below.
    }
    this.#unreadVectors++;
    return undefined;
  }
}

function isVector(value: unknown): value is Record<string, number> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((count) => Number.isSafeInteger(count) && count >= 0)
  );
}

/** A machine's name without what separates names in lists. */
export function machineName(text: string): string {
  return text.replaceAll(/[\s,;]+/g, '_');
}
