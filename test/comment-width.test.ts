/**
 * Comments are at most 100 columns wide, so that they read as prose; lines of code in them may be
 * wider.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FOLDERS = ['vm', 'logs', 'replication', 'chat', 'analysis', 'test', 'examples'];
const MOST_COLUMNS = 100;
/** Text in a comment that is indented by four columns or more is code. */
const PROSE = /^\s*(\/\/|\/?\*+) {0,4}(?! )/;

/** The lines of comment in `source` that are too wide, as numbers from 1. */
function tooWide(source: string): number[] {
  return source
    .split('\n')
    .flatMap((line, i) => (line.length > MOST_COLUMNS && PROSE.test(line) ? [i + 1] : []));
}

test('no line of a comment is wider than 100 columns', () => {
  const found = FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => /[.]tsx?$/.test(file))
      .flatMap((file) =>
        tooWide(readFileSync(join(ROOT, folder, file), 'utf8')).map((line) => `${folder}/${file}:${line}`),
      ),
  );
  expect(found).toEqual([]);
});

test('a wide line of a comment would be seen, and a wide line of code would not', () => {
  const wide = 'word '.repeat(20);
  expect(tooWide(`/**\n * ${wide}\n */\n// ${wide}\nconst a = '${wide}';\n//     ${wide}`)).toEqual([2, 4]);
});
