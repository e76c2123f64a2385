/** The version of this package, for manifests and `--version`. */
import { existsSync, readFileSync } from 'node:fs';

/** `0.1.0` and so on: what package.json says. */
export function packageVersion(): string {
  // Built files lie one folder deeper than sources.
  const path = ['../package.json', '../../package.json']
    .map((relative) => new URL(relative, import.meta.url))
    .find((url) => existsSync(url));
  return path === undefined
    ? 'unknown'
    : (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
}
