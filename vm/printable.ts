/**
 * Text from outside, made safe for a terminal or a log: it cannot move the cursor, forge a line, or
 * fill the screen.
 */

/** Characters of it that are shown. */
const SHOWN = 200;

/**
 * `text` in one line, cut after `length` characters. Control characters, line separators, and those
 * that turn the direction of writing or cannot be seen are shown as `?`.
 */
export function printable(text: string, length = SHOWN): string {
  const clean = text.slice(0, length).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Surrogate}]/gu, '?');
  return text.length > length ? `${clean}…` : clean;
}
