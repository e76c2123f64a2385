/**
 * `npm run bugs:search`: the shortest story of every planted bug that a search finds within ten
 * seconds of processor time, written to `searched.json`. `-- WORDS` tries the bugs whose name has
 * these words only, and prints their stories.
 */
import { writeFileSync } from 'node:fs';
import { BUGS } from './bugs.ts';
import { SEARCHED, type Story, searchBug, startsFor } from './search.ts';

const words = process.argv.slice(2).join(' ');
const found: Record<string, Pick<Story, 'start' | 'choices'>> = {};
for (const bug of BUGS.filter(({ name }) => name.includes(words))) {
  const story = await searchBug(bug, startsFor(bug), { states: 40_000, seconds: 10 });
  const { start, choices, says, seconds = 0, scenario, replay } = story ?? {};
  process.stderr.write(
    story === undefined
      ? `${bug.name}: not found\n`
      : `${bug.name}: ${choices} choices after ${start}, ${seconds.toFixed(1)} s: ${says}\n  replay: ${replay}\n`,
  );
  if (words !== '') process.stdout.write(`${scenario ?? ''}\n`);
  if (story !== undefined && replay !== undefined) found[bug.name] = { start: start!, choices: choices! };
}
if (words === '') writeFileSync(SEARCHED, `${JSON.stringify(found, null, 2)}\n`);
process.stderr.write(`${Object.keys(found).length} found\n`);
