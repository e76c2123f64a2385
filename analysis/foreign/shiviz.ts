/**
 * Logs for ShiViz (https://bestchai.bitbucket.io/shiviz/): text in which a regular expression finds the events, each with a host,
 * its vector clock and what happened; another may separate executions. Both may stand in the first two lines.
 *
 * Such a log has no messages: whose event another one learned of, the vector clocks say (`messages.ts`).
 */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { LogError } from '../../logs/errors.ts';
import type { Database } from '../database.ts';
import type { Mapping } from './mapping.ts';
import { splitRecords } from './records.ts';
import { stageRows } from './rows.ts';
import { type Mark, type Patterns, readText, START } from './text.ts';

const DEFAULT_PATTERN = '(?<event>.*)\\n(?<host>\\S*) (?<clock>{.*})';

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

/** Looks for the executions of a log. Throws a `LogError` if it cannot be read or an expression is none. */
export async function openShiviz(path: string, { pattern, executions }: Mapping): Promise<ShivizLog> {
  const [first = '', second = ''] = await firstLines(path);
  const header = pattern === undefined && /\(\?<(event|host|clock)>/.test(first);
  const between = executions ?? (header ? second : '');
  const patterns: Patterns = {
    event: expression(path, pattern ?? (header ? first : DEFAULT_PATTERN)),
    between: between === '' ? undefined : expression(path, between),
  };
  const start = header ? { ...START, skip: first.length + second.length + 2 } : START;
  const found = await findExecutions(path, patterns, start);
  if (found.length === 0) throw new LogError(`${path}:1: no event is found by ${patterns.event.source}`);
  return { path, patterns, executions: found };
}

async function firstLines(path: string): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of createInterface({ input: createReadStream(path) }))
    if (lines.push(line) === 2) break;
  return lines;
}

function expression(path: string, source: string): RegExp {
  try {
    return new RegExp(source, 'gm');
  } catch (error) {
    throw new LogError(`${path}: ${(error as Error).message}`);
  }
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

/** What stands between the cells of a record in the file that the database reads. */
const SEPARATOR = '\u001f';

/** Stages the events of one execution. `dir` is a folder for files. */
export async function stageExecution(
  database: Database,
  { path, patterns }: ShivizLog,
  { from }: Execution,
  mapping: Mapping,
  dir: string,
): Promise<void> {
  const columns = { node: 'host', vector: 'clock', detail: 'event', ...mapping.columns };
  const groups = [...new Set(Object.values(columns))];
  const spool = join(dir, 'events');
  const file = await open(spool, 'w');
  try {
    reading: for await (const tokens of readText(path, patterns, from, 'all')) {
      let text = '';
      for (const token of tokens) {
        if (token.type === 'between') {
          await file.write(text);
          break reading;
        }
        text += token.line;
        if (token.type === 'event') for (const group of groups) text += SEPARATOR + cell(token.values[group]);
        text += '\n';
      }
      await file.write(text);
    }
  } finally {
    await file.close();
  }
  const records = splitRecords(spool, SEPARATOR, columns, groups, 'damaged: no event is found here');
  await stageRows(database, records, mapping, { file: 0, node: '', line: 'cells[1]::BIGINT' });
}

/** A text without what the database would take for the end of a cell or a row. */
function cell(text: string | undefined): string {
  if (text === undefined) return '';
  return /[^ -~]/.test(text) ? text.replaceAll(/\s*[\p{Cc}]+\s*/gu, ' ') : text;
}
