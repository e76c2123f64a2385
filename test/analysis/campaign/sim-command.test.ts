import type { SimulatedProtocol } from '../../../replication/sim/protocol.ts';
import { PROTOCOLS } from '../../../replication/sim/protocols.ts';
import { simulatedRaft } from '../../../replication/sim/raft.ts';
import { plantBug } from '../../support/mutant-raft.ts';
import { sim } from './sim.ts';

test('prints the result of the seeds as text', async () => {
  const { out, code } = await sim('--seeds', '3', '--first-seed', '5');
  expect(code).toBe(0);
  expect(out).toMatch(/^3 seeds of raft: all hold\n/);
  expect(out).toMatch(/\d+ acknowledged commands, \d+ reads/);
});

test('--json prints one document', async () => {
  const { out, code } = await sim('--seeds', '4', '--shard', '2/2', '--json');
  expect(code).toBe(0);
  const document = JSON.parse(out) as Record<string, unknown>;
  expect(document).toMatchObject({
    protocol: 'raft',
    seeds: 4,
    firstSeed: 1,
    ran: 2,
    failed: 0,
    failures: [],
  });
});

test('a failing seed prints what it violated, and the command that repeats it', async () => {
  const { createRaft, dispose } = await plantBug({
    file: 'hard-state.ts',
    find: 'votedFor: votedFor ?? null }',
    replace: 'votedFor: null }',
  });
  (PROTOCOLS as Record<string, SimulatedProtocol>).forgetful = simulatedRaft(createRaft);
  try {
    const { out, code } = await sim(
      '--seeds',
      '1',
      '--first-seed',
      '1',
      '--protocol',
      'forgetful',
      '--no-save',
    );
    expect(code).toBe(1);
    expect(out).toMatch(
      /^seed 1: safety violated: one-vote-a-term violated by n\d \(term \d+\) at [\d.]+ ms: lost its durable vote/,
    );
    expect(out).toContain(
      '\n  to run it again: npx tickraft sim --seeds 1 --first-seed 1 --protocol forgetful\n',
    );
    expect(out).toContain('\n1 seed of forgetful: 1 broken (1 safety violated)\n');
    const json = await sim('--seeds', '1', '--protocol', 'forgetful', '--no-save', '--json');
    expect(json.code).toBe(1);
    expect(JSON.parse(json.out)).toMatchObject({
      failed: 1,
      outcomes: { unsafe: 1, crashed: 0, stuck: 0 },
      failures: [{ seed: 1, outcome: 'unsafe', kind: 'one-vote-a-term' }],
    });
  } finally {
    delete (PROTOCOLS as Record<string, SimulatedProtocol>).forgetful;
    dispose();
  }
});

test.each([
  {
    what: 'no progress',
    says: /^seed 1: no progress: no-majority of normal replicas, all healthy for 30 s/,
    code: 3,
    bug: { file: 'election.ts', find: 'ctx.now >= timeoutAt', replace: 'false' },
  },
  {
    what: 'crash',
    says: /^seed 1: crash: RangeError at [\d.]+ ms: broken on purpose/,
    code: 4,
    bug: {
      file: 'election.ts',
      find: "setRole(replica, 'leader');",
      replace: "throw new RangeError('broken on purpose');",
    },
  },
])('$what has an exit code of its own', async ({ what, says, code, bug }) => {
  const { createRaft, dispose } = await plantBug(bug);
  (PROTOCOLS as Record<string, SimulatedProtocol>).broken = simulatedRaft(createRaft);
  try {
    const seen = await sim('--seeds', '1', '--protocol', 'broken', '--no-save');
    expect(seen.out).toMatch(says);
    expect(seen.out).toContain(`1 seed of broken: 1 broken (1 ${what})`);
    expect(seen.code).toBe(code);
  } finally {
    delete (PROTOCOLS as Record<string, SimulatedProtocol>).broken;
    dispose();
  }
});

test.each([
  [['--seeds', 'many'], '--seeds must be a whole number'],
  [['--seeds', '0'], '--seeds must be at least 1'],
  [['--seeds', '1', '--shard', '3/2'], '--shard must be a part of a whole, such as 1/4'],
  [
    ['--seeds', '1', '--protocol', 'constructor'],
    '--protocol must be one of: raft, primary-backup, lowest-port, nwr',
  ],
  [['--seeds', '1', '--first-seed', '-1'], '--first-seed must be a whole number'],
])('wrong usage is one line and exit code 2: %j', async (words, message) => {
  const { out, err, code } = await sim(...words);
  expect({ out, err, code }).toEqual({ out: '', err: `error: ${message}\n`, code: 2 });
});
