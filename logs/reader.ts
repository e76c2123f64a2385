/**
 * Reads logs row by row, in constant memory. For whole large runs use the analysis, which leaves
 * the reading to a database; this is for looking at a log, following one, and for programs that
 * take rows one by one.
 *
 * A log is read as far as it makes sense: a torn last row (its writer was killed) and rows that are
 * damaged are reported with file and line, and skipped.
 */
import { createReadStream } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { LogError, reason } from './errors.ts';
import { HEADER } from './format/encode.ts';
import { formerWords, translate } from './format/former-words.ts';
import type { Manifest } from './format/manifest.ts';
import { fromRow, READ_VERSIONS, RowError, type RowRecord } from './format/schema.ts';

/** Something in a log that could not be read, and was skipped. */
export interface ReadProblem {
  readonly path: string;
  /** From 1, the header's. */
  readonly line: number;
  readonly message: string;
}

/** A line that long is not a row of a log. */
const LINE_LIMIT = 1024 * 1024;

/**
 * The events of one log file, in order. `onProblem` hears what had to be skipped. `run`: the
 * manifest of the log's run folder, by which words of earlier schema versions become those of this
 * one; without it they stay as they are. Throws a `LogError` if the file cannot be read or has
 * another header than this schema version.
 */
export async function* readLog(
  path: string,
  onProblem: (problem: ReadProblem) => void,
  run?: Manifest,
): AsyncGenerator<RowRecord> {
  const words = run && formerWords(run);
  let line = 1;
  for await (const block of lineBlocks(path)) {
    if (line === 1 && `${block.lines[0]}\n` !== HEADER) {
      throw new LogError(
        `${path}: not a log of schema versions ${READ_VERSIONS.join(' and ')} (its first line is another)`,
      );
    }
    const first = line === 1 ? 1 : 0;
    const rows = parseLines(block.lines);
    for (let i = first; i < rows.length; i++) {
      const event = toEvent(rows[i]!);
      if (typeof event === 'string') onProblem({ path, line: line + i, message: event });
      else yield words ? translate(event, words) : event;
    }
    line += block.lines.length;
    if (block.torn) onProblem({ path, line, message: 'torn: the file ends in the middle of a row' });
  }
}

/** The fields of each line, or why they could not be parsed. */
type ParsedLine = readonly string[] | string;

/** All lines at once, and line by line only if that fails, to find out where. */
function parseLines(lines: readonly string[]): ParsedLine[] {
  try {
    const rows = parse(lines.join('\n'), { relax_column_count: true, skip_empty_lines: false });
    if (rows.length === lines.length) return rows;
  } catch {
    // Parsing line by line says where.
  }
  return lines.map((line) => {
    try {
      return parse(line, { relax_column_count: true })[0] ?? 'empty line';
    } catch (error) {
      return `not CSV: ${(error as Error).message}`;
    }
  });
}

function toEvent(row: ParsedLine): RowRecord | string {
  if (typeof row === 'string') return row;
  try {
    return fromRow(row);
  } catch (error) {
    if (error instanceof RowError) return error.message;
    throw error;
  }
}

interface LineBlock {
  readonly lines: readonly string[];
  /** Something without a line end follows: the last block of a truncated file. */
  readonly torn: boolean;
}

async function* lineBlocks(path: string): AsyncGenerator<LineBlock> {
  let rest = '';
  try {
    for await (const chunk of createReadStream(path, { encoding: 'utf8' })) {
      rest += chunk as string;
      const end = rest.lastIndexOf('\n');
      if (end >= 0) {
        yield { lines: rest.slice(0, end).split('\n'), torn: false };
        rest = rest.slice(end + 1);
      }
      if (rest.length > LINE_LIMIT) throw new LogError(`${path}: not a log (a line is longer than 1 MiB)`);
    }
  } catch (error) {
    throw error instanceof LogError ? error : new LogError(`cannot read ${path}: ${reason(error)}`);
  }
  if (rest !== '') yield { lines: [], torn: true };
}
