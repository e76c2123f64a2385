/**
 * Raft under random faults: every seed is a cluster with faults and their end, and every step is
 * checked.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type CampaignResult, runCampaign } from '../../../analysis/campaign/campaign.ts';
import { runSeed } from '../../../analysis/campaign/run-seed.ts';
import { PROTOCOLS } from '../../../replication/sim/protocols.ts';

const raft = PROTOCOLS.raft!;
const CLI = fileURLToPath(new URL('../../../dist/cli.js', import.meta.url));

/**
 * Runs a part of a campaign in a process of its own, as a matrix of CI jobs would; several times as
 * fast as in here.
 */
async function shard(part: string): Promise<CampaignResult> {
  const words = ['sim', '--seeds', '200', '--shard', part, '--no-save', '--json'];
  const { stdout } = await promisify(execFile)(process.execPath, [CLI, ...words]);
  return JSON.parse(stdout) as CampaignResult;
}

test('200 seeds of Raft hold, in two shards', async () => {
  const parts = await Promise.all([shard('1/2'), shard('2/2')]);
  const sum = (of: (part: CampaignResult) => number) => parts.reduce((total, part) => total + of(part), 0);
  expect(sum(({ ran }) => ran)).toBe(200);
  expect(parts.flatMap(({ failures }) => failures)).toEqual([]);
  // There are many faults, and work is done all the same.
  expect(sum(({ totals }) => totals.faults)).toBeGreaterThan(200 * 10);
  expect(sum(({ totals }) => totals.terms)).toBeGreaterThan(200 * 5);
  expect(sum(({ totals }) => totals.acknowledged)).toBeGreaterThan(200 * 20);
  expect(sum(({ totals }) => totals.reads)).toBeGreaterThan(200 * 20);
  // Hardly any history is too hard to decide.
  expect(sum(({ totals }) => totals.undecided)).toBeLessThan(10);
}, 300_000);

test('a seed gives the same run again, whatever ran before it', () => {
  const alone = runSeed(raft, 7);
  runSeed(raft, 8);
  expect(runSeed(raft, 7)).toEqual(alone);
  expect({ ...runSeed(raft, 8), seed: 7 }).not.toEqual(alone);
});

test('the shards together run every seed once', () => {
  const seen: number[] = [];
  for (let index = 1; index <= 3; index++) {
    const range = { firstSeed: 10, seeds: 5, shard: { index, count: 3 } };
    runCampaign(raft, range, ({ result }) => seen.push(result.seed));
  }
  expect(seen).toEqual([10, 13, 11, 14, 12]);
});
