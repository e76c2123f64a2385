/** Which election timeouts, heartbeats and leases can be combined, with which clock rates. */
import { z } from 'zod';
import { keyValueMachine } from '../../../replication/core/key-value.ts';
import { rateOption } from '../../../replication/ops/options.ts';
import { checkTiming, timingArguments, timingOptions } from '../../../replication/ops/timing.ts';
import { createRaft } from '../../../replication/raft/raft.ts';
import { liveTiming } from '../../../replication/raft/timing.ts';

const schema = z.object({ rate: rateOption, ...timingOptions }).superRefine(checkTiming);

function problem(given: object): string | undefined {
  const issue = schema.safeParse({ rate: 20, ...given }).error?.issues[0];
  return issue && `${String(issue.path[0])} ${issue.message}`;
}

test.each([
  [{}],
  [{ heartbeat: '50', electionTimeout: '300' }],
  [{ heartbeat: 400, electionTimeout: 2_000 }],
  [{ rate: 1, heartbeat: 1_000, electionTimeout: 6_000 }],
  [{ rate: 1_000, heartbeat: 1, electionTimeout: 6 }],
  [{ electionTimeout: 10_000, lease: 8_000 }],
])('%j is taken', (given) => {
  expect(problem(given)).toBeUndefined();
});

test.each([
  [{ heartbeat: 49 }, 'heartbeat must be at least a tick, which is 50 ms at --rate 20'],
  [
    { electionTimeout: 499 },
    'electionTimeout must be at least 500 ms: five heartbeats and six ticks at --rate 20',
  ],
  [
    { heartbeat: 50, electionTimeout: 299 },
    'electionTimeout must be at least 300 ms: five heartbeats and six ticks at --rate 20',
  ],
  [
    { rate: 2, electionTimeout: 2_999 },
    'electionTimeout must be at least 3000 ms: five heartbeats and six ticks at --rate 2',
  ],
  [{ heartbeat: 0 }, 'heartbeat must be a whole number from 1 to 1000000'],
  [
    { lease: 900 },
    'lease must be from 100 to 850 with this election timeout: two ticks or more, and well below it, at --rate 20',
  ],
  [
    { lease: 400, heartbeat: 50, electionTimeout: 400 },
    'lease must be from 100 to 300 with this election timeout',
  ],
])('%j is refused, with what may be given', (given, why) => {
  expect(problem(given)).toMatch(new RegExp(`^${why}`));
});

test('accepted options give settings that Raft accepts, at any rate', () => {
  for (const rate of [1, 2, 7, 20, 33, 100, 1_000]) {
    const pace = liveTiming(rate);
    expect(() => createRaft(keyValueMachine, pace)).not.toThrow();
    const [low, high] = pace.electionTicks!;
    expect(low).toBeGreaterThanOrEqual(5 * pace.heartbeatTicks!);
    expect(low).toBeGreaterThanOrEqual(6);
    expect((low * 1_000) / rate).toBeGreaterThanOrEqual(1_000);
    expect(high).toBe(Math.ceil(1.5 * low));
  }
  expect(liveTiming(100, { electionMs: 300, heartbeatMs: 35 })).toMatchObject({
    electionTicks: [30, 45],
    heartbeatTicks: 3,
  });
});

test('a replica process gets exactly the options that were given', () => {
  expect(timingArguments({})).toEqual([]);
  expect(timingArguments({ electionTimeout: 500, lease: 200 })).toEqual([
    '--election-timeout',
    '500',
    '--lease',
    '200',
  ]);
});
