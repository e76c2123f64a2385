/** Protocols side by side: the same trial for all, what each breaks, and the story of it. */

import pc from 'picocolors';
import { ClientHistory } from '../../../../analysis/campaign/client-history.ts';
import { compareProtocols } from '../../../../analysis/compare/protocols/compare-protocols.ts';
import { comparisonText } from '../../../../analysis/compare/protocols/comparison-text.ts';
import { drawTrial, type TrialSettings } from '../../../../analysis/compare/protocols/draw-trial.ts';
import { runTrial } from '../../../../analysis/compare/protocols/run-trial.ts';
import { tellStories } from '../../../../analysis/compare/protocols/stories.ts';
import { readSubjects } from '../../../../analysis/compare/protocols/subject.ts';
import { runScenario } from '../../../../replication/scenario/scenario.ts';
import { PROTOCOLS } from '../../../../replication/sim/protocols.ts';

const settings: TrialSettings = { replicas: 3, faults: ['partition'] };
const subjects = readSubjects('raft,nwr:3/1/1');
const comparison = compareProtocols(subjects, { ...settings, firstSeed: 1, seeds: 1 });

test('Raft keeps what it claims, and a quorum of one does not keep what it does not claim', () => {
  expect(comparison.violated).toBe(false);
  const broken = (i: number) =>
    comparison.guarantees.filter(({ cells }) => (cells[i]?.broken ?? 0) > 0).map(({ name }) => name);
  expect(broken(0)).toEqual([]);
  expect(broken(1)).toEqual(expect.arrayContaining(['linearizable', 'no-lost-updates']));
  const [raft, nwr] = comparison.guarantees[0]!.cells;
  expect([raft!.claimed, raft!.held, nwr]).toEqual([true, 1, null]);
});

test('costs are told with what they are costs of', () => {
  const mean = (name: string) =>
    comparison.costs.find((cost) => cost.name === name)!.cells.map((cell) => cell?.mean);
  const [raft, nwr] = mean('copiesLeast');
  expect(raft).toBeGreaterThanOrEqual(2);
  expect(nwr).toBe(1);
  expect(mean('staleReads')[0]).toBe(0);
  expect(mean('failover')[1]).toBeUndefined();
  const text = comparisonText(comparison, pc.createColors(false));
  expect(text).toMatch(/^1 seed from 1 on, 3 replicas, faults: partition\n/);
  expect(text).toMatch(/a term has one leader +0\* \[0\.0, 79\.3\] +-\n/);
});

test('the same arguments give the same result, and all protocols the same trial', () => {
  const again = compareProtocols(subjects.slice(1), { ...settings, firstSeed: 1, seeds: 1 });
  expect(JSON.stringify(again.costs.map(({ cells }) => cells[0]))).toBe(
    JSON.stringify(comparison.costs.map(({ cells }) => cells[1])),
  );
  const trial = drawTrial(1, settings);
  expect(drawTrial(1, settings)).toEqual(trial);
  // Other faults change nothing about what clients want.
  expect(drawTrial(1, { ...settings, faults: ['crash'] }).clients).toEqual(trial.clients);
  expect(trial.faults.length).toBeGreaterThan(0);
});

test('the first breach is shrunk to a scenario that breaks just that', () => {
  const only = {
    ...comparison,
    guarantees: comparison.guarantees.filter(({ name }) => name === 'no-lost-updates'),
  };
  const [story, ...others] = tellStories(subjects, only, { ...settings, firstSeed: 1, seeds: 1 });
  expect(others).toEqual([]);
  expect(story).toMatchObject({ protocol: 'nwr:3/1/1', guarantee: 'no-lost-updates', seed: 1 });
  const lines = story!.text.trimEnd().split('\n');
  expect(lines.length).toBeLessThan(20);
  const { failure } = runScenario(story!.text, { history: new ClientHistory() });
  expect(failure).toMatchObject({ line: lines.length });
  expect(failure!.message).toContain('expected no-lost-updates, saw ');
});

test('a protocol that breaks what it claims is found out', () => {
  const own = PROTOCOLS.nwr!;
  const boasting = {
    ...own,
    create(...given: Parameters<typeof own.create>) {
      const created = own.create(...given);
      return { ...created, guarantees: { ...created.guarantees, reads: 'linearizable' as const } };
    },
  };
  const [subject] = readSubjects('nwr:3/1/1', { nwr: boasting });
  expect(subject!.claims.reads).toBe('linearizable');
  const { findings } = runTrial(subject!, drawTrial(1, settings));
  expect(findings.linearizable.outcome).toBe('broken');
});

test.each([
  ['raft,paxos', '--protocols: there is no paxos, only raft, primary-backup, lowest-port, nwr'],
  ['raft:fast', '--protocols: raft knows no fast'],
  [
    'primary-backup:some',
    'primary-backup knows no some (it knows all-alive, majority, primary, sole-survivor)',
  ],
  ['nwr:3/4/1', '--protocols: nwr:3/4/1: quorum is N/W/R'],
  ['raft,raft', '--protocols names raft twice'],
  ['raft,', '--protocols must be names with commas between them'],
])('%s is one clear error', (text, message) => {
  expect(() => readSubjects(text)).toThrow(message);
});
