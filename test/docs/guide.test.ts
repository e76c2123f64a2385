/**
 * The guide can be followed: every block of it is saved, compiled and run, in order, as a reader
 * does.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { type Block, blocksOf, fileIn, type SavedFile } from './blocks.ts';
import { ROOT } from './documents.ts';
import { Reader } from './reader.ts';

const chapters = readdirSync(join(ROOT, 'docs/guide'))
  .filter((name) => name.endsWith('.md'))
  .sort()
  .map((name) => `docs/guide/${name}`);
const blocks = new Map(
  [...chapters, 'README.md'].map((path) => [path, blocksOf(readFileSync(join(ROOT, path), 'utf8'))]),
);
const files = [...blocks.keys()].flatMap((path) => blocks.get(path)!.flatMap((block) => fileIn(block) ?? []));
const guided = new Set(chapters.flatMap((path) => blocks.get(path)!.map(({ text }) => text)));

let reader: Reader;
beforeAll(async () => {
  reader = await Reader.begin();
  for (const file of files) reader.save(file);
});
afterAll(() => reader.leave());

test('its chapters are numbered, from 1 on', () => {
  expect(chapters.map((path) => /(\d)-[\w-]+[.]md$/.exec(path)?.[1])).toEqual(
    chapters.map((_, i) => String(i + 1)),
  );
});

test('its blocks are of known kinds, and every file is used', () => {
  for (const [path, all] of blocks) expect(strayIn(all).map((line) => `${path}:${line}`)).toEqual([]);
  const commands = [...blocks.values()]
    .flat()
    .flatMap(({ language, text }) => (language === 'sh' ? text : []))
    .join('\n');
  expect(new Set(files.map(({ name }) => name)).size).toBe(files.length);
  const isUsed = ({ name }: SavedFile) =>
    commands.includes(` ${name}`) ||
    files.some(({ text }) => text.includes(`'./${name.replace(/[.]ts$/, '.js')}'`));
  const unused = files.filter((file) => !isUsed(file));
  expect(unused.map(({ name }) => name)).toEqual([]);
});

/** The lines of blocks that nothing would run. */
function strayIn(all: readonly Block[]): number[] {
  const strays = all.filter((block, i) => {
    if (block.language === 'sh') return block.note === 'background' && all[i + 1]?.language !== 'text';
    if (block.language === 'text') return all[i - 1]?.language !== 'sh';
    return fileIn(block) === undefined;
  });
  return strays.map(({ line }) => line);
}

test('its programs compile', () => {
  const roots = files.filter(({ name }) => name.endsWith('.ts')).map(({ name }) => join(reader.folder, name));
  const program = ts.createProgram(roots, {
    strict: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    typeRoots: [join(ROOT, 'node_modules/@types')],
    types: ['node'],
  });
  program.emit();
  const complaints = ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
    const line = file === undefined ? 0 : file.getLineAndCharacterOfPosition(start!).line + 1;
    return `${file?.fileName}:${line} ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
  });
  expect(complaints).toEqual([]);
}, 60_000);

test.each(chapters)('%s', (path) => follow(blocks.get(path)!), 120_000);

test('README.md, except what the guide has too', async () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  expect(scripts.start).toMatch(/&& node dist\/cli[.]js up$/);
  await follow(blocks.get('README.md')!, new Set([...guided, 'npm ci && npm start']));
}, 60_000);

/** Follows a chapter, but for blocks with a text in `known`. */
async function follow(all: readonly Block[], known: ReadonlySet<string> = new Set()): Promise<void> {
  try {
    for (const [i, block] of all.entries()) {
      if (block.language !== 'sh' || known.has(block.text)) continue;
      const next = all[i + 1];
      const shown = next?.language === 'text' ? next.text : undefined;
      if (block.note === 'background') await reader.typeElsewhere(block, shown!);
      else await reader.type(block, shown);
    }
  } finally {
    await reader.endAll();
  }
}
