import { effectsOf } from '../../../../analysis/clocks/sweep/effects.ts';
import type { SweepSetting } from '../../../../analysis/clocks/sweep/results.ts';
import { intervalOf } from '../../../../analysis/clocks/sweep/sweep-words.ts';

/** A setting of which only the drift of each repetition is known. */
function setting(rates: string, internal: string, drifts: readonly number[]): SweepSetting {
  const runs = drifts.map((drift, i) => ({
    path: `run-${i + 1}`,
    seed: i,
    events: 1,
    violated: false,
    rates: [],
    numbers: { drift },
  }));
  return { name: `${rates} ${internal}`, levels: { machines: '3', rates, internal }, runs, estimates: {} };
}

const GRID = [
  setting('1-6', '7/10', [10, 20, 30]),
  setting('1-6', '3/10', [110, 120, 130]),
  setting('3-4', '7/10', [9, 18, 27]),
  setting('3-4', '3/10', [109, 118, 127]),
  setting('2-5', '7/10', [11, 21, 31]),
];

test('every value is compared with the first one, within each repetition, over the pairs that differ in nothing else', () => {
  const [calm, middle, ...more] = effectsOf('rates', GRID);
  expect(more).toEqual([]);
  // What repetitions share cancels: -1, -2, -3 in both pairs. t for 95% and two degrees is 4.303,
  // the deviation 1.
  expect(calm).toMatchObject({
    from: '1-6',
    to: '3-4',
    number: 'drift',
    before: 70,
    after: 68,
    clear: false,
  });
  expect(calm!.difference.values).toEqual([-1, -2, -3]);
  expect(calm!.difference.margin).toBeCloseTo(4.30265 / Math.sqrt(3), 4);
  // 2-5 has no partner at 3/10.
  expect(middle).toMatchObject({ from: '1-6', to: '2-5', before: 20, after: 21, clear: true });
  expect(middle!.difference).toMatchObject({ mean: 1, margin: 0 });
  expect(effectsOf('machines', GRID)).toEqual([]);
});

test('a number that is missing in some run is not compared', () => {
  const [before, after] = [setting('1-6', '7/10', [1, 2]), setting('3-4', '7/10', [1, 2])];
  const { numbers: _, ...rest } = after.runs[1]!;
  const holed = { ...after, runs: [after.runs[0]!, { ...rest, numbers: { drift: null } }] };
  expect(effectsOf('rates', [before, after])).toHaveLength(1);
  expect(effectsOf('rates', [before, holed])).toEqual([]);
});

test.each([
  [-1, 0.99999, '-2.0 to <0'],
  [1, 0.99999, '>0 to 2.0'],
  [1, 1, '0.0 to 2.0'],
  [1, null, ''],
])('a bound that decides is not rounded to 0: %d ± %d', (mean, margin, words) => {
  const [effect] = effectsOf('rates', GRID);
  expect(intervalOf({ ...effect!, difference: { ...effect!.difference, mean, margin } })).toBe(words);
});
