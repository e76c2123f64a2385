/**
 * Random histories: those of an atomic object hold; changed ones get the verdict of a search
 * through every order.
 */
import fc from 'fast-check';
import { checkLinearizability } from '../../../analysis/linearizability/check.ts';
import { smallestCore } from '../../../analysis/linearizability/core.ts';
import { keyValueModel } from '../../../analysis/linearizability/models.ts';
import { Search } from '../../../analysis/linearizability/search.ts';
import { atomicHistory, type Op, type Shape } from './atomic.ts';
import { hasOrder } from './every-order.ts';

const model = keyValueModel(null);
const check = (operations: readonly Op[]) =>
  checkLinearizability(model, operations, { ms: 60_000, now: () => performance.now() });

const SHAPES: Readonly<Record<string, Shape>> = {
  'a register, each value written once': { operations: 600, clients: 8, pending: 0.02 },
  'a register with few values': { operations: 300, clients: 5, values: 3, pending: 0.05 },
  'compare-and-set': { operations: 300, clients: 5, values: 5, cas: 0.4, pending: 0.05 },
  appends: { operations: 100, clients: 4, appends: 0.5 },
  'appends and reads': {
    operations: 1700,
    clients: 50,
    keys: 10,
    appends: 0.5,
    writes: false,
    pending: 0.02,
  },
  'many keys': { operations: 1000, clients: 20, keys: 10, cas: 0.2, values: 5, pending: 0.02 },
};

test.each(Object.entries(SHAPES))('histories of an atomic object hold: %s', (_, shape) => {
  for (let seed = 1; seed <= 15; seed++) {
    expect([seed, check(atomicHistory(seed, shape)).verdict]).toEqual([seed, 'linearizable']);
  }
});

/** Small histories in which a few answers or times are not what they were. */
const mutated = fc
  .record({
    seed: fc.nat(),
    cas: fc.constantFrom(0, 0.4),
    appends: fc.constantFrom(0, 0, 0.4),
    writes: fc.boolean(),
    tells: fc.boolean(),
    pending: fc.constantFrom(0, 0.3),
    operations: fc.integer({ min: 2, max: 8 }),
    changes: fc.array(fc.record({ at: fc.nat(7), value: fc.nat(2), later: fc.nat(200) }), { maxLength: 3 }),
  })
  .map(({ seed, changes, ...shape }) => {
    const operations = atomicHistory(seed, { ...shape, clients: 3, values: 3 });
    for (const { at, value, later } of changes) {
      const changed = operations[at];
      if (changed === undefined) continue;
      const returnedAt = changed.returnedAt === undefined ? undefined : changed.returnedAt + later;
      const output = changed.output?.type === 'value' ? ({ type: 'value', value } as const) : changed.output;
      operations[at] = { ...changed, calledAt: changed.calledAt + later, returnedAt, output };
    }
    return operations.sort((a, b) => a.calledAt - b.calledAt);
  });

test('a changed history gets the verdict of a search through every order', () => {
  const verdicts = { linearizable: 0, violated: 0 };
  fc.assert(
    fc.property(mutated, (operations) => {
      const expected = hasOrder(model, operations) ? 'linearizable' : 'violated';
      verdicts[expected]++;
      expect(check(operations).verdict).toBe(expected);
    }),
    { numRuns: 3000, seed: 3 },
  );
  expect(Math.min(verdicts.linearizable, verdicts.violated)).toBeGreaterThan(300);
});

test('a part of a history, with the operations called before it, gets the verdict of a search through every order', () => {
  const verdicts = { true: 0, false: 0 };
  const parts = fc.tuple(mutated, fc.array(fc.nat(7), { maxLength: 4 }), fc.constantFrom(null, 0, 1, 2));
  fc.assert(
    fc.property(parts, ([operations, early, from]) => {
      for (const i of early)
        if (operations[i] !== undefined) operations[i] = { ...operations[i], early: true };
      const expected = hasOrder(model, operations, from);
      verdicts[`${expected}`]++;
      expect(new Search(model, operations, { from }).run(1e6) === 'linearizable').toBe(expected);
      // What is not known may be anything.
      if (expected)
        expect(new Search(model, operations, { from: model.unknown }).run(1e6)).toBe('linearizable');
    }),
    { numRuns: 4000, seed: 6 },
  );
  expect(Math.min(verdicts.true, verdicts.false)).toBeGreaterThan(300);
});

test('of two equal operations, one that may have happened before does not delay the other', () => {
  const cas = { type: 'cas', key: 'x', expected: 0, value: 1 } as const;
  const done = { input: cas, output: { type: 'done' } } as const;
  const read = { input: { type: 'read', key: 'x' }, output: { type: 'value', value: 1 } } as const;
  const operations: Op[] = [
    { client: 'a', calledAt: 0, returnedAt: 30, early: true, ...done },
    { client: 'b', calledAt: 1, returnedAt: 40, ...done },
    { client: 'c', calledAt: 2, returnedAt: 3, ...read },
  ];
  expect(new Search(model, operations, { from: 0 }).run(1e6)).toBe('linearizable');
});

test('leaving operations out never makes a legal history illegal', () => {
  const shapes = fc.record({
    ...{ seed: fc.nat(), operations: fc.integer({ min: 2, max: 9 }), values: fc.integer({ min: 2, max: 4 }) },
    ...{ cas: fc.constantFrom(0, 0.3, 0.6), pending: fc.constantFrom(0.2, 0.5) },
  });
  fc.assert(
    fc.property(shapes, ({ seed, ...shape }) => {
      const history = atomicHistory(seed, { ...shape, clients: 4 });
      if (history.every(({ returnedAt }) => returnedAt === undefined)) return;
      const core = smallestCore(model, history, { ms: 60_000, now: () => performance.now() });
      expect(hasOrder(model, core)).toBe(true);
    }),
    { numRuns: 3000, seed: 7 },
  );
});

/**
 * What a legal history could do without: each read, and with each value all that have to do with
 * it.
 */
function partsOf(core: readonly Op[]): (readonly Op[])[] {
  const reads = core.filter(({ input, output }) => model.isRead(input, output));
  const effects = core.map(({ input, output }) => model.effect(input, output));
  if (effects.some((effect) => effect === undefined || effect.avoids !== undefined))
    return reads.map((op) => [op]);
  const valuesOf = (i: number) =>
    [effects[i]!.sees, effects[i]!.changes, effects[i]!.leaves].filter((v) => v);
  const groups = core.map((_, start) => {
    const group = new Set([start]);
    for (let before = 0; before < group.size; ) {
      before = group.size;
      const values = new Set([...group].flatMap(valuesOf));
      for (const i of core.keys()) if (valuesOf(i).some((value) => values.has(value))) group.add(i);
    }
    return [...group].map((i) => core[i]!);
  });
  return [...reads.map((op) => [op]), ...groups];
}

test('a core is illegal by itself, and no operation of it can be left out', () => {
  let cores = 0;
  fc.assert(
    fc.property(mutated, (operations) => {
      const verdict = check(operations);
      if (verdict.verdict !== 'violated') return;
      cores++;
      const { core, fromAnyState } = verdict;
      const from = fromAnyState ? model.unknown : model.initial;
      expect(hasOrder(model, core, from)).toBe(false);
      for (const part of partsOf(core)) {
        const rest = core.filter((operation) => !part.includes(operation));
        expect(new Search(model, rest, { from }).run(1e6)).toBe('linearizable');
      }
    }),
    { numRuns: 2000, seed: 4 },
  );
  expect(cores).toBeGreaterThan(300);
});

test('a core of any part of a history is illegal with any initial value', () => {
  fc.assert(
    fc.property(mutated, (operations) => {
      const verdict = check(operations);
      if (verdict.verdict !== 'violated' || !verdict.fromAnyState) return;
      for (const before of [null, 0, 1, 2, 3, '', '5,'])
        expect(hasOrder(model, verdict.core, before)).toBe(false);
    }),
    { numRuns: 1000, seed: 5 },
  );
});
