/** Axes of numbers. */
import fc from 'fast-check';
import { heightOf, valueAxis } from '../../../analysis/report/scale.ts';

const texts = (...range: Parameters<typeof valueAxis>) => valueAxis(...range).marks.map(({ text }) => text);

test.each<[string, Parameters<typeof valueAxis>, string]>([
  ['whole numbers', [0, 8375, false, false], '0 2,000 4,000 6,000 8,000'],
  ['few', [0, 1, false, false], '0 1'],
  ['below nothing', [-5, 0, false, false], '-5 -4 -3 -2 -1 0'],
  ['one number', [4, 4, false, false], '4'],
  [
    'close to each other, and great',
    [12_345_600, 12_346_000, false, false],
    '12.3456 M 12.3457 M 12.3458 M 12.3459 M 12.346 M',
  ],
  ['powers of ten', [1, 20_000, true, false], '1 10 100 1,000 10,000'],
  ['parts of powers', [3, 60, true, false], '5 10 20 50'],
  ['a short range of times', [2100, 3900, true, true], '2.5 ms 3 ms 3.5 ms 4 ms'],
])('%s', (_, range, words) => {
  expect(texts(...range).join(' ')).toBe(words);
});

test('marks are on the axis, increase, and have different labels', () => {
  const value = fc.integer({ min: 1, max: 1e9 });
  fc.assert(
    fc.property(value, value, fc.boolean(), fc.boolean(), (a, b, isLog, isTime) => {
      const { from, to, marks } = valueAxis(Math.min(a, b), Math.max(a, b), isLog, isLog && isTime);
      const [least, most] = [heightOf(Math.min(a, b), isLog), heightOf(Math.max(a, b), isLog)];
      expect(from).toBeLessThanOrEqual(least);
      expect(to).toBeGreaterThanOrEqual(most);
      expect(marks.length).toBeGreaterThan(0);
      expect(marks.length).toBeLessThan(11);
      marks.forEach(({ at, text }, i) => {
        expect(at).toBeGreaterThanOrEqual(from - 1e-6);
        expect(at).toBeLessThanOrEqual(to + 1e-6);
        if (i > 0) expect(at).toBeGreaterThan(marks[i - 1]!.at);
        if (i > 0) expect(text).not.toBe(marks[i - 1]!.text);
      });
    }),
  );
});
