/** When two that lead at once are a split brain, and for how long. */
import { SplitBrain } from '../../../replication/invariants/split-brain.ts';
import type { ReplicaView } from '../../../replication/protocol.ts';

let brain: SplitBrain;
beforeEach(() => {
  brain = new SplitBrain('leader');
});

/** A step of a replica that leads with a log of this length, of which so much is committed. */
function leads(node: string, atUs: number, term: number, lastIndex: number, commit: number): void {
  brain.stepped(node, { role: 'leader', term, lastIndex, commit } as unknown as ReplicaView, atUs);
}

test('both decide: it lasts from when both led to the last step of one of them', () => {
  leads('a', 10, 1, 5, 5);
  leads('b', 20, 2, 6, 5);
  leads('a', 30, 1, 7, 7);
  leads('b', 40, 2, 7, 7);
  leads('a', 50, 1, 7, 7);
  expect([brain.us, brain.split]).toEqual([20, 'a and b both led and decided from 0.02 ms on']);
});

test('what was on its way before may still be committed', () => {
  leads('a', 10, 1, 7, 5);
  leads('b', 20, 2, 8, 5);
  leads('a', 30, 1, 7, 7);
  leads('b', 40, 2, 9, 9);
  expect([brain.us, brain.split]).toEqual([0, undefined]);
});

test('one that follows again, or comes after the other, is no rival', () => {
  leads('a', 10, 1, 5, 5);
  brain.stepped('a', { role: 'follower', term: 2, lastIndex: 5, commit: 5 } as unknown as ReplicaView, 15);
  leads('b', 20, 2, 6, 5);
  leads('b', 30, 2, 9, 9);
  expect(brain.split).toBeUndefined();
});

test('two in one term are told, if there are terms', () => {
  leads('a', 10, 0, 5, 5);
  leads('b', 20, 0, 5, 5);
  expect(brain.sharedTerm).toBeUndefined();
  leads('c', 30, 3, 5, 5);
  leads('d', 40, 3, 5, 5);
  expect(brain.sharedTerm).toBe('c and d have both led term 3');
});
