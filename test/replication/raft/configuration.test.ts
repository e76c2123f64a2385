/** Changes of the members, over every configuration of up to five ids. */
import type { Configuration, MemberChange, Members } from '../../../replication/members.ts';
import {
  abortJoint,
  areSame,
  changed,
  enterJoint,
  foundedBy,
  invalid,
  isJoint,
  isRefusal,
  leaveJoint,
  membersAfter,
  promoted,
  towards,
  votersOf,
} from '../../../replication/raft/configuration.ts';
import { isQuorum, type Voters } from '../../../replication/raft/quorum.ts';

const IDS = ['a', 'b', 'c', 'd', 'e'];
const SETS = Array.from({ length: 2 ** IDS.length }, (_, bits) => IDS.filter((_, i) => bits & (1 << i)));

/** Every way in which five ids are voters, learners or nothing, with at least one voter. */
const ALL: readonly Members[] = IDS.reduce<readonly Members[]>(
  (all, id) =>
    all.flatMap((members) => [
      members,
      ...(['voter', 'learner'] as const).map((role) => ({
        ...members,
        [id]: { role, want: role, incarnation: 0 },
      })),
    ]),
  [{}],
).filter((members) => voters(members).length > 0);

function voters(members: Members): string[] {
  return Object.keys(members).filter((id) => members[id]!.role === 'voter');
}

function roles(members: Members): string {
  const told = Object.entries(members).map(([id, { role }]) => `${id} ${role}`);
  return told.sort().join(', ');
}

/** The quorums as bits, so that millions can be compared. */
function quorumBits(halves: Voters): readonly number[] {
  return SETS.flatMap((set, bits) => (isQuorum(halves, (voter) => set.includes(voter)) ? bits : []));
}

function overlap(one: readonly number[], other: readonly number[]): boolean {
  return one.every((a) => other.every((b) => (a & b) !== 0));
}

/** Changes that lead from one to the other, one at a time: first who comes, then who goes. */
function chain(from: Members, to: Members): MemberChange[] {
  const coming: MemberChange[] = [];
  const going: MemberChange[] = [];
  for (const id of IDS) {
    const before = from[id]?.role;
    const after = to[id]?.role;
    if (before === after) continue;
    if (after === undefined) going.push({ do: 'remove', id });
    else if (after === 'voter') coming.push({ do: 'add', id, role: 'voter' });
    else if (before === 'voter') going.push({ do: 'demote', id });
    else coming.push({ do: 'add', id, role: 'learner' });
  }
  return [...coming, ...going];
}

function apply(members: Members, ...changes: readonly MemberChange[]): Members {
  const after = changed(members, changes, 7);
  if (isRefusal(after)) throw new Error(after.refused);
  return after;
}

/** A learner that is to vote is promoted at once, as nobody checks copies here. */
function applyAll(members: Members, ...changes: readonly MemberChange[]): Members {
  const after = apply(members, ...changes);
  return promoted(
    after,
    Object.keys(after).filter((id) => after[id]!.role === 'learner' && after[id]!.want === 'voter'),
  );
}

test('a chain of simple changes reaches what one joint change reaches', () => {
  for (const from of ALL) {
    for (const to of ALL) {
      let members = from;
      for (const change of chain(from, to)) {
        const configuration = towards(members, applyAll(members, change));
        if (isJoint(configuration) || invalid(configuration) !== undefined) {
          expect({ from, to, configuration }).toBe('a simple change');
        }
        members = configuration.members;
      }
      const joint = enterJoint(from, to);
      const after = leaveJoint(joint);
      if (roles(members) !== roles(to) || roles(after.members) !== roles(to)) {
        expect({ from, to, members, after }).toBe('the same');
      }
      if (invalid(joint) !== undefined || invalid(after) !== undefined) {
        expect({ joint, after }).toBe('valid');
      }
    }
  }
});

test('quorums before and after every step of a change overlap, and a joint change can go back', () => {
  const lists = ALL.filter((members) => voters(members).length === Object.keys(members).length);
  for (const from of lists) {
    const before = quorumBits(votersOf({ members: from }));
    for (const to of lists) {
      const configuration = towards(from, to);
      const during = quorumBits(votersOf(configuration));
      const after = quorumBits(votersOf(leaveJoint(configuration)));
      const aborted = abortJoint(configuration);
      const back = quorumBits(votersOf(isJoint(configuration) ? aborted : { members: from }));
      if (isJoint(configuration) && !areSame(aborted.members, from)) expect(aborted.members).toEqual(from);
      if (!overlap(before, during) || !overlap(during, after) || !overlap(during, back)) {
        expect({ from, to, configuration }).toBe('overlapping');
      }
    }
  }
});

test('two voters at once take a joint change, because their quorums might not overlap', () => {
  const { members } = foundedBy(['a', 'b', 'c']);
  const three: Members = foundedBy(['c', 'd', 'e']).members;
  expect(overlap(quorumBits([['a', 'b', 'c']]), quorumBits(votersOf({ members: three })))).toBe(false);
  expect(isJoint(towards(members, three))).toBe(true);
  expect(isJoint(towards(members, foundedBy(['a', 'b', 'c', 'd']).members))).toBe(false);
  expect(isJoint(towards(members, foundedBy(['a', 'b', 'd']).members))).toBe(true);
});

test('who loses its vote in a joint change has it until the change ends', () => {
  const from = foundedBy(['a', 'b', 'c']).members;
  const joint = towards(
    from,
    applyAll(from, { do: 'demote', id: 'a' }, { do: 'add', id: 'd', role: 'voter' }),
  );
  expect(joint.members.a).toMatchObject({ role: 'voter', want: 'learner' });
  expect(joint.next).toEqual(['a']);
  expect(votersOf(joint)).toEqual([
    ['b', 'c', 'd'],
    ['a', 'b', 'c'],
  ]);
  expect(membersAfter(joint).a).toMatchObject({ role: 'learner' });
  expect(leaveJoint(joint)).toEqual({ members: membersAfter(joint) });
  expect(abortJoint(joint)).toEqual({ members: from, leaving: { d: joint.members.d } });
});

describe('a change', () => {
  const { members } = foundedBy(['a', 'b', 'c']);

  test('adds a learner, which may want to vote, with the index of its entry', () => {
    expect(apply(members, { do: 'add', id: 'd', url: 'http://d', role: 'learner' }).d).toEqual({
      role: 'learner',
      want: 'learner',
      incarnation: 7,
      url: 'http://d',
    });
    const wanted = apply(members, { do: 'add', id: 'd', role: 'voter' });
    expect(wanted.d).toEqual({ role: 'learner', want: 'voter', incarnation: 7 });
    expect(votersOf({ members: wanted })).toEqual([['a', 'b', 'c']]);
  });

  test('made twice changes nothing', () => {
    const changes: readonly MemberChange[] = [
      { do: 'add', id: 'd', url: 'http://d', role: 'learner' },
      { do: 'add', id: 'e', role: 'voter' },
      { do: 'promote', id: 'd' },
      { do: 'demote', id: 'b' },
      { do: 'remove', id: 'c' },
      { do: 'update', id: 'a', url: 'http://a', zone: 'z' },
    ];
    for (const change of changes) {
      const base = change.do === 'promote' ? apply(members, changes[0]!) : members;
      const once = apply(base, change);
      expect(areSame(once, base)).toBe(false);
      expect(areSame(apply(once, change), once)).toBe(true);
    }
    const replace: MemberChange = { do: 'replace', id: 'c', with: { id: 'f' } };
    const waiting = apply(members, replace);
    expect(areSame(apply(waiting, replace), waiting)).toBe(true);
    const done = promoted(waiting, ['f']);
    expect(Object.keys(done).sort()).toEqual(['a', 'b', 'f']);
    expect(areSame(apply(done, replace), done)).toBe(true);
  });

  test('leaves a learner alone that is to vote when it is added as a learner again', () => {
    const wanted = apply(members, { do: 'add', id: 'd', role: 'voter' });
    expect(apply(wanted, { do: 'add', id: 'd', role: 'learner' })).toEqual(wanted);
  });

  test('keeps role and incarnation where only the address is another', () => {
    const after = apply(apply(members, { do: 'add', id: 'd', role: 'voter' }), {
      do: 'update',
      id: 'd',
      url: 'http://d:2',
    });
    expect(after.d).toEqual({ role: 'learner', want: 'voter', incarnation: 7, url: 'http://d:2' });
  });

  test.each<[MemberChange[], string]>([
    [[{ do: 'promote', id: 'x' }], 'x is not a member'],
    [[{ do: 'demote', id: 'x' }], 'x is not a member'],
    [[{ do: 'update', id: 'x', url: 'u' }], 'x is not a member'],
    [[{ do: 'replace', id: 'x', with: { id: 'y' } }], 'x is not a member'],
    [[{ do: 'replace', id: 'a', with: { id: 'b' } }], 'b is a voter already'],
    [[{ do: 'replace', id: 'a', with: { id: 'a' } }], 'a cannot replace itself'],
    [[{ do: 'add', id: 'a', role: 'learner' }], 'a is a voter already: demote it'],
    [[{ do: 'add', id: 'a', url: 'http://a', role: 'voter' }], 'update its address'],
    [[{ do: 'abort' }, { do: 'remove', id: 'a' }], 'cannot be combined'],
  ])('is refused: %j', (changes, why) => {
    expect(changed(members, changes, 7)).toMatchObject({ refused: expect.stringContaining(why) as string });
  });
});

test.each<[string, Configuration]>([
  ['no voter would remain', { members: {} }],
  ['no voter would remain', { members: { a: { role: 'learner', want: 'voter', incarnation: 1 } } }],
  ['the outgoing half has no voter', { ...foundedBy(['a']), outgoing: {} }],
  ['must have one in both halves', { ...foundedBy(['a', 'b']), next: ['b'] }],
  [
    'must have one in both halves',
    { ...foundedBy(['a', 'b']), outgoing: foundedBy(['a']).members, next: ['b'] },
  ],
  ['a member cannot be leaving', { ...foundedBy(['a']), leaving: foundedBy(['a']).members }],
  ['more than 100 members', foundedBy(Array.from({ length: 101 }, (_, i) => `n${i}`))],
  [
    'the address of two members',
    {
      members: {
        a: { role: 'voter', want: 'voter', incarnation: 0, url: 'http://a' },
        b: { role: 'voter', want: 'voter', incarnation: 0, url: 'http://a' },
      },
    },
  ],
])('no configuration: %s', (why, configuration) => {
  expect(invalid(configuration)).toContain(why);
});
