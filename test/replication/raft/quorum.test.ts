/** Quorums, held against counting every set of voters. */
import { isQuorum, quorumValue, type Voters, voteResult } from '../../../replication/raft/quorum.ts';

const IDS = ['a', 'b', 'c', 'd', 'e'];
const SETS = Array.from({ length: 2 ** IDS.length }, (_, bits) => IDS.filter((_, i) => bits & (1 << i)));
const LISTS = SETS.filter((set) => set.length > 0);
/** Every configuration of up to five ids, joint ones too. */
const CONFIGURATIONS: readonly Voters[] = [
  ...LISTS.map((list): Voters => [list]),
  ...LISTS.flatMap((one) => LISTS.map((other): Voters => [one, other])),
];

/** All sets of ids that hold more than half of each list. */
function quorums(halves: Voters): readonly (readonly string[])[] {
  return SETS.filter((set) =>
    halves.every((voters) => 2 * voters.filter((voter) => set.includes(voter)).length > voters.length),
  );
}

/** What each of the ids may be: every way to give them these values. */
function assignments<T>(...values: readonly T[]): readonly Readonly<Record<string, T>>[] {
  return IDS.reduce<readonly Record<string, T>[]>(
    (all, id) => all.flatMap((one) => values.map((value) => ({ ...one, [id]: value }))),
    [{}],
  );
}

test('a set is a quorum if it is a majority of each half', () => {
  for (const halves of CONFIGURATIONS) {
    const expected = new Set(quorums(halves));
    for (const set of SETS) {
      if (isQuorum(halves, (voter) => set.includes(voter)) === expected.has(set)) continue;
      expect({ halves, set }).toBe(expected.has(set) ? 'a quorum' : 'no quorum');
    }
  }
});

test('any two quorums of a configuration share a voter', () => {
  for (const halves of CONFIGURATIONS) {
    const all = quorums(halves);
    for (const one of all) {
      for (const other of all) {
        if (!one.some((voter) => other.includes(voter))) expect({ halves, one, other }).toBe('overlap');
      }
    }
  }
});

test('the value of a quorum is the highest that all of some quorum have reached', () => {
  const reached = assignments(0, 1, 2);
  for (const halves of CONFIGURATIONS) {
    const all = quorums(halves);
    for (const values of reached) {
      const found = quorumValue(halves, (voter) => values[voter]!);
      const expected = Math.max(...all.map((set) => Math.min(...set.map((voter) => values[voter]!))));
      if (found !== expected) expect({ halves, values, found }).toBe(expected);
    }
  }
});

test('a vote is won by a quorum, and lost if none is left that may win', () => {
  const answers = assignments(true, false, undefined);
  for (const halves of CONFIGURATIONS) {
    const all = quorums(halves);
    for (const votes of answers) {
      const isWon = all.some((set) => set.every((voter) => votes[voter] === true));
      const isOpen = all.some((set) => set.every((voter) => votes[voter] !== false));
      const expected = isWon ? 'won' : isOpen ? 'pending' : 'lost';
      const found = voteResult(halves, votes as Record<string, boolean>);
      if (found !== expected) expect({ halves, votes, found }).toBe(expected);
    }
  }
});

test('swapping the halves changes nothing', () => {
  const reached = assignments(0, 1, 2);
  for (const [one, other] of CONFIGURATIONS) {
    if (other === undefined) continue;
    for (const values of reached) {
      const of = (...halves: Voters) => quorumValue(halves, (voter) => values[voter]!);
      if (of(one, other) !== of(other, one)) expect({ one, other, values }).toBe('the same');
    }
  }
});

test('who has no vote does not count', () => {
  const votes = { a: true, b: false, x: true, y: true };
  expect(voteResult([['a', 'b', 'c']], votes)).toBe('pending');
  expect(quorumValue([['a', 'b', 'c']], (voter) => ({ a: 3, x: 9 })[voter] ?? 0)).toBe(0);
});

test('nobody is a quorum of no voters', () => {
  expect(isQuorum([[]], () => true)).toBe(false);
  expect(isQuorum([['a'], []], () => true)).toBe(false);
  expect(voteResult([[]], { a: true })).toBe('lost');
  expect(quorumValue([[]], () => 5)).toBe(0);
});
