/**
 * The `detail` of an event row: `key=value` pairs separated by spaces. This file has the keys, the
 * code that writes and reads them, and the SQL that reads them.
 *
 * Logs that others wrote may have any text in `detail`: a reader takes what it understands, and
 * never throws.
 */
import type { NodeId } from './clock.ts';

/**
 * The keys of `detail`. Each comment begins with the kinds of events whose rows have the key;
 * docs/reference/events.md shows them.
 */
export interface EventDetail {
  /** `start`: How often the machine has been started on this disk, including this start. */
  readonly boot: number;
  /** `fault` (kind `clock`): Ticks that the machine missed while its process was paused. */
  readonly skipped_ticks: number;
  /** `fault` (kind `log`): Rows that could not be written to the log: its disk was slow or full. */
  readonly lost_rows: number;
  /** `drop` (live): Why the message was dropped: `malformed`, `inbox_full`, `disk_full`, ... */
  readonly why: string;
  /** `drop` (simulated): The sender of the message; `peer` is the machine that it was sent to. */
  readonly from: NodeId;
  /** `drop` (simulated): Why the message was dropped: `loss`, `blocked`, `down`, `full`, ... */
  readonly cause: string;
  /** `vote`: Whether the vote was granted; `peer` is the candidate. */
  readonly granted: boolean;
  /** `snapshot`: A leader took the snapshot, to send it to a follower. */
  readonly taken: boolean;
  /** `snapshot`: The replica installed a snapshot that a leader sent. */
  readonly installed: boolean;
  /**
   * `config` (without a kind): `recovering`: the votes and acknowledgements of the replica do not
   * count from here on; `normal`: they do.
   */
  readonly recovery: string;
  /** `config` (with a kind): The voters, of a joint configuration those of the incoming half. */
  readonly voters: readonly NodeId[];
  /** `config` (with a kind): In a joint configuration, the voters of the outgoing half. */
  readonly outgoing: readonly NodeId[];
  /** `config` (with a kind): The learners. */
  readonly learners: readonly NodeId[];
  /** `config` (with a kind): Those of the learners that are to vote. */
  readonly wanted: readonly NodeId[];
  /**
   * `config` (kinds `append` and `commit`): Who asked for the change: `founder`, `operator`,
   * `autopilot`, or `leader`, which promotes, and leaves joint configurations.
   */
  readonly origin: string;
  /**
   * `config` (kinds `append` and `commit`): What the change is part of, if anything: the plan by
   * which the autopilot had a replica started, or why the leader went back to the members before.
   */
  readonly plan: string;
  /** `config` (kind `learner`): What the learner `peer` does before it may vote. */
  readonly phase: string;
  /** `config` (kind `learner`): The round of catching up, counted from 1. */
  readonly round: number;
  /**
   * `config` (kind `learner`): The entry that asks for the check; with the phase `ready`, the one
   * whose check agreed.
   */
  readonly check: number;
  /**
   * `config` (kind `check`): The beginning of the digest that the replica has taken of its data as
   * of the entry `index`.
   */
  readonly digest: string;
  /**
   * `snapshot` (with a `peer`): The pages with contents that the leader sent it until it had all;
   * what a replica holds already is not sent.
   */
  readonly pages: number;
  /** `snapshot` (with a `peer`): About how many bytes these pages were, as JSON. */
  readonly bytes: number;
  /** `request`, `respond`: The id of the request, which its answer on the same machine has too. */
  readonly id: string;
  /** `respond`: The code of the error with which the request failed; absent if it succeeded. */
  readonly error: string;
  /** `request`: The number of its commands, if it has more than one. */
  readonly commands: number;
  /** `append`, `apply`: The index of the first entry; `index` is that of the last. */
  readonly first: number;
  /** `append`: The entries from `first` on conflicted, and were removed before. */
  readonly cut: boolean;
  /** `append`: The term of the entry before `first`. */
  readonly prev: number;
  /**
   * `append`: Each entry, as `TERM:WHAT`. `3:1z.17` is command 17 of the session that entry `1z`
   * (an index in base 36) opened, `3:1z.17-80` are its commands 17 to 80, `3:open` opens a session,
   * `3:command` is a command without a session, `3:command*5` are five, and `3:noop` is an empty
   * entry. Batches in one entry are joined by `+`. `3:config` says who the members are,
   * `3:check` has the data of all replicas compared, and `3:policy` changes what operators want of
   * the cluster.
   */
  readonly entries: readonly string[];
  /** `commit`: Where the replica leads: the machines that it knew to have the entry on disk. */
  readonly by: readonly NodeId[];
  /**
   * `apply`: Commands that did not run, each as `INDEX:WHAT`, because their session had run them
   * before or had ended.
   */
  readonly skipped: readonly string[];
  /** `decision`: What was decided, what is held back and why, as JSON. */
  readonly decided: string;
  /** `decision`: What the leader saw of its cluster, as JSON; times are ticks of its clock. */
  readonly seen: string;
  /** `decision`: The settings that it decided by, as JSON; times are ticks of its clock. */
  readonly settings: string;
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
  voters: 'texts',
  outgoing: 'texts',
  learners: 'texts',
  wanted: 'texts',
  origin: 'text',
  plan: 'text',
  phase: 'text',
  round: 'number',
  check: 'number',
  digest: 'text',
  pages: 'number',
  bytes: 'number',
  id: 'text',
  error: 'text',
  commands: 'number',
  first: 'number',
  cut: 'flag',
  prev: 'number',
  entries: 'texts',
  by: 'texts',
  skipped: 'texts',
  decided: 'text',
  seen: 'text',
  settings: 'text',
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
