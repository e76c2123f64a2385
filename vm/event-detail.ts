/**
 * The `detail` of an event row: `key=value` pairs separated by spaces. What writes them, what reads
 * them, and the SQL that reads them stand together here, so that a key is named in one place.
 *
 * Rows of logs that others wrote may hold any text in `detail`: a reader takes what is there, and
 * never throws.
 */
import type { NodeId } from './clock.ts';

/** What a row's `detail` may say, by the kind of its event. */
export interface EventDetail {
  /** `start`: how often the machine has started on this disk, this time included. */
  readonly boot: number;
  /** `fault` of kind `clock`: ticks that a process missed while it stood still. */
  readonly skipped_ticks: number;
  /** `fault` of kind `log`: rows that its writer could not write. */
  readonly lost_rows: number;
  /** `drop` at a live machine: why the message did not leave, in words joined by `_`. */
  readonly why: string;
  /** `drop` in a simulated network: whose message it was, and what became of it. */
  readonly from: NodeId;
  readonly cause: string;
  /** `vote`: whether the vote was given. */
  readonly granted: boolean;
  /** `snapshot`: a leader took it to send it, or a follower installed it. */
  readonly taken: boolean;
  readonly installed: boolean;
  /** `config`: whether the replica counts. */
  readonly recovery: string;
  /** `request` and `respond`: the request; `respond`: the code that it failed with. */
  readonly id: string;
  readonly error: string;
  /** `request`: how many commands it has, where they are several. */
  readonly commands: number;
  /** `append` and `apply`: the index of the first entry; the row's `index` is the last. */
  readonly first: number;
  /** `append`: entries from `first` on were cut away before. */
  readonly cut: boolean;
  /** `append`: the term of the entry before `first`. */
  readonly prev: number;
  /** `append`: each entry, as `term:what` (`replication/raft/trace.ts`). */
  readonly entries: readonly string[];
  /** `commit` of a leader: the machines that it knew to have the entry on disk. */
  readonly by: readonly NodeId[];
  /** `apply`: the commands that did not run, each as `index:what`. */
  readonly skipped: readonly string[];
}

type Key = keyof EventDetail;
type Form = 'number' | 'flag' | 'text' | 'texts';

const FORMS: Readonly<Record<Key, Form>> = {
  boot: 'number',
  skipped_ticks: 'number',
  lost_rows: 'number',
  why: 'text',
  from: 'text',
  cause: 'text',
  granted: 'flag',
  taken: 'flag',
  installed: 'flag',
  recovery: 'text',
  id: 'text',
  error: 'text',
  commands: 'number',
  first: 'number',
  cut: 'flag',
  prev: 'number',
  entries: 'texts',
  by: 'texts',
  skipped: 'texts',
};

/**
 * The text of `detail`: its pairs in the order given. Blanks in a value become `_`; what is
 * undefined is left out.
 */
export function writeDetail(detail: { readonly [K in Key]?: EventDetail[K] | undefined }): string {
  let text = '';
  for (const key in detail) {
    const value = detail[key as Key];
    if (value === undefined) continue;
    const plain = typeof value === 'string' ? value.replaceAll(' ', '_') : String(value);
    text += `${text === '' ? '' : ' '}${key}=${plain}`;
  }
  return text;
}

/** What a row's `detail` says, as far as it is understood. */
export function readDetail(text: string | null | undefined): Partial<EventDetail> {
  const detail: Partial<Record<Key, unknown>> = {};
  for (const pair of (text ?? '').split(' ')) {
    const at = pair.indexOf('=');
    const key = pair.slice(0, at) as Key;
    if (at > 0 && Object.hasOwn(FORMS, key)) detail[key] = parse(FORMS[key], pair.slice(at + 1));
  }
  return detail as Partial<EventDetail>;
}

function parse(form: Form, text: string): unknown {
  switch (form) {
    case 'number':
      return /^-?\d+$/.test(text) ? Number(text) : undefined;
    case 'flag':
      return text === 'true';
    case 'text':
      return text;
    case 'texts':
      return items(text);
  }
}

function items(text: string): string[] {
  return text === '' ? [] : text.split(',');
}

/**
 * The value of `key` in the column `detail`, in DuckDB's SQL: BIGINT, BOOLEAN, VARCHAR or a list of
 * VARCHAR; null where the row does not say. No key's name ends like another's.
 */
export function detailSql(key: Key): string {
  const value = `split_part(split_part(detail, '${key}=', 2), ' ', 1)`;
  const text = `nullif(${value}, '')`;
  switch (FORMS[key]) {
    case 'number':
      return `try_cast(${text} AS BIGINT)`;
    case 'flag':
      return `(${text} = 'true')`;
    case 'text':
      return text;
    case 'texts':
      return `if(contains(detail, '${key}='), list_filter(string_split(${value}, ','), one -> one <> ''), NULL)`;
  }
}

/** The `detail` of a fault in a simulated world: its fields, each as JSON. */
export function writeFault(fields: object): string {
  return Object.entries(fields)
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .join(' ');
}

/** The fields of a fault in a simulated world, as `writeFault` wrote them. */
export function readFault(text: string | null | undefined): Readonly<Record<string, unknown>> {
  const pairs = (text ?? '').matchAll(/(\w+)=("(?:[^"\\]|\\.)*"|.*?(?= \w+=|$))/g);
  return Object.fromEntries(Array.from(pairs, ([, key, value]) => [key, fromJson(value!)]));
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The machine that a fault was done to, in DuckDB's SQL; empty where it names none. */
export const FAULT_NODE_SQL = `regexp_extract(detail, 'node="([^"]+)"', 1)`;

/** Rows that let messages overtake, in DuckDB's SQL. */
export const REORDERING_SQL = `event = 'fault' AND kind IN ('network', 'link') AND regexp_matches(detail, '"reorderRate":(0?\\.\\d*[1-9]|[1-9])')`;
