/**
 * Section 5.3, log replication, with Figure 2's rules for appends. `5-3-repair.test.ts` has logs
 * that disagree.
 */
import { commandsIn } from '../../../../replication/core/batch.ts';
import { MS } from '../../../support/simulated.ts';
import { appendEntries, only, receivers, rule } from './rule.ts';

rule('5.3: once elected, a leader serves clients, whose requests contain commands', ({ replica }) => {
  const leader = replica();
  leader.lead();
  leader.accept('n2', 'n3');
  leader.put('x', 7);
  leader.accept('n2');
  expect(leader.answers.get('q1')).toEqual({ ok: true, value: { done: true, previous: null } });
  expect(leader.value('x')).toBe(7);
});

rule(
  '5.3: the leader appends the command to its log and sends it to all others in parallel',
  ({ replica }) => {
    const leader = replica({ size: 5 });
    leader.lead();
    leader.accept(...leader.peers);
    const sent = leader.put('x', 7);
    expect(leader.terms).toEqual([1, 1]);
    expect(receivers(sent, 'AppendEntries')).toEqual(['n2', 'n3', 'n4', 'n5']);
    for (const { entries } of only(sent, 'AppendEntries')) {
      expect(entries).toMatchObject([{ index: 2, term: 1 }]);
      expect(commandsIn(entries[0]!.data)).toMatchObject([{ command: { key: 'x', value: 7 } }]);
    }
  },
);

rule('5.3, here also: its own write continues meanwhile (dissertation, 10.2.1)', ({ replica }) => {
  const leader = replica();
  leader.lead();
  leader.accept('n2', 'n3');
  leader.quickDisk = false;
  expect(receivers(leader.put('x', 7), 'AppendEntries')).toEqual(['n2', 'n3']);
});

rule(
  '5.3: it applies the command and answers with the result only when the entry is safely replicated',
  ({ replica }) => {
    const leader = replica({ size: 5 });
    leader.lead();
    leader.accept(...leader.peers);
    leader.put('x', 7);
    leader.accept('n2');
    expect(leader.value('x')).toBeNull();
    expect(leader.answers.size).toBe(0);
    leader.accept('n3');
    expect(leader.value('x')).toBe(7);
    expect(leader.answers.get('q1')).toMatchObject({ ok: true });
  },
  { file: 'quorum.ts', find: '/ 2) + 1', replace: '/ 2)' },
);

rule(
  '5.3: an entry that a follower lacks is sent again without end, whether the client was answered or not',
  ({ cluster: make }) => {
    const cluster = make(3);
    const leader = cluster.elect();
    cluster.agree();
    const [down, cut] = cluster.followers as [string, string];
    cluster.world.do({ type: 'crash', node: down });
    expect(cluster.put(leader, 'x', 1)).toMatchObject({ ok: true });
    cluster.world.advance(2_000 * MS);
    cluster.world.do({ type: 'restart', node: down });
    const lossy = { ...cluster.world.network.settings, lossRate: 0.6 };
    cluster.world.do({ type: 'link', from: leader, to: down, settings: lossy });
    cluster.world.do({ type: 'link', from: leader, to: cut, settings: lossy });
    cluster.put(cluster.elect(), 'y', 2);
    cluster.agree();
    for (const node of cluster.nodes) expect(cluster.get(node, 'y', 'stale')).toEqual({ ok: true, value: 2 });
  },
);

rule('5.3: an entry has the command, and the term in which its leader received it', ({ replica }) => {
  const leader = replica({ terms: [1, 1], term: 4 });
  leader.lead();
  leader.put('x', 7);
  expect(leader.terms).toEqual([1, 1, 5, 5]);
  const entry = leader.protocol.entry(leader.machine.state.program, 4);
  expect(entry).toMatchObject({ term: 5 });
  expect(commandsIn(entry!.content)).toMatchObject([{ command: { key: 'x', value: 7 } }]);
});

rule('5.3: and an index, its position in the log', ({ replica }) => {
  const leader = replica({ terms: [1, 1] });
  leader.lead();
  for (const value of [1, 2, 3]) leader.put('x', value);
  const { program } = leader.machine.state;
  for (let index = 1; index <= 6; index++) {
    expect(leader.protocol.entry(program, index)?.index).toBe(index);
  }
  expect(leader.protocol.entry(program, 7)).toBeUndefined();
});

rule('5.3: the leader decides what is committed; a follower applies nothing by itself', ({ replica }) => {
  const follower = replica();
  follower.receive('n2', appendEntries(1, [0, 0], [1, 1, 1]));
  follower.tick(10);
  expect(follower.view).toMatchObject({ lastIndex: 3, commit: 0, applied: 0 });
  expect(follower.value('k1')).toBeNull();
});

rule('5.3: committed entries are durable, and are executed by all available servers', ({ cluster: make }) => {
  const cluster = make(3);
  expect(cluster.put(cluster.elect(), 'x', 1)).toMatchObject({ ok: true });
  for (const node of cluster.nodes) cluster.world.do({ type: 'crash', node });
  for (const node of cluster.nodes) cluster.world.do({ type: 'restart', node });
  cluster.elect();
  cluster.agree();
  for (const node of cluster.nodes) expect(cluster.get(node, 'x', 'stale')).toEqual({ ok: true, value: 1 });
});

rule(
  '5.3: an entry is committed when its leader has replicated it on a majority (here its own copy counts when it is on disk)',
  ({ replica }) => {
    const leader = replica();
    leader.lead();
    leader.accept('n2', 'n3');
    expect(leader.view.commit).toBe(1);
    leader.quickDisk = false;
    leader.put('x', 7);
    leader.accept('n2');
    expect(leader.view.commit).toBe(1);
    leader.sync();
    expect(leader.view.commit).toBe(2);
  },
  {
    file: 'commit.ts',
    find: 'voter === ctx.self ? leadership.durableIndex',
    replace: 'voter === ctx.self ? lastIndex(log)',
  },
);

rule('5.3: that also commits all entries before it, including those of earlier leaders', ({ replica }) => {
  const leader = replica({ terms: [1, 2, 2] });
  leader.lead();
  expect(leader.view.commit).toBe(0);
  leader.accept('n2');
  expect(leader.view).toMatchObject({ commit: 4, applied: 4 });
  expect(leader.value('k1')).toBe(1);
});

rule("5.3: every append, including heartbeats, has the leader's commit index", ({ replica }) => {
  const leader = replica();
  leader.lead();
  leader.accept('n2', 'n3');
  const beats = only(leader.tick(), 'AppendEntries');
  expect(beats).toMatchObject([
    { entries: [], commit: 1 },
    { entries: [], commit: 1 },
  ]);
  leader.put('x', 1);
  leader.accept('n2', 'n3');
  expect(only(leader.put('y', 2), 'AppendEntries')).toMatchObject([{ commit: 2 }, { commit: 2 }]);
});

rule(
  '5.3: a follower that learns that entries are committed applies them, in the order of the log',
  ({ replica }) => {
    const follower = replica();
    follower.receive('n2', appendEntries(1, [0, 0], [1, 1, 1]));
    const applied: number[] = [];
    follower.onApplied = ({ index }) => applied.push(index);
    follower.receive('n2', appendEntries(1, [3, 1], [], 2));
    expect(applied).toEqual([1, 2]);
    follower.receive('n2', appendEntries(1, [3, 1], [], 3));
    expect(applied).toEqual([1, 2, 3]);
    expect(follower.value('k3')).toBe(1);
  },
);

rule(
  "Figure 2: a follower's commit index goes no further than what the append has proved, and never falls",
  ({ replica }) => {
    const follower = replica({ terms: [1, 1, 1] });
    // Entries 2 and 3 are there, but may be others than the leader's.
    follower.receive('n2', appendEntries(2, [1, 1], [], 3));
    expect(follower.view.commit).toBe(1);
    follower.receive('n2', appendEntries(2, [1, 1], [2], 3));
    expect(follower.view.commit).toBe(2);
    follower.receive('n2', appendEntries(2, [1, 1], [], 1));
    expect(follower.view.commit).toBe(2);
  },
  {
    file: 'append.ts',
    find: 'Math.min(request.commit, proven)',
    replace: 'Math.min(request.commit, lastIndex(log))',
  },
);

rule(
  '5.3: entries with the same index and term have the same command: one leader creates each once',
  ({ replica }) => {
    const leader = replica({ terms: [1] });
    const made: string[] = [];
    leader.lead();
    for (let round = 0; round < 5; round++) {
      leader.put('x', round);
      for (const { entries } of only(leader.tick(2), 'AppendEntries')) {
        for (const { index, term, data } of entries) made.push(`${index}/${term} ${JSON.stringify(data)}`);
      }
      leader.accept('n2');
    }
    const positions = [...new Set(made)].map((entry) => entry.split(' ')[0]);
    expect(positions.length).toBeGreaterThan(5);
    expect(new Set(positions).size).toBe(positions.length);
  },
);

rule(
  '5.3: and if two logs agree on an entry they agree on all before it, whatever the faults',
  ({ cluster: make }) => {
    const cluster = make(5);
    for (let round = 0; round < 8; round++) {
      const leader = cluster.elect();
      cluster.isolate(leader);
      cluster.begin(leader, { type: 'put', key: 'lost', value: round });
      cluster.world.advance(60 * MS);
      cluster.world.do({ type: 'crash', node: cluster.nodes[round % 5]! });
      cluster.world.advance(400 * MS);
      cluster.world.do({ type: 'heal' });
      cluster.world.do({ type: 'restart', node: cluster.nodes[round % 5]! });
    }
    cluster.elect();
    cluster.agree();
    expect(cluster.violations).toEqual([]);
  },
  { file: 'append.ts', find: 'if (prevIndex > log.base.index && termAt', replace: 'if (false && termAt' },
);

rule('5.3: an append names the index and term of the entry before its own', ({ replica }) => {
  const leader = replica({ terms: [1, 2] });
  expect(only(leader.lead(), 'AppendEntries')).toMatchObject([
    { prevIndex: 2, prevTerm: 2 },
    { prevIndex: 2, prevTerm: 2 },
  ]);
  leader.accept('n2', 'n3');
  expect(only(leader.put('x', 1), 'AppendEntries')).toMatchObject([
    { prevIndex: 3, prevTerm: 3 },
    { prevIndex: 3, prevTerm: 3 },
  ]);
});

rule(
  '5.3: a follower without that entry refuses the new ones, and changes nothing',
  ({ replica }) => {
    const follower = replica({ terms: [1, 1, 2] });
    for (const append of [appendEntries(3, [5, 2], [3], 1), appendEntries(3, [3, 3], [3], 1)]) {
      const [reply] = follower.receive('n2', append);
      expect(reply?.body).toMatchObject({ success: false });
      expect(follower.terms).toEqual([1, 1, 2]);
      expect(follower.view.commit).toBe(0);
    }
  },
  { file: 'append.ts', find: 'termAt(log, prevIndex) !== request.prevTerm', replace: 'false' },
);

rule(
  '5.3: success means that the logs are equal up to the new entries, and no further',
  ({ replica }) => {
    const follower = replica({ terms: [1, 1, 1, 1] });
    const [reply] = follower.receive('n2', appendEntries(2, [1, 1], [1]));
    expect(reply?.body).toMatchObject({ success: true, index: 2 });
    const [beat] = follower.receive('n2', appendEntries(2, [1, 1]));
    expect(beat?.body).toMatchObject({ success: true, index: 1 });
  },
  {
    file: 'append.ts',
    find: 'Math.max(prevIndex + request.entries.length,',
    replace: 'Math.max(lastIndex(log),',
  },
);

rule(
  'Figure 2: the answer to an append is sent only when the entries are on disk',
  ({ replica }) => {
    const follower = replica();
    follower.quickDisk = false;
    expect(follower.receive('n2', appendEntries(1, [0, 0], [1]))).toEqual([]);
    expect(follower.sync()).toMatchObject([{ to: 'n2', body: { success: true, index: 1 } }]);
    follower.restart();
    expect(follower.terms).toEqual([1]);
  },
  {
    file: 'append.ts',
    find: 'index: proven, hint: undefined });',
    replace: 'index: proven, hint: undefined }, { early: true });',
  },
);

rule('5.3: a majority that is up is sufficient to accept, replicate and apply', ({ cluster: make }) => {
  const cluster = make(5);
  const leader = cluster.elect();
  for (const node of cluster.followers.slice(0, 2)) cluster.world.do({ type: 'crash', node });
  for (let value = 0; value < 5; value++) expect(cluster.put(leader, 'x', value)).toMatchObject({ ok: true });
});

rule('5.3: normally one round of messages to a majority replicates an entry', ({ replica }) => {
  const leader = replica({ size: 5 });
  leader.lead();
  leader.accept(...leader.peers);
  expect(receivers(leader.put('x', 7), 'AppendEntries')).toHaveLength(4);
  leader.accept('n2', 'n3');
  expect(leader.answers.get('q1')).toMatchObject({ ok: true });
});

rule('5.3: a single slow follower does not slow the others down', ({ cluster: make }) => {
  const time = (slowUs: number) => {
    const cluster = make(5);
    const leader = cluster.elect();
    const [slow] = cluster.followers;
    const settings = { ...cluster.world.network.settings, delayUs: [slowUs, slowUs] as const };
    cluster.world.do({ type: 'link', from: leader, to: slow!, settings });
    const { now } = cluster.world;
    for (let value = 0; value < 10; value++) cluster.put(leader, 'x', value);
    return cluster.world.now - now;
  };
  // Which of the others are quickest is chance; a message takes 5 ms at most.
  expect(time(100 * MS)).toBeLessThan(time(5 * MS) + 10 * 2 * 5 * MS);
});
