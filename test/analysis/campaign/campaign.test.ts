/** Raft under random faults: every seed a cluster, a storm and a quiet; every step checked. */
import { runCampaign } from '../../../analysis/campaign/campaign.ts';
import { CAMPAIGN_PROTOCOLS } from '../../../analysis/campaign/protocols.ts';
import { runSeed } from '../../../analysis/campaign/run-seed.ts';

const raft = CAMPAIGN_PROTOCOLS.raft!;
const WHOLE = { index: 1, count: 1 };

test('500 seeds of Raft hold', () => {
  const result = runCampaign(raft, { firstSeed: 1, seeds: 500, shard: WHOLE });
  expect(result.failures.map(({ seed, failure }) => `seed ${seed}: ${failure?.message}`)).toEqual([]);
  expect(result.ran).toBe(500);
  // The storm is one, and work is done in it all the same.
  expect(result.totals.attacks).toBeGreaterThan(500 * 10);
  expect(result.totals.terms).toBeGreaterThan(500 * 5);
  expect(result.totals.acknowledged).toBeGreaterThan(500 * 10);
  expect(result.totals.reads).toBeGreaterThan(500 * 10);
}, 300_000);

test('a seed gives the same run again, whatever ran before it', () => {
  const alone = runSeed(raft, 7);
  runSeed(raft, 8);
  expect(runSeed(raft, 7)).toEqual(alone);
  expect({ ...runSeed(raft, 8), seed: 7 }).not.toEqual(alone);
});

test('shards run every seed once between them', () => {
  const seen: number[] = [];
  for (let index = 1; index <= 3; index++) {
    const range = { firstSeed: 10, seeds: 5, shard: { index, count: 3 } };
    runCampaign(raft, range, ({ seed }) => seen.push(seed));
  }
  expect(seen).toEqual([10, 13, 11, 14, 12]);
});
