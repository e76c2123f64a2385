/** Quorums: what a coordinator asks for, and what is brought to whom. */
import { createNwr } from '../../../replication/nwr/nwr.ts';
import type { NwrSettings } from '../../../replication/nwr/settings.ts';
import { keyValueMachine, SimulatedCluster, type StateMachine } from '../../../replication/sim/index.ts';
import { chance, pick, seedRandom } from '../../../vm/index.ts';

function cluster(settings: Partial<NwrSettings>, replicas = 3) {
  return new SimulatedCluster(createNwr(keyValueMachine, settings), { replicas, seed: 3 });
}

const MS = 1_000;
const x = { type: 'get', key: 'x' } as const;

test.each(['3/4/1', '3/0/1', '0/0/0', '3/2', 'three'])('%s is no quorum', (quorum) => {
  expect(() => createNwr(keyValueMachine, { quorum })).toThrow(RangeError);
});

/** Counts its keys in a range, and adds one: what it reads is known only when it runs. */
const counting: StateMachine<string, number, null, number> = {
  name: 'counting',
  apply(prefix, store) {
    const count = [...store.range(prefix, `${prefix}~`)].length;
    store.put(`${prefix}${count}`, count);
    return count;
  },
  query: (_query, store) => [...store.range('a', 'z')].length,
};

test('a command may look at ranges of keys, and finds what only other copies have', () => {
  const counted = new SimulatedCluster(createNwr(counting, { spreadTicks: 10_000 }), {
    replicas: 3,
    seed: 3,
  });
  counted.do({ type: 'crash', node: 'n1' });
  expect([0, 1, 2].map(() => counted.submit('n2', 'k'))).toEqual([0, 1, 2]);
  counted.do({ type: 'restart', node: 'n1' });
  counted.do({ type: 'block', from: 'n2', to: 'n1' });
  expect(counted.submit('n1', 'k')).toBe(3);
  expect(counted.read('n1', null)).toBe(4);
});

test('read repair brings an outdated copy up to date', () => {
  const repaired = cluster({ readRepair: true, spreadTicks: 10_000, handoff: false });
  repaired.do({ type: 'block', from: 'n1', to: 'n3' });
  repaired.submit('n1', { type: 'put', key: 'x', value: 1 });
  // The coordinator tries n3 again until it has its acknowledgement: it is not given the time.
  repaired.do({ type: 'crash', node: 'n1' });
  repaired.do({ type: 'heal' });
  expect(repaired.peek('n3', x)).toBeNull();
  expect(repaired.read('n3', x)).toBe(1);
  repaired.advance(20 * MS);
  expect(repaired.peek('n3', x)).toBe(1);
});

test('without hand-off two copies are not enough for three', () => {
  const strict = cluster({ quorum: '3/3/1', handoff: false, requestTicks: 50 }, 4);
  strict.do({ type: 'crash', node: 'n3' });
  const put = { type: 'submit', command: { type: 'put', key: 'x', value: 1 } } as const;
  expect(strict.answered(strict.request('n1', put))).toMatchObject({ ok: false, code: 'Indeterminate' });
});

test('with it another machine takes its place, and brings it what it missed', () => {
  const sloppy = cluster({ quorum: '3/3/1', spreadTicks: 5 }, 4);
  sloppy.do({ type: 'crash', node: 'n3' });
  sloppy.submit('n1', { type: 'put', key: 'x', value: 1 });
  const hinted = [...sloppy.world.node('n4').disk.current.program.range('h/', 'h0')];
  expect(hinted.map(([key]) => key)).toEqual(['h/n3/x']);
  sloppy.do({ type: 'restart', node: 'n3' });
  sloppy.until('the hint', () => sloppy.peek('n3', x) === 1);
  sloppy.until(
    'its end',
    () => [...sloppy.world.node('n4').disk.current.program.range('h/', 'h0')].length === 0,
  );
});

test('a machine that has lost its disk writes under another name', () => {
  const renamed = cluster({});
  const writer = () => renamed.world.node('n1').machine.state.program.writer;
  renamed.submit('n1', { type: 'put', key: 'x', value: 1 });
  const first = writer();
  renamed.do({ type: 'restart', node: 'n1' });
  expect(writer()).toBe(first);
  renamed.do({ type: 'wipe', node: 'n1' });
  renamed.do({ type: 'restart', node: 'n1' });
  expect(writer()).not.toBe(first);
});

/**
 * Puts and gets one after the other, at random machines, while the network is cut in random parts.
 * Returns the reads that missed a change that was acknowledged before them. A change that was not
 * answered may come at any time.
 */
function staleReads(settings: Partial<NwrSettings>, seed: number): string[] {
  const cut = cluster({ requestTicks: 30, ...settings }, 4);
  const random = seedRandom(seed);
  const pending = new Set<unknown>();
  const stale: string[] = [];
  let last = 0;
  for (let i = 1; i <= 25; i++) {
    const left = cut.nodes.filter(() => chance(random, 0.5));
    const groups = [left, cut.nodes.filter((node) => !left.includes(node))];
    cut.do(chance(random, 0.7) ? { type: 'partition', groups } : { type: 'heal' });
    const put = { type: 'submit', command: { type: 'put', key: 'x', value: i } } as const;
    if (cut.answered(cut.request(pick(random, cut.nodes), put)).ok) last = i;
    else pending.add(i);
    const get = { type: 'read', query: x, consistency: 'linearizable' } as const;
    const read = cut.answered(cut.request(pick(random, cut.nodes), get));
    if (read.ok && (read.value ?? 0) !== last && !pending.has(read.value))
      stale.push(`${read.value} after ${last}`);
  }
  return stale;
}

const SEEDS = Array.from({ length: 15 }, (_, i) => i + 1);

test('quorums that overlap: a read sees what was acknowledged before it', () => {
  expect(SEEDS.flatMap((seed) => staleReads({ quorum: '3/2/2', handoff: false }, seed))).toEqual([]);
  expect(SEEDS.flatMap((seed) => staleReads({ quorum: '3/3/1', handoff: false }, seed))).toEqual([]);
});

test('not those that do not, nor sloppy ones', () => {
  expect(SEEDS.flatMap((seed) => staleReads({ quorum: '3/1/1', handoff: false }, seed))).not.toEqual([]);
  expect(SEEDS.flatMap((seed) => staleReads({ quorum: '3/2/2', handoff: true }, seed))).not.toEqual([]);
});
