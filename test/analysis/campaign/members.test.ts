/** Seeds in which the members change: they are drawn, recorded and shrunk as all others are. */

import { ClientHistory } from '../../../analysis/campaign/client-history.ts';
import type { RecordedScenario } from '../../../analysis/campaign/recorded-scenario.ts';
import { recordSeed, runSeed } from '../../../analysis/campaign/run-seed.ts';
import { shrinkScenario } from '../../../analysis/campaign/shrink.ts';
import { writeScenario } from '../../../analysis/campaign/write-scenario.ts';
import { runScenario } from '../../../replication/scenario/scenario.ts';
import { PROTOCOLS } from '../../../replication/sim/protocols.ts';
import { simulatedRaft } from '../../../replication/sim/raft.ts';
import { type Bug, plantBug } from '../../support/mutant-raft.ts';

const raft = PROTOCOLS.raft!;

test('members change in a part of the seeds, and the same seed makes the same changes', () => {
  const results = Array.from({ length: 30 }, (_, i) => runSeed(raft, i + 1));
  const changed = results.filter(({ changes }) => changes > 0);
  expect(changed.length).toBeGreaterThan(3);
  expect(changed.length).toBeLessThan(20);
  const [first] = changed as [(typeof changed)[number]];
  expect(runSeed(raft, first.seed)).toEqual(first);
}, 60_000);

test('machines that belong to no cluster yet are not waited for', () => {
  // Three of its six machines never became members.
  expect(runSeed(raft, 5945).failure).toBeUndefined();
});

/** A crash of the campaign's own making, late, so that much has been recorded by then. */
const LATE: Bug = {
  file: 'election.ts',
  find: "setRole(replica, 'leader');",
  replace: "if (hard.term > 8) throw new RangeError('late');\n  setRole(replica, 'leader');",
};

test('all kinds of changes are recorded, and a scenario repeats them to the microsecond', async () => {
  const { createRaft, dispose } = await plantBug(LATE);
  try {
    const late = simulatedRaft(createRaft);
    const all = ['abort', 'add learner', 'add voter', 'demote', 'promote', 'remove', 'replace'];
    const told = new Set<string>();
    for (let seed = 1; seed <= 150 && told.size < all.length; seed++) {
      const { result, scenario } = recordSeed(late, seed);
      if (scenario === undefined || !hasChanges(scenario)) continue;
      const options = { protocols: { raft: late }, history: new ClientHistory() };
      const { failure } = runScenario(writeScenario(scenario), options);
      const seen = failure?.message.replace(':', ` at ${failure.ms} ms:`);
      expect(`seed ${seed}: ${seen}`).toBe(`seed ${seed}: ${result.failure?.message}`);
      for (const { act } of scenario.steps) {
        if (act.type === 'change') told.add(act.wish.do === 'add' ? `add ${act.wish.role}` : act.wish.do);
      }
    }
    expect([...told].sort()).toEqual(all);
  } finally {
    dispose();
  }
}, 120_000);

function hasChanges({ steps }: RecordedScenario): boolean {
  return steps.some(({ act }) => act.type === 'change');
}

test('a failure in a change of the members is shrunk to a few lines that show it', async () => {
  const { createRaft, dispose } = await plantBug({
    file: 'configuration.ts',
    find: 'return votersChanged(from, to) <= 1 ?',
    replace: 'return votersChanged(from, to) <= 2 ?',
  });
  try {
    const broken = simulatedRaft(createRaft);
    const scenarios = Array.from({ length: 60 }, (_, i) => recordSeed(broken, i + 1).scenario);
    const scenario = scenarios.find((one) => one !== undefined)!;
    const shrunk = shrinkScenario(scenario, { raft: broken });
    expect(shrunk.fails).toBe(true);
    expect(shrunk.message).toMatch(/^configurations-overlap violated/);
    const lines = writeScenario(shrunk.scenario).split('\n');
    expect(lines.filter((line) => /^(add|promote|demote|remove|replace)/.test(line)).length).toBeLessThan(4);
    expect(lines.length).toBeLessThan(25);
  } finally {
    dispose();
  }
}, 120_000);
