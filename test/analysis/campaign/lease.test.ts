/** Seeds with leases: clocks keep what leases assume, in the run and in the shrunk scenario. */

import type { RecordedScenario } from '../../../analysis/campaign/recorded-scenario.ts';
import { recordSeed } from '../../../analysis/campaign/run-seed.ts';
import { shrinkScenario } from '../../../analysis/campaign/shrink.ts';
import { writeScenario } from '../../../analysis/campaign/write-scenario.ts';
import { simulatedRaft } from '../../../replication/sim/raft.ts';
import { type Bug, plantBug } from '../../support/mutant-raft.ts';

/** Fails late, so that many faults are recorded. */
const LATE: Bug = {
  file: 'election.ts',
  find: "setRole(replica, 'leader');",
  replace: "if (hard.term > 6) throw new RangeError('late');\n  setRole(replica, 'leader');",
};
const TOO_LONG: Bug = {
  file: 'lease.ts',
  find: 'until: lease.askedAt + settings.leaseTicks',
  replace: 'until: lease.askedAt + settings.electionTicks[1]',
};

/** All rates that a clock has in a scenario. */
function ratesOf({ rates, steps }: RecordedScenario): number[] {
  const faults = steps.flatMap(({ act }) => (act.type === 'fault' ? act.fault : []));
  return [...rates, ...faults.flatMap((fault) => (fault.type === 'rate' ? fault.ticksPerSecond : []))];
}

function kindsOf({ steps }: RecordedScenario): Set<string> {
  return new Set(steps.map(({ act }) => (act.type === 'fault' ? act.fault.type : act.type)));
}

/**
 * Whether the lease is shorter than the shortest election timeout, a tick less, between any two of
 * the clocks.
 */
function isShort({ settings, ...scenario }: RecordedScenario): boolean {
  const [shortest] = (settings.electionTicks ?? [15, 30]) as readonly [number, number];
  const rates = ratesOf({ settings, ...scenario });
  return (settings.leaseTicks as number) / Math.min(...rates) <= (shortest - 1) / Math.max(...rates);
}

test('if clients read by leases, clocks run at similar rates and no process is paused', async () => {
  const { createRaft, dispose } = await plantBug(LATE);
  try {
    const raft = simulatedRaft(createRaft);
    const told = Array.from({ length: 120 }, (_, i) => recordSeed(raft, i + 1).scenario);
    const scenarios = told.filter((scenario) => scenario !== undefined);
    const reads = (scenario: RecordedScenario) =>
      scenario.steps.some(({ act }) => act.type === 'read' && act.consistency === 'lease');
    const leased = scenarios.filter(reads);
    expect(leased.length).toBeGreaterThan(10);
    expect(leased.length).toBeLessThan(scenarios.length / 2);
    for (const scenario of leased) {
      expect(isShort(scenario)).toBe(true);
      for (const kind of ['pause', 'drift', 'jump']) expect(kindsOf(scenario)).not.toContain(kind);
    }
    expect(leased.some((scenario) => kindsOf(scenario).has('rate'))).toBe(true);
    // In other runs leases are on at times, and clocks are unrestricted.
    const others = scenarios.filter((scenario) => !reads(scenario));
    expect(others.some(({ settings }) => settings.leaseTicks !== undefined)).toBe(true);
    expect(others.some((scenario) => kindsOf(scenario).has('jump'))).toBe(true);
  } finally {
    dispose();
  }
}, 120_000);

test('a scenario with a stale answer is shrunk without breaking the assumptions of leases', async () => {
  const { createRaft, dispose } = await plantBug(TOO_LONG);
  try {
    const raft = simulatedRaft(createRaft);
    const scenarios = Array.from({ length: 60 }, (_, i) => recordSeed(raft, i + 1).scenario);
    const scenario = scenarios.find((one) => one !== undefined)!;
    const shrunk = shrinkScenario(scenario, { raft });
    expect(shrunk.fails).toBe(true);
    expect(isShort(shrunk.scenario)).toBe(true);
    expect(writeScenario(shrunk.scenario)).toMatch(/^set leaseTicks \d+$/m);
    expect(writeScenario(shrunk.scenario)).toMatch(/^get \w+ lease at n\d$/m);
  } finally {
    dispose();
  }
}, 120_000);
