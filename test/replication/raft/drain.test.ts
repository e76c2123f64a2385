/** Drained replicas, seen from outside. */
import { Cluster } from '../../support/simulated.ts';

const ok = (value: unknown) => ({ ok: true, value });
const rejected = expect.objectContaining({ ok: false, code: 'Rejected' }) as unknown;

/** Longer than it takes to elect, or to hand over, many times (microseconds). */
const LONG = 10_000_000;

function drain(cluster: Cluster, node: string, drained = true) {
  return cluster.ask(node, { type: 'drain', drained });
}

test('a drained leader hands over, and is given leadership by name only', () => {
  const cluster = new Cluster(3);
  const first = cluster.elect();
  cluster.agree();
  const outcome = drain(cluster, first) as { value: unknown };
  const second = cluster.elect();
  expect(outcome).toEqual(ok(second));
  expect(second).not.toBe(first);
  expect(cluster.view(first).drained).toBe(true);
  const third = cluster.nodes.find((node) => node !== first && node !== second)!;
  cluster.agree();
  expect(cluster.ask(second, { type: 'transfer' })).toEqual(ok(third));
  cluster.agree();
  expect(drain(cluster, second)).toEqual(ok(third));
  cluster.advance(LONG);
  expect(drain(cluster, third)).toEqual(rejected);
  expect(cluster.leader).toBe(third);
  expect(drain(cluster, first, false)).toEqual(ok(third));
  expect(cluster.until('the one in use leads', () => cluster.leader === first)).toBe(true);
});

test('where every replica that is left is drained, one leads, and stays leader', () => {
  const cluster = new Cluster(3);
  const first = cluster.elect();
  cluster.agree();
  for (const follower of cluster.followers) drain(cluster, follower);
  cluster.world.do({ type: 'crash', node: first });
  const second = cluster.until('another leader', () =>
    cluster.leader === first ? undefined : cluster.leader,
  );
  expect(cluster.put(second, 'x', 1)).toMatchObject({ ok: true });
  const { term } = cluster.view(second);
  cluster.advance(LONG);
  expect(cluster.view(second)).toMatchObject({ role: 'leader', term });
  // The first is in use when it is back: it is given leadership, in one campaign.
  cluster.world.do({ type: 'restart', node: first });
  cluster.until('the one in use leads', () => cluster.leader === first);
  cluster.advance(LONG);
  expect(cluster.view(first)).toMatchObject({ role: 'leader', term: term + 1 });
});

test('a drained leader that hands over to one that does not take over tries again, and commits in between', () => {
  const cluster = new Cluster(3);
  const first = cluster.elect();
  cluster.agree();
  const [one, other] = cluster.followers as [string, string];
  drain(cluster, other);
  cluster.advance(LONG);
  cluster.world.do({ type: 'crash', node: one });
  expect(drain(cluster, first)).toEqual(rejected);
  expect(cluster.put(first, 'x', 1)).toMatchObject({ ok: true });
  cluster.world.do({ type: 'restart', node: one });
  cluster.until('it takes over', () => cluster.leader === one);
});
