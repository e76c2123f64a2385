/**
 * Runs whose members change. What a check counts by the machines of `run.json` it cannot tell then;
 * the others hold.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { analyzeRun } from '../../../analysis/analyze.ts';
import { createRaft } from '../../../replication/raft/raft.ts';
import { removeTemporary, temporaryFolder } from '../../logs/temporary.ts';
import { recordScenario } from '../../support/recorded-scenario.ts';

afterAll(removeTemporary);

const STORIES = new URL('../../golden/', import.meta.url).pathname;

async function outcomes(story: string): Promise<Record<string, string>> {
  const dir = join(temporaryFolder(), story);
  const text = readFileSync(join(STORIES, `${story}.scenario`), 'utf8');
  expect(await recordScenario(dir, text, createRaft)).toBeUndefined();
  const { checks } = await analyzeRun(dir);
  return Object.fromEntries(checks.map(({ name, outcome }) => [name, outcome]));
}

test.each(['promotion-survives-restart', 'removed-leader', 'remove-leader-of-two'])('%s', async (story) => {
  const found = await outcomes(story);
  expect(Object.values(found)).not.toContain('violated');
  expect(found['committed-by-majority']).toBe('cannot tell');
  expect(found['same-applied']).toBe('holds');
});

test('where the members stay the same, a majority is counted', async () => {
  expect((await outcomes('re-election'))['committed-by-majority']).toBe('holds');
});
