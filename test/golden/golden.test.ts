/** Runs every scenario of this folder and compares its transcript with the accepted one. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describeFailure, runScenario } from '../../replication/scenario/scenario.ts';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));
const files = readdirSync(FOLDER);

function namesOf(extension: string): string[] {
  return files.filter((file) => file.endsWith(extension)).map((file) => file.slice(0, -extension.length));
}

test.each(namesOf('.scenario'))('%s', (name) => {
  const text = readFileSync(join(FOLDER, `${name}.scenario`), 'utf8');
  const { failure, transcript } = runScenario(text);
  expect(failure && describeFailure(failure)).toBeUndefined();
  const golden = join(FOLDER, `${name}.transcript`);
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(golden, transcript);
  expect(transcript).toBe(existsSync(golden) ? readFileSync(golden, 'utf8') : 'not accepted yet');
});

test('every transcript has its scenario', () => {
  expect(namesOf('.transcript').filter((name) => !namesOf('.scenario').includes(name))).toEqual([]);
});
