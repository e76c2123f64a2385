/**
 * No folder imports its way back to itself, so that each can be read after those that it depends
 * on.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FOLDERS = ['vm', 'logs', 'replication', 'chat', 'analysis'];
const RELATIVE = /(?:from|import\() ?'([.][^']+)'/g;

/**
 * Which folders the files of each folder import from. An entry point (`index.ts`) may export what
 * is below it.
 */
function importsByFolder(): Map<string, Set<string>> {
  const imports = new Map<string, Set<string>>();
  for (const top of FOLDERS) {
    for (const entry of readdirSync(join(ROOT, top), { recursive: true, encoding: 'utf8' })) {
      const file = posix.join(top, entry);
      if (!/[.]tsx?$/.test(file) || file.endsWith('/index.ts')) continue;
      const folder = posix.dirname(file);
      const found = imports.get(folder) ?? new Set();
      imports.set(folder, found);
      for (const [, specifier] of readFileSync(join(ROOT, file), 'utf8').matchAll(RELATIVE))
        found.add(posix.dirname(posix.join(folder, specifier!)));
      found.delete(folder);
    }
  }
  return imports;
}

/** The way from a folder back to itself, if there is one. */
function wayBack(start: string, imports: ReadonlyMap<string, ReadonlySet<string>>): string[] | undefined {
  const ways = [[start]];
  const seen = new Set<string>();
  for (let way = ways.shift(); way !== undefined; way = ways.shift()) {
    for (const next of imports.get(way.at(-1)!) ?? []) {
      if (next === start) return [...way, start];
      if (seen.has(next)) continue;
      seen.add(next);
      ways.push([...way, next]);
    }
  }
  return undefined;
}

test('no folder imports its way back to itself', () => {
  const imports = importsByFolder();
  // Snapshots are a part of Raft with a folder of its own.
  imports.get('replication/raft')!.delete('replication/raft/snapshot');
  expect([...imports.keys()].map((folder) => wayBack(folder, imports)).filter(Boolean)).toEqual([]);
  expect(imports.size).toBeGreaterThan(30);
});

test('a way back would be seen', () => {
  const imports = new Map([
    ['a', new Set(['b'])],
    ['b', new Set(['c'])],
    ['c', new Set(['b'])],
  ]);
  expect(wayBack('a', imports)).toBeUndefined();
  expect(wayBack('b', imports)).toEqual(['b', 'c', 'b']);
});
