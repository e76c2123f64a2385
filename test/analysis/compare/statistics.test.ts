import { estimate, proportion, tQuantile } from '../../../analysis/compare/statistics.ts';

test.each([
  // Inside, degrees of freedom, t: the table of any textbook.
  [0.95, 1, 12.7062],
  [0.95, 2, 4.30265],
  [0.95, 3, 3.18245],
  [0.95, 4, 2.77645],
  [0.95, 9, 2.26216],
  [0.95, 30, 2.04227],
  [0.99, 4, 4.60409],
  [0.99, 7, 3.49948],
  [0.9, 120, 1.65765],
])('t for %d with %i degrees of freedom', (inside, degrees, t) => {
  expect(tQuantile(inside, degrees)).toBeCloseTo(t, 4);
});

test('an estimate, computed by hand', () => {
  const { mean, margin, least, greatest } = estimate([2, 4, 6])!;
  expect({ mean, least, greatest }).toEqual({ mean: 4, least: 2, greatest: 6 });
  // The deviation is 2.
  expect(margin).toBeCloseTo((4.30265 * 2) / Math.sqrt(3), 4);
});

test('one value has no interval, and no value has no estimate', () => {
  expect(estimate([5])).toMatchObject({ mean: 5, margin: null });
  expect(estimate([])).toBeNull();
});

test.each([
  [0, 10, 0, 0.278],
  [10, 10, 0.722, 1],
  [5, 10, 0.237, 0.763],
])("%i of %i: Wilson's interval", (hits, n, low, high) => {
  const { seen, ...interval } = proportion(hits, n);
  expect(seen).toBe(hits / n);
  expect(interval.low).toBeCloseTo(low, 3);
  expect(interval.high).toBeCloseTo(high, 3);
});
