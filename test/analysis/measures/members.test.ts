/** Configurations, learners and the failure tolerance of a planted run, computed by hand. */
import { analyzeRun, type RunReport } from '../../../analysis/analyze.ts';
import { sections } from '../../../analysis/report/sections.ts';
import { removeTemporary } from '../../logs/temporary.ts';
import { type Planted, plantRun } from '../checks/planted.ts';

afterAll(removeTemporary);

const config = (ms: number, kind: string, index: number, detail: string, role = 'leader'): Planted => ({
  event: 'config',
  timeUs: ms * 1000,
  ...{ kind, index, term: 1, role, detail },
});
const learner = (ms: number, detail: string): Planted => ({
  event: 'config',
  timeUs: ms * 1000,
  ...{ kind: 'learner', peer: 'd', term: 1, role: 'leader', detail },
});
const at = (ms: number, row: Planted): Planted => ({ ...row, timeUs: ms * 1000 });

/**
 * `a` leads `a`, `b` and `c` from 10 ms on, adds `d` at 20, which votes from 60 on, in place of
 * `c`, in a joint configuration that ends at 80. `b` is off from 30 to 50, `c` crashes at 90.
 */
async function report(): Promise<RunReport> {
  const begun = (term = 0): Planted => ({ event: 'start', timeUs: 0, term, detail: 'boot=1' });
  const logs: Record<string, readonly Planted[]> = {
    a: [
      begun(),
      at(10, { event: 'role', role: 'leader', term: 1 }),
      config(20, 'append', 2, 'voters=a,b,c learners=d wanted=d'),
      config(22, 'commit', 2, 'voters=a,b,c learners=d wanted=d'),
      at(25, { event: 'snapshot', peer: 'd', index: 1, detail: 'pages=2 bytes=700' }),
      learner(30, 'phase=catching-up round=1'),
      learner(40, 'phase=catching-up round=2'),
      learner(45, 'phase=checking round=2'),
      learner(46, 'phase=checking round=2 check=3'),
      learner(50, 'phase=repairing round=2'),
      learner(55, 'phase=ready round=1 check=4'),
      config(60, 'append', 5, 'voters=a,b,d outgoing=a,b,c learners='),
      config(70, 'commit', 5, 'voters=a,b,d outgoing=a,b,c learners='),
      config(80, 'append', 6, 'voters=a,b,d learners='),
      config(85, 'commit', 6, 'voters=a,b,d learners='),
      at(100, { event: 'stop' }),
    ],
    b: [
      begun(),
      at(30, { event: 'stop' }),
      at(50, { event: 'start', detail: 'boot=2' }),
      at(100, { event: 'internal' }),
    ],
    c: [begun()],
    d: [at(15, begun()), at(100, { event: 'internal' })],
    world: [at(90, { event: 'fault', kind: 'crash', detail: 'node="c"' })],
  };
  const machines = ['a', 'b', 'c'].map((id) => ({ id }));
  return analyzeRun(plantRun(logs, { machines, protocol: 'raft' }));
}

test('configurations, and the time in joint', async () => {
  const { measures } = await report();
  const [first, second, joint, last] = measures.configurations;
  expect(first).toMatchObject({
    index: 0,
    leader: 'a',
    fromUs: 10_000,
    toUs: 20_000,
    committedUs: null,
    voters: 'a b c',
  });
  expect(second).toMatchObject({
    index: 2,
    committedUs: 22_000,
    learners: 'd',
    wanted: 'd',
    joint: false,
    mayFail: 1,
  });
  expect(joint).toMatchObject({
    index: 5,
    joint: true,
    voters: 'a b d',
    outgoing: 'a b c',
    lastedUs: 20_000,
  });
  expect(last).toMatchObject({
    index: 6,
    voters: 'a b d',
    outgoing: null,
    toUs: 100_000,
    committedUs: 85_000,
  });
  expect(measures.configurations).toHaveLength(4);
});

test('the course of a learner', async () => {
  const { measures } = await report();
  expect(measures.learners).toEqual([
    {
      ...{
        node: 'd',
        addedUs: 20_000,
        wantedUs: 20_000,
        promotedUs: 60_000,
        committedUs: 70_000,
        tookUs: 50_000,
      },
      ...{ rounds: 2, checks: 1, repairs: 1, pages: 2, bytes: 700, outcome: 'promoted' },
    },
  ]);
});

test('the failure tolerance over time', async () => {
  const { measures } = await report();
  expect(measures.tolerance).toEqual([
    { atUs: 10_000, index: 0, voters: 3, up: 3, mayFail: 1 },
    { atUs: 20_000, index: 2, voters: 3, up: 3, mayFail: 1 },
    { atUs: 30_000, index: 2, voters: 3, up: 2, mayFail: 0 },
    { atUs: 50_000, index: 2, voters: 3, up: 3, mayFail: 1 },
    { atUs: 60_000, index: 5, voters: 4, up: 4, mayFail: 1 },
    { atUs: 80_000, index: 6, voters: 3, up: 3, mayFail: 1 },
  ]);
});

test('the tables of the text', async () => {
  const found = await report();
  const lines = Object.fromEntries(sections(found).map(({ title, lines }) => [title, lines]));
  expect(lines['Members, by the configurations of leaders']![2]).toMatch(
    /^ +5 +a +1 +0\.060 +20\.00 +1 +a b d with a b c$/,
  );
  expect(lines['Learners, and the time to promote them']).toEqual([
    expect.stringMatching(/^d +0\.020 +0\.060 +50\.00 +2 +1 +1 +2 +700 +promoted$/),
  ]);
  expect(lines['How many more voters could fail']).toEqual([
    expect.stringMatching(/^ +0 +0\.020 +22\.22$/),
    expect.stringMatching(/^ +1 +0\.070 +77\.78$/),
  ]);
});
