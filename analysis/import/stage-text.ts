/** Stages text in which a regular expression finds the events: prose, or a log for ShiViz. */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { LogError } from '../../logs/index.ts';
import type { Database } from '../run/database.ts';
import type { Mapping } from './mapping.ts';
import { groupsOf } from './mapping.ts';
import { splitRecords } from './records.ts';
import { stageRows } from './rows.ts';
import { type Mark, type Patterns, readText } from './text.ts';

/** Compiles a regular expression for events. Throws a `LogError` if it is invalid. */
export function expression(path: string, source: string): RegExp {
  try {
    return new RegExp(source, 'gm');
  } catch (error) {
    throw new LogError(`${path}: ${(error as Error).message}`);
  }
}

/** The same for an event that takes up whole lines, whatever else they contain. */
export function lineExpression(path: string, source: string): RegExp {
  expression(path, source);
  return expression(path, `^[^\\n]*?(?:${source})[^\\n]*`);
}

/** A file with what to look for in it. */
export interface TextSource {
  readonly path: string;
  readonly patterns: Patterns;
  readonly from: Mark;
  /** Its number, and the machine of events that name none. */
  readonly file: number;
  readonly node: string;
  /** The remark on text that is not an event. */
  readonly damage: string;
}

/** What stands between the cells of a record in the file that the database reads. */
const SEPARATOR = '\u001f';

/**
 * Stages the events of a file up to what stands between executions. The columns of `mapping` are
 * named by the groups of the expression. `dir` is a folder for files. Throws a `LogError` if a
 * column has no group.
 */
export async function stageText(
  database: Database,
  { path, patterns, from, file, node, damage }: TextSource,
  mapping: Mapping,
  dir: string,
): Promise<void> {
  const named = [mapping.columns, ...Object.values(mapping.kinds)].flatMap((some) => Object.values(some));
  const groups = [...new Set(named)].filter(Boolean);
  const has = groupsOf(patterns.event.source);
  const missing = groups.find((group) => !has.includes(group));
  if (missing !== undefined)
    throw new LogError(
      `--columns: the pattern has no group "${missing}"; it has ${has.length === 0 ? 'none, such as (?<clock>\\d+)' : has.join(', ')}`,
    );
  const spool = join(dir, 'events');
  const records = await open(spool, 'w');
  try {
    reading: for await (const tokens of readText(path, patterns, from, 'all')) {
      let text = '';
      for (const token of tokens) {
        if (token.type === 'between') {
          await records.write(text);
          break reading;
        }
        text += token.line;
        if (token.type === 'event') for (const group of groups) text += SEPARATOR + cell(token.values[group]);
        text += '\n';
      }
      await records.write(text);
    }
  } finally {
    await records.close();
  }
  const split = splitRecords(spool, SEPARATOR, mapping, groups, damage);
  await stageRows(database, split, mapping, { file, node, line: 'cells[1]::BIGINT' });
}

/** A text without what the database would take for the end of a cell or a row. */
function cell(text: string | undefined): string {
  if (text === undefined) return '';
  return /[^ -~]/.test(text) ? text.replaceAll(/\s*[\p{Cc}]+\s*/gu, ' ') : text;
}
