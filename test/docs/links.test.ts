/**
 * Links to a heading lead to an existing one, and READMEs name source files that exist.
 * (`test/house-rules.test.ts` checks that linked pages exist.)
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { documents, ROOT } from './documents.ts';

test('links to a heading lead to one', () => {
  const lost = documents().flatMap((path) => {
    const text = withoutCode(readFileSync(join(ROOT, path), 'utf8'));
    return [...text.matchAll(/\]\(([^)#:]*)#([^)]+)\)/g)]
      .map(([, file, anchor]) => ({ page: file === '' ? path : join(dirname(path), file!), anchor: anchor! }))
      .filter(({ page, anchor }) => existsSync(join(ROOT, page)) && !anchorsOf(page).has(anchor))
      .map(({ page, anchor }) => `${path}: ${page}#${anchor}`);
  });
  expect(lost).toEqual([]);
});

test('headings, equal headings and headings with code have the anchors of GitHub', () => {
  expect([...anchorsIn('# A `b` (c)\n## Same\n## Same\n```\n# none\n```\n<a id="own"></a>')]).toEqual([
    'a-b-c',
    'same',
    'same-1',
    'own',
  ]);
});

test('a README names source files by their path from its folder, or from the project', () => {
  const lost = documents()
    .filter((path) => path.endsWith('README.md'))
    .flatMap((path) => {
      const names = readFileSync(join(ROOT, path), 'utf8').matchAll(/`([\w./-]+\.[jt]sx?)`/g);
      return Array.from(names, ([, name]) => name!)
        .filter((name) => ![dirname(path), ''].some((folder) => existsSync(join(ROOT, folder, name))))
        .map((name) => `${path}: ${name}`);
    });
  expect(lost).toEqual([]);
});

const known = new Map<string, ReadonlySet<string>>();

function anchorsOf(page: string): ReadonlySet<string> {
  const found = known.get(page) ?? anchorsIn(readFileSync(join(ROOT, page), 'utf8'));
  known.set(page, found);
  return found;
}

/** The anchors that a page of Markdown has: of its headings, as GitHub makes them, and its own. */
function anchorsIn(markdown: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  const text = withoutCode(markdown);
  for (const [, title] of text.matchAll(/^#{1,6} (.+)$/gm)) {
    const slug = title!
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .replaceAll(/<[^>]*>/g, '')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
      .trim()
      .replaceAll(' ', '-');
    let anchor = slug;
    for (let n = 1; anchors.has(anchor); n++) anchor = `${slug}-${n}`;
    anchors.add(anchor);
  }
  for (const [, id] of text.matchAll(/<a id="([^"]+)">/g)) anchors.add(id!);
  return anchors;
}

function withoutCode(markdown: string): string {
  return markdown.replaceAll(/^```[\s\S]*?^```/gm, '');
}
