/**
 * Histories with any initial value, and keys that hold lists: decided as by a search through every
 * order from every value.
 */
import fc from 'fast-check';
import { checkLinearizability } from '../../../analysis/linearizability/check.ts';
import { ANY_VALUE, type KeyState, keyValueModel } from '../../../analysis/linearizability/models.ts';
import { withoutUnseen } from '../../../analysis/linearizability/unseen.ts';
import type { Value } from '../../../vm/store.ts';
import type { Op } from './atomic.ts';
import { hasOrder } from './every-order.ts';

const budget = { ms: 10_000, now: () => performance.now() };

function verdict(operations: readonly Op[], initial: KeyState): string {
  return checkLinearizability(keyValueModel(initial), withoutUnseen(operations), budget).verdict;
}

const times = fc.record({
  calledAt: fc.nat(12),
  length: fc.integer({ min: 1, max: 8 }),
  pending: fc.boolean(),
});
const value = fc.constantFrom<Value>(null, 0, 1, '', 'a', 'ab', 'b');
const text = fc.constantFrom('', 'a', 'b');

/** The operations of clients, with possible answers. */
const asked: fc.Arbitrary<Pick<Op, 'input' | 'output'>> = fc.oneof(
  value.map(
    (seen) => ({ input: { type: 'read', key: 'x' }, output: { type: 'value', value: seen } }) as const,
  ),
  value.map(
    (next) => ({ input: { type: 'write', key: 'x', value: next }, output: { type: 'done' } }) as const,
  ),
  text.map(
    (next) => ({ input: { type: 'append', key: 'x', value: next }, output: { type: 'done' } }) as const,
  ),
  fc.tuple(value, value, fc.boolean()).map(([expected, next, isDone]) => ({
    input: { type: 'cas', key: 'x', expected, value: next } as const,
    output: { type: isDone ? ('done' as const) : ('mismatch' as const) },
  })),
);

const elements = fc.array(fc.constantFrom(1, 2), { maxLength: 3 });
const askedOfLists: fc.Arbitrary<Pick<Op, 'input' | 'output'>> = fc.oneof(
  elements.map((seen) => ({
    input: { type: 'read', key: 'x' } as const,
    output: { type: 'value' as const, value: seen.length === 0 ? null : seen },
  })),
  fc
    .constantFrom(1, 2)
    .map((one) => ({ input: { type: 'push', key: 'x', value: one }, output: { type: 'done' } }) as const),
  elements.map(
    (next) =>
      ({
        input: { type: 'write', key: 'x', value: next.length === 0 ? null : next },
        output: { type: 'done' },
      }) as const,
  ),
);

const histories = (asks: typeof asked, maxLength: number): fc.Arbitrary<Op[]> =>
  fc.array(
    fc.tuple(times, asks).map(([{ calledAt, length, pending }, { input, output }]): Op => {
      const isOpen = pending && input.type !== 'read';
      const end = isOpen
        ? { returnedAt: undefined, output: undefined }
        : { returnedAt: calledAt + length, output };
      return { client: 'c', calledAt, input, ...end };
    }),
    { maxLength },
  );

test('any initial value: legal if and only if it is legal from some value', () => {
  // Every value that is spoken of, whatever may stand before an appended text, and one that nobody
  // speaks of.
  const values: Value[] = [
    null,
    0,
    1,
    '',
    'a',
    'b',
    'aa',
    'ab',
    'ba',
    'bb',
    'aab',
    'abb',
    'aba',
    'something else',
  ];
  const seen = { linearizable: 0, violated: 0 };
  fc.assert(
    fc.property(histories(asked, 5), (operations) => {
      const expected = values.some((initial) => hasOrder(keyValueModel(initial), operations))
        ? 'linearizable'
        : 'violated';
      seen[expected]++;
      expect(verdict(operations, ANY_VALUE)).toBe(expected);
    }),
    { numRuns: 1500, seed: 13 },
  );
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(100);
});

test.each<[string, KeyState, readonly Value[]]>([
  ['nothing', null, [null]],
  [
    'anything',
    ANY_VALUE,
    [
      null,
      [1],
      [2],
      [1, 1],
      [1, 2],
      [2, 1],
      [2, 2],
      [1, 1, 1],
      [1, 1, 2],
      [1, 2, 1],
      [1, 2, 2],
      [2, 1, 1],
      [2, 1, 2],
      [2, 2, 1],
      [2, 2, 2],
    ],
  ],
])('lists that begin as %s: legal if and only if it is in every order', (_, initial, values) => {
  const seen = { linearizable: 0, violated: 0 };
  fc.assert(
    fc.property(histories(askedOfLists, 6), (operations) => {
      const expected = values.some((from) => hasOrder(keyValueModel(from), operations))
        ? 'linearizable'
        : 'violated';
      seen[expected]++;
      expect(verdict(operations, initial)).toBe(expected);
    }),
    { numRuns: 700, seed: 13 },
  );
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(70);
});
