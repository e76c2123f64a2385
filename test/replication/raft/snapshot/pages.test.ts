/**
 * Pages of snapshots and their answers, one by one: late, duplicated, out of order, of another
 * view, or outdated.
 */
import type { Held, Pair, RaftMessage } from '../../../../replication/raft/messages.ts';
import { createRaft } from '../../../../replication/raft/raft.ts';
import { loadReceiving } from '../../../../replication/raft/snapshot/snapshot.ts';
import { OneReplica } from '../../../support/one-replica.ts';
import { appendEntries, only, refused } from '../paper/rule.ts';

type InstallSnapshot = Extract<RaftMessage, { type: 'InstallSnapshot' }>;
type InstallSnapshotReply = Extract<RaftMessage, { type: 'InstallSnapshotReply' }>;

/** A page of a snapshot of entry 9, of term 2, from a leader of term 3. */
function page(pairs: readonly Pair[], given: Partial<InstallSnapshot> = {}): InstallSnapshot {
  const content = { page: 1, from: '', pairs, next: undefined, same: undefined };
  return { type: 'InstallSnapshot', term: 3, index: 9, lastTerm: 2, ...content, round: 0, ...given };
}

const question = (given: Partial<InstallSnapshot> = {}) => page([], { next: '', ...given });

function answer(replica: OneReplica, message: InstallSnapshot): InstallSnapshotReply | undefined {
  return only(replica.receive('n2', message), 'InstallSnapshotReply')[0];
}

/** A leader of term 2 whose follower n3 needs a snapshot, and the question that it has asked it. */
function leaderOf(size: number): { readonly leader: OneReplica; readonly asked: InstallSnapshot } {
  const terms = Array.from({ length: size }, () => 1);
  const leader = new OneReplica(createRaft, { terms, maxLogEntries: 5, maxBytesPerPage: 60 });
  leader.lead();
  leader.accept('n2');
  leader.tick(5);
  const [asked] = only(
    leader.receive('n3', refused(2, size, { term: 0, index: 1 })),
    'InstallSnapshot',
    'n3',
  );
  return { leader, asked: asked! };
}

function need(
  asked: InstallSnapshot,
  next: string | undefined,
  held: readonly Held[] = [],
): InstallSnapshotReply {
  const { index, round, term } = asked;
  return { type: 'InstallSnapshotReply', index, page: asked.page, next, held, round, term };
}

const DATA: readonly Pair[] = [
  ['applied', 9],
  ['m/k1', 'new'],
  ['m/k9', 'new'],
];

describe('a leader', () => {
  test('sends no pairs before it knows which are needed', () => {
    const { asked } = leaderOf(20);
    expect(asked).toMatchObject({ from: '', pairs: [], next: '' });
  });

  test('sends one page for a duplicate answer, and for answers to two pages that were both in flight', () => {
    const { leader, asked } = leaderOf(20);
    const [first] = only(leader.receive('n3', need(asked, '')), 'InstallSnapshot', 'n3');
    expect(first!.pairs.length).toBeGreaterThan(0);
    expect(only(leader.receive('n3', need(asked, '')), 'InstallSnapshot')).toEqual([]);
    // No answer comes in time, so it asks again; then both do.
    leader.receive('n3', refused(2, 20, { term: 0, index: 1 }));
    const again = only(leader.tick(8), 'InstallSnapshot', 'n3');
    expect(again).toMatchObject([{ from: '', next: '' }]);
    expect(only(leader.receive('n3', need(first!, first!.next)), 'InstallSnapshot')).toMatchObject([
      { from: first!.next },
    ]);
    expect(only(leader.receive('n3', need(again[0]!, first!.next)), 'InstallSnapshot')).toEqual([]);
  });

  test('compares the page that the follower holds, and sends as much as that covers if it differs', () => {
    const { leader, asked } = leaderOf(20);
    const held = { last: 'm/k11', digest: 'of something else' };
    const [sent] = only(leader.receive('n3', need(asked, 'm/k10', [held])), 'InstallSnapshot', 'n3');
    expect(sent).toMatchObject({ from: 'm/k10', next: 'm/k12', same: undefined });
    expect(sent!.pairs.map(([key]) => key)).toEqual(['m/k10', 'm/k11']);
  });

  test('confirms a page if any of the copies that the follower holds is the same', () => {
    const { leader, asked } = leaderOf(20);
    const follower = new OneReplica(createRaft);
    const pairs: readonly Pair[] = [
      ['m/k10', 1],
      ['m/k11', 1],
    ];
    answer(follower, page(pairs, { next: 'm/k12' }));
    const { held } = answer(follower, question({ index: 10 }))!;
    expect(held).toMatchObject([{ last: 'm/k11' }]);
    const claims = [{ last: 'm/k10', digest: 'of something else' }, ...held];
    const [sent] = only(leader.receive('n3', need(asked, 'm/k10', claims)), 'InstallSnapshot', 'n3');
    expect(sent).toMatchObject({ from: 'm/k10', pairs: [], next: 'm/k12', same: held[0] });
  });
});

describe('a follower', () => {
  test('says what it holds, in an unfinished copy and in its data, and uses either as the page', () => {
    const follower = new OneReplica(createRaft, { terms: [1] });
    follower.receive('n2', appendEntries(3, [1, 1], [], 1));
    answer(follower, page(DATA.slice(1), { from: '', next: 'm/k9x', index: 8 }));
    const { next, held } = answer(follower, question())!;
    expect(next).toBe('');
    expect(held.map(({ last }) => last)).toEqual(['m/k9', 'm/k1']);
    // The leader's view has neither the applied index of the data, nor k1: just k9.
    const second = answer(follower, page([['applied', 9]], { next: 'm/k1' }))!;
    const [inCopy] = second.held;
    expect(answer(follower, page([], { from: 'm/k1', same: inCopy }))).toMatchObject({ next: undefined });
    expect([follower.value('k1'), follower.value('k9')]).toEqual(['new', 'new']);
    expect(follower.view.applied).toBe(9);
  });

  test('does not accept that a page is the same if it no longer holds it', () => {
    const held = { last: 'm/k9', digest: answer(holding(), question({ index: 10 }))!.held[0]!.digest };
    const same = page([], { same: held });
    // It has lost its disk since.
    const wiped = new OneReplica(createRaft, { blank: true });
    expect(answer(wiped, same)).toMatchObject({ next: '', held: [] });
    expect(wiped.view.applied).toBe(0);
  });

  test('ignores an older view once the same leader sends a newer one', () => {
    const follower = holding();
    const late = page([['applied', 8]], { index: 8, next: 'm/k1' });
    expect(follower.receive('n2', late)).toEqual([]);
    expect(answer(follower, question())).toMatchObject({ index: 9, next: 'm/z' });
    // Another leader may have applied less.
    expect(answer(follower, { ...late, term: 4 })).toMatchObject({ index: 8, next: 'm/k1' });
  });

  test('continues with the same snapshot of another leader, and compares from the beginning with a later one', () => {
    const follower = holding();
    expect(answer(follower, question({ term: 4 }))).toMatchObject({ next: 'm/z', held: [] });
    expect(answer(follower, question({ term: 4, index: 12 }))).toMatchObject({
      next: '',
      held: [{ last: 'm/k9' }],
    });
    // Nothing of that is on disk before a page of it is: what was there counts on.
    follower.restart();
    expect(answer(follower, question({ term: 4 }))).toMatchObject({ next: 'm/z' });
  });

  test('deletes what the view does not have in bounded steps', () => {
    const follower = new OneReplica(createRaft, { maxBytesPerPage: 1_000 });
    const many = Array.from({ length: 1_000 }, (_, i): Pair => [`m/${String(i).padStart(5, '0')}`, i]);
    answer(follower, page(many, { next: 'm/z' }));
    let next: string | undefined = '';
    let steps = 0;
    for (; next !== undefined; steps++) {
      const before = countOf(follower);
      next = answer(follower, page(next === '' ? [['applied', 12]] : [], { from: next, index: 12 }))!.next;
      if (next !== undefined) expect(before - countOf(follower)).toBeLessThan(400);
    }
    expect(steps).toBeGreaterThan(3);
    expect(follower.view.applied).toBe(12);
    expect([...follower.machine.options.disk.data.range('', '\u{10ffff}')]).toEqual([['applied', 12]]);
  });

  test('compares from the beginning what it began to receive when data had another form', () => {
    const found = { index: 9, lastTerm: 2, next: 'k' };
    expect(loadReceiving({ get: () => found })).toEqual({ ...found, term: 0, next: '' });
    expect(loadReceiving({ get: () => undefined })).toBeUndefined();
  });
});

/** A follower that holds all of `DATA` but waits for more. */
function holding(): OneReplica {
  const follower = new OneReplica(createRaft);
  answer(follower, page(DATA, { next: 'm/z' }));
  return follower;
}

function countOf(follower: OneReplica): number {
  return [...follower.machine.options.disk.incoming.range('', '\u{10ffff}')].length;
}
