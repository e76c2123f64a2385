/** What operators are shown of the members, by what a replica says of itself. */
import { membersTable, progressOf } from '../../../replication/ops/member-progress.ts';

type Status = Parameters<typeof progressOf>[0];

const IDS = ['r1', 'r2', 'r3', 'r4'];
const STATUS: Status = {
  ...{ id: 'r1', pid: 1, protocol: 'raft', role: 'leader', term: 4, leader: 'r1' },
  ...{ commit: 9, applied: 9, lastIndex: 9, recovery: 'normal', disk: 'ok', draining: false, cluster: 'c' },
  replicas: IDS.map((id) => ({ id, url: `http://${id}:1` })),
  configuration: { index: 7, voters: ['r1', 'r2', 'r3'], learners: ['r4'] },
};

const joint = {
  ...STATUS.configuration!,
  voters: ['r1', 'r2', 'r4'],
  learners: [],
  outgoing: ['r1', 'r2', 'r3'],
};

test.each<[string, Partial<Status>, string]>([
  ['nothing that is to be done', {}, 'settled'],
  ['a learner that catches up', { learning: { r4: 'catching-up' } }, 'under way'],
  ['a learner that is to vote and has not been heard of', { learning: {} }, 'under way'],
  ['a learner that is too slow', { learning: { r4: 'stalled' } }, 'stuck'],
  ['a copy that differs again and again', { learning: { r4: 'differs' } }, 'stuck'],
  ['two configurations at once', { configuration: joint }, 'under way'],
  ['no leader, who alone would know', { leader: undefined }, 'under way'],
  ['the word of a follower, who does not know', { leader: 'r2' }, 'under way'],
])('with %s', (_, change, state) => {
  expect(progressOf({ ...STATUS, ...change }).state).toBe(state);
});

test('a table says who votes, who learns and who leaves', () => {
  expect(membersTable(progressOf({ ...STATUS, learning: { r4: 'checking' } }))).toBe(
    [
      'replica  address      member',
      'r1       http://r1:1  voter',
      'r2       http://r2:1  voter',
      'r3       http://r3:1  voter',
      'r4       http://r4:1  learner, checking',
      'entry 7, under way, r1 leads',
    ].join('\n'),
  );
  const { members } = progressOf({ ...STATUS, configuration: joint });
  expect(members.map(({ id, role }) => `${id} ${role}`)).toEqual([
    'r1 voter',
    'r2 voter',
    'r3 leaving',
    'r4 voter',
  ]);
});

test('a protocol that cannot change its members is told apart', () => {
  expect(() => progressOf({ ...STATUS, configuration: undefined })).toThrow(/cannot change/);
});
