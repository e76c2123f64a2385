import { CAMPAIGN_PROTOCOLS, type DrawProtocol, drawRaft } from '../../../analysis/campaign/plan.ts';
import { plantBug } from '../../support/mutant-raft.ts';
import { sim } from './sim.ts';

test('says in words what came of the seeds', async () => {
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

test('a seed that fails says what broke, and how to see it again', async () => {
  const { createRaft, dispose } = await plantBug({
    file: 'log.ts',
    find: 'votedFor: state.votedFor ?? null }',
    replace: 'votedFor: null }',
  });
  (CAMPAIGN_PROTOCOLS as Record<string, DrawProtocol>).forgetful = drawRaft(createRaft);
  try {
    const { out, code } = await sim('--seeds', '1', '--first-seed', '1', '--protocol', 'forgetful');
    expect(code).toBe(1);
    expect(out).toMatch(
      /^seed 1: one-vote-a-term violated by n\d \(term \d+\) at [\d.]+ ms: lost its durable vote/,
    );
    expect(out).toContain(
      '\n  to see it again: npx tickraft sim --seeds 1 --first-seed 1 --protocol forgetful\n',
    );
    expect(out).toContain('\n1 seed of forgetful: 1 broken\n');
    const json = await sim('--seeds', '1', '--protocol', 'forgetful', '--json');
    expect(json.code).toBe(1);
    expect(JSON.parse(json.out)).toMatchObject({ failed: 1, failures: [{ seed: 1 }] });
  } finally {
    delete (CAMPAIGN_PROTOCOLS as Record<string, DrawProtocol>).forgetful;
    dispose();
  }
});

test.each([
  [['--seeds', 'many'], '--seeds must be a whole number'],
  [['--seeds', '0'], '--seeds must be at least 1'],
  [['--seeds', '1', '--shard', '3/2'], '--shard must be a part of a whole, such as 1/4'],
  [['--seeds', '1', '--protocol', 'constructor'], '--protocol must be one of: raft'],
  [['--seeds', '1', '--first-seed', '-1'], '--first-seed must be a whole number'],
])('wrong usage is one line and exit code 2: %j', async (words, message) => {
  const { out, err, code } = await sim(...words);
  expect({ out, err, code }).toEqual({ out: '', err: `error: ${message}\n`, code: 2 });
});
