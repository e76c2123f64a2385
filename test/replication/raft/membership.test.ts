/** Changes of the members in simulated clusters, with every invariant checked. */
import type { MemberChange } from '../../../replication/members.ts';
import type { RaftSettings } from '../../../replication/raft/settings.ts';
import type { RaftState } from '../../../replication/raft/state.ts';
import type { Outcome } from '../../../vm/program.ts';
import { CALM_DISK } from '../../../vm/sim/disk.ts';
import { Cluster, MS } from '../../support/simulated.ts';

const rejected = (why: string) => ({
  ok: false,
  code: 'Rejected',
  message: expect.stringContaining(why) as string,
});

const add = (id: string, role: 'voter' | 'learner' = 'voter'): MemberChange => ({ do: 'add', id, role });

class Members extends Cluster {
  constructor(size: number, raft: Partial<RaftSettings> & { eager?: boolean } = {}, seed = 1) {
    super(size, raft, { seed });
    this.elect();
    this.agree();
  }

  /** The members as the leader counts them. */
  get members(): { readonly voters: readonly string[]; readonly learners: readonly string[] } {
    const { voters, learners } = this.view(this.leader!).configuration!;
    return { voters, learners };
  }

  begin_(...changes: readonly MemberChange[]): string {
    return this.request(this.leader!, { type: 'change-members', changes });
  }

  change(...changes: readonly MemberChange[]): Outcome {
    return this.answered(this.begin_(...changes));
  }

  /** Waits until the leader has these voters, committed and not joint. */
  settle(...voters: readonly string[]): void {
    this.until(`the voters ${voters.join(' ')}`, () => {
      const { leader } = this;
      if (leader === undefined) return false;
      const { configuration, commit } = this.view(leader);
      const { index, outgoing } = configuration!;
      return String(configuration!.voters) === String(voters) && index <= commit && outgoing === undefined;
    });
  }

  state(node: string): RaftState {
    return this.world.node(node).machine.state.program;
  }
}

let cluster: Members;

afterEach(() => {
  cluster.world.advance(500 * MS);
  cluster.compareData();
  expect(cluster.violations).toEqual([]);
});

test('a learner is added, has all that was written before, and does not count', () => {
  cluster = new Members(3);
  cluster.put(cluster.leader!, 'x', 1);
  const n4 = cluster.join();
  const outcome = cluster.change(add(n4, 'learner'));
  expect(outcome).toMatchObject({ ok: true, value: { config: expect.any(Number) as number } });
  cluster.agree();
  expect(cluster.peek(n4, { type: 'get', key: 'x' })).toBe(1);
  expect(cluster.members).toEqual({ voters: ['n1', 'n2', 'n3'], learners: ['n4'] });
  const [away, other] = cluster.followers as [string, string];
  for (const node of [away, other]) cluster.do({ type: 'crash', node });
  const id = cluster.begin(cluster.leader!, { type: 'put', key: 'x', value: 2 });
  cluster.world.advance(100 * MS);
  expect(cluster.answer(id)).toBeUndefined();
});

test('a machine that joins waits: it never votes, campaigns or founds a cluster of its own', () => {
  cluster = new Members(3);
  const n4 = cluster.join();
  cluster.world.advance(2_000 * MS);
  cluster.do({ type: 'restart', node: n4 });
  cluster.world.advance(2_000 * MS);
  expect(cluster.view(n4)).toMatchObject({ role: 'follower', term: 0, lastIndex: 0, recovery: 'recovering' });
});

test('a learner that is to vote is promoted once it has caught up and was checked', () => {
  cluster = new Members(3);
  for (let n = 0; n < 20; n++) cluster.put(cluster.leader!, `k${n}`, n);
  const n4 = cluster.join();
  cluster.change(add(n4));
  expect(cluster.members.learners).toEqual(['n4']);
  cluster.settle('n1', 'n2', 'n3', 'n4');
  cluster.agree();
  const labels = cluster.log(cluster.leader!).map(({ label }) => label);
  expect(labels.filter((label) => label === 'check')).toHaveLength(1);
  expect(labels.lastIndexOf('config')).toBeGreaterThan(labels.indexOf('check'));
  for (const node of cluster.nodes) expect(cluster.state(node).check?.digest).toMatch(/^[0-9a-f]{64}$/);
  cluster.do({ type: 'crash', node: cluster.followers.find((node) => node !== n4)! });
  cluster.put(cluster.leader!, 'x', 1);
});

test('a copy that differs is not promoted before it was replaced', () => {
  cluster = new Members(3);
  cluster.put(cluster.leader!, 'x', 1);
  const n4 = cluster.join();
  cluster.change(add(n4, 'learner'));
  cluster.agree();
  cluster.world.node(n4).disk.current.data.put('m/x', 'damaged');
  cluster.change({ do: 'promote', id: n4 });
  cluster.settle('n1', 'n2', 'n3', 'n4');
  expect(cluster.peek(n4, { type: 'get', key: 'x' })).toBe(1);
});

test('a copy that differs again and again is given up', () => {
  cluster = new Members(3);
  cluster.put(cluster.leader!, 'x', 1);
  const n4 = cluster.join();
  cluster.change(add(n4, 'learner'));
  cluster.agree();
  const { data } = cluster.world.node(n4).disk.current;
  const { stepped } = cluster.world.observer;
  cluster.world.observer.stepped = (node) => {
    if (node === n4) cluster.world.node(n4).disk.current.data.put('m/y', 'damaged');
    stepped?.(node);
  };
  cluster.change({ do: 'promote', id: n4 });
  cluster.until('the leader to give up', () => cluster.view(cluster.leader!).learning?.[n4] === 'differs');
  cluster.world.advance(1_000 * MS);
  expect(cluster.members.learners).toEqual(['n4']);
  cluster.world.observer.stepped = stepped!;
  data.delete('m/y');
  cluster.world.node(n4).disk.current.data.delete('m/y');
});

test('a learner that was too slow tries again under the same leader, once it is fast enough', () => {
  cluster = new Members(3);
  const n4 = cluster.join();
  cluster.do({ type: 'disk', node: n4, settings: { ...CALM_DISK, syncUs: [300 * MS, 300 * MS] } });
  cluster.change(add(n4));
  const leader = cluster.leader!;
  const phase = () => cluster.view(leader).learning?.[n4];
  for (let n = 0; phase() !== 'stalled'; n++) {
    expect(n).toBeLessThan(500);
    cluster.put(leader, 'x', n);
    cluster.world.advance(30 * MS);
  }
  cluster.do({ type: 'disk', node: n4, settings: CALM_DISK });
  // Not at once: what slowed it may not be over.
  cluster.world.advance(1_000 * MS);
  expect(phase()).toBe('stalled');
  cluster.world.advance(6_000 * MS);
  expect(cluster.members).toEqual({ voters: ['n1', 'n2', 'n3', 'n4'], learners: [] });
  expect(cluster.leader).toBe(leader);
});

test('several are added, and promoted, in one joint change, which is left by itself', () => {
  cluster = new Members(3);
  const added = [cluster.join(), cluster.join()];
  cluster.change(...added.map((id) => add(id)));
  cluster.settle('n1', 'n2', 'n3', 'n4', 'n5');
  cluster.agree();
  const configurations = cluster
    .log(cluster.leader!)
    .filter(({ label }) => label === 'config')
    .map(({ content }) => content as { outgoing?: unknown });
  expect(configurations.map(({ outgoing }) => outgoing !== undefined)).toEqual([false, true, false]);
});

test('five become three in one change, and two of the three go on', () => {
  cluster = new Members(5);
  const gone = cluster.followers.slice(0, 2);
  expect(cluster.change(...gone.map((id): MemberChange => ({ do: 'remove', id })))).toMatchObject({
    ok: true,
  });
  const left = cluster.nodes.filter((node) => !gone.includes(node));
  expect(cluster.members.voters).toEqual(left);
  cluster.do({ type: 'crash', node: cluster.followers.find((node) => left.includes(node))! });
  cluster.put(cluster.leader!, 'x', 1);
});

test('a removed replica hears that it was, and leaves the others alone', () => {
  cluster = new Members(4);
  const [gone] = cluster.followers as [string];
  const { term } = cluster.view(cluster.leader!);
  cluster.change({ do: 'remove', id: gone });
  cluster.world.advance(500 * MS);
  const { configuration, commit } = cluster.view(gone);
  expect(configuration!.voters).not.toContain(gone);
  expect(configuration!.index).toBeLessThanOrEqual(commit);
  expect(cluster.state(cluster.leader!).leadership!.progress[gone]).toBeUndefined();
  cluster.world.advance(3_000 * MS);
  expect(cluster.view(gone)).toMatchObject({ role: 'follower', term });
  expect(cluster.view(cluster.leader!).term).toBe(term);
});

test('one that is dead when it is removed is told for a while, and then no longer', () => {
  cluster = new Members(4);
  const [gone] = cluster.followers as [string];
  cluster.do({ type: 'crash', node: gone });
  cluster.change({ do: 'remove', id: gone });
  expect(cluster.state(cluster.leader!).leadership!.progress[gone]).toBeDefined();
  cluster.world.advance(4_000 * MS);
  expect(cluster.state(cluster.leader!).leadership!.progress[gone]).toBeUndefined();
  const { term } = cluster.view(cluster.leader!);
  cluster.do({ type: 'restart', node: gone });
  cluster.world.advance(2_000 * MS);
  expect(cluster.view(cluster.leader!).term).toBe(term);
});

test('a leader that is removed transfers leadership first, and the next one removes it', () => {
  cluster = new Members(3);
  const leader = cluster.leader!;
  expect(cluster.changeMembers(leader, { do: 'remove', id: leader })).toMatchObject({
    config: expect.any(Number) as number,
  });
  expect(cluster.leader).not.toBe(leader);
  expect(cluster.members.voters).toEqual(cluster.nodes.filter((node) => node !== leader));
});

test('a leader whose successor does not take over removes itself, and steps down when that is committed', () => {
  cluster = new Members(3);
  const leader = cluster.leader!;
  // Whoever is asked to campaign reaches nobody but the leader.
  const others = cluster.followers;
  const id = cluster.request(leader, { type: 'change-members', changes: [{ do: 'remove', id: leader }] });
  const { stepped } = cluster.world.observer;
  cluster.world.observer.stepped = (node) => {
    stepped?.(node);
    const inFlight = cluster.world.inFlight.some(({ envelope }) => envelope.body.type === 'TimeoutNow');
    if (inFlight) for (const to of others) cluster.world.node(to).status = 'paused';
  };
  cluster.world.advance(30 * MS);
  cluster.world.observer.stepped = stepped!;
  cluster.world.advance(200 * MS);
  for (const node of others) cluster.do({ type: 'resume', node });
  expect(cluster.answered(id)).toMatchObject({ ok: true });
  cluster.settle(...others);
  expect(others).toContain(cluster.leader);
});

test('of two, the one that leads removes the other, dead or alive, and works on', () => {
  cluster = new Members(2);
  const [other] = cluster.followers as [string];
  expect(cluster.change({ do: 'remove', id: other })).toMatchObject({ ok: true });
  cluster.do({ type: 'crash', node: other });
  cluster.put(cluster.leader!, 'x', 1);
  expect(cluster.change({ do: 'remove', id: cluster.leader! })).toEqual(rejected('no voter would remain'));
});

test('one replaces another in one joint change, once it was checked', () => {
  cluster = new Members(3);
  const [old] = cluster.followers as [string];
  const n4 = cluster.join();
  cluster.do({ type: 'crash', node: old });
  expect(cluster.change({ do: 'replace', id: old, with: { id: n4 } })).toMatchObject({ ok: true });
  const after = [...cluster.nodes.filter((node) => node !== old)].sort();
  cluster.settle(...after);
  expect(cluster.change({ do: 'replace', id: old, with: { id: n4 } })).toMatchObject({
    ok: true,
    value: { already: true },
  });
});

test('an address changes, and role and incarnation stay', () => {
  cluster = new Members(3);
  cluster.change({ do: 'update', id: 'n2', url: 'http://two', zone: 'b' });
  expect(cluster.change({ do: 'update', id: 'n3', url: 'http://two' })).toEqual(rejected('two members'));
  const { log } = cluster.state(cluster.leader!);
  expect(log.configurations.at(-1)!.configuration.members.n2).toEqual({
    role: 'voter',
    want: 'voter',
    incarnation: 0,
    url: 'http://two',
    zone: 'b',
  });
});

test('a change that was made already is not made again', () => {
  cluster = new Members(3);
  const n4 = cluster.join();
  const first = cluster.change(add(n4, 'learner')) as { value: { config: number } };
  const { lastIndex } = cluster.view(cluster.leader!);
  const ifConfig = first.value.config - 1;
  const body = { type: 'change-members', changes: [add(n4, 'learner')], ifConfig } as const;
  const again = cluster.answered(cluster.request(cluster.followers[0]!, body));
  expect(again).toEqual({ ok: true, value: { config: first.value.config, already: true } });
  expect(cluster.view(cluster.leader!).configuration!.index).toBeLessThanOrEqual(lastIndex);
});

test('the same change from two callers is one', () => {
  cluster = new Members(3);
  const n4 = cluster.join();
  const ids = [cluster.begin_(add(n4, 'learner')), cluster.begin_(add(n4, 'learner'))];
  for (const id of ids) expect(cluster.answered(id)).toMatchObject({ ok: true });
  const { leader } = cluster;
  expect(cluster.log(leader!).filter(({ label }) => label === 'config')).toHaveLength(1);
});

test('another change is refused while one is under way, and one that expects another configuration', () => {
  cluster = new Members(3);
  const [n4, n5] = [cluster.join(), cluster.join()];
  const first = cluster.begin_(add(n4, 'learner'));
  expect(cluster.change(add(n5, 'learner'))).toEqual(rejected('under way'));
  expect(cluster.answered(first)).toMatchObject({ ok: true });
  const body = { type: 'change-members', changes: [add(n5, 'learner')], ifConfig: 99 } as const;
  expect(cluster.answered(cluster.request(cluster.leader!, body))).toEqual(rejected('not of 99'));
});

test('a change after which most voters would be silent is refused unless it is forced', () => {
  cluster = new Members(3);
  const [dead, alive] = cluster.followers as [string, string];
  cluster.do({ type: 'crash', node: dead });
  cluster.world.advance(400 * MS);
  expect(cluster.change({ do: 'remove', id: alive })).toEqual(rejected(`${dead} cannot be reached`));
  expect(cluster.change({ do: 'remove', id: dead })).toMatchObject({ ok: true });
  cluster.do({ type: 'crash', node: alive });
  cluster.world.advance(200 * MS);
});

test('a demoted voter is a learner, and can be promoted again', () => {
  cluster = new Members(3);
  const [other] = cluster.followers as [string];
  cluster.change({ do: 'demote', id: other });
  expect(cluster.members.learners).toEqual([other]);
  cluster.change({ do: 'promote', id: other });
  cluster.settle('n1', 'n2', 'n3');
});

test('a learner comes by a snapshot, has the members from it, and is promoted', () => {
  cluster = new Members(3, { maxLogEntries: 4 });
  const n4 = cluster.join();
  cluster.change({ do: 'update', id: 'n1', zone: 'a' });
  for (let n = 0; n < 20; n++) cluster.put(cluster.leader!, `k${n}`, n);
  cluster.change(add(n4));
  cluster.settle('n1', 'n2', 'n3', 'n4');
  cluster.agree();
  const { members } = cluster.state(n4).log.configurations.at(-1)!.configuration;
  expect(members.n1!.zone).toBe('a');
});

test('promotion outlives the leader at whatever moment that dies', () => {
  for (let us = 0; us < 120; us += 4) {
    cluster = new Members(3, {}, 3);
    for (let n = 0; n < 5; n++) cluster.put(cluster.leader!, `k${n}`, n);
    const n4 = cluster.join();
    cluster.change(add(n4));
    cluster.world.advance(us * MS);
    const dead = cluster.leader!;
    cluster.do({ type: 'crash', node: dead });
    cluster.settle('n1', 'n2', 'n3', 'n4');
    cluster.do({ type: 'restart', node: dead });
    cluster.agree();
    cluster.compareData();
    expect(cluster.violations).toEqual([]);
  }
});

test('a joint change ends with leaders that die at whatever moment', () => {
  for (let ms = 0; ms < 60; ms += 2) {
    cluster = new Members(5, {}, 5);
    const gone = cluster.followers.slice(0, 2);
    cluster.begin_(...gone.map((id): MemberChange => ({ do: 'remove', id })));
    cluster.world.advance(ms * MS);
    const dead = cluster.leader!;
    cluster.do({ type: 'crash', node: dead });
    cluster.until('a configuration that is not joint', () => {
      const { leader } = cluster;
      if (leader === undefined) return false;
      const { configuration, commit, lastIndex } = cluster.view(leader);
      return configuration!.outgoing === undefined && configuration!.index <= commit && commit === lastIndex;
    });
    cluster.do({ type: 'restart', node: dead });
    cluster.world.advance(1_000 * MS);
    expect(cluster.violations).toEqual([]);
  }
});

test('a joint change whose new half dies goes back to the members before', () => {
  cluster = new Members(3);
  const added = [cluster.join(), cluster.join(), cluster.join(), cluster.join()];
  cluster.change(...added.map((id) => add(id)));
  cluster.until('a joint configuration', () => cluster.view(cluster.leader!).configuration!.outgoing);
  for (const node of added) cluster.do({ type: 'crash', node });
  cluster.settle('n1', 'n2', 'n3');
  cluster.put(cluster.leader!, 'x', 1);
});
