/** Whether a replica may be stopped, by what all say of themselves. */
import { type Asked, safeToStop } from '../../../replication/ops/safe-to-stop.ts';

type Status = NonNullable<Asked['status']>;

const HEALTHY: Status = {
  id: '',
  pid: 1,
  protocol: 'raft',
  role: 'follower',
  term: 4,
  leader: 'r1',
  commit: 1_000,
  applied: 1_000,
  lastIndex: 1_000,
  recovery: 'normal',
  disk: 'ok',
  draining: false,
  cluster: 'c',
  replicas: [],
};

/** Replicas r1, r2 and so on, of which r1 leads; undefined: does not answer. */
function cluster(...differences: readonly (Partial<Status> | undefined)[]): Asked[] {
  return differences.map((difference, i) => {
    const id = `r${i + 1}`;
    const role = i === 0 ? 'leader' : 'follower';
    return { id, status: difference && { ...HEALTHY, id, role, ...difference } };
  });
}

const DOWN = undefined;

test('a learner counts in no majority, and may be stopped', () => {
  const configuration = { index: 7, voters: ['r1', 'r2', 'r3'], learners: ['r4'] };
  const all = cluster({ configuration }, {}, {}, {});
  expect(safeToStop('r4', all)).toMatchObject({ safe: true, needed: 2, healthy: ['r1', 'r2', 'r3'] });
  expect(safeToStop('r2', all)).toMatchObject({ safe: true, healthy: ['r1', 'r3'] });
  const oneDown = cluster({ configuration }, {}, DOWN, {});
  expect(safeToStop('r2', oneDown)).toMatchObject({ safe: false, healthy: ['r1'] });
});

test('while two configurations hold at once, the majorities of both are needed', () => {
  const configuration = {
    ...{ index: 7, voters: ['r3', 'r4', 'r5'], learners: [] },
    outgoing: ['r1', 'r2', 'r3'],
  };
  const all = cluster({ configuration }, {}, {}, {}, {});
  expect(safeToStop('r2', all)).toMatchObject({ safe: true });
  // Three of the five are left, but only one of those before.
  const down = cluster({ configuration }, DOWN, {}, {}, {});
  expect(safeToStop('r3', down)).toMatchObject({
    safe: false,
    why: 'r3 may not be stopped: r1, r4 and r5 are healthy, and 2 of 3 and 2 of 3 are needed',
  });
});

test.each<[string, Asked[], string, boolean]>([
  ['a follower of three', cluster({}, {}, {}), 'r3', true],
  ['the leader of three', cluster({}, {}, {}), 'r1', true],
  ['one that is down already', cluster({}, {}, DOWN), 'r3', true],
  ['one of three while another is down', cluster({}, {}, DOWN), 'r2', false],
  ['one of five while another is down', cluster({}, {}, {}, {}, DOWN), 'r2', true],
  ['one of four while another is down', cluster({}, {}, {}, DOWN), 'r2', false],
  ['the only one', cluster({}), 'r1', false],
  ['one of two', cluster({}, {}), 'r2', false],
  ['while another recovers', cluster({}, {}, { recovery: 'recovering' }), 'r2', false],
  ["while another's disk is full", cluster({}, {}, { disk: 'full' }), 'r2', false],
  ['while another is 251 entries behind', cluster({}, {}, { applied: 749 }), 'r2', false],
  ['while another is 250 entries behind', cluster({}, {}, { applied: 750 }), 'r2', true],
  ['while another follows nobody', cluster({}, {}, { leader: undefined }), 'r2', false],
  ['while another is in an older term', cluster({}, {}, { term: 3 }), 'r2', false],
  ['while another is drained, which still counts', cluster({}, {}, { draining: true }), 'r2', true],
  ['without a leader', cluster({ role: 'follower', leader: undefined }, {}, {}), 'r2', false],
  ['one that there is not', cluster({}, {}, {}), 'r9', false],
])('%s', (_, asked, id, safe) => {
  expect(safeToStop(id, asked)).toMatchObject({ id, safe });
});

test('the reason names who is healthy without it, and how many are needed', () => {
  expect(safeToStop('r2', cluster({}, {}, {})).why).toBe(
    'r2 may be stopped: r1 and r3 are healthy, and 2 of 3 are needed',
  );
  expect(safeToStop('r2', cluster({}, {}, DOWN))).toEqual({
    id: 'r2',
    safe: false,
    why: 'r2 may not be stopped: r1 is healthy, and 2 of 3 are needed',
    healthy: ['r1'],
    needed: 2,
  });
  expect(safeToStop('r1', cluster({})).why).toBe(
    'r1 may not be stopped: no other replica is healthy, and 1 of 1 are needed',
  );
});

test('of two that say they lead, the one of the newer term counts', () => {
  const asked = cluster({ term: 3 }, { role: 'leader', leader: 'r2', term: 4 }, { leader: 'r2', term: 4 });
  expect(safeToStop('r1', asked).safe).toBe(true);
  expect(safeToStop('r3', asked).safe).toBe(false);
});
