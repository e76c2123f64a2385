/**
 * The page's script as the build has bundled it (`browser/`): the report holds its text, and so
 * stays one file.
 */
import { readFileSync } from 'node:fs';
import { builtFile, LogError } from '../../logs/index.ts';

let script: string | undefined;

/**
 * The script's text, read once. Throws a `LogError` that says what to do if it has not been built.
 */
export function pageScript(): string {
  script ??= readScript(builtFile('report/zoom.js'));
  return script;
}

/** Reads a script of the build. */
export function readScript(file: URL): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    throw new LogError('dist/report/zoom.js is not there: run npm run build first');
  }
}
