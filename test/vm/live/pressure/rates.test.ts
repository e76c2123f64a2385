import fc from 'fast-check';
import { Rates } from '../../../../vm/live/pressure/rates.ts';

test('a burst, and more as time passes, for each key', () => {
  const rates = new Rates({ burst: 2, perSecond: 1, keys: 10 });
  expect([1, 2, 3].map(() => rates.take('a', 0))).toEqual([true, true, false]);
  expect(rates.take('b', 0)).toBe(true);
  expect(rates.take('a', 900)).toBe(false);
  expect(rates.take('a', 1_000)).toBe(true);
  rates.give('a');
  expect(rates.take('a', 1_000)).toBe(true);
});

test('never more than the burst and the refill', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(700), { maxLength: 60 }), (pauses) => {
      const rates = new Rates({ burst: 3, perSecond: 2, keys: 10 });
      let [now, taken] = [0, 0];
      for (const pause of pauses) {
        now += pause;
        if (rates.take('a', now)) taken++;
        expect(taken).toBeLessThanOrEqual(3 + (now / 1000) * 2 + 1e-6);
      }
    }),
  );
});

test('remembers a bounded number of keys', () => {
  const rates = new Rates({ burst: 1, perSecond: 0, keys: 2 });
  for (const key of ['a', 'b', 'c']) expect(rates.take(key, 0)).toBe(true);
  expect(rates.take('c', 0)).toBe(false);
  expect(rates.take('a', 0)).toBe(true);
});
