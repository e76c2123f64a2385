/** The table of `tickraft status` while members change. */
import { stripVTControlCharacters } from 'node:util';
import { statusTable } from '../../../replication/ops/status-table.ts';

type Answer = Parameters<typeof statusTable>[0][number];

const IDS = ['r1', 'r2', 'r3', 'r4'];
const replicas = IDS.map((id) => ({ id, url: `http://${id}:1` }));
const configuration = { index: 7, voters: ['r1', 'r2', 'r3'], learners: ['r4'] };

function answer(id: string, more: Partial<NonNullable<Answer['status']>> = {}): Answer {
  const status = {
    ...{ id, pid: 1, protocol: 'raft', role: 'follower', term: 4, leader: 'r1' },
    ...{ commit: 9, applied: 9, lastIndex: 9, recovery: 'normal', disk: 'ok', draining: false, cluster: 'c' },
    ...{ replicas, configuration },
    ...more,
  } as const;
  return { id, url: `http://${id}:1`, status } as Answer;
}

const table = (answers: readonly Answer[]) => stripVTControlCharacters(statusTable(answers)).split('\n');
/** The column `role`. */
const roles = (lines: readonly string[]) => {
  const at = lines[0]!.indexOf('role');
  return lines.slice(1, 5).map((line) => line.slice(at, lines[0]!.indexOf('term')).trim());
};

test('learners with what they do, and how far they are behind, by what the leader says', () => {
  const leader = answer('r1', { role: 'leader', lastIndex: 120, learning: { r4: 'catching-up' } });
  const lines = table([leader, answer('r2'), answer('r3'), answer('r4', { recovery: 'recovering' })]);
  expect(roles(lines)).toEqual(['leader', 'follower', 'follower', 'learner, catching-up, recovering']);
  expect(lines.at(-1)).toBe('entry 7: r1 r2 r3 vote; r4 learns (catching-up, 111 entries behind)');
});

test('a learner that does not answer', () => {
  const lines = table([
    answer('r1', { role: 'leader' }),
    answer('r2'),
    answer('r3'),
    { id: 'r4', url: 'http://r4:1', status: undefined },
  ]);
  expect(lines.at(-1)).toBe('entry 7: r1 r2 r3 vote; r4 learns (does not answer)');
});

test('a change of several: who comes and who goes, and who decides', () => {
  const joint = { index: 8, voters: ['r1', 'r2', 'r4'], learners: [], outgoing: ['r1', 'r2', 'r3'] };
  const of = (id: string, role = 'follower') => answer(id, { role, configuration: joint });
  const lines = table([of('r1', 'leader'), of('r2'), of('r3'), of('r4')]);
  expect(roles(lines)).toEqual(['leader', 'follower', 'follower, leaving', 'follower, joining']);
  expect(lines.at(-1)).toBe('entry 8: a change is under way: r1 r2 r3 and r1 r2 r4 both decide');
});

test('plain voters, and a cluster without a leader, have no line', () => {
  const plain = { index: 8, voters: IDS, learners: [] };
  const of = (id: string, role = 'follower') => answer(id, { role, configuration: plain });
  expect(table([of('r1', 'leader'), of('r2'), of('r3'), of('r4')])).toHaveLength(5);
  expect(table(IDS.map((id) => answer(id, { leader: undefined })))).toHaveLength(5);
});
