/** A message of each type of Raft, and ways in which it may be malformed. */
import { batchOf } from '../../replication/core/batch.ts';
import type { Member } from '../../replication/members.ts';
import type { ConfigurationEntry, RaftMessage } from '../../replication/raft/messages.ts';
import { entries } from './one-replica.ts';

export const TAG = { session: '1-abc', sequence: 1, acknowledged: 1 };
export const COMMAND = { type: 'put', key: 'k', value: [1, { a: 'b' }] };
const BATCH = batchOf([COMMAND], TAG);
const VOTER: Member = { role: 'voter', want: 'voter', incarnation: 0, url: 'http://host:1', zone: 'z' };
const CONFIGURATION: ConfigurationEntry = {
  type: 'config',
  cluster: 'id',
  on: 0,
  members: {
    n1: VOTER,
    n2: { ...VOTER, url: 'http://host:2' },
    n4: { role: 'learner', want: 'voter', incarnation: 9, replaces: 'n3' },
  },
  outgoing: { n1: VOTER, n2: VOTER, n3: VOTER },
  next: ['n2'],
  leaving: { n5: VOTER },
  by: 'ada',
  plan: '',
};

/**
 * A message of each type, for a replica in term 1 with four entries: to a follower of this term, to
 * a leader of the last.
 */
export const MESSAGES: { readonly [T in RaftMessage['type']]: Extract<RaftMessage, { type: T }> } = {
  RequestVote: { type: 'RequestVote', term: 1, lastIndex: 4, lastTerm: 1, preVote: true, transfer: false },
  RequestVoteReply: { type: 'RequestVoteReply', term: 1, granted: false, preVote: false },
  AppendEntries: {
    type: 'AppendEntries',
    term: 1,
    prevIndex: 4,
    prevTerm: 1,
    entries: [
      ...entries(5, 1),
      { index: 6, term: 1, data: { type: 'noop' } },
      { index: 7, term: 1, data: { type: 'session', nonce: 'n', owner: { name: 'ada', most: 8 } } },
      { index: 8, term: 1, data: { type: 'commands', batches: [BATCH] } },
      { index: 9, term: 1, data: CONFIGURATION },
      { index: 10, term: 1, data: { type: 'check' } },
      { index: 11, term: 1, data: { type: 'policy', changes: { a: 1, b: 'x', c: true, d: null } } },
    ],
    commit: 4,
    round: 0,
    quiet: true,
  },
  AppendEntriesReply: {
    type: 'AppendEntriesReply',
    term: 1,
    success: false,
    index: 3,
    hint: { term: 1, index: 2 },
    round: 0,
    recovering: 7,
    checked: { index: 4, digest: 'd' },
  },
  InstallSnapshot: {
    type: 'InstallSnapshot',
    term: 1,
    index: 9,
    lastTerm: 1,
    page: 1,
    from: '',
    pairs: [['a', { b: 1 }]],
    next: 'c',
    same: { last: 'a', digest: 'd' },
    round: 0,
  },
  InstallSnapshotReply: {
    type: 'InstallSnapshotReply',
    term: 1,
    index: 4,
    page: 1,
    next: 'a',
    held: [{ last: 'a', digest: 'd' }],
    round: 0,
    recovering: 7,
  },
  Recovered: { type: 'Recovered', term: 1, incarnation: 7 },
  TimeoutNow: { type: 'TimeoutNow', term: 1 },
  Forward: {
    type: 'Forward',
    term: 1,
    id: 'q1-1',
    attempt: 1,
    body: { type: 'submit', batch: BATCH, single: true },
  },
  ForwardReply: {
    type: 'ForwardReply',
    term: 1,
    id: 'q1-1',
    attempt: 1,
    outcome: { ok: true, value: { done: true } },
    index: 4,
  },
};

export function nested(depth: number): unknown {
  return depth === 0 ? 0 : [nested(depth - 1)];
}

/** What no field of any message may be. */
export const WRONG: readonly unknown[] = [
  null,
  -1,
  1.5,
  2 ** 53,
  2 ** 52,
  Number.POSITIVE_INFINITY,
  'has a space',
  'x'.repeat(10_000),
  '\ud800',
  '__proto__',
  'constructor',
  [],
  [null],
  {},
  { type: 'none' },
  nested(500),
  Buffer.from('binary'),
  () => {},
];

/**
 * `value` with each of its parts, however deep, replaced by `wrong` in turn; `undefined` leaves it
 * out.
 */
export function* withWrongPart(value: unknown, wrong: unknown): Iterable<unknown> {
  if (typeof value !== 'object' || value === null) return;
  for (const key of Object.keys(value)) {
    const replaced = (part: unknown) =>
      Object.assign(Array.isArray(value) ? [...value] : { ...value }, { [key]: part });
    yield replaced(wrong);
    for (const part of withWrongPart((value as Record<string, unknown>)[key], wrong)) yield replaced(part);
  }
}
