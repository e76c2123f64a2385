/**
 * Every planted bug is caught, usually by the seed or scenario that caught it when all were last
 * tried. After a change of Raft it may be another seed; then all are tried until one catches it.
 */
import { readFileSync } from 'node:fs';
import { runSeed } from '../../analysis/campaign/run-seed.ts';
import { simulatedRaft } from '../../replication/sim/raft.ts';
import { plantBug } from '../support/mutant-raft.ts';
import { BUGS } from './bugs.ts';
import { catchBug } from './catch.ts';
import { MOST_SEEDS, PAGE, readCatches, renderPage } from './document.ts';
import { STORIES } from './stories.ts';

const catches = readCatches();

test.each(BUGS.map((bug) => [bug.name, bug] as const))(
  '%s',
  async (name, bug) => {
    const { seed, scenario, story } = catches[name]!;
    const all = Array.from({ length: MOST_SEEDS }, (_, i) => i + 1);
    const caught = await catchBug(
      bug,
      seed === undefined ? [] : [seed, ...all],
      seed === undefined && scenario !== undefined ? [scenario] : [],
      seed === undefined && scenario === undefined ? [story!] : [],
    );
    expect(caught).toBeDefined();
  },
  120_000,
);

test('the page has what the table has', () => {
  expect(readFileSync(PAGE, 'utf8')).toBe(renderPage(BUGS, catches));
  expect(Object.keys(catches).sort()).toEqual(BUGS.map(({ name }) => name).sort());
});

test('at least thirty are caught by the campaign, within its seeds', () => {
  const seeds = Object.values(catches).flatMap(({ seed }) => seed ?? []);
  expect(seeds.length).toBeGreaterThanOrEqual(30);
  expect(Math.max(...seeds)).toBeLessThanOrEqual(MOST_SEEDS);
});

test.each(Object.entries(STORIES))('%s holds of Raft', (_name, story) => {
  expect(story()).toBeUndefined();
});

test('a copy without a bug passes as Raft does', async () => {
  const { createRaft, dispose } = await plantBug();
  try {
    for (let seed = 1; seed <= 10; seed++) {
      expect(runSeed(simulatedRaft(createRaft), seed).failure).toBeUndefined();
    }
  } finally {
    dispose();
  }
});

test('a bug whose text is not found is an error', async () => {
  await expect(plantBug({ file: 'commit.ts', find: 'no such line', replace: '' })).rejects.toThrow('0 times');
});
