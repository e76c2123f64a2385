import { formatLink, MAX_INPUTS, MAX_STEPS, parseLink } from '../../../analysis/explorer/run/link.ts';
import { brokenRaft, CLASSIC, changingRaft, faultyRaft } from '../../support/runs.ts';

describe('a link', () => {
  test.each([
    ['the clocks exercise', CLASSIC],
    ['Raft, with faults', faultyRaft()],
    ['Raft, with broken disks, clocks and links', brokenRaft()],
    ['Raft, with members that change', changingRaft()],
  ])('brings back %s', (_, run) => {
    expect(parseLink(`#${formatLink(run)}`)).toEqual(run);
  });

  test('that is empty describes five replicas at the class preset', () => {
    const run = { program: 'raft', machines: 5, preset: 'class', seed: 7, steps: 0, inputs: [] };
    expect(parseLink('')).toEqual(run);
  });

  test('of an earlier version, in which the preset was called pace, is read', () => {
    expect(parseLink('#program=raft&pace=quick&machines=3&seed=5&steps=0')).toMatchObject({
      preset: 'quick',
    });
  });

  test.each([
    ['program=paxos'],
    ['machines=100'],
    ['seed=-1'],
    ['seed=1.5'],
    [`steps=${MAX_STEPS + 1}`],
    ['inputs={}'],
    ['inputs=[[0,0,{"type":"advance","us":1e15}]]'],
    ['inputs=[[0,0,{"type":"jump","node":"n1","ticks":1000000}]]'],
    ['inputs=[[0,0,{"type":"join","machine":{"id":"../n1","ticksPerSecond":10}}]]'],
    [
      'inputs=[[0,0,{"type":"request","node":"n1","body":{"type":"change-members","changes":[{"do":"abort"}]}}]]',
    ],
    ['inputs=[[0,0,{"type":"repair","node":"n1","way":"hope"}]]'],
    ['inputs=[[0,0,{"type":"rate","node":"n1","ticksPerSecond":1e9}]]'],
    [
      'inputs=[[0,0,{"type":"network","settings":{"delayUs":[5,1],"lossRate":0,"duplicateRate":0,"reorderRate":0}}]]',
    ],
  ])('is refused in one line: %s', (hash) => {
    expect(() => parseLink(hash)).toThrow(/^this link does not describe a run: [^\n]+$/);
  });

  test('is refused if it has more inputs than a run may have', () => {
    const heal = { steps: 0, atUs: 0, action: { type: 'heal' } } as const;
    const link = (inputs: number) => formatLink({ ...CLASSIC, inputs: Array(inputs).fill(heal) });
    expect(parseLink(link(MAX_INPUTS)).inputs).toHaveLength(MAX_INPUTS);
    expect(() => parseLink(link(MAX_INPUTS + 1))).toThrow(/^this link does not describe a run: inputs/);
  });
});
