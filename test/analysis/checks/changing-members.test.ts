/** Runs whose members change: what is counted by members holds, and the numbers are there. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { analyzeRun, type RunReport } from '../../../analysis/analyze.ts';
import { createRaft } from '../../../replication/raft/raft.ts';
import { removeTemporary, temporaryFolder } from '../../logs/temporary.ts';
import { type Bug, plantBug } from '../../support/mutant-raft.ts';
import { recordScenario } from '../../support/recorded-scenario.ts';

afterAll(removeTemporary);

const STORIES = new URL('../../golden/', import.meta.url).pathname;

async function report(story: string): Promise<RunReport> {
  const dir = join(temporaryFolder(), story);
  const text = readFileSync(join(STORIES, `${story}.scenario`), 'utf8');
  expect(await recordScenario(dir, text, createRaft)).toBeUndefined();
  return analyzeRun(dir);
}

const outcomes = ({ checks }: RunReport): Record<string, string> =>
  Object.fromEntries(checks.map(({ name, outcome }) => [name, outcome]));

const OF_MEMBERS = {
  'elected-by-majority': 'holds',
  'committed-by-majority': 'holds',
  'one-configuration': 'holds',
};

test.each([
  'promotion-survives-restart',
  'removed-leader',
  'remove-leader-of-two',
  'joint-new-half-dead-reverts',
])('%s', async (story) => {
  const found = await report(story);
  expect(Object.values(outcomes(found))).not.toContain('violated');
  expect(outcomes(found)).toMatchObject(OF_MEMBERS);
  for (const { notes } of found.checks.filter(({ name }) => name in OF_MEMBERS))
    expect(notes.join()).not.toContain('left out');
  expect(found.measures.configurations.length).toBeGreaterThan(1);
});

test('where the members stay the same, a majority is counted, and there are no numbers of them', async () => {
  const { checks, measures } = await report('re-election');
  expect(outcomes({ checks } as RunReport)).toMatchObject({
    'committed-by-majority': 'holds',
    'elected-by-majority': 'holds',
    'one-configuration': 'not-applicable',
  });
  expect([...measures.configurations, ...measures.learners, ...measures.tolerance]).toEqual([]);
});

test.each<[string, Bug, string, string]>([
  [
    'a leader that makes a learner a voter without a check',
    {
      file: 'learners.ts',
      find: "const isReady = (peer: NodeId) => progress[peer]!.learning?.phase === 'ready';",
      replace: 'const isReady = (peer: NodeId) => progress[peer]!.learning !== undefined;',
    },
    'promotion-survives-restart',
    'promoted-after-check',
  ],
  [
    'a leader that counts the outgoing half of a joint configuration only',
    {
      file: 'quorum.ts',
      find: '  for (const voters of halves) {',
      replace: '  for (const voters of halves.slice(-1)) {',
    },
    'joint-new-half-dead-reverts',
    'committed-by-majority',
  ],
])('%s is found by the logs', async (_, bug, story, name) => {
  const { createRaft, dispose } = await plantBug(bug);
  const dir = join(temporaryFolder(), story);
  await recordScenario(dir, readFileSync(join(STORIES, `${story}.scenario`), 'utf8'), createRaft);
  dispose();
  expect(outcomes(await analyzeRun(dir))[name]).toBe('violated');
});
