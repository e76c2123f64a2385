/** docs/reference/raft-paper.md lists every rule that has a test, and no other. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));
const read = (file: string) => readFileSync(`${FOLDER}${file}`, 'utf8');
const PAGE = '../../../../docs/reference/raft-paper.md';

test.each(readdirSync(FOLDER).filter((file) => /^\d.*[.]test[.]ts$/.test(file)))('%s', (file) => {
  const rules = [...read(file).matchAll(/^rule\(\s*(['"])(.*?)\1,/gms)].map(([, , name]) => name);
  const table = read(PAGE).split(`(\`${file}\`)`)[1]?.split('\n## ')[0] ?? '';
  const rows = [...table.matchAll(/^\| (?!sentence|---).*? \| (.*) \|$/gm)].map(([, name]) => name);
  expect(rules.length).toBeGreaterThan(0);
  expect(rows).toEqual(rules);
});
