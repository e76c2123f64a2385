/** `tickraft search`: what it prints, writes and ends with. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runScenarioFile } from '../../../analysis/campaign/scenario-file.ts';
import { searchCommand } from '../../../analysis/cli/search.ts';
import { run as runCommand } from '../../support/in-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'tickraft-search-'));
const file = join(folder, 'mesh.scenario');
const written = join(folder, 'story.scenario');
writeFileSync(file, 'cluster lowest-port 3 seed 7\nrun until all agree\n');

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (...words: readonly string[]) => runCommand(searchCommand(), ...words);

test('it prints the shortest way, and writes it', async () => {
  const { out: text, code } = await run(file, '--goal', 'two leaders', '--out', written);
  expect(code).toBe(0);
  expect(text).toMatch(/^reached after 1 choice: two leaders\n {2}\d+ states generated, \d+ different/);
  expect(text).toContain('jump n2 12 ticks');
  expect(readFileSync(written, 'utf8')).toContain('by hand\njump n2 12 ticks');
  expect(runScenarioFile(written).failure).toBeUndefined();
});

test('as one JSON document; what was not reached is a failure', async () => {
  const args = ['--goal', 'x is 1 at n1', '--faults', 'timeout', '--budget', 'timeout=1', '--depth', '2'];
  const { out: text, code } = await run(file, ...args, '--json');
  expect(code).toBe(1);
  expect(JSON.parse(text)).toMatchObject({
    file,
    ending: 'depth',
    completeTo: 2,
    generated: expect.any(Number),
  });
});

test.each([
  [['--faults', 'fire'], '--faults knows no fire (it knows tick, timeout, crash'],
  [['--budget', 'crash=many'], '--budget must be such as crash=1,drop=2'],
  [['--depth', '0'], '--depth must be at least 1'],
  [['--ask', 'dance'], 'error: cannot read `dance`: there is no statement `dance`'],
  [['--goal', 'bliss'], 'error: cannot read `bliss`: expected a condition'],
])('it says what is wrong with %j', async (args, says) => {
  const { err, code } = await run(file, ...args);
  expect(code).toBe(2);
  expect(err).toContain(says);
});
