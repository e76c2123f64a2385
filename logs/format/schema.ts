/**
 * The event log's schema: which columns a row has, in which order and in which units, and how rows
 * and event records turn into each other. Pure: the browser uses it too.
 *
 * One event is one line. Text never contains a line break (breaks become spaces), so a log can be
 * cut, followed and searched by lines, and a row that a killed process left half-written damages no
 * other.
 */
import { EVENT_KINDS, type EventRecord, type Vector } from '../../vm/index.ts';

/**
 * The version of the columns below, and of the words in them. A reader takes those of
 * `READ_VERSIONS` and refuses others.
 */
export const SCHEMA_VERSION = 2;

/** The versions that are read; `former-words.ts` has the words of the earlier ones. */
export const READ_VERSIONS = [1, SCHEMA_VERSION] as const;

/** What a column holds; `required` columns are never empty. */
export interface Column {
  readonly name: string;
  readonly type: 'integer' | 'text' | 'vector';
  readonly required: boolean;
  readonly about: string;
}

/** The columns, in order. Those that do not apply to an event are empty. */
export const COLUMNS = [
  {
    name: 'time_us',
    type: 'integer',
    required: true,
    about: 'System time in microseconds since 1970; virtual since the start in a simulation.',
  },
  { name: 'node', type: 'text', required: true, about: 'The machine, or `world` for what no machine saw.' },
  {
    name: 'tick',
    type: 'integer',
    required: false,
    about: "Ticks of the machine's own clock since it started.",
  },
  { name: 'lamport', type: 'integer', required: false, about: 'Lamport clock after the event.' },
  {
    name: 'vector',
    type: 'vector',
    required: false,
    about: 'Vector clock after the event, as a JSON object.',
  },
  { name: 'event', type: 'text', required: true, about: 'What happened: one of the event kinds.' },
  {
    name: 'peer',
    type: 'text',
    required: false,
    about: 'The other machine, or several separated by spaces.',
  },
  { name: 'message', type: 'text', required: false, about: 'Id that ties a send to its receives.' },
  { name: 'kind', type: 'text', required: false, about: 'Type of the message, request or fault.' },
  {
    name: 'queue',
    type: 'integer',
    required: false,
    about: 'Messages and requests in the inbox after the event.',
  },
  { name: 'term', type: 'integer', required: false, about: 'Term of the machine.' },
  {
    name: 'role',
    type: 'text',
    required: false,
    about: 'Role of the machine; of a `role` event, the new one.',
  },
  {
    name: 'index',
    type: 'integer',
    required: false,
    about: 'Log index the event is about; of a range, the last.',
  },
  { name: 'commit', type: 'integer', required: false, about: 'Commit index after the event.' },
  {
    name: 'detail',
    type: 'text',
    required: false,
    about: 'More, as `key=value` pairs separated by spaces.',
  },
] as const satisfies readonly Column[];

/** What a cell is before it becomes text; `undefined` is an empty one. */
export type Cell = string | number | undefined;

/** The row of an event, in the order of the columns. */
export function toRow(event: EventRecord): readonly Cell[] {
  return [
    event.timeUs,
    event.node,
    event.tick,
    event.lamport,
    event.vector && JSON.stringify(event.vector),
    event.event,
    event.peer && oneLine(event.peer),
    event.message && oneLine(event.message),
    event.kind && oneLine(event.kind),
    event.queue,
    event.term,
    event.role && oneLine(event.role),
    event.index,
    event.commit,
    event.detail && oneLine(event.detail),
  ];
}

/**
 * What `event` may say. `persist` is read, because logs of others may have it, and never written.
 */
export const ROW_KINDS = [...EVENT_KINDS, 'persist'] as const;

/** A kind of row. */
export type RowKind = (typeof ROW_KINDS)[number];

/** The contents of a row. */
export interface RowRecord extends Omit<EventRecord, 'event'> {
  readonly event: RowKind;
}

/** A row that says something impossible. The message names the column. */
export class RowError extends Error {
  override readonly name = 'RowError';
}

/** The event of a row. Throws a `RowError` if the row is not one of this schema. */
export function fromRow(row: readonly string[]): RowRecord {
  if (row.length !== COLUMNS.length) {
    throw new RowError(`${row.length} columns instead of ${COLUMNS.length}`);
  }
  const event = row[5] as RowKind;
  if (!KINDS.has(event)) throw new RowError(`event: "${event}" is not an event kind`);
  const record: RowRecord = {
    timeUs: needed(integer(row, 0), 0),
    node: needed(text(row, 1), 1),
    tick: integer(row, 2),
    lamport: integer(row, 3),
    vector: vector(row, 4),
    event,
    peer: text(row, 6),
    message: text(row, 7),
    kind: text(row, 8),
    queue: integer(row, 9),
    term: integer(row, 10),
    role: text(row, 11),
    index: integer(row, 12),
    commit: integer(row, 13),
    detail: text(row, 14),
  };
  return record;
}

const KINDS: ReadonlySet<string> = new Set(ROW_KINDS);

function needed<T>(value: T | undefined, column: number): T {
  if (value === undefined) throw new RowError(`${COLUMNS[column]!.name}: empty`);
  return value;
}

function text(row: readonly string[], column: number): string | undefined {
  return row[column] || undefined;
}

function integer(row: readonly string[], column: number): number | undefined {
  const cell = row[column];
  if (!cell) return undefined;
  const value = Number(cell);
  if (!/^\d+$/.test(cell) || !Number.isSafeInteger(value)) {
    throw new RowError(`${COLUMNS[column]!.name}: "${cell}" is not a whole number`);
  }
  return value;
}

function vector(row: readonly string[], column: number): Vector | undefined {
  const cell = row[column];
  if (!cell) return undefined;
  const value = parseJson(cell);
  const isVector =
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((count) => Number.isSafeInteger(count) && count >= 0);
  if (!isVector) throw new RowError(`${COLUMNS[column]!.name}: "${cell}" is not a vector clock`);
  return value as Vector;
}

function parseJson(cell: string): unknown {
  try {
    return JSON.parse(cell);
  } catch {
    return undefined;
  }
}

const LINE_BREAK = /[\r\n]+/;

function oneLine(value: string): string {
  return LINE_BREAK.test(value) ? value.replaceAll(/[\r\n]+/g, ' ') : value;
}
