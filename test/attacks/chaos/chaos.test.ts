/**
 * The short form of `npm run attack`: nothing acknowledged is lost, and nobody outside ends a
 * process.
 */
import { chaos } from './chaos.ts';

test('under attacks and faults nothing acknowledged is lost, duplicated or reordered, and no replica ends by itself', async () => {
  const report = await chaos(8);
  expect(report.kept).toEqual({ lost: 0, doubled: 0, outOfOrder: 0, foreign: 0 });
  expect(report.ended).toEqual([]);
  expect(report.refusals).toEqual([]);
  expect(report.acknowledged).toBeGreaterThan(0);
  expect(report.memoryMiB).toBeLessThan(400);
}, 120_000);
