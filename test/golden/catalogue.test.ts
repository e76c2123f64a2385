/** docs/reference/golden-scenarios.md lists exactly the scenarios that there are. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));
const PAGE = fileURLToPath(new URL('../../docs/reference/golden-scenarios.md', import.meta.url));
const page = readFileSync(PAGE, 'utf8');
const scenarios = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.scenario'))
  .map((file) => file.slice(0, -'.scenario'.length));

const rows = [...page.matchAll(/^\| (\d+) \| `([\w-]+)` \| (.+?) \| (.+?) \|$/gm)].map(
  ([, number, name, source, where]) => ({ number: Number(number), name: name!, source, where: where! }),
);
const others = [...page.matchAll(/^\| `([\w-]+)` \| .+ \|$/gm)].map(([, name]) => name!);

/** Whether the first lines of a scenario, its comment, name a source. */
function header(scenario: string): string {
  return readFileSync(join(FOLDER, `${scenario}.scenario`), 'utf8').split(/^[^#]/m)[0]!;
}

test('it lists the forty-five known mistakes, each once', () => {
  expect(rows.map(({ number }) => number)).toEqual(Array.from({ length: 45 }, (_, i) => i + 1));
  expect(new Set(rows.map(({ name }) => name)).size).toBe(45);
});

test.each(rows)('$number $name is where the page says', ({ name, where }) => {
  if (where === 'scenario') {
    expect(scenarios).toContain(name);
    expect(header(name).length).toBeGreaterThan(100);
    return;
  }
  const [, file] = /^test: \[.*\]\((.*)\)$/.exec(where) ?? [];
  expect(file === undefined ? where : posix.basename(file)).toBe(`${name}.test.ts`);
  expect(existsSync(join(dirname(PAGE), file!))).toBe(true);
});

test('it lists every scenario', () => {
  const listed = rows.filter(({ where }) => where === 'scenario').map(({ name }) => name);
  expect([...listed, ...others].sort()).toEqual(scenarios.sort());
});
