import fc from 'fast-check';
import { applyWrite, compareKeys, MemoryDisk, MemoryStore, prefixEnd, type Value } from '../../vm/store.ts';

const key = fc.string({ unit: 'binary', maxLength: 4 });
const keyOfFew = fc.constantFrom('a', 'b', 'ba', 'c', 'é', '\u{ffff}', '\u{10000}');

test('keys are ordered as their UTF-8 bytes are', () => {
  fc.assert(
    fc.property(key, key, (a, b) => {
      expect(Math.sign(compareKeys(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
    { numRuns: 2_000 },
  );
});

test('exactly the keys with a prefix are between the prefix and its end', () => {
  fc.assert(
    fc.property(key, key, (prefix, other) => {
      const inside = compareKeys(prefix, other) <= 0 && compareKeys(other, prefixEnd(prefix)) < 0;
      const begins = other.startsWith(prefix);
      // A key of U+10FFFF alone after the prefix is the end itself: nobody may use that character
      // first.
      fc.pre(!other.startsWith(prefixEnd(prefix)));
      expect(inside).toBe(begins);
    }),
    { numRuns: 2_000 },
  );
});

type Change = { readonly key: string; readonly value: number | undefined };
const changes = fc.array(fc.record({ key: keyOfFew, value: fc.option(fc.nat(9), { nil: undefined }) }));

/** The same changes on a map that knows nothing of trees. */
function model(all: readonly Change[]): [string, Value][] {
  const map = new Map<string, Value>();
  for (const { key, value } of all) {
    if (value === undefined) map.delete(key);
    else map.set(key, value);
  }
  return [...map].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

function change(store: MemoryStore, all: readonly Change[]): void {
  const disk = new MemoryDisk();
  disk.program = store;
  for (const one of all) applyWrite(disk, { space: 'program', ...one });
}

test('a store is a sorted map, forwards and backwards, whole and in part', () => {
  fc.assert(
    fc.property(changes, keyOfFew, keyOfFew, fc.nat(5), (all, from, to, limit) => {
      const store = new MemoryStore();
      change(store, all);
      const pairs = model(all);
      expect(store.size).toBe(pairs.length);
      for (const [one, value] of pairs) expect(store.get(one)).toBe(value);
      const wanted = pairs.filter(([one]) => compareKeys(from, one) <= 0 && compareKeys(one, to) < 0);
      expect([...store.range(from, to)]).toEqual(wanted);
      expect([...store.range(from, to, { limit })]).toEqual(wanted.slice(0, limit));
      expect([...store.range(from, to, { reverse: true, limit })]).toEqual(
        wanted.toReversed().slice(0, limit),
      );
    }),
  );
});

test('a clone has the same pairs, and is then independent', () => {
  fc.assert(
    fc.property(changes, changes, changes, (past, ours, theirs) => {
      const store = new MemoryStore();
      change(store, past);
      const copy = store.clone();
      change(store, ours);
      change(copy, theirs);
      const everything = prefixEnd('');
      expect([...store.range('', everything)]).toEqual(model([...past, ...ours]));
      expect([...copy.range('', everything)]).toEqual(model([...past, ...theirs]));
    }),
  );
});
