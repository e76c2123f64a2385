/** Versions: two copies become one, whichever comes first and however often. */
import {
  latest,
  merge,
  nameOf,
  pastOf,
  type Sibling,
  type Versions,
  visible,
} from '../../../replication/nwr/versions.ts';
import { between, pick, seedRandom } from '../../../vm/index.ts';

const WRITERS = ['a', 'b', 'c'];

/** Copies that writers have made, each over some copy that was there before. */
function history(seed: number, conflicts: 'siblings' | 'last-writer'): Versions[] {
  const random = seedRandom(seed);
  const copies: Versions[] = [[]];
  const own: Record<string, Versions> = {};
  for (let i = 0; i < 12; i++) {
    const by = pick(random, WRITERS);
    // A writer knows what it has written itself.
    const seen = merge(own[by] ?? [], pick(random, copies), conflicts);
    const at = latest(seen) + between(random, 1, 2);
    const past = conflicts === 'siblings' ? pastOf(seen) : {};
    own[by] = merge(seen, [{ by, at, past, value: i }], conflicts);
    copies.push(own[by]);
    copies.push(merge(pick(random, copies), pick(random, copies), conflicts));
  }
  return copies;
}

describe.each(['siblings', 'last-writer'] as const)('%s', (conflicts) => {
  test.each(Array.from({ length: 30 }, (_, i) => i + 1))('merging has no order: seed %i', (seed) => {
    const copies = history(seed, conflicts);
    const random = seedRandom(`merge/${seed}`);
    for (let i = 0; i < 20; i++) {
      const [a, b, c] = [pick(random, copies), pick(random, copies), pick(random, copies)];
      const both = merge(a, b, conflicts);
      expect(merge(b, a, conflicts)).toEqual(both);
      expect(merge(both, both, conflicts)).toEqual(both);
      expect(merge(both, a, conflicts)).toEqual(both);
      expect(merge(merge(a, b, conflicts), c, conflicts)).toEqual(
        merge(a, merge(b, c, conflicts), conflicts),
      );
    }
  });
});

const one = (by: string, at: number, past: Record<string, number> = {}): Sibling => ({
  by,
  at,
  past,
  value: by,
});

test('of two values that did not know of each other both stay', () => {
  const both = merge([one('a', 1)], [one('b', 1)], 'siblings');
  expect(visible(both)).toEqual({ siblings: ['a', 'b'] });
  expect(nameOf(both)).toBe('a:1,b:1');
});

test('a value replaces those that its writer had seen, and no other', () => {
  const seen = [one('a', 1), one('b', 1)];
  const next = one('c', 2, pastOf(seen));
  expect(merge(seen, [next], 'siblings')).toEqual([next]);
  expect(merge([next], [one('b', 3)], 'siblings')).toEqual([next, one('b', 3)]);
});

test('with the last writer the greater number stays, of equal ones the greater name', () => {
  expect(merge([one('b', 1)], [one('a', 2)], 'last-writer')).toEqual([one('a', 2)]);
  expect(merge([one('b', 2)], [one('a', 2)], 'last-writer')).toEqual([one('b', 2)]);
});

test('a tombstone is no value', () => {
  expect(visible([{ ...one('a', 1), gone: true }])).toBeUndefined();
});
