/**
 * Stories about changes of the members that no scenario can say, for they damage a copy or are
 * about a single message. Each returns what is wrong, in a line; undefined if nothing is.
 */
import { describeViolation } from '../../replication/invariants/violations.ts';
import { createRaft } from '../../replication/raft/raft.ts';
import { OneReplica } from '../support/one-replica.ts';
import { Cluster, MS } from '../support/simulated.ts';

/** Runs a story with Raft as `create` makes it. */
type Story = (create?: typeof createRaft) => string | undefined;

/** A cluster of three with a leader, and the learner n4. */
function withLearner(create: typeof createRaft): Cluster {
  const cluster = new Cluster(3, {}, { seed: 1 }, create);
  const leader = cluster.elect();
  cluster.put(leader, 'x', 1);
  cluster.changeMembers(leader, { do: 'add', role: 'learner', id: cluster.join() });
  cluster.agree();
  return cluster;
}

function violationIn({ violations: [first] }: Cluster): string | undefined {
  return first && describeViolation(first);
}

/** The copy of a learner differs: it is not given a vote before it has another one. */
const checkedCopyDiffers: Story = (create = createRaft) => {
  const cluster = withLearner(create);
  cluster.world.node('n4').disk.current.data.put('m/x', 'damaged');
  cluster.changeMembers(cluster.leader!, { do: 'promote', id: 'n4' });
  cluster.until('a vote', () => cluster.view(cluster.leader!).configuration!.voters.includes('n4'));
  return violationIn(cluster);
};

/** A learner loses its disk when its copy has been checked, and before it is given a vote. */
const checkedCopyIsLost: Story = (create = createRaft) => {
  const cluster = withLearner(create);
  const leader = cluster.leader!;
  const learning = () => cluster.view(leader).learning?.n4;
  cluster.changeMembers(leader, { do: 'promote', id: 'n4' });
  const isAsked = () => learning() === 'checking' && cluster.view(leader).checked !== undefined;
  cluster.until('the check', isAsked);
  // Another change is not committed meanwhile, so the promotion has to wait.
  const others = cluster.nodes.filter((node) => node !== leader && node !== 'n4');
  cluster.do({ type: 'partition', groups: [[leader, 'n4'], others] });
  cluster.request(leader, { type: 'change-members', changes: [{ do: 'update', id: leader, zone: 'z' }] });
  cluster.until('the end of the check', () => learning() === 'ready');
  cluster.do({ type: 'wipe', node: 'n4' });
  cluster.do({ type: 'restart', node: 'n4' });
  cluster.advance(30 * MS);
  cluster.do({ type: 'heal' });
  cluster.until('a vote', () =>
    cluster.leaders().some((node) => cluster.view(node).configuration!.voters.includes('n4')),
  );
  const { recovery } = cluster.view('n4');
  return (
    violationIn(cluster) ?? (recovery === 'normal' ? undefined : `n4 has a vote while it is ${recovery}`)
  );
};

/** A leader that has begun a change steps down: it does not say that nothing was done. */
const begunByAFormerLeader: Story = (create = createRaft) => {
  const replica = new OneReplica(create, { size: 3 });
  replica.lead();
  replica.accept('n2');
  const { term } = replica.view;
  const body = { type: 'change-members', changes: [{ do: 'demote', id: 'n3' }] } as const;
  replica.receive('n2', { type: 'Forward', term, id: 'q1', attempt: 1, body });
  if (replica.view.configuration?.index !== 2) return 'the change was not begun';
  const sent = replica.receive('n3', {
    ...{ type: 'AppendEntries', term: term + 1, prevIndex: 1, prevTerm: term },
    ...{ entries: [], commit: 1, round: 0 },
  });
  const answer = sent.map((one) => one.body).find((one) => one.type === 'ForwardReply');
  const outcome = answer?.outcome;
  return outcome?.ok === false && outcome.code === 'Superseded'
    ? undefined
    : `it was said to be certain that nothing was done: ${JSON.stringify(outcome)}`;
};

/** All of them, by name. */
export const STORIES: Readonly<Record<string, Story>> = {
  'checked-copy-differs': checkedCopyDiffers,
  'checked-copy-is-lost': checkedCopyIsLost,
  'begun-by-a-former-leader': begunByAFormerLeader,
};
