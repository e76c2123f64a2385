/**
 * Logs for ShiViz (https://bestchai.bitbucket.io/shiviz/): text in which a regular expression finds the events, each with a host,
 * its vector clock and what happened; another may separate executions. Both may stand in the first two lines.
 *
 * Such a log has no messages: whose event another one learned of, the vector clocks say.
 */
import { readFileSync, statSync } from 'node:fs';
import { LogError, reason } from '../../logs/errors.ts';
import type { ForeignRecord } from './records.ts';
import type { ForeignRow } from './rows.ts';

const DEFAULT_PATTERN = '(?<event>.*)\\n(?<host>\\S*) (?<clock>{.*})';
/** A text of more bytes is not taken in one piece. */
const MOST_BYTES = 256 * 2 ** 20;

/** One execution: its records by the names of the groups. */
export interface Execution {
  /** What the separator calls it, or nothing. */
  readonly name: string;
  readonly records: readonly ForeignRecord[];
  /** Lines with text in which no event is found. */
  readonly damaged: readonly number[];
}

/** The executions of a log. Throws a `LogError` if it cannot be read or an expression is none. */
export function shivizExecutions(
  path: string,
  told: { readonly pattern?: string | undefined; readonly executions?: string | undefined },
): Execution[] {
  const text = read(path);
  const lines = text.split('\n', 2);
  const header = told.pattern === undefined && /\(\?<(event|host|clock)>/.test(lines[0]!);
  const start = header ? lines.join('\n').length + 1 : 0;
  const pattern = expression(path, told.pattern ?? (header ? lines[0]! : DEFAULT_PATTERN));
  const between = told.executions ?? (header ? lines[1]! : '');
  const lineOf = lineCounter(text);
  const executions: Execution[] = [];
  for (const { name, from, to } of partsOf(
    text,
    start,
    between === '' ? undefined : expression(path, between),
  )) {
    const records: ForeignRecord[] = [];
    const damaged: number[] = [];
    const skip = (rest: string, at: number) => {
      const first = rest.search(/\S/);
      if (first >= 0) damaged.push(lineOf(at + first));
    };
    let end = from;
    for (const match of text.slice(from, to).matchAll(pattern)) {
      const at = from + match.index;
      skip(text.slice(end, at), end);
      records.push({ line: lineOf(at), values: { ...match.groups } });
      end = at + match[0].length;
    }
    skip(text.slice(end, to), end);
    if (records.length > 0) executions.push({ name, records, damaged });
  }
  if (executions.length === 0) throw new LogError(`${path}:1: no event is found by ${pattern.source}`);
  return executions;
}

function read(path: string): string {
  try {
    if (statSync(path).size > MOST_BYTES)
      throw new LogError(`${path}: a log read by a regular expression may have ${MOST_BYTES / 2 ** 20} MiB`);
    return readFileSync(path, 'utf8').replaceAll('\r\n', '\n');
  } catch (error) {
    throw error instanceof LogError ? error : new LogError(`cannot read ${path}: ${reason(error)}`);
  }
}

function expression(path: string, source: string): RegExp {
  try {
    return new RegExp(source, 'gm');
  } catch (error) {
    throw new LogError(`${path}: ${(error as Error).message}`);
  }
}

interface Part {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** What stands between the separators. A group `trace` names the execution after it. */
function partsOf(text: string, start: number, separator: RegExp | undefined): Part[] {
  const parts: Part[] = [];
  let name = '';
  let from = start;
  for (const match of separator === undefined ? [] : text.slice(start).matchAll(separator)) {
    parts.push({ name, from, to: start + match.index });
    name = match.groups?.trace ?? '';
    from = start + match.index + match[0].length;
  }
  return [...parts, { name, from, to: text.length }];
}

/** The line of a place; places are asked for in order. */
function lineCounter(text: string): (at: number) => number {
  let line = 1;
  let counted = 0;
  return (at) => {
    for (let next = text.indexOf('\n', counted); next >= 0 && next < at; next = text.indexOf('\n', counted)) {
      line++;
      counted = next + 1;
    }
    return line;
  };
}

/** What vector clocks say of events: a receive is one by which its host learned of another host's; the latest of those was sent. */
export function messagesOf(rows: readonly ForeignRow[]): {
  readonly rows: ForeignRow[];
  readonly missing: number;
} {
  const clocks = rows.map(({ cells }) => JSON.parse(cells.vector ?? '{}') as Record<string, number>);
  const places = new Map(rows.map(({ cells }, i) => [`${cells.node}:${clocks[i]![cells.node!] ?? 0}`, i]));
  const last = new Map<string, Record<string, number>>();
  const received = new Map<number, string>();
  const sentTo = new Map<string, string[]>();
  let missing = 0;
  for (const [i, { cells }] of rows.entries()) {
    const node = cells.node!;
    const before = last.get(node) ?? {};
    missing += Math.max(0, (clocks[i]![node] ?? 0) - (before[node] ?? 0) - 1);
    const learned = Object.entries(clocks[i]!).filter(
      ([host, n]) => host !== node && n > (before[host] ?? 0),
    );
    const direct = learned.filter(([host, n]) => {
      // Not one that the sender of another had learned of before.
      return !learned.some(
        ([other, m]) => other !== host && (clocks[places.get(`${other}:${m}`) ?? -1]?.[host] ?? 0) >= n,
      );
    });
    if (learned.length > 0) received.set(i, direct.length === 1 ? direct[0]!.join(':') : '');
    for (const one of direct) {
      const id = one.join(':');
      sentTo.set(id, [...(sentTo.get(id) ?? []), node]);
    }
    last.set(node, clocks[i]!);
  }
  const told = rows.map((row, i): ForeignRow => {
    const { node } = row.cells;
    const own = `${node}:${clocks[i]![node!] ?? 0}`;
    const message = received.get(i);
    if (message)
      return withCells(row, { event: 'receive', message, peer: message.slice(0, message.lastIndexOf(':')) });
    if (message === '') return withCells(row, { event: 'receive' });
    const peers = sentTo.get(own);
    return peers === undefined
      ? row
      : withCells(row, { event: 'send', message: own, peer: [...new Set(peers)].join(' ') });
  });
  return { rows: told, missing };
}

function withCells(row: ForeignRow, cells: ForeignRow['cells']): ForeignRow {
  return { ...row, cells: { ...row.cells, ...cells } };
}
