/**
 * The other protocols under random faults: each is held to what it guarantees, and one that claimed
 * more would be caught.
 */
import { runSeed } from '../../../analysis/campaign/run-seed.ts';
import type { Guarantees } from '../../../replication/protocol.ts';
import { PROTOCOLS } from '../../../replication/sim/protocols.ts';

function failuresOf(protocol: string, seeds: number): string[] {
  const results = Array.from({ length: seeds }, (_, i) => runSeed(PROTOCOLS[protocol]!, i + 1));
  // Work is done all the same.
  const acknowledged = results.reduce((sum, result) => sum + result.acknowledged, 0);
  expect(acknowledged).toBeGreaterThan(seeds * 20);
  return results.flatMap(({ seed, failure }) => (failure ? [`${seed}: ${failure.message}`] : []));
}

test.each([
  ['primary-backup', 20],
  ['lowest-port', 4],
  ['nwr', 4],
] as const)('%s: %i seeds hold', (protocol, seeds) => {
  expect(failuresOf(protocol, seeds)).toEqual([]);
});

/** The kinds of failures of the first seeds that fail, were all of these guaranteed. */
function caught(protocol: string, settings: object, claims: Partial<Guarantees>, seeds: number): string[] {
  const own = PROTOCOLS[protocol]!;
  const boasting = {
    ...own,
    create(...[preset, drawn]: Parameters<typeof own.create>) {
      const created = own.create(preset, { ...drawn, ...settings });
      return { ...created, guarantees: { ...created.guarantees, ...claims } };
    },
  };
  return Array.from({ length: seeds }, (_, i) => runSeed(boasting, i + 1).failure?.kind ?? 'holds');
}

test.each([
  ['primary-backup', { ack: 'primary' }, { durable: true }, 'leader-completeness', 3],
  ['primary-backup', { soleSurvivor: true }, { oneLeaderPerTerm: true }, 'election-safety', 4],
  ['lowest-port', {}, { reads: 'linearizable' }, 'linearizability', 1],
  ['nwr', {}, { reads: 'linearizable' }, 'linearizability', 1],
] as const)('%s with %j that claims %j is caught', (protocol, settings, claims, kind, seeds) => {
  expect(caught(protocol, settings, claims, seeds)).toContain(kind);
});
