/** Which machines belong together, and which starts are of old copies: the pure rules. */
import { difference, type Identity, mayBelong, setBack } from '../../../vm/live/identity.ts';

const members = [
  { id: 'r1', url: 'http://a:1' },
  { id: 'r2', url: 'http://b:1' },
];
const r1: Identity = { self: 'r1', cluster: 'chat', clusterId: '11111111-1', version: 0, members };
const r2: Identity = { ...r1, self: 'r2', members: members.toReversed() };

test('machines with the same members, in any order, belong together, whether both, one or none know the cluster', () => {
  for (const clusterId of [undefined, '11111111-1']) {
    expect(difference(r1, { ...r2, clusterId })).toBeUndefined();
    expect(difference({ ...r1, clusterId: undefined }, { ...r2, clusterId })).toBeUndefined();
  }
});

test.each([
  ['name', { cluster: 'clocks' }, 'r1 belongs to chat, r2 to clocks'],
  [
    'id',
    { clusterId: '22222222-2' },
    'the data of r1 belongs to cluster 11111111, that of r2 to cluster 22222222: start',
  ],
  [
    'member more',
    { members: [...members, { id: 'r3', url: 'http://c:1' }] },
    'r1 was started with the members r1=http://a:1,r2=http://b:1, r2 with r1=http://a:1,r2=http://b:1,r3=http://c:1: start',
  ],
  [
    'address of a member',
    { members: [members[0]!, { id: 'r2', url: 'http://b:2' }] },
    'r1 was started with the members r1=http://a:1,r2=http://b:1, r2 with r1=http://a:1,r2=http://b:2: start',
  ],
])('another %s: two clusters, told in one line, the same from both sides', (_, change, line) => {
  const other = { ...r2, ...change };
  expect(difference(r1, other)).toMatch(new RegExp(`^${line.replaceAll('.', '\\.')}`));
  expect(difference(other, r1)).toBe(difference(r1, other));
});

test('the lists that machines were started with no longer matter once one has a roster', () => {
  const other = { ...r2, members: [{ id: 'r2', url: 'http://elsewhere:1' }] };
  expect(difference({ ...r1, version: 7 }, other)).toBeUndefined();
  expect(difference(r1, { ...other, version: 7 })).toBeUndefined();
});

test.each([
  ['a member with the same roster', 'r2', {}, true],
  ['a member whose disk is empty', 'r2', { clusterId: undefined, version: 0 }, true],
  ['itself', 'r1', { version: 9 }, false],
  ['one with a later roster, as a new leader has', 'r5', { version: 8 }, true],
  ['one that was removed, or never was a member', 'r5', {}, false],
  ['a stranger that does not know the cluster', 'r5', { version: 8, clusterId: undefined }, false],
  [
    'who had the name before it was added again',
    'r2',
    { members: [{ id: 'r2', url: 'http://b:1', incarnation: 3 }] },
    false,
  ],
])('with a roster, a machine may take for one of its cluster: %s', (_, self, change, belongs) => {
  const one = { ...r1, version: 7, members: [members[0]!, { ...members[1]!, incarnation: 5 }] };
  expect(mayBelong(one, { ...one, self, ...change })).toBe(belongs);
});

test.each([
  ['a first start', undefined, false],
  ['a later start', { serial: 'disk', boot: 2, nonce: 'b' }, false],
  ['the same start, connecting again', { serial: 'disk', boot: 3, nonce: 'a' }, false],
  ['a start of another disk, as after a loss', { serial: 'other', boot: 9, nonce: 'b' }, false],
  ['an earlier start than one before', { serial: 'disk', boot: 4, nonce: 'b' }, true],
  ['the same start, in another process', { serial: 'disk', boot: 3, nonce: 'b' }, true],
])('%s', (_, last, isOld) => {
  const why = setBack('r1', { serial: 'disk', boot: 3, nonce: 'a' }, last);
  expect(why !== undefined).toBe(isOld);
  if (isOld)
    expect(why).toMatch(/^the data of r1 is an old copy: this is start 3 of it, and start \d has been seen/);
});
