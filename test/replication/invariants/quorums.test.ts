/** Leaders that count wrongly are found out by what the replicas have done. */
import type { KnownEntry } from '../../../replication/invariants/known-entries.ts';
import { nothingWritten, Quorums } from '../../../replication/invariants/quorums.ts';
import type { ConfigurationView } from '../../../replication/members.ts';
import type { ReplicaView } from '../../../replication/protocol.ts';

const members = (voters: string, outgoing?: string): ConfigurationView => ({
  index: 1,
  voters: voters.split(' '),
  learners: [],
  outgoing: outgoing?.split(' '),
});

function view(configuration: ConfigurationView, votedFor?: string): ReplicaView {
  return { term: 2, votedFor, configuration } as unknown as ReplicaView;
}

let found: string[];
const report = (invariant: string, _index: number | undefined, message: string) =>
  void found.push(`${invariant}: ${message}`);

beforeEach(() => {
  found = [];
});

test.each([
  ['a b', members('a b c'), []],
  ['a d', members('a b c'), ['elected-by-quorum: it leads by the votes of a, d only']],
  ['a b', members('a b c', 'a d e'), ['elected-by-quorum: it leads by the votes of a, b only']],
  ['a b d', members('a b c', 'a d e'), []],
])('votes of %s', (voters, configuration, expected) => {
  const quorums = new Quorums();
  for (const voter of voters.split(' ')) quorums.voted(voter, undefined, view(configuration, 'a'));
  quorums.elected('a', undefined, view(configuration, 'a'), report);
  expect(found).toEqual(expected);
});

test('copies count once they are on disk, with all entries before them', () => {
  const first: KnownEntry = {
    index: 1,
    term: 1,
    content: 1,
    configuration: undefined,
    previous: undefined,
    holders: 0,
  };
  const second: KnownEntry = {
    index: 2,
    term: 1,
    content: 2,
    configuration: undefined,
    previous: first,
    holders: 0,
  };
  const quorums = new Quorums();
  const present = view(members('a b c'));
  quorums.wrote('a', nothingWritten(), second, { batch: 1, durable: 1 });
  const written = nothingWritten();
  quorums.wrote('b', written, second, { batch: 4, durable: 3 });
  quorums.committed(undefined, present, first, report);
  expect(found).toEqual(['committed-by-quorum: only a had it on disk']);
  quorums.wrote('b', written, second, { batch: 5, durable: 4 });
  quorums.committed(undefined, present, first, report);
  quorums.committed(undefined, present, second, report);
  expect(found).toHaveLength(1);
});

test.each([
  ['a b c', undefined, 'a b c d', undefined, true],
  ['a b c', undefined, 'a b', undefined, true],
  ['a b c', undefined, 'a b d', undefined, false],
  ['a b c', undefined, 'a b c d e', undefined, false],
  ['a b c', undefined, 'c d e', 'a b c', true],
  ['c d e', 'a b c', 'c d e', undefined, true],
  ['c d e', 'a b c', 'a b c', undefined, true],
  ['c d e', 'a b c', 'd e f', undefined, false],
])('from %s (with %s) to %s (with %s): %s', (voters, outgoing, after, joint, isRight) => {
  new Quorums().changed(members(voters, outgoing), members(after, joint), report);
  expect(found.length === 0).toBe(isRight);
});
