/**
 * Section 7, log compaction, with Figure 13's rules for InstallSnapshot. Here the replicated data
 * is its own snapshot: it is on disk as of the last applied entry, so taking a snapshot writes
 * nothing. It is sent in pages of key-value pairs, not of bytes.
 */
import type { RaftMessage } from '../../../../replication/raft/messages.ts';
import type { OneReplica } from '../../../support/one-replica.ts';
import { MS } from '../../../support/simulated.ts';
import { accepted, appendEntries, only, receivers, refused, rule } from './rule.ts';

type InstallSnapshot = Extract<RaftMessage, { type: 'InstallSnapshot' }>;
type Pairs = InstallSnapshot['pairs'];

/**
 * A leader of term 2 that has compacted all but a few of its twenty entries away, all of them
 * applied.
 */
function compacted(replica: (beginning: object) => OneReplica): OneReplica {
  const leader = replica({ terms: Array.from({ length: 20 }, () => 1), maxLogEntries: 5 });
  leader.lead();
  leader.accept('n2');
  leader.tick(5);
  return leader;
}

/** What a follower that holds nothing answers to a page: it needs the next one. */
function nextOf({ index, page, next, round, term }: InstallSnapshot): RaftMessage {
  return { type: 'InstallSnapshotReply', index, page, next, held: [], round, term };
}

/** The pages that the leader sends n3, which has nothing, each as an answer to the one before. */
function pagesFor(leader: OneReplica): InstallSnapshot[] {
  return pagesAfter(
    leader,
    only(leader.receive('n3', refused(2, 20, { term: 0, index: 1 })), 'InstallSnapshot', 'n3'),
  );
}

function pagesAfter(leader: OneReplica, first: readonly InstallSnapshot[]): InstallSnapshot[] {
  const pages = [...first];
  for (let page = pages[0]; page?.next !== undefined; page = pages.at(-1)) {
    pages.push(...only(leader.receive('n3', nextOf(page)), 'InstallSnapshot', 'n3'));
  }
  return pages;
}

/** A page of a snapshot as of entry 9, of term 2, from a leader of term 3. */
function page(pairs: Pairs, from = '', next: string | undefined = undefined, term = 3): InstallSnapshot {
  const content = { from, pairs, next, same: undefined };
  return { type: 'InstallSnapshot', term, index: 9, lastTerm: 2, page: 1, ...content, round: 0 };
}

/** All of the data that such a snapshot stands for. */
const DATA: Pairs = [
  ['applied', 9],
  ['m/k1', 'new'],
  ['m/k9', 'new'],
];

rule(
  '7: the log does not grow without bound: entries that the data includes are dropped',
  ({ replica }) => {
    const leader = replica({ maxLogEntries: 10 });
    leader.lead();
    for (let value = 0; value < 100; value++) {
      leader.put('x', value);
      leader.accept('n2', 'n3');
      expect(leader.terms.length).toBeLessThanOrEqual(11);
    }
    expect(leader.view).toMatchObject({ lastIndex: 101, applied: 101 });
    expect(leader.view.baseIndex).toBeGreaterThan(80);
  },
  { file: 'raft.ts', find: 'compactLog(log, ctx.disk, settings, snapshot.view?.index);', replace: '' },
);

rule('7: and from the disk too, when the data there includes them', ({ replica }) => {
  const leader = compacted(replica);
  const { baseIndex } = leader.view;
  expect(baseIndex).toBeGreaterThan(10);
  const records = () => [...leader.machine.options.disk.program.range('log/', 'log0')].length;
  expect(records()).toBe(leader.terms.length);
  leader.restart();
  expect(leader.view).toMatchObject({ baseIndex, applied: 21 });
  expect(leader.value('k1')).toBe(1);
  expect(records()).toBe(leader.terms.length);
});

rule(
  '7: every server compacts independently, and only committed (here, applied) entries',
  ({ replica }) => {
    const follower = replica({ maxLogEntries: 5 });
    const terms = Array.from({ length: 20 }, () => 1);
    follower.receive('n2', appendEntries(1, [0, 0], terms));
    follower.tick(5);
    expect(follower.view).toMatchObject({ baseIndex: 0, lastIndex: 20 });
    follower.receive('n2', appendEntries(1, [20, 1], [], 8));
    follower.tick(5);
    expect(follower.view).toMatchObject({ baseIndex: 8, lastIndex: 20 });
  },
  { file: 'log.ts', find: 'Math.min(log.applied, needed)', replace: 'lastIndex(log)' },
);

rule('7: the snapshot is the state of the state machine', ({ replica }) => {
  const leader = compacted(replica);
  const pairs = pagesFor(leader).flatMap((one) => one.pairs);
  expect(pairs).toContainEqual(['m/k1', 1]);
  expect(pairs).toContainEqual(['m/k20', 1]);
  expect(pairs.filter(([key]) => key.startsWith('m/'))).toHaveLength(20);
});

rule('7: with the index and term of the last entry that it includes', ({ replica }) => {
  const pages = pagesFor(compacted(replica));
  for (const one of pages) expect(one).toMatchObject({ index: 21, lastTerm: 2 });
  expect(pages.flatMap(({ pairs }) => pairs)).toContainEqual(['applied', 21]);
});

rule(
  '7: these are used for the consistency check of the first entry after the snapshot',
  ({ replica }) => {
    const follower = replica({ terms: [1] });
    follower.receive('n2', page(DATA));
    expect(follower.view).toMatchObject({ baseIndex: 9, baseTerm: 2, lastIndex: 9, lastTerm: 2 });
    const [reply] = follower.receive('n2', appendEntries(3, [9, 2], [3]));
    expect(reply?.body).toMatchObject({ success: true, index: 10 });
    follower.restart();
    const [after] = follower.receive('n2', appendEntries(3, [10, 3], [3]));
    expect(after?.body).toMatchObject({ success: true, index: 11 });
    // And they say how up to date the log is.
    expect(follower.view).toMatchObject({ lastIndex: 11, lastTerm: 3 });
  },
  { file: 'log.ts', find: 'log.base = { index, term };\n', replace: 'log.base = { index, term: 0 };\n' },
);

rule('7: an earlier snapshot, or a part of one, may be deleted when there is a later one', ({ replica }) => {
  const follower = replica();
  const incoming = () => [...follower.machine.options.disk.incoming.range('', '\u{10ffff}')];
  follower.receive('n2', { ...page([['applied', 5]], '', 'm/'), index: 5 });
  expect(incoming()).toHaveLength(1);
  // A page of a later one: nothing of the earlier is left in it.
  follower.receive('n2', page([['m/k1', 'new']], '', 'm/k9'));
  expect(incoming()).toEqual([['m/k1', 'new']]);
});

rule(
  '7: a follower whose next entry the leader has dropped is sent a snapshot; others are not',
  ({ replica }) => {
    const leader = compacted(replica);
    const { baseIndex } = leader.view;
    const near = leader.receive('n2', refused(2, 20, { term: 0, index: baseIndex + 1 }));
    expect(receivers(near, 'InstallSnapshot')).toEqual([]);
    const far = leader.receive('n3', refused(2, 20, { term: 0, index: baseIndex }));
    expect(receivers(far, 'InstallSnapshot')).toEqual(['n3']);
    expect(receivers(far, 'AppendEntries')).not.toContain('n3');
  },
);

rule('7: InstallSnapshot is a separate request, sent by leaders', ({ cluster: make }) => {
  const cluster = make(3, { maxLogEntries: 5 });
  const leader = cluster.elect();
  const [behind] = cluster.followers as [string];
  cluster.isolate(behind);
  for (let value = 0; value < 30; value++) cluster.put(leader, 'x', value);
  cluster.world.do({ type: 'heal' });
  const senders = new Set<string>();
  cluster.until('it to catch up', () => {
    for (const { envelope } of cluster.world.inFlight) {
      if (envelope.body.type === 'InstallSnapshot') senders.add(envelope.from);
    }
    return cluster.get(behind, 'x', 'stale').ok && cluster.view(behind).applied > 30;
  });
  expect([...senders]).toEqual([cluster.leader]);
  cluster.agree();
  expect(cluster.get(behind, 'x', 'stale')).toEqual({ ok: true, value: 29 });
});

rule(
  'Figure 13: pages are stored where they belong, and installed when the last one has arrived',
  ({ replica }) => {
    const follower = replica({ terms: [1] });
    const [first] = follower.receive('n2', page(DATA.slice(0, 1), '', 'm/k1'));
    expect(first?.body).toMatchObject({ type: 'InstallSnapshotReply', next: 'm/k1' });
    // One that is not the next is not taken; the answer says which is.
    const [wrong] = follower.receive('n2', page(DATA.slice(2), 'm/k9'));
    expect(wrong?.body).toMatchObject({ next: 'm/k1' });
    expect(follower.view).toMatchObject({ applied: 0, lastIndex: 1 });
    const [second] = follower.receive('n2', page(DATA.slice(1, 2), 'm/k1', 'm/k9'));
    expect(second?.body).toMatchObject({ next: 'm/k9' });
    expect(follower.value('k1')).toBeNull();
    const [last] = follower.receive('n2', page(DATA.slice(2), 'm/k9'));
    expect(last?.body).toMatchObject({ index: 9, next: undefined });
    expect(follower.view).toMatchObject({ applied: 9, commit: 9, baseIndex: 9 });
    expect([follower.value('k1'), follower.value('k9')]).toEqual(['new', 'new']);
  },
  { file: 'snapshot/snapshot.ts', find: 'page.from !== receiving.next || isQuestion', replace: 'isQuestion' },
);

rule('7: a follower discards its whole log for a snapshot that is ahead of it', ({ replica }) => {
  const follower = replica({ terms: [1, 1, 1] });
  follower.receive('n2', page(DATA));
  expect(follower.view).toMatchObject({ baseIndex: 9, lastIndex: 9 });
  expect(follower.terms).toEqual([]);
  follower.restart();
  expect(follower.terms).toEqual([]);
});

rule(
  '7: also one that is longer, if it conflicts with the snapshot',
  ({ replica }) => {
    const follower = replica({ terms: Array.from({ length: 12 }, () => 1) });
    follower.receive('n2', page(DATA));
    expect(follower.view).toMatchObject({ baseIndex: 9, baseTerm: 2, lastIndex: 9, lastTerm: 2 });
    follower.restart();
    expect(follower.view).toMatchObject({ lastIndex: 9, applied: 9 });
  },
  {
    file: 'log.ts',
    find: 'if (entryAt(log, index)?.term === term) {',
    replace: 'if (entryAt(log, index)) {',
  },
);

rule(
  '7: if the snapshot is a prefix of the log, the entries after it are kept',
  ({ replica }) => {
    const follower = replica({ terms: [1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 3] });
    follower.receive('n2', page(DATA));
    expect(follower.view).toMatchObject({ baseIndex: 9, lastIndex: 11, applied: 9 });
    expect(follower.terms).toEqual([2, 3]);
    follower.restart();
    expect(follower.terms).toEqual([2, 3]);
  },
  { file: 'log.ts', find: 'if (entryAt(log, index)?.term === term) {', replace: 'if (false) {' },
);

rule(
  '7: a snapshot of what is already applied changes nothing (a duplicate, or one sent by mistake)',
  ({ replica }) => {
    const follower = replica({ terms: Array.from({ length: 12 }, () => 2) });
    follower.receive('n2', appendEntries(3, [12, 2], [], 11));
    const [reply] = follower.receive('n2', page(DATA));
    expect(reply?.body).toMatchObject({ type: 'InstallSnapshotReply', index: 9, next: undefined });
    expect(follower.view).toMatchObject({ baseIndex: 0, applied: 11, lastIndex: 12 });
    expect(follower.value('k1')).toBe(2);
  },
  { file: 'snapshot/snapshot.ts', find: 'index <= log.commit ? undefined :', replace: '' },
);

rule('Figure 13: a page of an earlier term is answered at once, and not used', ({ replica }) => {
  const follower = replica({ terms: [1], term: 4 });
  const [reply] = follower.receive('n2', page(DATA));
  expect(reply?.body).toMatchObject({ type: 'InstallSnapshotReply', term: 4, next: '' });
  expect(follower.view).toMatchObject({ applied: 0, leader: undefined });
  expect(follower.terms).toEqual([1]);
});

rule(
  'Figure 13: a page is on disk before it is answered, and the pages so far survive a restart',
  ({ replica }) => {
    const follower = replica();
    follower.receive('n2', appendEntries(3));
    follower.quickDisk = false;
    expect(follower.receive('n2', page(DATA.slice(0, 2), '', 'm/k9'))).toEqual([]);
    expect(follower.sync()).toHaveLength(1);
    follower.restart();
    follower.quickDisk = true;
    follower.receive('n2', page(DATA.slice(2), 'm/k9'));
    expect(follower.view.applied).toBe(9);
    expect(follower.value('k1')).toBe('new');
  },
  {
    file: 'snapshot/snapshot.ts',
    find: 'else ctx.disk.put(RECEIVING, { ...receiving, form: FORM });',
    replace: '',
  },
);

rule('Figure 13: a page restarts the election timeout, as any message of the leader', ({ replica }) => {
  const follower = replica();
  for (let round = 0; round < 10; round++) {
    follower.receive('n2', page(DATA.slice(0, 1), '', 'm/k1'));
    expect(follower.tick(14)).toEqual([]);
  }
  expect(follower.view.leader).toBe('n2');
});

rule('7: a log is compacted when it reaches a size in bytes (or a number of entries)', ({ replica }) => {
  const leader = replica({ maxLogBytes: 10_000 });
  leader.lead();
  leader.accept('n2', 'n3');
  for (let round = 0; round < 12; round++) {
    leader.put('x', 'a'.repeat(2_000));
    leader.accept('n2', 'n3');
    if (round < 3) expect(leader.view.baseIndex).toBe(0);
  }
  expect(leader.view.baseIndex).toBeGreaterThan(0);
  expect(leader.terms.length).toBeLessThan(7);
});

rule('7: while a snapshot is sent the leader continues, and the snapshot does not change', ({ replica }) => {
  const leader = replica({ maxLogEntries: 5 });
  const value = 'a'.repeat(40_000);
  const sent = [...leader.lead()];
  for (const key of ['a', 'b', 'c', 'z', 'more', 'more', 'more']) {
    sent.push(...leader.put(key, value), ...leader.accept('n2'));
  }
  const pages = only(sent, 'InstallSnapshot', 'n3');
  pages.push(...only(leader.receive('n3', nextOf(pages[0]!)), 'InstallSnapshot', 'n3'));
  expect(pages[1]!.next).toBeDefined();
  leader.put('z', 'later');
  leader.accept('n2');
  expect(leader.value('z')).toBe('later');
  pages.push(...pagesAfter(leader, pages.slice(1)).slice(1));
  const { index, term } = pages[0]!;
  expect(pages.every((one) => one.index === index)).toBe(true);
  const pairs = pages.flatMap((one) => one.pairs);
  expect(pairs).toContainEqual(['m/z', value]);
  // Afterwards the follower gets what came meanwhile as entries.
  const [append] = only(leader.receive('n3', nextOf(pages.at(-1)!)), 'AppendEntries', 'n3');
  expect(append).toMatchObject({ prevIndex: index });
  leader.receive('n3', accepted(term, leader.view.lastIndex));
});

rule('7: a cluster that compacts survives faults as any other does', ({ cluster: make }) => {
  const cluster = make(3, { maxLogEntries: 4, electionTicks: [5, 10] });
  for (let round = 0; round < 6; round++) {
    const leader = cluster.elect();
    const cut = cluster.followers[round % 2]!;
    cluster.isolate(cut);
    for (let value = 0; value < 8; value++) cluster.put(leader, `x${value}`, round);
    cluster.world.do({ type: 'heal' });
    cluster.world.advance(3 * MS);
    cluster.world.do({ type: 'restart', node: round % 3 === 0 ? leader : cut });
  }
  cluster.elect();
  cluster.agree();
  expect(cluster.violations).toEqual([]);
});
