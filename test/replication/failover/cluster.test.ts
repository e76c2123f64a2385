/** What clients are told of members that change, and the words for their users. */
import {
  checkedChanging,
  clusterOf,
  isSameCluster,
  memberNews,
  memberWords,
} from '../../../replication/failover/cluster.ts';
import type { Cluster } from '../../../replication/failover/wire.ts';

const replicasOf = (ids: readonly string[]) => ids.map((id) => ({ id, url: `http://${id}:1` }));
const IDS = ['r1', 'r2', 'r3', 'r4'];
const replicas = replicasOf(IDS);
const voters = ['r1', 'r2', 'r3'];
const plain: Cluster = { replicas, leader: 'r1' };
const learns: Cluster = { ...plain, changing: { voters, learners: ['r4'], learning: { r4: 'checking' } } };
const joint: Cluster = {
  ...plain,
  changing: { voters: ['r1', 'r2', 'r4'], learners: [], outgoing: voters },
};

test('plain voters are not told of, for every answer would carry them', () => {
  const status = {
    replicas,
    leader: 'r1',
    configuration: { index: 7, voters: IDS, learners: [], outgoing: undefined },
  };
  expect(clusterOf(status)).toEqual(plain);
  const configuration = { index: 8, voters, learners: ['r4'], outgoing: undefined };
  expect(clusterOf({ ...status, configuration, learning: { r4: 'checking' } })).toEqual(learns);
  expect(clusterOf({ replicas, leader: undefined })).toEqual({ replicas });
});

test('a phase that changes is told, and the same is not told again', () => {
  expect(isSameCluster(learns, { ...learns })).toBe(true);
  expect(
    isSameCluster(learns, { ...learns, changing: { ...learns.changing!, learning: { r4: 'ready' } } }),
  ).toBe(false);
  expect(isSameCluster(learns, plain)).toBe(false);
  expect(isSameCluster(plain, { ...plain, leader: 'r2' })).toBe(false);
});

test.each<[string, Cluster, (string | undefined)[]]>([
  ['voters', plain, [undefined, undefined, undefined, undefined]],
  ['a learner', learns, [undefined, undefined, undefined, 'learner, checking']],
  ['a joint configuration', joint, [undefined, undefined, 'leaving', 'joining']],
])('words for %s', (_, cluster, words) => {
  expect(IDS.map((id) => memberWords(cluster, id))).toEqual(words);
});

test('news are what has changed for each member', () => {
  const three: Cluster = { replicas: replicasOf(voters), leader: 'r1' };
  expect(memberNews({ replicas: [] }, three)).toEqual([]);
  expect(memberNews(three, learns)).toEqual(['r4 is a new member: learner, checking']);
  expect(memberNews(learns, joint)).toEqual(['r3 is leaving', 'r4 is joining']);
  expect(memberNews(joint, { ...plain, replicas: replicasOf(['r1', 'r2', 'r4']) })).toEqual([
    'r3 is no member any more',
    'r4 votes',
  ]);
  expect(memberNews(plain, learns)).toEqual(['r4 is a learner, checking']);
  expect(memberNews(plain, plain)).toEqual([]);
});

test('what makes no sense is left out', () => {
  expect(checkedChanging(learns.changing)).toBe(learns.changing);
  for (const wrong of [
    undefined,
    {},
    { voters: 1, learners: [] },
    { voters, learners: [3] },
    { ...joint.changing, outgoing: 'r1' },
  ])
    expect(checkedChanging(wrong as never)).toBeUndefined();
});
