/**
 * Logs for ShiViz (https://bestchai.bitbucket.io/shiviz/): text in which a regular expression finds
 * the events, each with a host, its vector clock and what happened; another may separate
 * executions. Both may stand in the first two lines.
 *
 * Such a log has no messages: whose event another one learned of, the vector clocks say
 * (`messages.ts`).
 */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { LogError } from '../../logs/index.ts';
import type { Database } from '../run/database.ts';
import type { Mapping } from './mapping.ts';
import { expression, stageText } from './stage-text.ts';
import { type Mark, type Patterns, readText, START } from './text.ts';

/** ShiViz's own: the event in a line, then its host and clock in the next. */
const EVENT_FIRST = '(?<event>.*)\\n(?<host>\\S*) (?<clock>{.*})';
/** As GoVector writes it. */
const CLOCK_FIRST = '(?<host>\\S*) (?<clock>{.*})\\n(?<event>.*)';

/** A line with a host and its clock. */
const CLOCK_LINE = /^\S+ \{.*\}\s*$/;

/** One execution of a log. */
export interface Execution {
  /** What the separator calls it, or nothing. */
  readonly name: string;
  readonly from: Mark;
}

/** A log with its expressions, and its executions that have events. */
export interface ShivizLog {
  readonly path: string;
  readonly patterns: Patterns;
  readonly executions: readonly Execution[];
}

/**
 * Looks for the executions of a log. Throws a `LogError` if it cannot be read or an expression is
 * none.
 */
export async function openShiviz(path: string, { pattern, executions }: Mapping): Promise<ShivizLog> {
  const [first = '', second = ''] = await firstLines(path, () => true);
  const header = pattern === undefined && /\(\?<(event|host|clock)>/.test(first);
  const separator = executions ?? (header ? second : '');
  const between = separator === '' ? undefined : expression(path, separator);
  const source = pattern ?? (header ? first : await usualPattern(path, between));
  const patterns: Patterns = { event: expression(path, source), between };
  const start = header ? { ...START, skip: first.length + second.length + 2 } : START;
  const found = await findExecutions(path, patterns, start);
  if (found.length === 0) throw new LogError(`${path}:1: no event is found by ${patterns.event.source}`);
  return { path, patterns, executions: found };
}

/**
 * ShiViz's own pattern, or with the clock first, if the first line that says anything has a clock.
 */
async function usualPattern(path: string, between: RegExp | undefined): Promise<string> {
  const isSeparator = (line: string) => between !== undefined && new RegExp(between.source).test(line);
  const [line = ''] = await firstLines(path, (line) => line.trim() !== '' && !isSeparator(line));
  return CLOCK_LINE.test(line) ? CLOCK_FIRST : EVENT_FIRST;
}

/** At most two lines of a file that are `wanted`. */
async function firstLines(path: string, wanted: (line: string) => boolean): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of createInterface({ input: createReadStream(path) }))
    if (wanted(line) && lines.push(line) === 2) break;
  return lines;
}

async function findExecutions(path: string, patterns: Patterns, start: Mark): Promise<Execution[]> {
  const found: Execution[] = [];
  let current: Execution = { name: '', from: start };
  for await (const tokens of readText(path, patterns, start, 'first of each'))
    for (const token of tokens) {
      if (token.type === 'between') current = { name: token.name, from: token.mark };
      else if (token.type === 'event' && found.at(-1) !== current) {
        found.push(current);
        if (patterns.between === undefined) return found;
      }
    }
  return found;
}

/** The mapping with the columns that every such log has. */
export function shivizColumns(mapping: Mapping): Mapping {
  return { ...mapping, columns: { node: 'host', vector: 'clock', detail: 'event', ...mapping.columns } };
}

/** Stages the events of one execution. `dir` is a folder for files. */
export async function stageExecution(
  database: Database,
  { path, patterns }: ShivizLog,
  { from }: Execution,
  mapping: Mapping,
  dir: string,
): Promise<void> {
  const damage = 'damaged: no event is found here';
  const source = { path, patterns, from, file: 0, node: '', damage };
  await stageText(database, source, shivizColumns(mapping), dir);
}
