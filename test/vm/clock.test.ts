import fc from 'fast-check';
import {
  compareVectors,
  isPlausibleStamp,
  receiveClock,
  receiveVector,
  tickVector,
  type Vector,
} from '../../vm/clock.ts';

const names = ['m1', 'm2', 'm3'];

/**
 * One event of a random run: a machine acts by itself, or receives what another one sent before.
 */
interface Happened {
  readonly machine: string;
  readonly lamport: number;
  readonly vector: Vector;
  /** Which earlier events caused it: the machine's last, and for a receive the send. */
  readonly causes: readonly number[];
}

/** Runs machines that follow the rules, and remembers who caused what. */
function history(choices: readonly { readonly machine: number; readonly receive: number }[]): Happened[] {
  const events: Happened[] = [];
  const last = new Map<string, number>();
  for (const { machine, receive } of choices) {
    const self = names[machine]!;
    const mine = last.get(self);
    const before = mine === undefined ? undefined : events[mine]!;
    const source = events.length > 0 && receive > 0 ? (receive - 1) % events.length : undefined;
    const sent = source === undefined ? undefined : events[source]!;
    const lamport = sent ? receiveClock(before?.lamport ?? 0, sent.lamport) : (before?.lamport ?? 0) + 1;
    const vector = sent
      ? receiveVector(before?.vector ?? {}, sent.vector, self)
      : tickVector(before?.vector ?? {}, self);
    const causes = [mine, source].filter((cause) => cause !== undefined);
    last.set(self, events.length);
    events.push({ machine: self, lamport, vector, causes });
  }
  return events;
}

/** All events that an event depends on, found the slow and certain way. */
function pasts(events: readonly Happened[]): Set<number>[] {
  const all: Set<number>[] = [];
  for (const { causes } of events) {
    all.push(new Set(causes.flatMap((cause) => [cause, ...all[cause]!])));
  }
  return all;
}

const runs = fc.array(fc.record({ machine: fc.nat(2), receive: fc.nat(12) }), { maxLength: 25 }).map(history);

test("Lamport's condition: a cause is numbered lower than its effect", () => {
  fc.assert(
    fc.property(runs, (events) => {
      pasts(events).forEach((past, effect) => {
        for (const cause of past) expect(events[cause]!.lamport).toBeLessThan(events[effect]!.lamport);
      });
    }),
  );
});

test('vectors tell exactly which events caused which, and which are concurrent', () => {
  fc.assert(
    fc.property(runs, (events) => {
      const past = pasts(events);
      for (let a = 0; a < events.length; a++) {
        for (let b = 0; b < events.length; b++) {
          const truth =
            a === b ? 'equal' : past[b]!.has(a) ? 'before' : past[a]!.has(b) ? 'after' : 'concurrent';
          expect(compareVectors(events[a]!.vector, events[b]!.vector)).toBe(truth);
        }
      }
    }),
  );
});

test('vectors are never changed: rows and messages may share them', () => {
  const local = Object.freeze({ m1: 2 });
  const stamp = Object.freeze({ m1: 1, m2: 5 });
  expect(receiveVector(local, stamp, 'm1')).toEqual({ m1: 3, m2: 5 });
  expect(tickVector(local, 'm2')).toEqual({ m1: 2, m2: 1 });
});

test('a missing name counts as 0', () => {
  expect(compareVectors({}, { m1: 0 })).toBe('equal');
  expect(compareVectors({}, { m1: 1 })).toBe('before');
  expect(compareVectors({ m1: 1 }, { m2: 0 })).toBe('after');
});

describe('a stamp from elsewhere', () => {
  const members = new Set(['n1', 'n2']);
  const local = { lamport: 100, vector: { n1: 3 } };
  const isPlausible = (lamport: number, vector?: Record<string, number>) =>
    isPlausibleStamp(local, vector === undefined ? { lamport } : { lamport, vector }, members);

  test('may be of any machine that has run for longer', () => {
    expect(isPlausible(1e12, { n1: 3, n2: 1e12, 'n2.17': 1 })).toBe(true);
    expect(isPlausible(1)).toBe(true);
  });

  test.each([
    ['a clock at the end of all numbers', Number.MAX_SAFE_INTEGER, {}],
    ['a clock that is no number of events', 1.5, {}],
    ['a count at the end of all numbers', 1, { n2: Number.MAX_SAFE_INTEGER }],
    ['a negative count', 1, { n2: -1 }],
    ['events of nobody', 1, { n3: 1 }],
    ['an incarnation that is none', 1, { 'n1.x': 1 }],
    [
      'too many incarnations',
      1,
      Object.fromEntries(Array.from({ length: 10_001 }, (_, i) => [`n1.${i + 2}`, 1])),
    ],
  ])('is not one with %s', (_, lamport, vector) => {
    expect(isPlausible(lamport, vector)).toBe(false);
  });

  test('may have any names where machines come and go, but not ever more of them', () => {
    const named = (first: number, count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`n${first + i}`, 1]));
    const among = (known: Record<string, number>, vector: Record<string, number>) =>
      isPlausibleStamp({ lamport: 1, vector: known }, { lamport: 1, vector }, undefined);
    expect(among({ n1: 3 }, { n1: 4, 'n9.2': 1 })).toBe(true);
    expect(among({ n1: 3 }, { 'not a name': 1 })).toBe(false);
    expect(among(named(1, 9_999), named(9_999, 2))).toBe(true);
    expect(among(named(1, 9_999), named(9_999, 3))).toBe(false);
  });
});
