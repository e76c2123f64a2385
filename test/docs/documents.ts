/** All pages of Markdown in the project. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const SKIPPED = new Set(['node_modules', 'dist', '.git', 'data', 'runs']);

/** Their paths, from the project's folder. */
export function documents(): string[] {
  return readdirSync(ROOT, { withFileTypes: true }).flatMap((entry) => {
    if (!entry.isDirectory()) return entry.name.endsWith('.md') ? [entry.name] : [];
    if (SKIPPED.has(entry.name)) return [];
    const inside = readdirSync(join(ROOT, entry.name), { recursive: true, encoding: 'utf8' });
    return inside.filter((path) => path.endsWith('.md')).map((path) => join(entry.name, path));
  });
}
