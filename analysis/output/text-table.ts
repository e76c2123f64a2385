/** Tables of plain text: columns as wide as their widest cell, two spaces apart. */

/** A column of a table of `T`s. A missing value is a dash. */
export interface TextColumn<T> {
  readonly heading: string;
  /** The unit, on a line of its own under the heading. */
  readonly unit?: string;
  readonly align?: 'left' | 'right';
  value(row: T): string | null;
}

/**
 * The lines of a table: one or two of headings, then one for each row. Numbers (the default) are
 * aligned right.
 */
export function textTable<T>(columns: readonly TextColumn<T>[], rows: readonly T[]): string[] {
  const units = columns.some(({ unit }) => unit !== undefined);
  const lines = [
    columns.map(({ heading }) => heading),
    ...(units ? [columns.map(({ unit }) => unit ?? '')] : []),
    ...rows.map((row) => columns.map((column) => column.value(row) ?? '-')),
  ];
  const widths = columns.map((_, i) => Math.max(...lines.map((line) => line[i]!.length)));
  return lines.map((line) =>
    line
      .map((cell, i) => (columns[i]!.align === 'left' ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join('  ')
      .trimEnd(),
  );
}

/**
 * Breaks a text into lines of at most `width` characters, at blanks. A longer word stands alone.
 */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
