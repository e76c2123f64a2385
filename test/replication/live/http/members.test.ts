/** What is told of the members, by what a replica knows of them. */
import { READINGS } from '../../../../replication/live/http/metrics.ts';
import { readiness } from '../../../../replication/live/http/readiness.ts';
import type { Vitals } from '../../../../replication/live/http/vitals.ts';
import type { Member, Members } from '../../../../replication/members.ts';

const VOTER: Member = { role: 'voter', want: 'voter', incarnation: 0 };
const LEARNING: Member = { role: 'learner', want: 'voter', incarnation: 9 };
const READER: Member = { role: 'learner', want: 'learner', incarnation: 9 };

/** The leader r1 of these members, of whom those named are not healthy. */
function leader(members: Members, down: readonly string[] = [], outgoing?: Members): Vitals {
  const others = Object.keys({ ...members, ...outgoing }).filter((id) => id !== 'r1');
  return {
    ...{ baseIndex: 0, isReceiving: false, pending: 0, failed: 0, leaderChanges: 0, clients: 0, reads: 0 },
    autopilot: { decisions: new Map(), held: [] },
    status: {
      ...{ id: 'r1', pid: 1, protocol: 'raft', role: 'leader', term: 1, leader: 'r1', commit: 9, applied: 9 },
      ...{ lastIndex: 9, recovery: 'normal', disk: 'ok', draining: false, cluster: 'c', replicas: [] },
    },
    configuration: { members, outgoing },
    configIndex: 7,
    followers: others.map((id) => ({ id, isHealthy: !down.includes(id), lag: 0 })),
    sentBytes: new Map(),
  };
}

function read(name: string, vitals: Vitals): unknown {
  return READINGS.find((reading) => reading.name === name)!.read(vitals);
}

const THREE = { r1: VOTER, r2: VOTER, r3: VOTER };

test.each<[string, Vitals, number]>([
  ['three voters bear one failure', leader(THREE), 1],
  ['and none with one down', leader(THREE, ['r3']), 0],
  ['nor less than none', leader(THREE, ['r2', 'r3']), 0],
  ['learners add nothing', leader({ ...THREE, r4: READER, r5: LEARNING }), 1],
  ['nor does one that is down take anything away', leader({ ...THREE, r4: READER }, ['r4']), 1],
  ['five bear two', leader({ ...THREE, r4: VOTER, r5: VOTER }), 2],
  [
    'a joint configuration as much as its weaker half',
    leader({ ...THREE, r4: VOTER, r5: VOTER }, ['r2'], THREE),
    0,
  ],
])('failure tolerance: %s', (_, vitals, tolerance) => {
  expect(read('failure_tolerance', vitals)).toBe(tolerance);
});

test('members are counted by role, and a joint configuration is told', () => {
  const vitals = leader({ ...THREE, r4: READER, r5: LEARNING });
  expect(read('members', vitals)).toEqual([
    ['voter', 3],
    ['learner', 2],
  ]);
  expect([read('config_index', vitals), read('config_joint', vitals)]).toEqual([7, 0]);
  expect(read('config_joint', leader(THREE, [], THREE))).toBe(1);
});

test('a replica that learns is not ready, and one that stays a learner is', () => {
  const learning = readiness(leader({ r1: LEARNING, r2: VOTER }));
  expect(learning.lines).toContain('[-]not-learning failed: it is learning, to become a voter');
  expect(learning.isReady).toBe(false);
  expect(readiness(leader({ r1: READER, r2: VOTER })).isReady).toBe(true);
  expect([READER, LEARNING, VOTER].map((r1) => read('is_learner', leader({ r1 })))).toEqual([1, 1, 0]);
});
