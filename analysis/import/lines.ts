/**
 * Files as lines for DuckDB, which reads them several times as fast as JavaScript makes objects of
 * them. The line of a row is its place in the file, so what DuckDB reads must have exactly the
 * lines of the file: where the file is not so regular (other line ends, rows over several lines),
 * it reads a copy that is.
 */
import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { LogError, reason } from '../../logs/index.ts';
import { literal } from '../run/database.ts';
import { Folder } from './fold.ts';

/** The form of a file, from one pass over its bytes. */
export interface Inspected {
  readonly path: string;
  /** DuckDB finds the same lines in it as a person does. */
  readonly even: boolean;
  /** Its last line has no end. */
  readonly torn: boolean;
  readonly quotes: boolean;
}

const CHUNK_BYTES = 512 * 2 ** 10;
/** What a core reads at a time. By default it is 32 MB, so many files would be read by one core. */
const BUFFER_BYTES = 2 ** 22;
/** DuckDB reads no line of more than 2 MB; no event has that much to say. */
const MOST_BYTES = 2 ** 20;

const NEWLINE = 0x0a;
const RETURN = 0x0d;
/** Part of what DuckDB takes for the end of a column, so that a line has only one. */
const DELIMITER = 0x01;
const QUOTE = 0x22;

/**
 * Looks through a file. Throws a `LogError` with file and line if it is not UTF-8. What is torn off
 * at its end may be cut in a letter.
 */
export async function inspect(path: string): Promise<Inspected> {
  let [even, quotes, torn] = [true, false, false];
  for await (const { bytes, line } of pieces(path)) {
    if (line === 1 && /^(\xff\xfe|\xfe\xff)/.test(bytes.toString('latin1', 0, 2)))
      throw new LogError(`${path}:1: the file is UTF-16; logs are UTF-8`);
    torn = bytes.at(-1) !== NEWLINE;
    const isText = isUtf8(bytes);
    if (!isText && !torn) throw new LogError(`${path}:${line + badLine(bytes)}: the line is not UTF-8`);
    if (!isText || bytes.includes(RETURN) || bytes.includes(DELIMITER)) even = false;
    quotes ||= bytes.includes(QUOTE);
  }
  return { path, even, torn, quotes };
}

function badLine(lines: Buffer): number {
  let bad = 0;
  for (let at = 0; ; bad++) {
    const end = lines.indexOf(NEWLINE, at) + 1;
    if (!isUtf8(lines.subarray(at, end))) return bad;
    at = end;
  }
}

/**
 * Some whole lines of a file; only its last piece may end without a line's end, and is then a
 * single line.
 */
export interface Piece {
  readonly bytes: Buffer;
  /** Its first byte in the file. */
  readonly start: number;
  /** The number of its first line. */
  readonly line: number;
}

/**
 * A file piece by piece, from the byte `start`, which begins the line `line`. Throws a `LogError`
 * if it cannot be read, or has lines that no log has.
 */
export async function* pieces(path: string, start = 0, line = 1): AsyncGenerator<Piece> {
  let next = line;
  let byte = start;
  let rest: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of createReadStream(path, { start, highWaterMark: CHUNK_BYTES })) {
      const all = rest.length === 0 ? (chunk as Buffer) : Buffer.concat([rest, chunk as Buffer]);
      const end = all.lastIndexOf(NEWLINE) + 1;
      rest = all.subarray(end);
      if (rest.length > MOST_BYTES) throw new LogError(`${path}:${next}: the line is longer than 1 MiB`);
      if (end === 0) continue;
      const bytes = all.subarray(0, end);
      yield { bytes, start: byte, line: next };
      byte += end;
      for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) next++;
    }
  } catch (error) {
    throw error instanceof LogError ? error : new LogError(`cannot read ${path}: ${reason(error)}`);
  }
  if (rest.length > 0) yield { bytes: rest, start: byte, line: next };
}

/** SQL that reads the lines of a file, in order, as the column `text`; null for an empty one. */
export function linesOf(path: string): string {
  const delimiter = String.fromCharCode(DELIMITER, 2, 3, 4);
  return `read_csv(${literal(path)}, auto_detect = false, header = false, columns = {'text': 'VARCHAR'},
    delim = '${delimiter}', quote = '', escape = '', new_line = '\\n', buffer_size = ${BUFFER_BYTES})`;
}

/**
 * Writes a copy of a file with even lines. `unfinished` says of a line whether its row goes on in
 * the next.
 */
export async function evenCopy(
  path: string,
  to: string,
  unfinished: (line: string) => boolean,
): Promise<void> {
  const folder = new Folder(unfinished);
  const file = await open(to, 'w');
  try {
    for await (const { bytes } of pieces(path)) {
      const text = bytes.toString('utf8').replaceAll(/\r\n?/g, '\n').replaceAll('\u0001', ' ');
      await file.write(folder.add(text.replace(/\n$/, '').split('\n')));
    }
    await file.write(folder.end());
  } finally {
    await file.close();
  }
}
