/**
 * A history that cannot be read. The message is one line for a person, with the file in it, and the
 * line if there is one.
 */
export class HistoryError extends Error {
  override readonly name = 'HistoryError';

  /** `line` counts from 1; undefined for what is not about a line. */
  constructor(file: string, line: number | undefined, what: string) {
    super(`${file}${line === undefined ? '' : `:${line}`}: ${what}`);
  }
}
