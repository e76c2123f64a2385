/** This package on disk: its version, and its files that are started or served, not imported. */
import { existsSync, readFileSync } from 'node:fs';

/** Whether this runs from the sources, as tests do, or from the build. */
const IS_SOURCE = import.meta.url.endsWith('.ts');

let root: URL | undefined;

/** The folder of this package: that of the nearest package.json. */
function packageRoot(): URL {
  root ??= nearest(new URL('.', import.meta.url));
  return root;
}

function nearest(folder: URL): URL {
  const above = new URL('..', folder);
  return existsSync(new URL('package.json', folder)) || above.href === folder.href ? folder : nearest(above);
}

/** `0.1.0` and so on: what package.json says. `unknown` in somebody's bundle. */
export function packageVersion(): string {
  const path = new URL('package.json', packageRoot());
  if (!existsSync(path)) return 'unknown';
  return (JSON.parse(readFileSync(path, 'utf8')) as { version?: string }).version ?? 'unknown';
}

/** A file or folder of the package that is not built, by its path in it. */
export function packagedFile(path: string): URL {
  return new URL(path, packageRoot());
}

/** A file or folder of the build, by its path in `dist/`. It is there once the build has run. */
export function builtFile(path: string): URL {
  return new URL(`dist/${path}`, packageRoot());
}

/** A file to start: `source` when this runs from the sources, else `built`, a path in `dist/`. */
export function startedFile(source: string, built: string): URL {
  return IS_SOURCE ? new URL(source, packageRoot()) : builtFile(built);
}
