/** `npm run bugs`: tries every planted bug again, and records what caught it. */
import { writeFileSync } from 'node:fs';
import { BUGS } from './bugs.ts';
import { allScenarios, allStories, type Catch, catchBug } from './catch.ts';
import { CATCHES, MOST_SEEDS, PAGE, renderPage } from './document.ts';

const seeds = Array.from({ length: MOST_SEEDS }, (_, i) => i + 1);
const scenarios = allScenarios();
const catches: Record<string, Catch> = {};
for (const bug of BUGS) {
  const caught = await catchBug(bug, seeds, scenarios, allStories());
  process.stderr.write(
    `${bug.name}: seed ${caught?.seed ?? '-'}, scenario ${caught?.scenario ?? '-'}, story ${caught?.story ?? '-'}\n`,
  );
  if (caught === undefined) process.exitCode = 1;
  else catches[bug.name] = caught;
}
writeFileSync(CATCHES, `${JSON.stringify(catches, null, 2)}\n`);
writeFileSync(PAGE, renderPage(BUGS, catches));
