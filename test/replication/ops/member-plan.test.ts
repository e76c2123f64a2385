/**
 * Plans of changes, as operators see them, and the numbers in them against all sets of failures.
 */
import { planOf, planTable } from '../../../replication/ops/member-plan.ts';
import type { progressOf } from '../../../replication/ops/member-progress.ts';

type Status = Parameters<typeof progressOf>[0];
type Change = Parameters<typeof planOf>[1];

function statusOf(voters: readonly string[], more: Partial<Status['configuration'] & object> = {}): Status {
  const configuration = { index: 7, voters: [...voters], learners: [], ...more };
  const ids = new Set([...voters, ...configuration.learners, ...(configuration.outgoing ?? [])]);
  return {
    ...{ id: 'r1', pid: 1, protocol: 'raft', role: 'leader', term: 4, leader: 'r1' },
    ...{ commit: 9, applied: 9, lastIndex: 9, recovery: 'normal', disk: 'ok', draining: false, cluster: 'c' },
    replicas: [...ids].map((id) => ({ id, url: `http://${id}:1` })),
    configuration,
  };
}

const THREE = statusOf(['r1', 'r2', 'r3']);
const ADD: Change = { do: 'add', id: 'r4', url: 'http://r4:1', role: 'voter' };
const REPLACE: Change = { do: 'replace', id: 'r3', with: { id: 'r4', url: 'http://r4:1' } };

function table(status: Status, change: Change, silent: readonly string[] = []): string[] {
  return planTable(planOf(status, change, undefined, silent)).split('\n');
}

test('a replica is added: it learns, then it votes', () => {
  expect(table(THREE, ADD)).toEqual([
    'step                      voters       learners  may fail  may fail now  must not fail now',
    'now                       r1 r2 r3     -         any 1     any 1         -',
    'r4 is added as a learner  r1 r2 r3     r4        any 1     any 1         -',
    'r4 votes                  r1 r2 r3 r4  -         any 1     any 1         -',
    'from entry 7; nothing was changed',
  ]);
});

test('a dead replica is replaced in a joint change', () => {
  const cells = table(THREE, REPLACE, ['r3']).map((line) => line.split(/ {2,}/));
  expect(cells.slice(1, -1)).toEqual([
    ['now', 'r1 r2 r3', '-', 'any 1', 'any 0', 'r1 r2'],
    ['r4 is added as a learner', 'r1 r2 r3', 'r4', 'any 1', 'any 0', 'r1 r2'],
    [
      'r3 leaves, r4 votes (begins: both majorities are needed)',
      ...['r1 r2 r4 and r1 r2 r3', '-', 'any 1', 'any 0', 'r1 r2'],
    ],
    ['the joint change ends', 'r1 r2 r4', '-', 'any 1', 'any 1', '-'],
  ]);
});

test('removing a living replica while another is dead leaves no majority to lose', () => {
  const lines = table(THREE, { do: 'remove', id: 'r2' }, ['r3']);
  expect(lines[2]).toMatch(/^r2 leaves +r1 r3 +- +any 0 +no majority +-$/);
});

test.each<[string, Status, Change, RegExp]>([
  ['who is no member', THREE, { do: 'remove', id: 'r9' }, /already so, by entry 7/],
  ['who votes already', THREE, { do: 'promote', id: 'r2' }, /already so, by entry 7/],
  ['a new address', THREE, { do: 'update', id: 'r2', url: 'http://x:2' }, /r2 is at http:\/\/x:2/],
  ['nothing to abort', THREE, { do: 'abort' }, /already so/],
  [
    'a joint change that is aborted',
    statusOf(['r1', 'r4'], { outgoing: ['r1', 'r2'] }),
    { do: 'abort' },
    /the change is given up +r1 r2 /,
  ],
])('%s', (_, status, change, shown) => {
  expect(table(status, change).join('\n')).toMatch(shown);
});

test.each<[string, Status, Change, RegExp]>([
  ['a stranger', THREE, { do: 'promote', id: 'r9' }, /it would be refused: r9 is not a member/],
  ['the last voter', statusOf(['r1']), { do: 'remove', id: 'r1' }, /no voter would remain/],
  [
    'while another change is under way',
    statusOf(['r1', 'r4'], { outgoing: ['r1', 'r2'] }),
    ADD,
    /another change of the members is under way, by entry 7/,
  ],
])('refused: %s', (_, status, change, why) => {
  expect(() => planOf(status, change, undefined, [])).toThrow(why);
});

test('a plan for other members than there are is refused', () => {
  expect(() => planOf(THREE, ADD, 6, [])).toThrow('the members are those of entry 7, not 6');
});

test('what may fail is what every set of failures shows', () => {
  const status = statusOf(['r1', 'r2', 'r3', 'r4', 'r5']);
  const r6 = { id: 'r6', url: 'http://r6:1' };
  const changes: readonly Change[] = [
    { do: 'add', role: 'voter', ...r6 },
    { do: 'replace', id: 'r3', with: r6 },
    { do: 'demote', id: 'r2' },
  ];
  for (const change of changes) {
    for (const silent of subsets(['r1', 'r2', 'r3', 'r4', 'r5'])) {
      for (const step of planOf(status, change, undefined, silent).steps) {
        const voters = [...new Set([...step.voters, ...(step.outgoing ?? [])])];
        const works = (down: readonly string[]) =>
          [step.voters, step.outgoing ?? step.voters].every(
            (half) => half.filter((id) => !down.includes(id)).length * 2 > half.length,
          );
        const most = (down: readonly string[]) => {
          if (!works(down)) return -1;
          const up = voters.filter((id) => !down.includes(id));
          const fatal = subsets(up).filter((more) => !works([...down, ...more]));
          return Math.min(...fatal.map((more) => more.length)) - 1;
        };
        const fatal = voters.filter((id) => works(silent) && !silent.includes(id) && !works([...silent, id]));
        expect({ tolerance: step.tolerance, now: step.toleranceNow, fatal: step.fatal }).toEqual({
          tolerance: most([]),
          now: most(silent),
          fatal,
        });
      }
    }
  }
});

function subsets(ids: readonly string[]): string[][] {
  return Array.from({ length: 2 ** ids.length }, (_, bits) => ids.filter((_, i) => (bits >> i) % 2 === 1));
}
