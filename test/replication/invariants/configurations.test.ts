/** What replicas count by is compared with their logs, and with what other replicas count by. */
import { ChangeAnswers } from '../../../replication/invariants/change-answers.ts';
import {
  Configurations,
  checkRivals,
  type Standing,
} from '../../../replication/invariants/configurations.ts';
import type { KnownEntry, KnownLog } from '../../../replication/invariants/known-entries.ts';
import type { ConfigurationView, MemberChange } from '../../../replication/members.ts';
import type { ReplicaView } from '../../../replication/protocol.ts';

const members = (index: number, voters: string, learners = '', outgoing?: string): ConfigurationView => ({
  index,
  voters: voters.split(' '),
  learners: learners === '' ? [] : learners.split(' '),
  outgoing: outgoing?.split(' '),
});

const view = (given: Partial<ReplicaView>): ReplicaView =>
  ({
    recovery: 'normal',
    term: 2,
    lastTerm: 2,
    lastIndex: 2,
    commit: 0,
    baseIndex: 0,
    applied: 0,
    ...given,
  }) as ReplicaView;

/** A log whose entries are configurations, or not. */
function logOf(...configurations: readonly (ConfigurationView | undefined)[]): KnownLog {
  const log: KnownLog = [undefined];
  for (const configuration of configurations) {
    const entry: KnownEntry = {
      ...{ index: log.length, term: 2, content: '', configuration, previous: log.at(-1), holders: 0 },
    };
    log.push(entry);
  }
  return log;
}

let found: string[];
const report = (invariant: string, index: number | undefined, message: string) =>
  void found.push(`${invariant} ${index}: ${message}`);

beforeEach(() => {
  found = [];
});

describe('a replica counts by the last configuration in its log', () => {
  const first = members(1, 'a b c');
  const second = members(2, 'a b');

  test.each([
    ['the last one', second, []],
    ['an earlier one', first, ['counts-by-its-log 1: the last configuration in its log is that of entry 2']],
    [
      'other members',
      members(2, 'a b c'),
      ['counts-by-its-log 2: it counts other members than the entry has'],
    ],
  ])('%s', (_what, configuration, expected) => {
    new Configurations().follow(
      'a',
      logOf(first, second),
      0,
      { before: undefined, view: view({ configuration }) },
      report,
    );
    expect(found).toEqual(expected);
  });

  test('one that was cut counts no longer', () => {
    const configurations = new Configurations();
    const before = view({ configuration: second });
    configurations.follow('a', logOf(first, second), 0, { before: undefined, view: before }, report);
    configurations.follow(
      'a',
      logOf(first, undefined),
      1,
      { before, view: view({ configuration: second }) },
      report,
    );
    expect(found).toEqual(['counts-by-its-log 2: the last configuration in its log is that of entry 1']);
  });
});

test.each([
  // Both could win, and nobody would vote twice.
  ['a b', 'c d', 'a b c d', 1],
  // The one that has not heard of the other's entries is not elected any more.
  ['a b', 'c d', '', 0],
  ['a b c', 'a b c d', 'a b c d e', 0],
])('%s and %s, with the votes of %s: %i', (mine, theirs, free, count) => {
  const standing = (node: string, voters: string, index: number): Standing => ({
    ...{ node, isUp: true, view: view({ configuration: members(index, voters), lastIndex: 2 }) },
    durable: { term: free.includes(node) ? 1 : 3, index: 1 },
  });
  const others = 'b d e'.split(' ').map((node) => standing(node, mine, 1));
  checkRivals('a', [standing('a', mine, 1), standing('c', theirs, 2), ...others], report);
  expect(found).toHaveLength(count);
});

test('who knows that it has no vote does not lead', () => {
  const configurations = new Configurations();
  const log = logOf(members(1, 'a b c'), members(2, 'a b'));
  const leads = (commit: number) =>
    configurations.elected('c', log, view({ configuration: members(2, 'a b'), commit }), report);
  leads(1);
  expect(found).toEqual([]);
  leads(2);
  expect(found).toEqual(['voters-lead 2: it leads though it knows that it has no vote']);
});

test('a learner is promoted if its copy was found to be the same as its leader has', () => {
  const configurations = new Configurations();
  const follow = (node: string, digest: string) =>
    configurations.follow(
      ...([node, logOf(members(1, 'a b c', 'd')), 1] as const),
      {
        before: undefined,
        view: view({ configuration: members(1, 'a b c', 'd'), checked: { index: 5, digest } }),
      },
      report,
    );
  const promote = () => configurations.promoted('a', members(1, 'a b c', 'd'), members(2, 'a b c d'), report);
  follow('a', 'same');
  promote();
  follow('d', 'other');
  promote();
  expect(found).toHaveLength(2);
  follow('d', 'same');
  promote();
  expect(found).toHaveLength(2);
});

describe('what callers are told', () => {
  const committed = members(4, 'a b', 'd');
  const tell = (change: MemberChange, value: object, known = 0) => {
    const answers = new ChangeAnswers();
    answers.asked('q', 'a', { type: 'change-members', changes: [change] }, known);
    answers.answered('q', { ok: true, value });
    answers.check(
      (index) => (index === 4 ? committed : index === 5 ? members(5, 'a', '', 'a b') : undefined),
      (_node, _index, message) => void found.push(message),
    );
    return found;
  };

  test.each<[MemberChange, object, number]>([
    [{ do: 'remove', id: 'c' }, { config: 4 }, 3],
    [{ do: 'remove', id: 'c' }, { config: 4, already: true }, 4],
    [{ do: 'demote', id: 'd' }, { config: 4 }, 3],
    [{ do: 'add', role: 'voter', id: 'd' }, { config: 4 }, 3],
  ])('%j, %j is so', (change, value, known) => {
    expect(tell(change, value, known)).toEqual([]);
  });

  test.each<[MemberChange, object, number]>([
    [{ do: 'remove', id: 'b' }, { config: 4 }, 3],
    [{ do: 'promote', id: 'e' }, { config: 4 }, 3],
    [{ do: 'demote', id: 'a' }, { config: 4 }, 3],
    [{ do: 'remove', id: 'c' }, { config: 3 }, 2],
    [{ do: 'remove', id: 'c' }, { config: 5 }, 4],
    [{ do: 'remove', id: 'c' }, { config: 4 }, 4],
  ])('%j, %j is not', (change, value, known) => {
    expect(tell(change, value, known)).toHaveLength(1);
  });
});
