import fc from 'fast-check';
import { TimedQueue } from '../../../vm/sim/queue.ts';

const byTime = (a: { at: number; order: number }, b: { at: number; order: number }) =>
  a.at - b.at || a.order - b.order;

test('gives the earliest first, and ties in order of insertion, as a sorted list would', () => {
  // Few times make many ties; undefined takes one out.
  fc.assert(
    fc.property(fc.array(fc.option(fc.nat(5), { nil: undefined })), (script) => {
      const queue = new TimedQueue<{ at: number; order: number }>();
      let list: { at: number; order: number }[] = [];
      script.forEach((at, order) => {
        if (at === undefined) {
          expect(queue.peek()).toEqual(list[0]);
          expect(queue.pop()).toEqual(list.shift());
        } else {
          queue.push({ at, order });
          list = [...list, { at, order }].sort(byTime);
        }
        expect(queue.size).toBe(list.length);
        expect(queue.items().toSorted(byTime)).toEqual(list);
      });
    }),
    { numRuns: 1_000 },
  );
});

test('a clone is independent', () => {
  const queue = new TimedQueue<{ at: number; order: number }>();
  for (let order = 0; order < 9; order++) queue.push({ at: 9 - order, order });
  const copy = queue.clone();
  expect(copy.pop()).toEqual({ at: 1, order: 8 });
  copy.push({ at: 0, order: 10 });
  expect(queue.size).toBe(9);
  expect(queue.peek()).toEqual({ at: 1, order: 8 });
  expect(copy.peek()).toEqual({ at: 0, order: 10 });
});
