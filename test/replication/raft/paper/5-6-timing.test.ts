/** Section 5.6: what depends on timing, and what must not. All times here are virtual. */
import { MS } from '../../../support/simulated.ts';
import { appendEntries, requestVote, rule } from './rule.ts';

rule(
  '5.6: safety does not depend on timing, however slow or fast clocks and messages are',
  ({ cluster: make }) => {
    for (const delayMs of [1, 50, 400]) {
      const delayUs = [MS, delayMs * MS] as const;
      const network = { delayUs, lossRate: 0.1, duplicateRate: 0.1, reorderRate: 0.3 };
      const machines = [30, 100, 300, 900, 60].map((ticksPerSecond, i) => ({
        id: `n${i + 1}`,
        ticksPerSecond,
      }));
      const cluster = make(
        5,
        { electionTicks: [3, 6] },
        { network, machines, disk: { syncUs: [0, 50 * MS] } },
      );
      for (let value = 0; value < 10; value++) {
        for (const node of cluster.nodes) cluster.begin(node, { type: 'put', key: 'x', value });
        cluster.world.advance(100 * MS);
      }
      expect(cluster.violations).toEqual([]);
    }
  },
);

rule('5.6: without a steady leader there is no progress', ({ cluster: make }) => {
  // Messages take longer than anyone is willing to wait.
  const cluster = make(3, { electionTicks: [2, 3] }, { network: slow(200 * MS) });
  const id = cluster.begin('n1', { type: 'put', key: 'x', value: 1 });
  cluster.world.advance(3_000 * MS);
  expect(cluster.answer(id)).toBeUndefined();
  expect(cluster.nodes.map((node) => cluster.view(node).commit)).toEqual([0, 0, 0]);
});

function slow(us: number) {
  return { delayUs: [us, us] as const, lossRate: 0, duplicateRate: 0, reorderRate: 0 };
}

rule(
  '5.6: while a broadcast takes far less time than an election timeout, one leader is elected and stays',
  ({ cluster: make }) => {
    for (const size of [3, 5, 7]) {
      // The shortest timeout is 150 ms.
      const cluster = make(size, {}, { network: slow(7 * MS) });
      const leader = cluster.elect();
      const { term } = cluster.view(leader);
      cluster.world.advance(2_000 * MS);
      expect(cluster.leader).toBe(leader);
      expect(cluster.nodes.map((node) => cluster.view(node).term)).toEqual(cluster.nodes.map(() => term));
    }
  },
);

rule('5.6: heartbeats that are an order of magnitude more frequent prevent elections', ({ replica }) => {
  const follower = replica({ electionTicks: [150, 300], heartbeatTicks: 15 });
  for (let beat = 0; beat < 40; beat++) {
    follower.receive('n2', appendEntries(1));
    // One in five is lost.
    expect(follower.tick(beat % 5 === 0 ? 30 : 15)).toEqual([]);
  }
});

rule(
  '5.6: when a leader dies nothing is committed for about an election timeout, then the cluster continues',
  ({ cluster: make }) => {
    for (let seed = 1; seed <= 5; seed++) {
      const cluster = make(5, {}, { seed });
      const leader = cluster.elect();
      cluster.agree();
      cluster.world.do({ type: 'pause', node: leader });
      const { now } = cluster.world;
      const [asked] = cluster.followers.filter((node) => node !== leader);
      cluster.elect();
      expect(cluster.put(asked!, 'x', 1)).toMatchObject({ ok: true });
      const waited = (cluster.world.now - now) / MS;
      // Timeouts of 150 to 300 ms; now and then two candidates split the votes once.
      expect(waited).toBeGreaterThan(140);
      expect(waited).toBeLessThan(700);
    }
  },
);

rule('5.6: an answer waits for stable storage, and so does the broadcast', ({ replica }) => {
  const one = replica();
  one.quickDisk = false;
  expect(one.receive('n2', appendEntries(1, [0, 0], [1]))).toEqual([]);
  expect(one.sync()).toHaveLength(1);
  one.tick(40);
  one.sync();
  expect(one.receive('n3', requestVote(5, [1, 1]))).toEqual([]);
  expect(one.sync()).toHaveLength(1);
});
