/**
 * Loads a student's file: JavaScript as it is, TypeScript through the package `tsx` of the
 * student's project or of this package, or by Node itself where it can.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { LabError } from './lab.ts';

const JAVASCRIPT = ['.js', '.mjs'];
const TYPESCRIPT = ['.ts', '.mts'];

/**
 * What Node must be started with to load the file. Throws a `LabError` for a file that is not there
 * or that nothing here can load.
 */
export function loaderFor(file: string): readonly string[] {
  if (!existsSync(file)) throw new LabError(`${file}: there is no such file`);
  const extension = extname(file);
  if (JAVASCRIPT.includes(extension)) return [];
  if (!TYPESCRIPT.includes(extension)) throw new LabError(`${file}: must be a .ts, .mts, .js or .mjs file`);
  const tsx = findTsx(file);
  if (tsx !== undefined) return ['--import', pathToFileURL(tsx).href];
  if ((process.features as { readonly typescript?: unknown }).typescript) return [];
  throw new LabError(
    `${file}: TypeScript needs the package tsx here: run \`npm install --save-dev tsx\`, or write it in JavaScript`,
  );
}

function findTsx(file: string): string | undefined {
  for (const from of [resolve(file), import.meta.url]) {
    try {
      return createRequire(from).resolve('tsx');
    } catch {
      // Not installed there.
    }
  }
  return undefined;
}

/** What the file exports by default. Throws a `LabError` for a file that cannot be loaded. */
export async function loadProgram(file: string): Promise<unknown> {
  try {
    const { default: exported } = (await import(pathToFileURL(resolve(file)).href)) as { default?: unknown };
    // In a folder that is not said to have ES modules, TypeScript becomes CommonJS.
    const isCommon = (exported as { __esModule?: boolean } | undefined)?.__esModule === true;
    return isCommon ? (exported as { default?: unknown }).default : exported;
  } catch (error) {
    throw new LabError(`${file}: ${whyNot(error)}`);
  }
}

/** In a line: compilers put the place first, and the reason somewhere below. */
function whyNot(error: unknown): string {
  const { message, code } = (error ?? {}) as NodeJS.ErrnoException;
  const text = String(message ?? error);
  if (/NOT_FOUND/.test(code ?? '') && /tickraft/.test(text))
    return "cannot find the package 'tickraft': run `npm install tickraft` in its folder";
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !/^Transform failed/.test(line));
  return `cannot be loaded: ${lines[0] ?? 'for no reason given'}`;
}
