/** The shortest stories of planted bugs, each found by a search and replayed as a scenario. */
import { readFileSync } from 'node:fs';
import { BUGS } from './bugs.ts';
import { SEARCHED, type Searched, searchBug, startsFor } from './search.ts';

const searched = JSON.parse(readFileSync(SEARCHED, 'utf8')) as Searched;

test.each([
  'forgets its vote when it restarts',
  'counts refusals as votes',
  'takes half of the voters for a majority',
  'cuts its log where nothing conflicts',
])('%s', async (name) => {
  const bug = BUGS.find((one) => one.name === name)!;
  const { start, choices } = searched[name]!;
  const starts = startsFor(bug).filter((one) => one.name === start);
  const story = await searchBug(bug, starts, { states: 10_000, seconds: 30 });
  expect(story).toMatchObject({ start, choices });
  // What replays it says that the same is wrong.
  const [, what] = /: ([a-z-]+|AssertionFailure)/i.exec(story!.says)!;
  expect(story!.replay).toContain(what);
});

test('every bug that was found is one of those that are planted', () => {
  const names = BUGS.map(({ name }) => name);
  expect(Object.keys(searched).filter((name) => !names.includes(name))).toEqual([]);
});
