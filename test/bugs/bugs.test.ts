/**
 * The net catches fish: every planted bug is caught by the seed, or the story, that caught it when all were last tried.
 * A bug that gets away has found a hole that was not there before; `npm run bugs` looks for it anew.
 */
import { readFileSync } from 'node:fs';
import { campaignRaft } from '../../analysis/campaign/protocols.ts';
import { runSeed } from '../../analysis/campaign/run-seed.ts';
import { plantBug } from '../support/mutant-raft.ts';
import { BUGS } from './bugs.ts';
import { catchBug } from './catch.ts';
import { MOST_SEEDS, PAGE, readCatches, renderPage } from './document.ts';

const catches = readCatches();

test.each(BUGS.map((bug) => [bug.name, bug] as const))('%s', async (name, bug) => {
  const { seed, story, says } = catches[name]!;
  const seeds = seed === undefined ? [] : [seed];
  const stories = seed === undefined ? [story!] : [];
  const caught = await catchBug(bug, seeds, stories);
  expect(caught?.says).toBe(says);
});

test('the page says what the table says', () => {
  expect(readFileSync(PAGE, 'utf8')).toBe(renderPage(BUGS, catches));
  expect(Object.keys(catches).sort()).toEqual(BUGS.map(({ name }) => name).sort());
});

test('at least thirty are caught by the campaign, within its seeds', () => {
  const seeds = Object.values(catches).flatMap(({ seed }) => seed ?? []);
  expect(seeds.length).toBeGreaterThanOrEqual(30);
  expect(Math.max(...seeds)).toBeLessThanOrEqual(MOST_SEEDS);
});

test('a copy without a bug is as good as Raft', async () => {
  const { createRaft, dispose } = await plantBug();
  try {
    for (let seed = 1; seed <= 10; seed++) {
      expect(runSeed(campaignRaft(createRaft), seed).failure).toBeUndefined();
    }
  } finally {
    dispose();
  }
});

test('a bug that fits nowhere is not planted in silence', async () => {
  await expect(plantBug({ file: 'commit.ts', find: 'no such line', replace: '' })).rejects.toThrow('0 times');
});
