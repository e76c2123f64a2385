/**
 * Section 5.3, its second half: how the logs of followers become the leader's, with Figure 2's
 * rules for that.
 */
import { accepted, appendEntries, only, refused, rule } from './rule.ts';

/** Figure 7: the leader's log, and followers (a) to (f). */
const FIGURE_7 = {
  leader: [1, 1, 1, 4, 4, 5, 5, 6, 6, 6],
  followers: [
    [1, 1, 1, 4, 4, 5, 5, 6, 6],
    [1, 1, 1, 4],
    [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6],
    [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7],
    [1, 1, 1, 4, 4, 4, 4],
    [1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3],
  ],
} as const;

rule(
  '5.3: whatever a follower lacks or has in excess, its log becomes the leader’s (Figure 7)',
  ({ replica }) => {
    for (const terms of FIGURE_7.followers) {
      const leader = replica({ terms: FIGURE_7.leader, term: 7 });
      const follower = replica({ terms, term: 7 });
      talk(leader, follower, leader.lead());
      expect(follower.terms).toEqual([...FIGURE_7.leader, 8]);
    }
  },
  {
    file: 'append.ts',
    find: 'if (cut) truncateAfter(log, replica.ctx.disk, first - 1);',
    replace: 'if (cut) return;',
  },
);

type Replica = Parameters<Parameters<typeof rule>[1]>[0]['replica'] extends (...args: never[]) => infer R
  ? R
  : never;

/**
 * Carries messages between the two, each of which thinks that it is n1 and the other n2, until
 * nothing is under way.
 */
function talk(leader: Replica, follower: Replica, sent: ReturnType<Replica['tick']>): number {
  let appends = 0;
  for (let queue = only(sent, 'AppendEntries', 'n2'); queue.length > 0; appends++) {
    const replies = only(follower.receive('n2', queue.shift()!), 'AppendEntriesReply');
    if (appends > 500) throw new Error('they never agree');
    for (const reply of replies) queue.push(...only(leader.receive('n2', reply), 'AppendEntries', 'n2'));
  }
  return appends;
}

rule('5.3: entries that conflict are overwritten by the leader’s', ({ replica }) => {
  const follower = replica({ terms: [1, 2, 2] });
  follower.receive('n2', appendEntries(3, [1, 1], [3, 3]));
  expect(follower.terms).toEqual([1, 3, 3]);
  expect(follower.value('k2')).toBeNull();
  follower.receive('n2', appendEntries(3, [3, 3], [], 3));
  expect(follower.value('k2')).toBe(3);
});

rule('5.3: everything after the last entry on which both agree is deleted, on disk too', ({ replica }) => {
  const follower = replica({ terms: [1, 2, 2, 2] });
  follower.receive('n2', appendEntries(3, [1, 1], [3]));
  expect(follower.terms).toEqual([1, 3]);
  follower.restart();
  expect(follower.terms).toEqual([1, 3]);
});

rule(
  'Figure 2: only a conflict deletes; an append that ends before the log does leaves the rest alone',
  ({ replica }) => {
    const follower = replica({ terms: [1, 1, 1] });
    follower.receive('n2', appendEntries(1, [1, 1], [1]));
    follower.receive('n2', appendEntries(1, [0, 0]));
    expect(follower.terms).toEqual([1, 1, 1]);
  },
  {
    file: 'append.ts',
    find: '({ index, term }) => index > log.base.index && termAt(log, index) !== term',
    replace: '() => true',
  },
);

rule('5.3: only appends and their answers repair a log', ({ cluster: make }) => {
  const cluster = make(3);
  const leader = cluster.elect();
  const [behind] = cluster.followers;
  cluster.isolate(behind!);
  for (let value = 0; value < 5; value++) cluster.put(leader, 'x', value);
  cluster.world.do({ type: 'heal' });
  const kinds = new Set<string>();
  cluster.until('the log to be repaired', () => {
    for (const { envelope } of cluster.world.inFlight) kinds.add(envelope.body.type);
    return cluster.view(behind!).applied === cluster.view(cluster.leader!).lastIndex;
  });
  expect([...kinds].filter((kind) => !kind.startsWith('RequestVote')).sort()).toEqual([
    'AppendEntries',
    'AppendEntriesReply',
  ]);
});

rule('5.3: a new leader first sends each follower what comes after its own last entry', ({ replica }) => {
  const leader = replica({ terms: [1, 1, 2] });
  for (const append of only(leader.lead(), 'AppendEntries')) {
    expect(append.prevIndex).toBe(3);
    expect(append.entries.map(({ index }) => index)).toEqual([4]);
  }
});

rule(
  '5.3: after a refusal the leader goes back and retries, until the logs agree',
  ({ replica }) => {
    const leader = replica({ terms: [1, 1, 1, 1] });
    leader.lead();
    const previous: number[] = [];
    for (let index = 4; index > 0 && previous.length < 5; index = previous.at(-1)!) {
      const [again] = only(leader.receive('n2', refused(2, index, undefined)), 'AppendEntries', 'n2');
      previous.push(again!.prevIndex);
    }
    // Without a hint, an entry at a time.
    expect(previous).toEqual([3, 2, 1, 0]);
  },
  { file: 'progress.ts', find: 'Math.min(guess, index)', replace: 'Math.max(guess, index + 1)' },
);

rule(
  'Figure 2: success advances what is known of the follower; the remaining entries follow',
  ({ replica }) => {
    const leader = replica({ terms: [1, 1, 1, 1] });
    leader.lead();
    const [again] = only(leader.receive('n2', refused(2, 4, { term: 0, index: 2 })), 'AppendEntries', 'n2');
    expect(again).toMatchObject({ prevIndex: 1, prevTerm: 1 });
    expect(again!.entries.map(({ index }) => index)).toEqual([2, 3, 4, 5]);
    leader.receive('n2', accepted(2, 5));
    expect(leader.view.commit).toBe(5);
    const [next] = only(leader.put('x', 1), 'AppendEntries', 'n2');
    expect(next).toMatchObject({ prevIndex: 5, prevTerm: 2 });
  },
);

rule(
  '5.3: once an append has succeeded the follower’s log stays equal to the leader’s for the rest of the term',
  ({ replica }) => {
    const leader = replica({ terms: [1, 1] });
    const follower = replica({ terms: [1] });
    talk(leader, follower, leader.lead());
    expect(follower.terms).toEqual(leader.terms);
    for (let round = 0; round < 5; round++) {
      talk(leader, follower, leader.put('x', round));
      expect(follower.terms).toEqual(leader.terms);
    }
  },
);

rule(
  '5.3: a refusal names the term that conflicts and where it begins',
  ({ replica }) => {
    const follower = replica({ terms: [1, 2, 2, 2, 3] });
    const [conflict] = follower.receive('n2', appendEntries(5, [4, 4]));
    expect(conflict?.body).toMatchObject({ success: false, hint: { term: 2, index: 2 } });
    const [short] = follower.receive('n2', appendEntries(5, [9, 4]));
    expect(short?.body).toMatchObject({ success: false, hint: { index: 6 } });
  },
  { file: 'append.ts', find: 'return { term, index };', replace: 'return { term, index: prevIndex };' },
);

rule(
  '5.3: so a repair takes one append per conflicting term, not one per entry',
  ({ replica }) => {
    const many = (term: number, count: number) => Array.from({ length: count }, () => term);
    const leader = replica({ terms: [1, ...many(6, 100)], term: 7 });
    const follower = replica({ terms: [1, ...many(2, 30), ...many(3, 30), ...many(5, 40)], term: 7 });
    const appends = talk(leader, follower, leader.lead());
    expect(follower.terms).toEqual(leader.terms);
    // The first one, one for each of the terms 2, 3 and 5.
    expect(appends).toBeLessThanOrEqual(4);
  },
  { file: 'append.ts', find: 'return { term, index };', replace: 'return { term, index: prevIndex };' },
);

rule(
  '5.3: a leader does nothing special to make logs agree; they converge by themselves',
  ({ cluster: make }) => {
    const cluster = make(5);
    const old = cluster.elect();
    cluster.isolate(old);
    for (let value = 0; value < 3; value++) cluster.begin(old, { type: 'put', key: 'old', value });
    const leader = cluster.until('another', () => cluster.followers.includes(old) && cluster.leader);
    cluster.put(leader, 'new', 1);
    cluster.world.do({ type: 'heal' });
    cluster.agree();
    expect(cluster.violations).toEqual([]);
  },
);

rule('5.3: a leader never overwrites or deletes entries of its own log', ({ replica }) => {
  const leader = replica({ terms: [1, 1] });
  leader.lead();
  leader.put('x', 1);
  const before = leader.terms;
  leader.receive('n2', refused(2, 2, { term: 0, index: 1 }));
  leader.receive('n3', appendEntries(1, [0, 0], [1]));
  leader.receive('n2', accepted(2, 3));
  leader.tick(3);
  expect(leader.terms).toEqual(before);
  // Nobody else can lead its term: an append of it can only be a lie, and is not believed in
  // silence.
  expect(leader.view.role).toBe('leader');
});
