/**
 * A part of the project with bugs planted in it: a patched copy of some folders in a temporary one,
 * so that the product needs no switch for its own tests.
 */
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** One bug: in `file`, `find` (which must be there exactly once) becomes `replace`. */
export interface Bug {
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The copy. */
export interface Mutant {
  readonly folder: string;
  load(file: string): Promise<unknown>;
  /** Removes it; what has been imported stays. */
  dispose(): void;
}

/**
 * Copies the files of `folders`, with the bugs that are to be in them; files are named from the
 * project's folder on. `adapt` changes each of them as the copy needs it.
 */
export function plant(
  folders: readonly string[],
  bugs: readonly Bug[],
  adapt = (source: string) => source,
): Mutant {
  const folder = mkdtempSync(join(tmpdir(), 'tickraft-mutant-'));
  const dispose = () => rmSync(folder, { recursive: true });
  try {
    for (const inside of folders) {
      mkdirSync(join(folder, inside), { recursive: true });
      for (const name of readdirSync(join(ROOT, inside)).filter((file) => file.endsWith('.ts'))) {
        let source = readFileSync(join(ROOT, inside, name), 'utf8');
        for (const bug of bugs.filter(({ file }) => file === join(inside, name))) source = patch(source, bug);
        writeFileSync(join(folder, inside, name), adapt(source));
      }
    }
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'junction');
  } catch (error) {
    dispose();
    throw error;
  }
  return { folder, load: (file) => import(pathToFileURL(join(folder, file)).href), dispose };
}

function patch(source: string, { file, find, replace }: Bug): string {
  const parts = source.split(find);
  if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} times, not once: ${find}`);
  return parts.join(replace);
}
