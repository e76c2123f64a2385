/** Takes the rows of a sample apart as each form of table has them. */
import { parse } from 'csv-parse/sync';
import { kindByWord } from '../event-kind.ts';
import type { SampleColumn } from './columns.ts';
import type { Sample } from './sample.ts';
import type { SampleTable } from './tables.ts';
import { usualKind } from './words.ts';

/** Rows that are looked at. */
const MOST_ROWS = 500;

/** The table in the samples, whichever form they have; undefined if they are no table. */
export function tableIn(samples: readonly Sample[]): SampleTable | undefined {
  const lines = samples.flatMap((sample) =>
    sample.lines.filter((line) => line.trim() !== '').slice(0, MOST_ROWS),
  );
  if (lines.length === 0) return undefined;
  return jsonTable(lines) ?? pairTable(lines) ?? csvTable(samples);
}

function jsonTable(lines: readonly string[]): SampleTable | undefined {
  const rows = lines.flatMap((line) => (line.trim().startsWith('{') ? fieldsOf(line) : []));
  if (rows.length < lines.length / 2) return undefined;
  return { columns: columnsOf(rows), flags: { format: 'jsonl' }, short: new Map() };
}

/**
 * The fields of a JSON object by their names, those of objects in it with a dot; none if the line
 * is no object.
 */
function fieldsOf(line: string): ReadonlyMap<string, string>[] {
  try {
    const fields = new Map<string, string>();
    const take = (prefix: string, value: unknown) => {
      if (value === null || value === undefined) return;
      if (typeof value !== 'object' || Array.isArray(value)) {
        fields.set(prefix, typeof value === 'string' ? value : JSON.stringify(value));
        return;
      }
      fields.set(prefix, JSON.stringify(value));
      for (const [name, part] of Object.entries(value))
        take(prefix === '' ? name : `${prefix}.${name}`, part);
    };
    take('', JSON.parse(line));
    fields.delete('');
    return [fields];
  } catch {
    return [];
  }
}

const PAIR =
  /(?:^|[,;|\t{[(]|[^A-Za-z_\s]\s)\s*([A-Za-z_][\w.]*(?: [A-Za-z_][\w.]*)*)\s*[:=]\s*(.*?)(?=\s*$|(?:\s*[,;|\t]\s*|\s+)[A-Za-z_][\w.]*(?: [A-Za-z_][\w.]*)*\s*[:=])/g;

function pairTable(lines: readonly string[]): SampleTable | undefined {
  const rows = lines.map(
    (line) => new Map([...line.matchAll(PAIR)].map(([, name, value]) => [name!, value!])),
  );
  const counts = new Map<string, number>();
  for (const row of rows) for (const name of row.keys()) counts.set(name, (counts.get(name) ?? 0) + 1);
  const usual = [...counts].filter(([, count]) => count >= lines.length / 2);
  if (usual.length < 2) return undefined;
  return { columns: columnsOf(rows), flags: { format: 'pairs' }, short: new Map() };
}

function columnsOf(rows: readonly ReadonlyMap<string, string>[]): SampleColumn[] {
  const names = [...new Set(rows.flatMap((row) => [...row.keys()]))];
  return names.map((ref) => ({ ref, named: true, values: rows.map((row) => row.get(ref) ?? '') }));
}

function csvTable(samples: readonly Sample[]): SampleTable | undefined {
  const tables = samples.map(cellsOf).filter((rows) => rows.length > 0);
  const [head] = tables[0] ?? [];
  if (head === undefined || head.length < 2) return undefined;
  const isHeader = head.every((cell) => /^[^\d]*[A-Za-z]/.test(cell) || cell === '') && !head.some(isEvent);
  const rows = tables.flatMap((table) => (isHeader ? table.slice(1) : table));
  if (rows.length === 0 || !rows.every((row) => row.every((cell) => isHeader || isAtom(cell))))
    return undefined;
  const width = Math.max(...rows.map((row) => row.length));
  const columns = Array.from({ length: isHeader ? head.length : width }, (_, i) => ({
    ref: isHeader ? head[i]! : String(i + 1),
    named: isHeader,
    values: rows.map((row) => row[i] ?? ''),
  }));
  return {
    columns: columns.filter(({ ref }) => ref !== ''),
    flags: {},
    short: isHeader ? new Map() : shortKinds(rows, width),
  };
}

/** A text that means an event is none of a header, which may have such a word in a name. */
function isEvent(cell: string): boolean {
  return (
    usualKind(cell) !== undefined ||
    (kindByWord(cell) !== undefined && !/^(?:is|was)?_?(?:send|sent|receive|received|internal)$/i.test(cell))
  );
}

/** What a cell without a header may be: one word, or something with digits, such as a time. */
function isAtom(cell: string): boolean {
  return (
    /^\S*$/.test(cell) ||
    /^\S* ?\S*\d\S*$/.test(cell) ||
    /^[[{(<].*[\])}>]$/.test(cell) ||
    cell.split(' ').length <= 3
  );
}

function cellsOf({ lines }: Sample): string[][] {
  const text = lines.filter((line) => line.trim() !== '').slice(0, MOST_ROWS);
  const first = text[0] ?? '';
  const count = (sign: string) => first.split(sign).length;
  const delimiter = [',', ';', '\t'].reduce((best, one) => (count(one) > count(best) ? one : best));
  return parse(text.join('\n'), {
    delimiter,
    relaxColumnCount: true,
    relaxQuotes: true,
    trim: true,
    skipRecordsWithError: true,
  });
}

/**
 * Kinds of rows that always have fewer columns than the longest, by the text of the column that
 * tells the kind.
 */
function shortKinds(rows: readonly (readonly string[])[], width: number): Map<string, number> {
  const short = new Map<string, number>();
  if (rows.every((row) => row.length === width)) return short;
  const place = Array.from({ length: width }, (_, i) => i).find((i) =>
    rows.every((row) => row[i] !== undefined && /^[A-Za-z]+$/.test(row[i])),
  );
  if (place === undefined) return short;
  for (const row of rows) short.set(row[place]!, Math.max(short.get(row[place]!) ?? 0, row.length));
  return new Map([...short].filter(([, columns]) => columns < width));
}
