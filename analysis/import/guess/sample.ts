/** The first lines of logs of others: what a guess is made of. */
import { closeSync, openSync, readSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { LogError, reason } from '../../../logs/index.ts';
import { machineOf } from '../tables.ts';

/** A file's beginning. */
export interface Sample {
  readonly path: string;
  /** The machine that its name would mean. */
  readonly machine: string;
  /** Whole lines, empty ones too. */
  readonly lines: readonly string[];
}

/** Bytes of a file, and files, that are looked at. */
const MOST_BYTES = 2 ** 17;
const MOST_FILES = 16;

/** The beginnings of the first files. Throws a `LogError` if one cannot be read. */
export function takeSamples(paths: readonly string[]): Sample[] {
  return paths
    .slice(0, MOST_FILES)
    .map((path) => ({ path, machine: machineOf(path), lines: firstLines(path) }));
}

/** Writes samples as files of the same names into a folder. */
export function writeSamples(dir: string, samples: readonly Sample[]): void {
  for (const { path, lines } of samples)
    writeFileSync(join(dir, basename(path)), lines.map((line) => `${line}\n`).join(''));
}

function firstLines(path: string): string[] {
  const bytes = Buffer.alloc(MOST_BYTES);
  let length: number;
  try {
    const fd = openSync(path, 'r');
    length = readSync(fd, bytes, 0, MOST_BYTES, 0);
    closeSync(fd);
  } catch (error) {
    throw new LogError(`cannot read ${path}: ${reason(error)}`);
  }
  const lines = bytes
    .toString('utf8', 0, length)
    .replace(/^\ufeff/, '')
    .split(/\r\n|\n|\r/);
  // The last is cut off, or empty.
  if (length === MOST_BYTES || lines.at(-1) === '') lines.pop();
  return lines;
}
