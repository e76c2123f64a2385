/**
 * Election timeouts after leaders that were lost one after the other: the rule, and what it does to
 * a cluster whose leaders fall silent again and again while messages are slow.
 */
import { NO_LOSSES, timeoutRange, withLoss } from '../../../replication/raft/election-timeout.ts';
import { createRaft } from '../../../replication/raft/raft.ts';
import { CALM_NETWORK } from '../../../vm/sim/network.ts';
import { OneReplica } from '../../support/one-replica.ts';
import { Cluster, MS } from '../../support/simulated.ts';
import { appendEntries } from './paper/rule.ts';

const SETTINGS = { electionTicks: [10, 14], rememberLossTicks: 100 } as const;

test('the range widens at its top with every loss, up to four times, and narrows one loss at a time', () => {
  let losses = NO_LOSSES;
  const range = (now: number, failed = 0) => timeoutRange({ failed, losses }, now, SETTINGS);
  expect(range(0)).toEqual([10, 14]);
  losses = withLoss(losses, 1_000, SETTINGS);
  expect(range(1_000)).toEqual([10, 19]);
  expect(range(1_000, 1)).toEqual([10, 29]);
  losses = withLoss(losses, 1_050, SETTINGS);
  expect(range(1_050)).toEqual([10, 29]);
  // A third one in a row widens nothing, and is not remembered longer for it.
  losses = withLoss(losses, 1_060, SETTINGS);
  expect(range(1_060, 5)).toEqual([10, 29]);
  expect(range(1_159)).toEqual([10, 29]);
  expect(range(1_160)).toEqual([10, 19]);
  expect(range(1_260)).toEqual([10, 14]);
  expect(withLoss(NO_LOSSES, 5, { ...SETTINGS, rememberLossTicks: 0 })).toEqual(NO_LOSSES);
});

/** The longest time until a follower asks for votes, over many draws, once it heard these terms. */
function longestWait(terms: readonly number[], handsOver = false): number {
  const waits = Array.from({ length: 40 }, (_, draws) => {
    const replica = new OneReplica(createRaft, { ...SETTINGS, size: 3 });
    for (const term of terms) {
      if (handsOver) {
        const vote = { type: 'RequestVote', term, lastIndex: 0, lastTerm: 0 } as const;
        replica.receive('n2', { ...vote, preVote: false, transfer: true });
      }
      replica.receive('n2', appendEntries(term, [0, 0], []));
    }
    // Every heartbeat draws another timeout.
    for (let i = 0; i < draws; i++) replica.receive('n2', appendEntries(terms.at(-1)!, [0, 0], []));
    let ticks = 0;
    while (replica.tick().length === 0) ticks++;
    return ticks;
  });
  return Math.max(...waits);
}

test('a new term is a loss, the first leader and one who takes over by agreement are none', () => {
  expect(longestWait([1])).toBeLessThan(15);
  expect(longestWait([1, 2])).toBeGreaterThan(15);
  expect(longestWait([1, 2, 3], true)).toBeLessThan(15);
});

/** Leaders fall silent, one after the other; all messages take long for timeouts like these. */
function losesLeaders(rememberLossTicks: number): { readonly inVain: number; readonly withoutMs: number } {
  let inVain = 0;
  let withoutMs = 0;
  for (let seed = 1; seed <= 8; seed++) {
    const network = { ...CALM_NETWORK, delayUs: [10 * MS, 60 * MS] } as const;
    const cluster = new Cluster(5, { electionTicks: [15, 18], rememberLossTicks }, { seed, network });
    const term = () => Math.max(...cluster.nodes.map((node) => cluster.view(node).term));
    for (let round = 0; round < 7; round++) {
      const leader = cluster.elect();
      const [silent, before] = [cluster.world.now, term()];
      cluster.world.do({ type: 'pause', node: leader });
      cluster.elect();
      // The first loss is an ordinary one, with or without.
      if (round > 0) inVain += term() - before - 1;
      if (round > 0) withoutMs += (cluster.world.now - silent) / MS;
      cluster.world.do({ type: 'resume', node: leader });
      cluster.world.advance(500 * MS);
    }
    expect(cluster.violations).toEqual([]);
  }
  return { inVain, withoutMs };
}

test('leaders lost one after the other: fewer campaigns in vain, and less time without a leader', () => {
  const [without, remembered] = [losesLeaders(0), losesLeaders(2_000)];
  expect(remembered.inVain).toBeLessThan(without.inVain / 2);
  expect(remembered.withoutMs).toBeLessThan(without.withoutMs);
});
