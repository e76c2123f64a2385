/** Reads files of others into records: values by the names that the file has for them, each with its line. */
import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { parse } from 'csv-parse';
import { LogError, reason } from '../../logs/errors.ts';

/** A row of a file as it stands there. */
export interface ForeignRecord {
  readonly line: number;
  readonly values: Readonly<Record<string, string>>;
}

/** Hears of a line that could not be read. */
export type OnDamage = (line: number, what: string) => void;

const TORN = 'torn: the file ends in the middle of a row';

/** Throws a `LogError` with file and line if a file is not UTF-8. What is torn off at its end may be cut in a letter. */
export async function checkEncoding(path: string): Promise<void> {
  let line = 1;
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of bytes(path)) {
    if (line === 1 && rest.length === 0 && /^(\xff\xfe|\xfe\xff)/.test(chunk.toString('latin1', 0, 2)))
      throw new LogError(`${path}:1: the file is UTF-16; logs are UTF-8`);
    const all = Buffer.concat([rest, chunk]);
    const end = all.lastIndexOf(0x0a) + 1;
    const lines = all.subarray(0, end);
    if (!isUtf8(lines)) throw new LogError(`${path}:${line + badLine(lines)}: the line is not UTF-8`);
    for (let at = lines.indexOf(0x0a); at >= 0; at = lines.indexOf(0x0a, at + 1)) line++;
    rest = all.subarray(end);
  }
}

function badLine(lines: Buffer): number {
  let bad = 0;
  for (let at = 0; ; bad++) {
    const end = lines.indexOf(0x0a, at) + 1;
    if (!isUtf8(lines.subarray(at, end))) return bad;
    at = end;
  }
}

async function* bytes(path: string): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of createReadStream(path)) yield chunk as Buffer;
  } catch (error) {
    throw new LogError(`cannot read ${path}: ${reason(error)}`);
  }
}

/**
 * The rows of a CSV file; commas, semicolons or tabs, whichever the first line has most. `wanted`: names of columns; if all are
 * numbers the file has no header, and they count its columns from 1. Throws a `LogError` if the header lacks one.
 */
export async function* csvRecords(
  path: string,
  wanted: readonly string[],
  onDamage: OnDamage,
): AsyncGenerator<ForeignRecord> {
  const { first, torn } = await endsOf(path);
  const headless = wanted.length > 0 && wanted.every((name) => /^\d+$/.test(name));
  const options = { delimiter: delimiterOf(first), bom: true, info: true, trim: true } as const;
  const lenient = { relax_column_count: true, relax_quotes: true, skip_empty_lines: true } as const;
  const parser = createReadStream(path).pipe(parse({ ...options, ...lenient }));
  let names: readonly string[] | undefined;
  let held: { readonly line: number; readonly row: readonly string[] } | undefined;
  const record = (row: readonly string[], line: number): ForeignRecord | undefined => {
    if (row.length === names!.length)
      return { line, values: Object.fromEntries(row.map((cell, i) => [names![i]!, cell])) };
    onDamage(line, `damaged: ${row.length} columns instead of ${names!.length}`);
    return undefined;
  };
  try {
    for await (const { record: row, info } of parser as AsyncIterable<{
      record: string[];
      info: { lines: number };
    }>) {
      if (names === undefined) {
        names = headless ? row.map((_, i) => String(i + 1)) : row;
        checkNames(path, names, wanted);
        if (!headless) continue;
      }
      const ready = held === undefined ? undefined : record(held.row, held.line);
      if (ready !== undefined) yield ready;
      held = { line: info.lines, row };
    }
  } catch (error) {
    if (error instanceof LogError) throw error;
    const at = (error as { lines?: number }).lines;
    if (at === undefined) throw new LogError(`cannot read ${path}: ${reason(error)}`);
    // A quote that never ends swallows the rest of the file.
    onDamage(at, `damaged: ${(error as Error).message}`);
  }
  if (held === undefined) return;
  if (torn) return onDamage(held.line, TORN);
  const last = record(held.row, held.line);
  if (last !== undefined) yield last;
}

function checkNames(path: string, names: readonly string[], wanted: readonly string[]): void {
  const missing = wanted.find((name) => !names.includes(name));
  if (missing !== undefined)
    throw new LogError(`${path}:1: there is no column "${missing}"; its columns are ${names.join(', ')}`);
}

function delimiterOf(line: string): string {
  const count = (text: string) => line.split(text).length;
  return [',', ';', '\t'].reduce((best, one) => (count(one) > count(best) ? one : best));
}

/** The first line of a file, and whether its last has no end. */
async function endsOf(path: string): Promise<{ readonly first: string; readonly torn: boolean }> {
  let first: string | undefined;
  let last = 0x0a;
  for await (const chunk of bytes(path)) {
    first ??= chunk.toString('utf8').split('\n', 1)[0]!;
    last = chunk.at(-1)!;
  }
  return { first: first ?? '', torn: last !== 0x0a };
}

/** The rows of a file with one JSON object a line. Fields of fields are named with a dot: `meta.time`. */
export async function* jsonRecords(path: string, onDamage: OnDamage): AsyncGenerator<ForeignRecord> {
  let line = 0;
  let failed: number | undefined;
  const input = createReadStream(path).on('error', () => {});
  for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    line++;
    if (failed !== undefined) onDamage(failed, 'damaged: not a JSON object');
    failed = undefined;
    if (text.trim() === '') continue;
    const values = jsonValues(text);
    if (values === undefined) failed = line;
    else yield { line, values };
  }
  if (failed !== undefined) onDamage(failed, (await endsOf(path)).torn ? TORN : 'damaged: not a JSON object');
}

function jsonValues(text: string): Record<string, string> | undefined {
  try {
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    const values: Record<string, string> = {};
    flatten(value, '', values);
    return values;
  } catch {
    return undefined;
  }
}

/** Objects both as they are, for vector clocks, and field by field. */
function flatten(value: object, prefix: string, into: Record<string, string>): void {
  for (const [name, field] of Object.entries(value)) {
    if (field === null) continue;
    into[prefix + name] = typeof field === 'string' ? field : JSON.stringify(field);
    if (typeof field === 'object' && !Array.isArray(field)) flatten(field, `${prefix}${name}.`, into);
  }
}
