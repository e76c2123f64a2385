/** Each guarantee is broken by a history that breaks it, and by no correct one. */
import {
  acknowledgedSurvive,
  commandsOnce,
  lastWriterStays,
  noLostUpdates,
} from '../../../analysis/consistency/lost-updates.ts';
import {
  type Finals,
  monotonicReads,
  monotonicWrites,
  readYourWrites,
} from '../../../analysis/consistency/session-guarantees.ts';
import { staleReads } from '../../../analysis/consistency/stale-reads.ts';
import type { Breach, KeyCall } from '../../../analysis/consistency/versions.ts';
import { append, cas, inTurn, push, put, read } from './calls.ts';

const CHECKS = {
  readYourWrites,
  monotonicReads,
  monotonicWrites,
  noLostUpdates,
  acknowledgedSurvive,
  lastWriterStays,
  commandsOnce,
} satisfies Record<string, (calls: readonly KeyCall[], finals: Finals) => Breach | undefined>;

/** The guarantees that a history breaks, with what is said of each. */
function broken(calls: readonly KeyCall[], finals: Record<string, string | null> = {}) {
  const ends = new Map(Object.entries(finals));
  return Object.fromEntries(
    Object.entries(CHECKS).flatMap(([name, check]) => {
      const breach = check(calls, ends);
      return breach === undefined ? [] : [[name, breach.message]];
    }),
  );
}

test('a client does not find its own append, nor what it found before', () => {
  const calls = inTurn(append('p', 'a', 'p1', null), read('p', 'a', 'p1'), read('p', 'a', null));
  expect(broken(calls)).toEqual({
    readYourWrites: `p's read a found null after p's append a "p1" was acknowledged`,
    monotonicReads: `p's read a found null, having found "p1" before`,
  });
  expect(staleReads(calls).map(({ age, newer }) => [age, newer.input.type])).toEqual([[15, 'append']]);
});

test('a client finds the value of a register that it has written over', () => {
  const calls = inTurn(put('q', 'x', 'q1'), put('p', 'x', 'p1'), read('p', 'x', 'q1'));
  expect(Object.keys(broken(calls))).toEqual(['readYourWrites']);
  expect(staleReads(calls).map(({ age }) => age)).toEqual([5]);
});

test('what another client has not seen yet breaks no promise to it, but is stale', () => {
  const calls = inTurn(append('p', 'a', 'p1', null), read('q', 'a', null), read('q', 'a', 'p1'));
  expect(broken(calls, { a: 'p1' })).toEqual({});
  expect(staleReads(calls)).toHaveLength(1);
});

test('appends of a client stand in another order than it made them', () => {
  const calls = inTurn(push('p', 'a', 1), push('p', 'a', 2), read('q', 'a', [2, 1]));
  expect(broken(calls)).toEqual({
    monotonicWrites: `p's append a 1 stands after the later p's append a 2`,
  });
});

test('an earlier value of a client is there at the end', () => {
  const calls = inTurn(put('p', 'x', 'p1'), put('p', 'x', 'p2'));
  expect(Object.keys(broken(calls, { x: 'p1' }))).toEqual(['monotonicWrites', 'lastWriterStays']);
  expect(broken(calls, { x: 'p2' })).toEqual({});
});

test('two changes are made over the same value, and one of them is lost', () => {
  const appends = inTurn(append('p', 'a', 'p1', null), append('q', 'a', 'q1', null));
  expect(broken(appends, { a: 'q1' })).toEqual({
    noLostUpdates: `p's append a "p1" and q's append a "q1" were both made over null`,
    acknowledgedSurvive: `p's append a "p1" was acknowledged, and is not in "q1"`,
  });
  const swaps = inTurn(put('p', 'x', 'p1'), cas('p', 'x', 'p1', 'p2'), cas('q', 'x', 'p1', 'q1'));
  expect(Object.keys(broken(swaps))).toEqual(['noLostUpdates']);
});

test('a command runs twice', () => {
  const calls = inTurn(append('p', 'a', 'p1', null), read('q', 'a', 'p1p1'));
  expect(broken(calls, { a: 'p1p1' })).toEqual({ commandsOnce: `p's append a "p1" is there twice` });
});

test('changes at the same time may end in any order', () => {
  const [one, other, ...reads] = inTurn(put('p', 'x', 'p1'), put('q', 'x', 'q1'), read('p', 'x', 'q1'));
  const together = [one!, { ...other!, calledAt: 1 }, ...reads];
  expect(broken(together, { x: 'p1' })).toEqual({});
  expect(broken(together, { x: 'q1' })).toEqual({});
  expect(staleReads(together)).toEqual([]);
});

test('where values are not unique, or cannot be told apart, nothing is said', () => {
  expect(broken(inTurn(put('p', 'x', 1), put('p', 'x', 2), put('p', 'x', 1)), { x: null })).toEqual({});
  expect(broken(inTurn(append('p', 'a', 'b'), append('p', 'a', 'bb'), read('q', 'a', 'bb')))).toEqual({});
});

test('a change that was not acknowledged may be lost', () => {
  const [call] = inTurn(append('p', 'a', 'p1', null));
  expect(broken([{ ...call!, returnedAt: undefined, output: undefined }], { a: null })).toEqual({});
});
