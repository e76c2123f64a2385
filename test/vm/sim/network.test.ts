import fc from 'fast-check';
import { seedRandom } from '../../../vm/random.ts';
import {
  CALM_NETWORK,
  changeNetwork,
  type LinkSettings,
  type NetworkState,
  openNetwork,
  route,
} from '../../../vm/sim/network.ts';

function network(settings: Partial<LinkSettings> = {}): NetworkState {
  return openNetwork({ ...CALM_NETWORK, ...settings });
}

/** Sends `count` messages, one a microsecond; the arrivals of each. */
function sendMany(state: NetworkState, count: number, seed = 1): (readonly number[] | string)[] {
  const random = seedRandom(seed);
  return Array.from({ length: count }, (_, now) => route(state, random, 'a', 'b', now));
}

test('a link is first in, first out, within its delays', () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat(50), fc.nat(200), (seed, low, more) => {
      const arrivals = sendMany(network({ delayUs: [low, low + more] }), 50, seed).map(
        (all) => all[0] as number,
      );
      arrivals.forEach((at, sentAt) => {
        expect(at).toBeGreaterThanOrEqual(sentAt + low);
        // Later ones may have to wait for earlier ones, but never longer than the slowest of those.
        expect(at).toBeLessThanOrEqual(sentAt + low + more);
        if (sentAt > 0) expect(at).toBeGreaterThanOrEqual(arrivals[sentAt - 1]!);
      });
    }),
  );
});

test('messages that may overtake do so, and others stay in order', () => {
  const arrivals = sendMany(network({ delayUs: [0, 1_000], reorderRate: 0.5 }), 500).map(
    (all) => all[0] as number,
  );
  const overtaken = arrivals.filter((at, i) => i > 0 && at < arrivals[i - 1]!);
  expect(overtaken.length).toBeGreaterThan(50);
});

test('loss and duplication are as frequent as they should be', () => {
  const all = sendMany(network({ lossRate: 0.2, duplicateRate: 0.1 }), 10_000);
  const lost = all.filter((one) => one === 'loss').length;
  const twice = all.filter((one) => one.length === 2 && one !== 'loss').length;
  expect(lost).toBeGreaterThan(1_800);
  expect(lost).toBeLessThan(2_200);
  expect(twice).toBeGreaterThan(700);
  expect(twice).toBeLessThan(900);
});

test('a link with its own settings keeps them until all links are healed', () => {
  const state = network();
  const settings = { ...CALM_NETWORK, delayUs: [77, 77] } as const;
  changeNetwork(state, { type: 'link', from: 'a', to: 'b', settings });
  const random = seedRandom(1);
  expect(route(state, random, 'a', 'b', 0)).toEqual([77]);
  expect((route(state, random, 'b', 'a', 0) as number[])[0]).toBeGreaterThanOrEqual(1_000);
  changeNetwork(state, { type: 'heal' });
  expect((route(state, random, 'a', 'b', 100) as number[])[0]).toBeGreaterThanOrEqual(1_100);
});

const NODES = ['a', 'b', 'c', 'd'];

/** Every directed link that is cut. */
function cutLinks(state: NetworkState): string[] {
  const random = seedRandom(1);
  return NODES.flatMap((from) => NODES.filter((to) => to !== from).map((to) => ({ from, to })))
    .filter(({ from, to }) => route(state, random, from, to, 0) === 'blocked')
    .map(({ from, to }) => from + to);
}

test('a partition cuts both directions between groups, opens each group, and leaves the rest unchanged', () => {
  const state = network();
  changeNetwork(state, { type: 'block', from: 'a', to: 'b' });
  changeNetwork(state, { type: 'block', from: 'd', to: 'a' });
  expect(cutLinks(state)).toEqual(['ab', 'da']);
  changeNetwork(state, { type: 'partition', groups: [['a', 'b'], ['c']] });
  expect(cutLinks(state)).toEqual(['ac', 'bc', 'ca', 'cb', 'da']);
  changeNetwork(state, { type: 'unblock', from: 'c', to: 'a' });
  expect(cutLinks(state)).toEqual(['ac', 'bc', 'cb', 'da']);
  changeNetwork(state, { type: 'heal' });
  expect(cutLinks(state)).toEqual([]);
});
