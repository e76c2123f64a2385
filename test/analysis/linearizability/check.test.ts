/**
 * The linearizability checker: known verdicts, a deliberately simple checker for comparison, and
 * the core.
 */
import fc from 'fast-check';
import { checkLinearizability } from '../../../analysis/linearizability/check.ts';
import type { Operation } from '../../../analysis/linearizability/history.ts';
import {
  type KeyAnswer,
  type KeyOperation,
  keyValueModel,
} from '../../../analysis/linearizability/models.ts';
import { hasOrder } from './every-order.ts';

type Op = Operation<KeyOperation, KeyAnswer>;

const model = keyValueModel(null);
const budget = { ms: 10_000, now: () => performance.now() };
const check = (operations: readonly Op[]) => checkLinearizability(model, operations, budget);

function write(
  client: string,
  calledAt: number,
  returnedAt: number | undefined,
  value: number,
  key = 'x',
): Op {
  const output = returnedAt === undefined ? undefined : ({ type: 'done' } as const);
  return { client, calledAt, returnedAt, input: { type: 'write', key, value }, output };
}

function read(client: string, calledAt: number, returnedAt: number, value: number | null, key = 'x'): Op {
  return { client, calledAt, returnedAt, input: { type: 'read', key }, output: { type: 'value', value } };
}

describe('known histories', () => {
  test('a read that overlaps a write may see either value', () => {
    expect(check([write('a', 0, 10, 1), read('b', 1, 2, null), read('b', 3, 4, 1)]).verdict).toBe(
      'linearizable',
    );
  });

  test('a later read may not return an older value', () => {
    const verdict = check([write('a', 0, 10, 1), read('b', 1, 2, 1), read('c', 3, 4, null)]);
    expect(verdict).toMatchObject({ verdict: 'violated', part: 'x' });
  });

  test('an operation that never returned may happen late, or never', () => {
    const pending = write('a', 0, undefined, 1);
    expect(check([pending, read('b', 1, 2, null), read('b', 100, 101, 1)]).verdict).toBe('linearizable');
    expect(check([pending, read('b', 100, 101, null)]).verdict).toBe('linearizable');
    expect(check([pending, read('b', 3, 4, 1), read('b', 5, 6, null)]).verdict).toBe('violated');
  });

  test('a compare-and-set that reports a mismatch must have found another value', () => {
    const cas: Op = {
      client: 'a',
      calledAt: 5,
      returnedAt: 6,
      input: { type: 'cas', key: 'x', expected: 1, value: 2 },
      output: { type: 'mismatch' },
    };
    expect(check([write('a', 0, 1, 1), cas]).verdict).toBe('violated');
    expect(check([write('a', 0, 1, 3), cas]).verdict).toBe('linearizable');
  });

  test('keys are decided independently, and the violated one is named', () => {
    const fine = [write('a', 0, 1, 1, 'y'), read('a', 2, 3, 1, 'y')];
    expect(check([...fine, read('b', 0, 1, 9, 'z')])).toMatchObject({ verdict: 'violated', part: 'z' });
  });

  // No answer says what an append found, and the key is also written, so all orders of concurrent
  // appends have to be tried.
  const appends = Array.from({ length: 59 }, (_, i): Op => {
    const input = { type: 'append', key: 'x', value: `${i},` } as const;
    return { client: `c${i}`, calledAt: 0, returnedAt: 1000, input, output: { type: 'done' } };
  });
  const impossible = [...appends, write('w', 0, 1000, 0), read('r', 2000, 2001, -1)];

  test('a history that cannot be decided in time is unknown', () => {
    let clock = 0;
    const verdict = checkLinearizability(model, impossible, { ms: 5, now: () => clock++ });
    expect(verdict).toMatchObject({ verdict: 'unknown', undecided: ['x'], because: 'time', operations: 61 });
  });

  test('a history that would need too much memory is unknown', () => {
    const verdict = checkLinearizability(model, impossible, { ...budget, bytes: 1_000_000 });
    expect(verdict).toMatchObject({ verdict: 'unknown', undecided: ['x'], because: 'memory', ordered: 60 });
  });
});

test('appends that no read could follow are violated, however many orders there are', () => {
  const appends = Array.from({ length: 60 }, (_, i): Op => {
    const input = { type: 'append', key: 'x', value: `${i},` } as const;
    return { client: `c${i}`, calledAt: 0, returnedAt: 1000, input, output: { type: 'done' } };
  });
  const found = (text: string): Op => ({
    ...read('r', 2000, 2001, 0),
    output: { type: 'value', value: text },
  });
  const inTurn = appends.map((_, i) => `${59 - i},`).join('');
  expect(check([...appends, found(inTurn)]).verdict).toBe('linearizable');
  expect(check([...appends, found(inTurn.replace('17,', '16,'))]).verdict).toBe('violated');
});

test('the core is small and illegal by itself', () => {
  const noise = Array.from({ length: 50 }, (_, i) => [
    write('n', 10 * i, 10 * i + 1, i),
    read('m', 10 * i + 2, 10 * i + 3, i),
  ]);
  const stale = [write('a', 1000, 1001, 777), write('a', 1002, 1003, 778), read('b', 1010, 1011, 777)];
  const after = Array.from({ length: 20 }, (_, i) => read('c', 1020 + 2 * i, 1021 + 2 * i, 778));
  const verdict = check([...noise.flat(), ...stale, ...after]);
  if (verdict.verdict !== 'violated') throw new Error(verdict.verdict);
  const shown = verdict.core.map(({ input, output }) => model.describe(input, output));
  expect(shown).toContain('read x: 777');
  expect(verdict.core.length).toBeLessThanOrEqual(3);
  expect(check(verdict.core).verdict).toBe('violated');
});

const arbitraryOperation: fc.Arbitrary<Op> = fc
  .record({
    calledAt: fc.nat(20),
    length: fc.integer({ min: 1, max: 12 }),
    pending: fc.boolean(),
    kind: fc.constantFrom('read', 'write', 'cas'),
    value: fc.nat(2),
    other: fc.nat(2),
    done: fc.boolean(),
  })
  .map(({ calledAt, length, pending, kind, value, other, done }): Op => {
    const times = { client: 'c', calledAt, returnedAt: pending ? undefined : calledAt + length };
    if (kind === 'read') {
      const output = pending ? undefined : ({ type: 'value', value } as const);
      return { ...times, input: { type: 'read', key: 'x' }, output };
    }
    if (kind === 'write') {
      const output = pending ? undefined : ({ type: 'done' } as const);
      return { ...times, input: { type: 'write', key: 'x', value }, output };
    }
    const output = pending ? undefined : ({ type: done ? 'done' : 'mismatch' } as const);
    return { ...times, input: { type: 'cas', key: 'x', expected: other, value }, output };
  });

test('agrees with a search through every order', () => {
  const verdicts = { linearizable: 0, violated: 0 };
  fc.assert(
    fc.property(fc.array(arbitraryOperation, { maxLength: 7 }), (operations) => {
      const expected = hasOrder(model, operations) ? 'linearizable' : 'violated';
      verdicts[expected]++;
      expect(check(operations).verdict).toBe(expected);
    }),
    { numRuns: 3000, seed: 1 },
  );
  // Both answers must have been put to the test.
  expect(verdicts.linearizable).toBeGreaterThan(300);
  expect(verdicts.violated).toBeGreaterThan(300);
});

test('a core is violated by itself, whatever the history', () => {
  fc.assert(
    fc.property(fc.array(arbitraryOperation, { maxLength: 9 }), (operations) => {
      const verdict = check(operations);
      if (verdict.verdict === 'violated') expect(check(verdict.core).verdict).toBe('violated');
    }),
    { numRuns: 1000, seed: 2 },
  );
});
