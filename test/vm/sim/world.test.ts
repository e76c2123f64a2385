import type { EventRecord } from '../../../vm/event.ts';
import { CALM_NETWORK } from '../../../vm/sim/network.ts';
import { World } from '../../../vm/sim/world.ts';
import { Cluster, look, MS, worldSettings } from '../../support/simulated.ts';

test('a cut link loses messages in flight, too', () => {
  const cluster = new Cluster(3, {}, { network: { ...CALM_NETWORK, delayUs: [5_000, 5_000] } });
  const leader = cluster.elect();
  cluster.agree();
  cluster.begin(leader, { type: 'put', key: 'x', value: 1 });
  const { lastIndex } = cluster.view(leader);
  expect(cluster.world.inFlight.some(({ envelope }) => envelope.from === leader)).toBe(true);
  cluster.isolate(leader);
  cluster.world.advance(50 * MS);
  expect(cluster.followers.map((node) => cluster.view(node).lastIndex)).toEqual([
    lastIndex - 1,
    lastIndex - 1,
  ]);
});

test('a paused machine does nothing, not even what waited for its disk; resumed, it does all of it', () => {
  const events: EventRecord[] = [];
  const cluster = new Cluster(3);
  const world = new World(
    cluster.protocol,
    worldSettings(3, { record: true, disk: { syncUs: [20_000, 20_000] } }),
    {
      event: (record) => void events.push(record),
    },
  );
  // Until a follower has a pending write that its answer waits for.
  const writing = () => {
    for (const { id, machine } of world.nodes.values()) if (machine.state.held.length > 0) return id;
    return undefined;
  };
  while (writing() === undefined) world.step();
  const node = writing()!;
  world.do({ type: 'pause', node });
  events.length = 0;
  world.advance(100 * MS);
  expect(events.filter((event) => event.node === node)).toEqual([]);
  expect(world.node(node).machine.state.held.length).toBeGreaterThan(0);
  world.do({ type: 'resume', node });
  expect(events.some((event) => event.node === node && event.event === 'send')).toBe(true);
});

test('a machine that is off receives and answers nothing; switched on, it has what was durable', () => {
  const cluster = new Cluster(3);
  const leader = cluster.elect();
  cluster.put(leader, 'x', 1);
  cluster.agree();
  const node = cluster.followers[0]!;
  const before = cluster.view(node);
  cluster.world.advance(50 * MS);
  cluster.world.do({ type: 'crash', node });
  const asked = cluster.begin(node, { type: 'put', key: 'x', value: 2 });
  cluster.put(leader, 'x', 3);
  cluster.world.advance(100 * MS);
  expect(cluster.answer(asked)).toBeUndefined();
  cluster.world.do({ type: 'restart', node });
  const { term, lastIndex, lastTerm } = before;
  expect(cluster.view(node)).toMatchObject({ term, lastIndex, lastTerm, role: 'follower' });
  expect(cluster.world.node(node).boot).toBe(2);
  cluster.agree();
  expect(cluster.get(node, 'x', 'stale')).toEqual({ ok: true, value: 3 });
});

test('an unknown machine is refused in one line', () => {
  const { world } = new Cluster(2);
  expect(() => world.do({ type: 'crash', node: 'n9' })).toThrow(
    new RangeError('no machine n9 in this world (there are n1, n2)'),
  );
});

test('a machine that joins starts at once, and a copy of its world goes the same way', () => {
  const { world } = new Cluster(2);
  world.advance(50 * MS);
  const copies = [world, world.clone()];
  for (const copy of copies) {
    copy.do({ type: 'join', machine: { id: 'n3', ticksPerSecond: 50 } });
    copy.do({ type: 'drift', node: 'n3', perSecond: 10 });
    copy.advance(100 * MS);
    copy.do({ type: 'restart', node: 'n3' });
    copy.advance(3_000 * MS);
  }
  const [one, other] = copies.map(look);
  expect(one).toEqual(other);
  const { joining, firstRate, machine, ticksPerSecond, boot } = world.node('n3');
  expect({ joining, firstRate, boot, peers: machine.options.peers }).toEqual({
    joining: true,
    firstRate: 50,
    boot: 2,
    peers: ['n1', 'n2'],
  });
  expect(ticksPerSecond).toBeLessThanOrEqual(500);
  expect(() => world.do({ type: 'join', machine: { id: 'n3', ticksPerSecond: 50 } })).toThrow(
    new RangeError('there is a machine n3 in this world already'),
  );
});

test("a clock runs at its machine's own rate, and at a new one when it changes", () => {
  const cluster = new Cluster(
    2,
    {},
    {
      machines: [
        { id: 'n1', ticksPerSecond: 10 },
        { id: 'n2', ticksPerSecond: 25 },
      ],
    },
  );
  const ticks = () => cluster.nodes.map((node) => cluster.world.node(node).machine.state.ticks);
  cluster.world.advance(10_000 * MS);
  expect(ticks()).toEqual([100, 250]);
  cluster.world.do({ type: 'rate', node: 'n1', ticksPerSecond: 100 });
  cluster.world.advance(10_000 * MS);
  const [first, second] = ticks();
  expect(second).toBe(500);
  // The tick in progress when the rate changed was a slow one.
  expect(first).toBeGreaterThan(1_080);
  expect(first).toBeLessThanOrEqual(1_101);
});
