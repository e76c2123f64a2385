/**
 * Scenarios of planted bugs: recorded exactly to the microsecond, then shrunk to a few commands
 * that still fail.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClientHistory } from '../../../analysis/campaign/client-history.ts';
import type { RecordedScenario } from '../../../analysis/campaign/recorded-scenario.ts';
import { recordSeed } from '../../../analysis/campaign/run-seed.ts';
import { ScenarioSaver } from '../../../analysis/campaign/save-scenario.ts';
import { shrinkScenario } from '../../../analysis/campaign/shrink.ts';
import { writeScenario } from '../../../analysis/campaign/write-scenario.ts';
import { runScenario, type ScenarioResult } from '../../../replication/scenario/scenario.ts';
import type { SimulatedProtocol } from '../../../replication/sim/protocol.ts';
import { PROTOCOLS } from '../../../replication/sim/protocols.ts';
import { simulatedRaft } from '../../../replication/sim/raft.ts';
import { type Bug, plantBug } from '../../support/mutant-raft.ts';

/** The first seed that fails with a bug, and its scenario; from seed `first` on. */
function firstFailure(
  raft: SimulatedProtocol,
  first = 1,
): { scenario: RecordedScenario; message: string; seed: number } {
  for (let seed = first; seed <= 200; seed++) {
    const { result, scenario } = recordSeed(raft, seed);
    if (result.failure !== undefined && scenario !== undefined) {
      return { scenario, message: result.failure.message, seed };
    }
  }
  throw new Error('not found');
}

async function withBug(bug: Bug, use: (raft: SimulatedProtocol) => void): Promise<void> {
  const { createRaft, Window, dispose } = await plantBug(bug);
  try {
    use(simulatedRaft(createRaft, Window));
  } finally {
    dispose();
  }
}

/**
 * Runs a scenario with a protocol in the place of Raft, and with clients whose history is checked.
 */
function runAs(raft: SimulatedProtocol, text: string): ScenarioResult {
  return runScenario(text, { protocols: { raft }, history: new ClientHistory() });
}

/** Lines that do something: neither comments nor time nor settings. */
function commandsOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '' && !/^(#|run \d|set |cluster )/.test(line));
}

/**
 * `first`: where the scenario of the first seed that fails rests on many lost messages, which
 * cannot be left out.
 */
const BUGS: readonly (Bug & { readonly says: RegExp; readonly first?: number })[] = [
  {
    file: 'election.ts',
    find: '(hard.votedFor === undefined || hard.votedFor === from)',
    replace: 'true',
    says: /^one-vote-a-term violated/,
  },
  {
    file: 'election.ts',
    find: 'const upToDate = isUpToDate(log, request.lastIndex, request.lastTerm);',
    replace: 'const upToDate = isUpToDate(log, request.lastIndex, request.lastTerm) || true;',
    says: /^leader-completeness violated/,
  },
  {
    file: 'reads.ts',
    find: "if (consistency === 'stale') {",
    replace: 'if (true) {',
    says: /^expected linearizable, saw no order of these operations on/,
  },
  {
    file: 'lease.ts',
    find: 'until: lease.askedAt + settings.leaseTicks',
    replace: 'until: lease.askedAt + settings.electionTicks[1]',
    says: /^expected linearizable, saw no order of these operations on .*(?:\n.*)*: read/,
  },
  {
    file: 'election.ts',
    find: 'ctx.now >= timeoutAt',
    replace: 'false',
    says: /^expected recovery of n\d is normal, saw new/,
  },
  // Of clients with several commands of one session in flight.
  {
    file: '../core/sessions.ts',
    find: 'Math.min(Math.max(session.acknowledged, tag.acknowledged), tag.sequence)',
    replace: 'Math.max(session.acknowledged, tag.sequence)',
    says: /^session-lives violated .* did not run, though its session lives$/,
  },
  {
    file: '../core/session-window.ts',
    find: 'while (this.#lowest < this.#next && !this.#unanswered.has(this.#lowest)) this.#lowest++;',
    replace: 'this.#lowest = Math.max(this.#lowest, sequence + 1);',
    says: /^expected not answer r\d+ is Rejected, saw answer r\d+ is Rejected$/,
    first: 9,
  },
];

test.each(BUGS)(
  '$says',
  async ({ says, first, ...bug }) => {
    await withBug(bug, (raft) => {
      const { scenario, message } = firstFailure(raft, first);
      // As it happened: the same failure at the same instant.
      const whole = runAs(raft, writeScenario(scenario)).failure?.message;
      if (scenario.ending.length === 0) expect(whole).toBe(message);
      const shrunk = shrinkScenario(scenario, { raft });
      expect(shrunk.fails).toBe(true);
      expect(shrunk.message).toMatch(says);
      const text = writeScenario(shrunk.scenario);
      expect(runAs(raft, text).failure?.message).toBe(shrunk.message);
      expect(commandsOf(text).length).toBeLessThanOrEqual(12);
      // It is about the bug: without it, all is well.
      expect(runAs(PROTOCOLS.raft!, text).failure).toBeUndefined();
    });
  },
  120_000,
);

test('a scenario has all actions, to the microsecond', async () => {
  // Late, so that much has been done by then.
  const late = {
    file: 'election.ts',
    find: "setRole(replica, 'leader');",
    replace: "if (hard.term > 11) throw new RangeError('late');\n  setRole(replica, 'leader');",
  };
  await withBug(late, (raft) => {
    const told = new Set<string>();
    let failed = 0;
    for (let seed = 1; seed <= 140; seed++) {
      const { result, scenario } = recordSeed(raft, seed);
      if (scenario === undefined) continue;
      failed++;
      const { failure } = runAs(raft, writeScenario(scenario));
      expect(`seed ${seed}: ${failure?.message.replace(':', ` at ${failure.ms} ms:`)}`).toBe(
        `seed ${seed}: ${result.failure?.message}`,
      );
      for (const { act } of scenario.steps) told.add(act.type === 'fault' ? act.fault.type : act.type);
    }
    expect(failed).toBeGreaterThan(10);
    const all =
      'acknowledge block change clog crash disk drift heal jump network open pause rate read repair restart resume retry rot run';
    expect([...told].sort()).toEqual([...all.split(' '), 'submit', 'transfer', 'unblock', 'unclog', 'wipe']);
  });
}, 120_000);

test('the first failure of each kind is saved, and never overwrites a file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tickraft-scenarios-'));
  try {
    await withBug(BUGS[0]!, (raft) => {
      const { seed } = firstFailure(raft);
      const name = `raft-seed-${seed}.scenario`;
      writeFileSync(join(folder, name), 'mine');
      const saver = new ScenarioSaver(raft, folder);
      const told = recordSeed(raft, seed);
      expect(saver.save(told)?.line).toMatch(/^shrunk in \d+ runs: npx tickraft sim .*-2\.scenario$/);
      expect(saver.save(told)).toBeUndefined();
      expect(readdirSync(folder).sort()).toEqual([`raft-seed-${seed}-2.scenario`, name]);
      expect(readFileSync(join(folder, name), 'utf8')).toBe('mine');
      const text = readFileSync(saver.files.get(seed)!, 'utf8');
      expect(text).toMatch(/^# Seed \d+ of a campaign, shrunk: one-vote-a-term violated/);
      expect(runAs(raft, text).failure?.message).toMatch(/^one-vote-a-term violated/);
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
