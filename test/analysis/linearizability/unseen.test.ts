/** Leaving out unseen changes does not change a verdict, and leaves out a lot. */
import fc from 'fast-check';
import { keyValueModel } from '../../../analysis/linearizability/models.ts';
import { withoutUnseen } from '../../../analysis/linearizability/unseen.ts';
import { atomicHistory, type Op } from './atomic.ts';
import { hasOrder } from './every-order.ts';

const model = keyValueModel(null);

/**
 * Small histories with many operations that never returned, in which a few reads are not what they
 * were.
 */
const histories = fc
  .record({
    seed: fc.nat(),
    cas: fc.constantFrom(0, 0.4),
    appends: fc.constantFrom(0, 0, 0.4, 0.8),
    tells: fc.boolean(),
    writes: fc.boolean(),
    pending: fc.constantFrom(0.3, 0.6),
    operations: fc.integer({ min: 2, max: 7 }),
    changes: fc.array(fc.record({ at: fc.nat(7), value: fc.constantFrom(0, 1, 2, null, '0,', '1,') }), {
      maxLength: 2,
    }),
  })
  .map(({ seed, changes, writes, ...shape }) => {
    const operations = atomicHistory(seed, { ...shape, clients: 3, values: 4 });
    for (const { at, value } of changes) {
      const changed = operations[at];
      if (changed?.output?.type === 'value')
        operations[at] = { ...changed, output: { type: 'value', value } };
    }
    return writes ? operations : operations.filter(({ input }) => input.type !== 'write');
  });

test('a history is legal without unseen changes if and only if it is legal with them', () => {
  const seen = { legal: 0, illegal: 0, leftOut: 0 };
  fc.assert(
    fc.property(histories, (operations) => {
      const rest = withoutUnseen(operations);
      const isLegal = hasOrder(model, operations);
      expect(hasOrder(model, rest)).toBe(isLegal);
      seen.leftOut += operations.length - rest.length;
      seen[isLegal ? 'legal' : 'illegal']++;
    }),
    { numRuns: 5000, seed: 8 },
  );
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(500);
});

const op = (input: Op['input'], output?: Op['output']): Op => ({
  client: 'c',
  calledAt: 0,
  returnedAt: output && 1,
  input,
  output,
});
const write = (value: number) => op({ type: 'write', key: 'x', value });
const append = op({ type: 'append', key: 'x', value: 'a' });

test.each<[string, Op, readonly Op[], boolean]>([
  [
    'a write that somebody read',
    write(7),
    [op({ type: 'read', key: 'x' }, { type: 'value', value: 7 })],
    true,
  ],
  [
    'a write that somebody found',
    write(7),
    [op({ type: 'write', key: 'x', value: 8 }, { type: 'done', previous: 7 })],
    true,
  ],
  ['a write that somebody expected', write(7), [op({ type: 'cas', key: 'x', expected: 7, value: 8 })], true],
  [
    'a write that may have been in the way',
    write(7),
    [op({ type: 'cas', key: 'x', expected: 1, value: 8 }, { type: 'mismatch' })],
    true,
  ],
  ['a write that an append may hide', write(7), [append], true],
  [
    'an append that somebody read',
    append,
    [op({ type: 'read', key: 'x' }, { type: 'value', value: 'bac' })],
    true,
  ],
  [
    'a write of another value',
    write(7),
    [op({ type: 'read', key: 'x' }, { type: 'value', value: 8 })],
    false,
  ],
  ['a write of another key', write(7), [op({ type: 'read', key: 'y' }, { type: 'value', value: 7 })], false],
  [
    'an append of another text',
    append,
    [op({ type: 'read', key: 'x' }, { type: 'value', value: 'bc' })],
    false,
  ],
])('%s: %#', (_, change, others, isKept) => {
  expect(withoutUnseen([change, ...others]).includes(change)).toBe(isKept);
});
