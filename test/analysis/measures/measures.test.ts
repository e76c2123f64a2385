import { analyzeRun } from '../../../analysis/analyze.ts';
import { removeTemporary } from '../../logs/temporary.ts';
import { plantRun } from '../checks/planted.ts';

afterAll(removeTemporary);

test('the machines of a small run, computed by hand', async () => {
  const dir = plantRun(
    {
      m10: [{ event: 'internal', lamport: 4, queue: 0 }],
      m2: [
        { event: 'start', lamport: 1, queue: 0, timeUs: 0 },
        { event: 'internal', lamport: 2, queue: 1, timeUs: 500_000 },
        { event: 'receive', lamport: 10, queue: 3, timeUs: 1_000_000 },
        { event: 'send', lamport: 11, queue: 2, timeUs: 2_000_000 },
        // A restart: its clock is lower, the step to it is not a jump, and the last clock is the
        // final one.
        { event: 'start', lamport: 5, queue: 0, timeUs: 3_000_000 },
        { event: 'internal', lamport: 8, queue: 0, timeUs: 4_000_000 },
      ],
      m1: [
        { event: 'internal', lamport: 19, queue: 4 },
        { event: 'internal', lamport: 20, queue: 5 },
      ],
      world: [{ event: 'fault', kind: 'crash' }],
    },
    { machines: [{ id: 'm1', ticksPerSecond: 2 }, { id: 'm2' }] },
  );
  const { measures, events, durationUs } = await analyzeRun(dir);
  expect({ events, durationUs }).toEqual({ events: 10, durationUs: 4_000_000 });
  expect(measures.machines).toMatchObject([
    {
      node: 'm1',
      rate: 2,
      events: 2,
      eventsPerSecond: 1000,
      starts: 0,
      clock: 20,
      meanJump: 1,
      maxJump: 1,
      drift: 0,
      meanQueue: 4.5,
      maxQueue: 5,
    },
    {
      node: 'm2',
      rate: null,
      events: 6,
      eventsPerSecond: 1.25,
      starts: 2,
      clock: 8,
      meanJump: (1 + 8 + 1 + 3) / 4,
      maxJump: 8,
      drift: -12,
      meanQueue: 1,
      maxQueue: 3,
    },
    {
      node: 'm10',
      rate: null,
      events: 1,
      eventsPerSecond: null,
      starts: 0,
      clock: 4,
      meanJump: null,
      maxJump: null,
      drift: -16,
      meanQueue: 0,
      maxQueue: 0,
    },
  ]);
});

test('elections, their candidates, winners and times, computed by hand', async () => {
  const role = (timeUs: number, role: string, term: number) =>
    ({ event: 'role', timeUs, role, term }) as const;
  const { measures } = await analyzeRun(
    plantRun({
      a: [role(1_000, 'candidate', 1), role(3_000, 'follower', 2), role(9_000, 'candidate', 3)],
      b: [role(2_000, 'candidate', 1), role(2_500, 'candidate', 2), role(6_500, 'leader', 2)],
      c: [role(500, 'follower', 0), role(9_500, 'leader', 4)],
    }),
  );
  expect(measures.elections).toMatchObject([
    { term: 1, candidates: 'a b', calledUs: 500, leader: null, wonUs: null, tookUs: null },
    { term: 2, candidates: 'b', calledUs: 2_000, leader: 'b', wonUs: 6_000, tookUs: 4_000 },
    { term: 3, candidates: 'a', calledUs: 8_500, leader: null, wonUs: null, tookUs: null },
    { term: 4, candidates: null, calledUs: null, leader: 'c', wonUs: 9_000, tookUs: null },
  ]);
});
