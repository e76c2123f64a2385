/**
 * Reads: a linearizable one sees all that was acknowledged before it began, or fails; a stale one
 * never waits.
 */
import { Cluster, MS } from '../../support/simulated.ts';

const ok = (value: unknown) => ({ ok: true, value });

test('any replica sees a command that was acknowledged anywhere', () => {
  const cluster = new Cluster(5);
  cluster.elect();
  cluster.nodes.forEach((writer, value) => {
    cluster.put(writer, 'x', value);
    for (const reader of cluster.nodes) expect(cluster.get(reader, 'x')).toEqual(ok(value));
  });
});

test('a read puts nothing into the log', () => {
  const cluster = new Cluster(3);
  const leader = cluster.elect();
  const { lastIndex } = cluster.view(leader);
  for (const node of cluster.nodes) cluster.get(node, 'x');
  expect(cluster.view(leader).lastIndex).toBe(lastIndex);
});

describe('a leader that was cut off', () => {
  function cutOff(requestTicks: number) {
    const cluster = new Cluster(5, { requestTicks });
    const old = cluster.elect();
    cluster.put(old, 'x', 1);
    cluster.agree();
    cluster.isolate(old);
    return { cluster, old, others: cluster.followers };
  }

  test('answers no linearizable read alone, even while it still believes that it leads', () => {
    const { cluster, old } = cutOff(40);
    const id = cluster.world.request(old, {
      type: 'read',
      query: { type: 'get', key: 'x' },
      consistency: 'linearizable',
    });
    expect(cluster.view(old).role).toBe('leader');
    expect(cluster.answered(id)).toMatchObject({ ok: false, code: 'NoLeader' });
  });

  test('answers such a read correctly when it is back', () => {
    const { cluster, old, others } = cutOff(2_000);
    const query = { type: 'get', key: 'x' };
    const id = cluster.world.request(old, { type: 'read', query, consistency: 'linearizable' });
    const leader = cluster.until('another leader', () =>
      others.find((node) => cluster.view(node).role === 'leader'),
    );
    cluster.put(leader, 'x', 2);
    expect(cluster.answer(id)).toBeUndefined();
    cluster.world.do({ type: 'heal' });
    expect(cluster.answered(id)).toEqual(ok(2));
  });

  test('answers a stale read at once with what it has', () => {
    const { cluster, old, others } = cutOff(500);
    const leader = cluster.until('another leader', () =>
      others.find((node) => cluster.view(node).role === 'leader'),
    );
    cluster.put(leader, 'x', 2);
    const { now } = cluster.world;
    expect(cluster.get(old, 'x', 'stale')).toEqual(ok(1));
    expect(cluster.world.now).toBe(now);
  });
});

test('an acknowledgement that was in flight when a read began does not confirm it', () => {
  // Heartbeats are answered all the time; only those sent after the read was asked for may count.
  const cluster = new Cluster(3);
  const leader = cluster.elect();
  cluster.put(leader, 'x', 1);
  cluster.agree();
  cluster.until('an answer to a heartbeat under way', () =>
    cluster.world.inFlight.some(
      ({ node, envelope }) => node === leader && envelope.body.type === 'AppendEntriesReply',
    ),
  );
  for (const to of cluster.followers) cluster.world.do({ type: 'block', from: leader, to });
  const query = { type: 'get', key: 'x' };
  const id = cluster.world.request(leader, { type: 'read', query, consistency: 'linearizable' });
  cluster.world.advance(20 * MS);
  expect(cluster.view(leader).role).toBe('leader');
  expect(cluster.answer(id)).toBeUndefined();
  cluster.world.do({ type: 'heal' });
  expect(cluster.answered(id)).toEqual(ok(1));
});

test('a follower that lags waits until it has caught up', () => {
  const cluster = new Cluster(3);
  const leader = cluster.elect();
  const [slow] = cluster.followers as [string];
  cluster.agree();
  cluster.world.do({ type: 'block', from: leader, to: slow });
  for (let value = 0; value < 5; value++) cluster.put(leader, 'x', value);
  cluster.world.do({ type: 'unblock', from: leader, to: slow });
  // The leader's word on what to wait for comes first, what to wait for later: it must be asked for
  // twice.
  expect(cluster.get(slow, 'x', 'stale')).toEqual(ok(null));
  expect(cluster.get(slow, 'x')).toEqual(ok(4));
});

test('reads continue while leadership is transferred', () => {
  const cluster = new Cluster(3);
  const leader = cluster.elect();
  cluster.put(leader, 'x', 1);
  cluster.agree();
  const [to] = cluster.followers;
  const transfer = cluster.world.request(leader, { type: 'transfer', to });
  const query = { type: 'get', key: 'x' };
  const ids = cluster.nodes.map((node) =>
    cluster.world.request(node, { type: 'read', query, consistency: 'linearizable' }),
  );
  for (const id of ids) expect(cluster.answered(id)).toEqual(ok(1));
  expect(cluster.answered(transfer)).toEqual(ok(to));
});
