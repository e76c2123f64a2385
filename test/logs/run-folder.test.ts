import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Manifest } from '../../logs/format/manifest.ts';
import { createRun, findRuns, finishRun, joinRun, openRun } from '../../logs/run-folder.ts';
import { removeTemporary, temporaryFolder } from './temporary.ts';

afterAll(removeTemporary);

const MANIFEST: Manifest = {
  schemaVersion: 2,
  program: 'random-messages',
  machines: [{ id: 'm1', ticksPerSecond: 3 }],
  seed: 7,
  stamp: 'after',
  vector: true,
  versions: { tickraft: '0.1.0' },
  settings: { seconds: 60 },
  finished: false,
};

test('a run is created, opened and finished', () => {
  const dir = join(temporaryFolder(), 'deep', 'run');
  createRun(dir, MANIFEST);
  expect(openRun(dir)).toEqual(MANIFEST);
  finishRun(dir);
  expect(openRun(dir)).toEqual({ ...MANIFEST, finished: true });
  expect(readdirSync(dir)).toEqual(['run.json']);
});

test('its folders have the usual permissions of new folders', () => {
  const dir = join(temporaryFolder(), 'deep', 'run');
  createRun(dir, MANIFEST);
  for (const folder of [dir, join(dir, '..')])
    expect(statSync(folder).mode & 0o777).toBe(0o777 & ~process.umask());
});

test('a folder that is not empty is refused and left alone', () => {
  const dir = temporaryFolder();
  writeFileSync(join(dir, 'thesis.tex'), 'years of work');
  expect(() => createRun(dir, MANIFEST)).toThrow(
    `${dir} is not empty: choose another folder, or empty this one`,
  );
  expect(() => joinRun(dir, MANIFEST)).toThrow('is not empty');
  expect(readdirSync(dir)).toEqual(['thesis.tex']);
});

test('a run is not overwritten', () => {
  const dir = temporaryFolder();
  createRun(dir, MANIFEST);
  expect(() => createRun(dir, { ...MANIFEST, seed: 8 })).toThrow('is not empty');
  expect(openRun(dir).seed).toBe(7);
});

test('machines that share a run find the manifest of the first, and only of their own program', () => {
  const dir = temporaryFolder();
  expect(joinRun(dir, MANIFEST)).toEqual(MANIFEST);
  writeFileSync(join(dir, 'm1.csv'), '');
  expect(joinRun(dir, { ...MANIFEST, seed: 9 })).toEqual(MANIFEST);
  expect(() => joinRun(dir, { ...MANIFEST, program: 'raft' })).toThrow(
    `${dir} holds a run of random-messages, not of raft: choose another folder`,
  );
});

test.each([
  ['{\n"schemaVersion":3}', ':2: has schema version 3; this Tickraft reads versions 1 and 2'],
  ['{}', ':1: has schema version undefined; this Tickraft reads versions 1 and 2'],
  ['{', ': is not JSON'],
  [
    JSON.stringify({ ...MANIFEST, machines: [{ id: '../m1' }] }),
    ': machines.0.id: letters, digits, - and _ only',
  ],
  [JSON.stringify({ ...MANIFEST, stamp: 'never' }), ': stamp: '],
])('a manifest that says %s is refused by name', (text, message) => {
  const dir = temporaryFolder();
  writeFileSync(join(dir, 'run.json'), text);
  expect(() => openRun(dir)).toThrow(`${join(dir, 'run.json')}${message}`);
});

test('runs are found in a folder or directly below it, in numeric order', () => {
  const dir = temporaryFolder();
  for (const name of ['run-10', 'run-2', 'run-1']) createRun(join(dir, name), MANIFEST);
  mkdirSync(join(dir, 'empty'));
  expect(findRuns(dir)).toEqual(['run-1', 'run-2', 'run-10'].map((name) => join(dir, name)));
  expect(findRuns(join(dir, 'run-2'))).toEqual([join(dir, 'run-2')]);
  expect(() => findRuns(join(dir, 'empty'))).toThrow('holds no run');
  expect(() => findRuns(join(dir, 'missing'))).toThrow(`cannot read ${join(dir, 'missing')}: ENOENT`);
});

test('a manifest is text for people too', () => {
  const dir = temporaryFolder();
  createRun(dir, MANIFEST);
  expect(readFileSync(join(dir, 'run.json'), 'utf8').split('\n')[2]).toBe('  "program": "random-messages",');
});
