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
import { transformSync } from '@swc/core';

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

/** A file of a copy, made of a file of the project. */
export interface Copied {
  readonly name: string;
  readonly text: string;
}

/**
 * Copies the files of `folders`, with the bugs that are to be in them; files are named from the
 * project's folder on. `adapt` changes each of them as the copy needs it.
 */
export function plant(
  folders: readonly string[],
  bugs: readonly Bug[],
  adapt = (file: Copied): Copied => file,
): Mutant {
  const folder = mkdtempSync(join(tmpdir(), 'tickraft-mutant-'));
  const dispose = () => rmSync(folder, { recursive: true });
  try {
    for (const inside of folders) {
      mkdirSync(join(folder, inside), { recursive: true });
      for (const name of readdirSync(join(ROOT, inside)).filter((file) => file.endsWith('.ts'))) {
        let source = readFileSync(join(ROOT, inside, name), 'utf8');
        for (const bug of bugs.filter(({ file }) => file === join(inside, name))) source = patch(source, bug);
        const copied = adapt({ name, text: source });
        writeFileSync(join(folder, inside, copied.name), copied.text);
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

/** What has been compiled, by source: most files of a copy are those of the copy before. */
const compiled = new Map<string, string>();

/**
 * For `adapt`: a file as JavaScript, whose imports of files beside it name JavaScript too. Jest
 * would compile every file of every copy anew.
 */
export function compile({ name, text }: Copied): Copied {
  let code = compiled.get(text);
  if (code === undefined) {
    const source = text.replace(/(from '[.][^']*)[.]ts'/g, "$1.js'");
    const jsc = { target: 'es2023', parser: { syntax: 'typescript' } } as const;
    ({ code } = transformSync(source, { swcrc: false, jsc, module: { type: 'es6' } }));
    compiled.set(text, code);
  }
  return { name: name.replace(/[.]ts$/, '.js'), text: code };
}
