/** Parts of the Markdown of generated pages. */

/** Stands at the top of every generated page. */
export const GENERATED = '<!-- Generated from the code by `npm run docs`: do not edit. -->';

/**
 * Text for a cell of a table, or for a paragraph: no line breaks, no bars, nothing that looks like
 * HTML.
 */
export function cell(text: string): string {
  return text
    .trim()
    .replaceAll(/\s*\n\s*/g, ' ')
    .replaceAll('|', '\\|')
    .replaceAll(/<(?=\w)/g, '&lt;');
}

/** A table. Cells are taken as they are. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`.replaceAll(/ +\|/g, ' |');
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
