/** Damage to files, as bad sectors make it. */
import { readFileSync, writeFileSync } from 'node:fs';

/**
 * Flips a bit at the end of whatever `pattern` (global) finds in `file`. Returns in how many places
 * that was.
 */
export function flip(file: string, pattern: RegExp): number {
  const bytes = readFileSync(file);
  const found = [...bytes.toString('latin1').matchAll(pattern)];
  for (const { index, 0: text } of found) bytes[index + text.length - 1]! ^= 1;
  writeFileSync(file, bytes);
  return found.length;
}
