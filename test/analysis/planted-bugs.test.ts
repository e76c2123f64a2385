/** Bugs planted in Raft are found from its logs alone, and from the client history. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { analyzeRun, type CheckReport } from '../../analysis/analyze.ts';
import { recordSeed } from '../../analysis/campaign/run-seed.ts';
import { writeScenario } from '../../analysis/campaign/write-scenario.ts';
import { createRaft } from '../../replication/raft/raft.ts';
import { simulatedRaft } from '../../replication/sim/raft.ts';
import { BUGS } from '../bugs/bugs.ts';
import { allScenarios } from '../bugs/catch.ts';
import { readCatches } from '../bugs/document.ts';
import { removeTemporary, temporaryFolder } from '../logs/temporary.ts';
import { type Bug, plantBug } from '../support/mutant-raft.ts';
import { recordRaft } from '../support/recorded-raft.ts';
import { recordScenario } from '../support/recorded-scenario.ts';

afterAll(removeTemporary);

type Violated = Extract<CheckReport, { outcome: 'violated' }>;

async function violations(dir: string): Promise<Violated[]> {
  const { checks } = await analyzeRun(dir);
  return checks.filter((check) => check.outcome === 'violated');
}

const bugCalled = (name: string) => BUGS.find((bug) => bug.name === name)!;

test.each<[string, Bug, string]>([
  [
    'a leader that waits for nobody',
    { file: 'quorum.ts', find: 'values[majority(voters) - 1]', replace: 'values[0]' },
    'committed-by-majority',
  ],
  [
    'a leader that counts one copy too few',
    bugCalled('one copy besides its own is enough for a leader of four or five'),
    'committed-by-majority',
  ],
  [
    'a command that runs as often as it is sent',
    {
      file: '../core/sessions.ts',
      find: 'const earlier = tag && recall(sessions, tag, index, limits);',
      replace: 'const earlier = tag && (recall(sessions, tag, index, limits), undefined);',
    },
    'exactly-once',
  ],
])(
  '%s',
  async (_, bug, name) => {
    const { createRaft, dispose } = await plantBug(bug);
    const dir = join(temporaryFolder(), 'run');
    await recordRaft(dir, { seed: 5, machines: 5, load: 4, events: 20_000, createRaft });
    dispose();
    expect((await violations(dir)).map((check) => check.name)).toContain(name);
  },
  60_000,
);

const GOLDEN = new URL('../golden/', import.meta.url);
const scenario = (name: string) => readFileSync(new URL(`${name}.scenario`, GOLDEN), 'utf8');

/** What scenarios do: by the first word of a line, or a word in it. */
const KINDS = (
  'wipe repair damage snapshot terms crash restart pause partition block isolate rate clock network duplicate ' +
  'fill full transfer drain session retry lease add promote demote remove replace abort check early'
).split(' ');

/** A scenario for each of these words: one analysis takes as long as a hundred scenarios. */
function ofEveryKind(): Set<string> {
  const texts = allScenarios().map((name) => [name, scenario(name)] as const);
  const having = (word: string) => texts.filter(([, text]) => new RegExp(`\\b${word}\\b`).test(text));
  return new Set(KINDS.flatMap((word) => having(word).slice(0, 1)).map(([name]) => name));
}

describe('a recorded golden scenario', () => {
  test.each([
    ['takes half of the voters for a majority', 'miscounted-quorum', 'committed-by-majority'],
    [
      'one copy besides its own is enough for a leader of four or five',
      'acked-not-synced',
      'committed-by-majority',
    ],
    ['a leader counts what is not on its own disk yet', 'leader-counts-its-disk', 'committed-by-majority'],
    ['commits more than was compared', 'heartbeat-overclaims-match', 'committed-by-majority'],
    [
      'a leader takes answers of an earlier term for its own',
      'stale-ack-after-reversion',
      'committed-by-majority',
    ],
    ['answers linearizable reads from local data', 'pre-vote-own-leader', 'linearizability'],
  ])('%s: %s shows it', async (bug, name, check) => {
    const { createRaft, dispose } = await plantBug(bugCalled(bug));
    const dir = join(temporaryFolder(), 'run');
    expect(await recordScenario(dir, scenario(name), createRaft)).toBeDefined();
    dispose();
    const found = (await violations(dir)).find((one) => one.name === check)!;
    const [rows] = found.evidence;
    const kinds = rows!.map(({ event }) => event);
    if (check === 'linearizability')
      expect(kinds).toEqual(['call', 'request', 'respond', 'return', 'call', 'request', 'respond', 'return']);
    else expect(kinds).toEqual([expect.stringMatching(/^(commit|apply)$/), ...kinds.slice(1).fill('append')]);
  });

  test.each([
    'takes half of the voters for a majority',
    'commits entries of earlier terms by counting them',
    'one copy besides its own is enough for a leader of four or five',
    'a leader counts what is not on its own disk yet',
  ])('%s: so does what a campaign saves of the seed that catches it', async (bug) => {
    const { createRaft, dispose } = await plantBug(bugCalled(bug));
    const { scenario } = recordSeed(simulatedRaft(createRaft), readCatches()[bug]!.seed!);
    const dir = join(temporaryFolder(), 'run');
    await recordScenario(dir, writeScenario(scenario!), createRaft);
    dispose();
    expect((await violations(dir)).map(({ name }) => name)).toContain('committed-by-majority');
  });

  test('nothing is violated with the correct Raft, including wiped disks, repairs, snapshots and initial logs', async () => {
    for (const name of ofEveryKind()) {
      const dir = join(temporaryFolder(), 'run');
      await recordScenario(dir, scenario(name), createRaft);
      expect({ name, violations: await violations(dir) }).toEqual({ name, violations: [] });
    }
  }, 120_000);
});
