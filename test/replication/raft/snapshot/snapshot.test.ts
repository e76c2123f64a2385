/**
 * What is sent of a snapshot, and what is not sent again: after restarts, under another leader,
 * where data has changed.
 */
import type { Pair, RaftMessage } from '../../../../replication/raft/messages.ts';
import { CALM_NETWORK } from '../../../../vm/sim/network.ts';
import { Cluster, MS } from '../../../support/simulated.ts';

type Page = Extract<RaftMessage, { type: 'InstallSnapshot' }>;
type Answer = Extract<RaftMessage, { type: 'InstallSnapshotReply' }>;

/** Twelve pairs a page. */
const SETTINGS = { maxLogEntries: 10, maxBytesPerPage: 80 };
const PAGE_PAIRS = 12;
const KEYS = Array.from({ length: 150 }, (_, i) => `k${String(i).padStart(3, '0')}`);

const textOf = (pairs: readonly Pair[]) => pairs.map((pair) => JSON.stringify(pair));

/** A cluster of three, one of them cut off, and all that snapshots send it. */
class Transfer {
  readonly cluster = new Cluster(3, SETTINGS);
  readonly behind: string;
  readonly other: string;
  leader: string;
  /** Pairs that were sent although the follower had said that it has taken them. */
  readonly again: string[] = [];
  /** Pairs that were sent, and pages of which only that they are the same. */
  sent = 0;
  same = 0;
  readonly #seen = new Set<string>();
  readonly #pages = new Map<string, Page>();
  readonly #held = new Set<string>();

  /** `keys` are there before the follower is cut off. */
  constructor(keys: readonly string[] = []) {
    const { cluster } = this;
    this.leader = cluster.elect();
    [this.behind, this.other] = cluster.followers as [string, string];
    this.put(keys, 1);
    cluster.agree();
    cluster.isolate(this.behind);
    const { observer } = cluster.world as { observer: { stepped?: (node: string) => void } };
    const { stepped } = observer;
    observer.stepped = (node) => {
      stepped?.(node);
      this.#watch();
    };
  }

  put(keys: readonly string[], value: number): void {
    for (const key of keys) this.cluster.put(this.leader, key, value);
  }

  delete(...keys: readonly string[]): void {
    for (const key of keys) this.cluster.answered(this.cluster.begin(this.leader, { type: 'delete', key }));
  }

  /** The follower is back, until it has been sent so many pairs. */
  begin(pairs: number): void {
    this.cluster.world.do({ type: 'heal' });
    this.cluster.until(`${pairs} pairs to be sent`, () => this.sent >= pairs);
  }

  /** Waits until the follower has all, and checks that it has just that. */
  finish(): void {
    const { cluster } = this;
    cluster.world.do({ type: 'heal' });
    const leader = cluster.elect();
    cluster.until(
      'it to have caught up',
      () => cluster.view(this.behind).applied >= cluster.view(leader).commit,
    );
    const data = (node: string) => [...cluster.world.node(node).disk.current.data.range('', '\u{10ffff}')];
    cluster.agree();
    expect(data(this.behind)).toEqual(data(leader));
    expect(cluster.violations).toEqual([]);
  }

  /** Crashes the leader. It leads again after a restart, or the third replica does. */
  crashLeader(how: string): void {
    const { world } = this.cluster;
    const isBack = how === 'the leader restarts';
    world.do({ type: 'crash', node: this.leader });
    if (isBack) {
      world.do({ type: 'restart', node: this.leader });
      world.do({ type: 'pause', node: this.other });
    } else this.leader = this.other;
    this.cluster.until(`${this.leader} to lead`, () => this.cluster.leader === this.leader);
    if (isBack) world.do({ type: 'resume', node: this.other });
  }

  #watch(): void {
    for (const { envelope, node } of this.cluster.world.inFlight) {
      if (this.#seen.has(envelope.id)) continue;
      this.#seen.add(envelope.id);
      const { body, from } = envelope;
      if (body.type === 'InstallSnapshot' && node === this.behind) this.#sent(body);
      if (body.type === 'InstallSnapshotReply' && from === this.behind) this.#answered(body);
    }
  }

  #sent(page: Page): void {
    this.sent += page.pairs.length;
    if (page.same !== undefined) this.same++;
    this.again.push(...textOf(page.pairs).filter((pair) => this.#held.has(pair)));
    this.#pages.set(`${page.term}/${page.page}`, page);
  }

  #answered(answer: Answer): void {
    const page = this.#pages.get(`${answer.term}/${answer.page}`);
    if (page === undefined || answer.next === page.from) return;
    for (const pair of textOf(page.pairs)) this.#held.add(pair);
  }
}

test('a snapshot is sent once', () => {
  const transfer = new Transfer();
  transfer.put(KEYS, 1);
  transfer.begin(1);
  transfer.finish();
  expect(transfer.again).toEqual([]);
  expect(transfer.sent).toBe(KEYS.length + 1);
});

test('a follower that restarts is not sent again what it has acknowledged', () => {
  const transfer = new Transfer();
  transfer.put(KEYS, 1);
  for (const pairs of [40, 80, 120]) {
    transfer.begin(pairs);
    transfer.cluster.world.do({ type: 'crash', node: transfer.behind, unsynced: 'lost' });
    transfer.cluster.world.do({ type: 'restart', node: transfer.behind });
  }
  transfer.finish();
  expect(transfer.again).toEqual([]);
  // A page may have been lost with each crash.
  expect(transfer.sent).toBeLessThanOrEqual(KEYS.length + 1 + 3 * PAGE_PAIRS);
});

const CHANGES_OF_LEADER = ['the leader restarts', 'another leader takes over'];

test.each(CHANGES_OF_LEADER)('%s, and nothing new is applied: the transfer goes on where it was', (how) => {
  const transfer = new Transfer();
  transfer.put(KEYS, 1);
  transfer.begin(100);
  transfer.crashLeader(how);
  transfer.finish();
  expect(transfer.again).toEqual([]);
  expect(transfer.sent).toBeLessThanOrEqual(KEYS.length + 1 + PAGE_PAIRS);
});

test.each([...CHANGES_OF_LEADER, 'the leader takes a later view'])(
  '%s, and data has changed: only pages with changes come again',
  (how) => {
    const transfer = new Transfer();
    transfer.put(KEYS, 1);
    transfer.begin(120);
    transfer.cluster.isolate(transfer.behind);
    transfer.put(['k030'], 2);
    transfer.delete('k060', 'k061');
    transfer.put(['k090x'], 1);
    // Compacts away what the transfer of before would have gone on with.
    for (let i = 0; i < 30; i++) transfer.put(['z'], i);
    if (how === 'the leader takes a later view') transfer.cluster.world.advance(2_000 * MS);
    else {
      transfer.cluster.world.do({ type: 'heal' });
      transfer.crashLeader(how);
    }
    transfer.finish();
    expect(transfer.cluster.get(transfer.behind, 'k060', 'stale')).toEqual({ ok: true, value: null });
    // Those of the applied index, of the value, of the deletions and of the new key.
    expect(transfer.again.length).toBeLessThanOrEqual(4 * PAGE_PAIRS);
    expect(transfer.same).toBeGreaterThanOrEqual(5);
    expect(transfer.sent).toBeLessThanOrEqual(KEYS.length + 5 * PAGE_PAIRS);
  },
);

test('of data that the follower has, only pages with changes are sent', () => {
  const transfer = new Transfer(KEYS);
  for (let i = 0; i < 30; i++) transfer.put(['k070'], i);
  transfer.begin(1);
  transfer.finish();
  expect(transfer.same).toBeGreaterThanOrEqual(9);
  expect(transfer.sent).toBeLessThanOrEqual(2 * PAGE_PAIRS);
});

test('nothing of deleted data stays, however much it is', () => {
  const transfer = new Transfer(KEYS);
  transfer.delete(...KEYS.slice(1));
  transfer.begin(1);
  transfer.finish();
  expect(transfer.sent).toBeLessThanOrEqual(PAGE_PAIRS);
});

test('if pages and answers are late, duplicated or lost, no page that was accepted is sent again', () => {
  const transfer = new Transfer();
  transfer.put(KEYS, 1);
  const hostile = { delayUs: [100, 60_000], lossRate: 0.1, duplicateRate: 0.3, reorderRate: 0.3 } as const;
  transfer.cluster.world.do({ type: 'network', settings: hostile });
  transfer.begin(KEYS.length);
  transfer.cluster.world.do({ type: 'network', settings: CALM_NETWORK });
  transfer.finish();
  expect(transfer.again).toEqual([]);
});
