/** Damage to files, as bad sectors make it. */
import { readFileSync, writeFileSync } from 'node:fs';

/** Flips a bit wherever `text` stands in `file`. Returns in how many places that was. */
export function flip(file: string, text: string): number {
  const bytes = readFileSync(file);
  let count = 0;
  for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + 1)) {
    bytes[at + text.length - 1]! ^= 1;
    count++;
  }
  writeFileSync(file, bytes);
  return count;
}
