import fc from 'fast-check';
import { type Asker, FairQueue } from '../../../../vm/live/pressure/fair-queue.ts';

const from = (address: string, account = ''): Asker => ({ address, account });

function drain<T>(queue: FairQueue<T>): T[] {
  const all: T[] = [];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) all.push(next);
  return all;
}

test('addresses take turns, and so do the accounts of each', () => {
  const queue = new FairQueue<string>(10);
  for (const item of ['a1', 'a2', 'a3']) queue.push(from('a', 'ada'), item);
  queue.push(from('a', 'bob'), 'a4');
  for (const item of ['b1', 'b2']) queue.push(from('b', 'ada'), item);
  expect(drain(queue)).toEqual(['a1', 'b1', 'a4', 'b2', 'a2', 'a3']);
});

test('a full queue refuses the one that asks for the most, and its latest request', () => {
  const queue = new FairQueue<string>(3);
  for (const item of ['a1', 'a2', 'a3']) expect(queue.push(from('a', item), item)).toBeUndefined();
  expect(queue.push(from('a', 'a1'), 'a4')).toBe('a4');
  expect(queue.push(from('b'), 'b1')).toMatch(/^a/);
  expect(queue.push(from('b'), 'b2')).toBe('b2');
  expect(drain(queue)).toHaveLength(3);
});

const asker = fc.record({ address: fc.constantFrom('a', 'b', 'c'), account: fc.constantFrom('x', 'y') });

test('holds no more than its limit, reports all that it refuses, and keeps the order of each account', () => {
  fc.assert(
    fc.property(
      fc.array(fc.option(asker), { maxLength: 60 }),
      fc.integer({ min: 1, max: 8 }),
      (steps, limit) => {
        const queue = new FairQueue<{ by: Asker; at: number }>(limit);
        const out = new Set<number>();
        const taken: { by: Asker; at: number }[] = [];
        steps.forEach((by, at) => {
          const gone = by ? queue.push(by, { by, at }) : queue.shift();
          if (!by && gone) taken.push(gone);
          if (gone) out.add(gone.at);
          expect(queue.size).toBeLessThanOrEqual(limit);
        });
        taken.push(...drain(queue));
        for (const { at } of taken) out.add(at);
        expect(out.size).toBe(steps.filter(Boolean).length);
        const lines = new Map<string, number>();
        for (const { by, at } of taken) {
          const line = `${by.address}/${by.account}`;
          expect(at).toBeGreaterThan(lines.get(line) ?? -1);
          lines.set(line, at);
        }
      },
    ),
  );
});

test('whoever asks for less than a fair share is never refused, whatever others ask for', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('flood', 'other', 'modest'), { maxLength: 100 }),
      fc.integer({ min: 3, max: 12 }),
      (steps, limit) => {
        const queue = new FairQueue<string>(limit);
        let modest = 0;
        for (const address of steps) {
          // A third each is fair.
          if (address === 'modest' && modest >= Math.floor(limit / 3)) continue;
          if (address === 'modest') modest++;
          expect(queue.push(from(address), address)).not.toBe('modest');
        }
        expect(drain(queue).filter((item) => item === 'modest')).toHaveLength(modest);
      },
    ),
  );
});
