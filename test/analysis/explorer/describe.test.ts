import { describeStep, describe as say } from '../../../analysis/explorer/run/describe.ts';
import { Timeline } from '../../../analysis/explorer/run/timeline.ts';
import { brokenRaft, CLASSIC, changingRaft, faultyRaft, faultyRun } from '../../support/runs.ts';

/** Every caption and every row of a run, from its beginning on. */
function allThatIsSaid(timeline: Timeline, steps: number): { captions: string[]; rows: string[] } {
  timeline.travel(0);
  const said = { captions: [] as string[], rows: [] as string[] };
  for (let i = 0; i < steps; i++) {
    timeline.forward();
    said.captions.push(describeStep(timeline.step, timeline.world, timeline.protocol));
    said.rows.push(...timeline.step.records.map(say));
  }
  return said;
}

describe('everything that happens has a description', () => {
  const raft = faultyRaft();
  const runs = [
    ['the clocks exercise', CLASSIC],
    ['Raft, with faults', raft],
    ['Raft, with broken disks, clocks and links', brokenRaft()],
    ['Raft, with members that change', changingRaft()],
    ['Primary-backup, with faults', faultyRun('primary-backup')],
    ['Lowest port, with faults', faultyRun('lowest-port')],
    ['N/W/R quorums, with faults', faultyRun('nwr')],
    ['Raft at the preset of a class', { ...raft, preset: 'class', inputs: [], steps: 3_000 }],
  ] as const;

  test.each(runs)('%s', (_, run) => {
    const { captions, rows } = allThatIsSaid(Timeline.open(run), run.steps);
    const wrong = /undefined|NaN|object| {2}/;
    const bad = [...captions, ...rows].filter((said) => !/^\S.+[.?]$/.test(said) || wrong.test(said));
    expect(new Set(bad)).toEqual(new Set());
  });

  test('an election', () => {
    const setup = { program: 'raft', machines: 3, preset: 'class', seed: 7, inputs: [], steps: 0 } as const;
    const timeline = Timeline.open(setup);
    const captions: string[] = [];
    while (!captions.at(-1)?.includes('is the leader')) {
      expect(timeline.forwardToNote(1_000)).toBe(true);
      captions.push(describeStep(timeline.step, timeline.world, timeline.protocol));
    }
    const text = captions.join('\n');
    expect(text).toMatch(/^(n\d)'s election timer ran out: it wants to know whether it could win term 1/);
    expect(text).toMatch(/(n\d) could win: it begins term 1 as a candidate\. \1 votes for itself\./);
    expect(text).toMatch(
      /(n\d) takes a request for a vote from (n\d) out of its inbox\. \1 votes for \2 in term 1\./,
    );
    expect(text).toMatch(/(n\d) has a majority of the votes: it is the leader of term 1\./);
  });
});
