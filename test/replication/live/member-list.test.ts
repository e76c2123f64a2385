/** Who a replica takes for the members, by a roster and a configuration. */
import { MemberList } from '../../../replication/live/member-list.ts';
import type { ReplicaView } from '../../../replication/protocol.ts';
import type { Roster } from '../../../vm/program.ts';

interface State {
  readonly roster: Roster;
  readonly view: Pick<ReplicaView, 'configuration' | 'commit' | 'recovery'>;
}

const protocol = { roster: ({ roster }: State) => roster, view: ({ view }: State) => view as ReplicaView };
const at = (id: string) => ({ id, url: `http://${id}:1` });
const FOUNDERS = ['r1', 'r2', 'r3'].map(at);
const list = () => new MemberList<State>(protocol, 'r1', FOUNDERS);

function state(version: number, voters: string[], more: Partial<State['view']> = {}): State {
  const members = ['r1', 'r2', 'r3', 'r4'].map((id) => ({ ...at(id), incarnation: 1 }));
  const configuration = { index: version, voters, learners: [], outgoing: undefined };
  return {
    roster: { version, members },
    view: { configuration, commit: version, recovery: 'normal', ...more },
  };
}

test('members are those that the replica was started with, then those of its log without who has left', () => {
  const members = list();
  expect(members.replicas(state(0, ['r1', 'r2', 'r3']))).toBe(FOUNDERS);
  const later = state(7, ['r1', 'r2', 'r4']);
  expect(members.replicas(later)).toEqual(['r1', 'r2', 'r4'].map(at));
  expect(members.replicas(later)).toBe(members.replicas(later));
  expect(members.difference(later)).toBe(
    'started with the members r1=http://r1:1,r2=http://r2:1,r3=http://r3:1, but those of log entry 7 count: r1=http://r1:1,r2=http://r2:1,r4=http://r4:1',
  );
  expect(list().difference(state(7, ['r3', 'r2', 'r1']))).toBeUndefined();
});

test.each<[string, State, boolean]>([
  ['a member', state(7, ['r1', 'r2']), false],
  ['no member', state(7, ['r2', 'r3']), true],
  ['no member by an entry that is not committed', state(7, ['r2', 'r3'], { commit: 6 }), false],
  ['no member yet, while it is being added', state(7, ['r2', 'r3'], { recovery: 'recovering' }), false],
  [
    'one that leaves when a joint configuration ends',
    state(7, [], { configuration: { index: 7, voters: ['r2'], learners: [], outgoing: ['r1', 'r2'] } }),
    false,
  ],
])('whether it was removed: %s', (_, given, isRemoved) => {
  expect(list().isRemoved(given)).toBe(isRemoved);
});
