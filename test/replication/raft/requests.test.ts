/**
 * The outcome of a request, seen from outside: it is answered once, whichever replica was asked, or
 * Indeterminate.
 */
import { Cluster, MS } from '../../support/simulated.ts';

const ok = (value: unknown) => ({ ok: true, value });
const error = (code: string) => expect.objectContaining({ ok: false, code }) as unknown;

test('any replica accepts a command, and answers with the result of the state machine', () => {
  const cluster = new Cluster(5);
  cluster.elect();
  let previous: number | null = null;
  cluster.nodes.forEach((node, value) => {
    expect(cluster.put(node, 'x', value)).toEqual(ok({ done: true, previous }));
    previous = value;
  });
  cluster.agree();
  for (const node of cluster.nodes) expect(cluster.get(node, 'x', 'stale')).toEqual(ok(4));
});

test('a command that comes before there is a leader waits for one', () => {
  const cluster = new Cluster(3);
  const ids = cluster.nodes.map((node, value) => cluster.begin(node, { type: 'put', key: node, value }));
  for (const id of ids) expect(cluster.answered(id)).toEqual(ok({ done: true, previous: null }));
});

test('without a leader a command fails at its deadline, and never happens', () => {
  const cluster = new Cluster(3, { requestTicks: 100 });
  cluster.elect();
  const [alone] = cluster.followers;
  cluster.isolate(alone!);
  // Until it has given up its leader, it would still pass the command on.
  cluster.until('the leader to be given up', () => cluster.view(alone!).leader === undefined);
  const id = cluster.begin(alone!, { type: 'put', key: 'x', value: 1 });
  expect(cluster.answered(id)).toEqual(error('NoLeader'));
  cluster.world.do({ type: 'heal' });
  cluster.agree();
  cluster.world.advance(1_000 * MS);
  expect(cluster.get(alone!, 'x')).toEqual(ok(null));
});

describe('a leader that loses its majority with a command in its log', () => {
  function cutOff(requestTicks: number) {
    const cluster = new Cluster(5, { requestTicks });
    const old = cluster.elect();
    cluster.isolate(old);
    const id = cluster.begin(old, { type: 'put', key: 'x', value: 1 });
    const others = cluster.followers.filter((node) => node !== old);
    const leader = cluster.until('another leader', () =>
      others.find((node) => cluster.view(node).role === 'leader' && cluster.view(node).commit > 1),
    );
    return { cluster, old, leader, id };
  }

  test('reports it as Indeterminate at the deadline', () => {
    const { cluster, id } = cutOff(60);
    expect(cluster.answered(id)).toEqual(error('Indeterminate'));
  });

  test('asks the next leader when its proposal is known to be replaced', () => {
    const { cluster, old, leader, id } = cutOff(2_000);
    expect(cluster.put(leader, 'y', 2)).toEqual(ok({ done: true, previous: null }));
    expect(cluster.answer(id)).toBeUndefined();
    cluster.world.do({ type: 'heal' });
    expect(cluster.answered(id)).toEqual(ok({ done: true, previous: null }));
    expect(cluster.get(old, 'x')).toEqual(ok(1));
  });
});

describe('a follower whose leader dies with a forwarded command', () => {
  /** The leader gets the command, and dies before anyone else does. */
  function orphan(tagged: boolean) {
    const cluster = new Cluster(3, { requestTicks: 300 });
    const leader = cluster.elect();
    const session = cluster.openSession(leader);
    cluster.agree();
    const [follower, other] = cluster.followers as [string, string];
    const tag = tagged ? { session, sequence: 1, acknowledged: 1 } : undefined;
    for (const to of [follower, other]) cluster.world.do({ type: 'block', from: leader, to });
    const { lastIndex } = cluster.view(leader);
    const id = cluster.begin(follower, { type: 'put', key: 'x', value: 1 }, tag);
    cluster.until('the leader to have it', () => cluster.view(leader).lastIndex > lastIndex);
    cluster.world.do({ type: 'crash', node: leader });
    return { cluster, follower, id, tag };
  }

  test('forwards it to the next leader, if it has a session', () => {
    const { cluster, follower, id, tag } = orphan(true);
    expect(cluster.answered(id)).toEqual(ok({ done: true, previous: null }));
    // A retry gets the same answer: it ran once.
    expect(cluster.put(follower, 'x', 1, tag)).toEqual(ok({ done: true, previous: null }));
  });

  test('otherwise reports it as Indeterminate', () => {
    const { cluster, follower, id } = orphan(false);
    expect(cluster.answered(id)).toEqual(error('Indeterminate'));
    expect(cluster.get(follower, 'x')).toEqual(ok(null));
  });
});

test('a command retried through another replica while the first attempt is in flight applies once', () => {
  const cluster = new Cluster(5);
  const leader = cluster.elect();
  const session = cluster.openSession(leader);
  const tag = { session, sequence: 1, acknowledged: 1 };
  const ids = cluster.nodes.map((node) => cluster.begin(node, { type: 'put', key: 'x', value: 1 }, tag));
  for (const id of ids) expect(cluster.answered(id)).toEqual(ok({ done: true, previous: null }));
  const later = { session, sequence: 2, acknowledged: 2 };
  expect(cluster.put(leader, 'x', 2, later)).toEqual(ok({ done: true, previous: 1 }));
});

test('a command of an unknown session is refused', () => {
  const cluster = new Cluster(3);
  const leader = cluster.elect();
  const tag = { session: 'nobody', sequence: 1, acknowledged: 1 };
  expect(cluster.put(leader, 'x', 1, tag)).toEqual(error('SessionExpired'));
  expect(cluster.get(leader, 'x')).toEqual(ok(null));
});

describe('too many requests', () => {
  const put = { type: 'put', key: 'x', value: 1 } as const;

  test('are refused at once by a replica that waits for a leader, and never happen', () => {
    const cluster = new Cluster(3, { maxWaiting: 2 });
    cluster.elect();
    const [follower] = cluster.followers;
    cluster.isolate(follower!);
    cluster.until('the leader to be given up', () => cluster.view(follower!).leader === undefined);
    const kept = [1, 2].map(() => cluster.begin(follower!, put));
    const refused = cluster.begin(follower!, { ...put, key: 'y' });
    expect(cluster.answer(refused)).toEqual(error('Overloaded'));
    cluster.world.do({ type: 'heal' });
    for (const id of kept) expect(cluster.answered(id)).toMatchObject({ ok: true });
    expect(cluster.get(follower!, 'y')).toEqual(ok(null));
    // What has been answered frees space again.
    expect(cluster.put(follower!, 'y', 2)).toMatchObject({ ok: true });
  });

  test('are refused by the leader when others forward them', () => {
    const cluster = new Cluster(5, { maxWaiting: 2 });
    const leader = cluster.elect();
    const ids = cluster.followers.flatMap((node) => [cluster.begin(node, put), cluster.begin(node, put)]);
    const answers = ids.map((id) => cluster.answered(id));
    expect(answers.filter((answer) => answer.ok).length).toBeGreaterThanOrEqual(2);
    expect(answers).toContainEqual(error('Overloaded'));
    expect(cluster.put(leader, 'x', 2)).toMatchObject({ ok: true });
  });
});

test('many commands that arrive together become one entry, and one append for each follower', () => {
  const cluster = new Cluster(3, { eager: false });
  const leader = cluster.elect();
  cluster.agree();
  const ids = Array.from({ length: 50 }, (_, value) =>
    cluster.begin(leader, { type: 'put', key: 'x', value }),
  );
  const before = cluster.world.node(leader).machine.state.sent;
  const { lastIndex } = cluster.view(leader);
  cluster.until('the leader to take them', () => cluster.view(leader).lastIndex > lastIndex);
  expect(cluster.view(leader).lastIndex).toBe(lastIndex + 1);
  expect(cluster.world.node(leader).machine.state.sent - before).toBeLessThanOrEqual(4);
  for (const [i, id] of ids.entries())
    expect(cluster.answered(id)).toEqual(ok({ done: true, previous: i === 0 ? null : i - 1 }));
});

test('if followers are told of commits at once, they learn of them before the next heartbeat, and do not answer', () => {
  const cluster = new Cluster(3, { tellCommits: true, heartbeatTicks: 10, electionTicks: [40, 80] });
  const leader = cluster.elect();
  cluster.agree();
  const counts = () => cluster.nodes.map((node) => cluster.world.node(node).machine.state.sent);
  const before = counts();
  const { lastIndex } = cluster.view(leader);
  cluster.put(leader, 'x', 1);
  cluster.until('the followers to have applied it', () =>
    cluster.followers.every((node) => cluster.view(node).applied > lastIndex),
  );
  const sent = counts().map((count, i) => count - before[i]!);
  // Two appends and two notices; one answer from each follower.
  expect(cluster.nodes.map((node, i) => [node === leader, sent[i]])).toEqual(
    cluster.nodes.map((node) => [node === leader, node === leader ? 4 : 1]),
  );
});

test('a command whose session ended between two attempts may have happened, and is Indeterminate', () => {
  const cluster = new Cluster(3, { maxSessions: 1, requestTicks: 2_000 });
  const leader = cluster.elect();
  const [follower, third] = cluster.followers as [string, string];
  const session = cluster.openSession(leader);
  cluster.agree();
  // The leader's answers do not reach the follower that passes the command on.
  cluster.world.do({ type: 'block', from: leader, to: follower });
  const tag = { session, sequence: 1, acknowledged: 1 };
  const id = cluster.begin(follower, { type: 'put', key: 'x', value: 1 }, tag);
  cluster.until(
    'it to be applied',
    () => cluster.get(third, 'x', 'stale').ok && cluster.view(third).applied > 2,
  );
  cluster.openSession(leader);
  cluster.world.do({ type: 'crash', node: leader });
  cluster.world.do({ type: 'heal' });
  expect(cluster.answered(id)).toEqual(error('Indeterminate'));
  expect(cluster.get(third, 'x')).toEqual(ok(1));
});

test('a command whose first attempt may have happened is not refused as Overloaded by a busy next leader', () => {
  const cluster = new Cluster(3, { maxWaiting: 1, requestTicks: 2_000 });
  const leader = cluster.elect();
  const [follower, third] = cluster.followers as [string, string];
  const session = cluster.openSession(leader);
  cluster.agree();
  // The leader's answers do not reach the follower that passes the command on.
  cluster.world.do({ type: 'block', from: leader, to: follower });
  const tag = { session, sequence: 1, acknowledged: 1 };
  const before = cluster.view(third).applied;
  const id = cluster.begin(follower, { type: 'put', key: 'x', value: 1 }, tag);
  cluster.until('it to be applied', () => cluster.view(third).applied > before);
  cluster.world.do({ type: 'crash', node: leader });
  cluster.world.do({ type: 'jump', node: third, ticks: 40 });
  cluster.until('another leader', () => cluster.view(third).role === 'leader');
  const busy = cluster.begin(third, { type: 'put', key: 'y', value: 2 });
  expect(cluster.answered(id)).not.toEqual(error('Overloaded'));
  expect(cluster.answered(busy)).toMatchObject({ ok: true });
  expect(cluster.get(third, 'x')).toEqual(ok(1));
});
