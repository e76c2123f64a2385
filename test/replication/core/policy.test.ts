/** What operators want of a cluster, kept with its data. */

import { loadSessions } from '../../../replication/core/client-sessions.ts';
import { keyValueMachine } from '../../../replication/core/key-value.ts';
import {
  applyEntry,
  DEFAULT_SESSION_LIMITS,
  forCluster,
  inCluster,
  policyOf,
} from '../../../replication/core/sessions.ts';
import type { PolicyChanges } from '../../../replication/protocol.ts';
import { isForwardBody } from '../../../replication/raft/well-formed.ts';
import type { StateMachine } from '../../../replication/state-machine.ts';
import { MemoryStore } from '../../../vm/store.ts';

function changed(data: MemoryStore, changes: PolicyChanges) {
  const machine = keyValueMachine as StateMachine<unknown, unknown, unknown, unknown>;
  const entry = { index: 1, place: 0, term: 1, data: { type: 'policy', changes } } as const;
  return applyEntry(machine, data, entry, DEFAULT_SESSION_LIMITS).outcome;
}

test('what is given replaces what there was, null takes it back, and twice is as once', () => {
  const data = new MemoryStore();
  loadSessions(data);
  expect(policyOf(data)).toEqual({});
  changed(data, { b: 2, a: 'x' });
  const changes = { b: null, c: true };
  const outcome = changed(data, changes);
  expect(outcome).toEqual({ ok: true, value: { a: 'x', c: true } });
  expect(changed(data, changes)).toEqual(outcome);
  expect(Object.keys(policyOf(data))).toEqual(['a', 'c']);
});

test('another cluster made of the data has no policy', () => {
  const data = new MemoryStore();
  loadSessions(data);
  changed(data, { a: 1 });
  expect(inCluster(['policy', { a: 1 }], 'other')).toBeUndefined();
  forCluster(data, 'other');
  expect(policyOf(data)).toEqual({});
});

test.each([
  [{ a: 1, b: 'x', c: false, d: null }, true],
  [{}, true],
  [{ a: [1] }, false],
  [{ a: Number.NaN }, false],
  [{ 'a b': 1 }, false],
  [{ a: 'a b' }, false],
  [Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`a${i}`, i])), false],
  [[], false],
])('%j as changes of a policy', (changes, is) => {
  expect(isForwardBody({ type: 'set-policy', changes })).toBe(is);
});
