/**
 * Commands that come together: they share an entry, are applied in order, and each gets an answer
 * of its own.
 */
import { batchOf, commandsIn } from '../../../replication/core/batch.ts';
import type { KeyValueCommand } from '../../../replication/core/key-value.ts';
import type { ProtocolRequest } from '../../../replication/protocol.ts';
import type { RaftMessage } from '../../../replication/raft/messages.ts';
import { createRaft } from '../../../replication/raft/raft.ts';
import type { SessionTag } from '../../../replication/replication.ts';
import { OneReplica } from '../../support/one-replica.ts';
import { Cluster, MS } from '../../support/simulated.ts';

const ok = (value: unknown) => ({ ok: true, value });
const error = (code: string) => expect.objectContaining({ ok: false, code }) as unknown;

function put(value: number): KeyValueCommand {
  return { type: 'put', key: 'x', value };
}

function batch(values: readonly number[], tag?: SessionTag): ProtocolRequest {
  return { type: 'submit-batch', batch: batchOf(values.map(put), tag) };
}

/**
 * What one command after the other is answered with that puts these values, where x was `before`.
 */
function done(values: readonly number[], before: number | null = null) {
  return ok(values.map((_, i) => ok({ done: true, previous: i === 0 ? before : values[i - 1] })));
}

/** A leader of three that handles what arrives at its ticks. */
function cluster(settings: ConstructorParameters<typeof Cluster>[1] = {}) {
  const cluster = new Cluster(3, { eager: false, ...settings });
  const leader = cluster.elect();
  cluster.agree();
  return { cluster, leader, last: cluster.view(leader).lastIndex, follower: cluster.followers[0]! };
}

/** The values that each entry after `last` puts. */
function entriesAfter(cluster: Cluster, node: string, last: number): unknown[][] {
  return cluster
    .log(node, last + 1)
    .map(({ content }) => commandsIn(content).map(({ command }) => (command as { value: unknown }).value));
}

test('what reaches a leader in one step shares an entry, and each request is answered by itself', () => {
  const { cluster: three, leader, last } = cluster();
  const ids = [[1], [2, 3], [4]].map((values) => three.request(leader, batch(values)));
  const single = three.request(leader, { type: 'submit', command: put(5) });
  expect(ids.map((id) => three.answered(id))).toEqual([done([1]), done([2, 3], 1), done([4], 3)]);
  expect(three.answered(single)).toEqual(ok({ done: true, previous: 4 }));
  three.agree();
  for (const node of three.nodes) expect(entriesAfter(three, node, last)).toEqual([[1, 2, 3, 4, 5]]);
});

test.each([
  [1, [[1], [2, 3, 4], [5], [6]]],
  [2, [[1], [2, 3, 4], [5, 6]]],
  [
    4,
    [
      [1, 2, 3, 4],
      [5, 6],
    ],
  ],
])('an entry has at most %d commands, but a client’s batch stays whole', (maxCommandsPerEntry, entries) => {
  const { cluster: three, leader, last } = cluster({ maxCommandsPerEntry });
  const ids = [[1], [2, 3, 4], [5], [6]].map((values) => three.request(leader, batch(values)));
  for (const id of ids) expect(three.answered(id)).toMatchObject({ ok: true });
  expect(entriesAfter(three, leader, last)).toEqual(entries);
});

test('an entry has about as many bytes as an append, at most', () => {
  const { cluster: three, leader, last } = cluster({ maxBytesPerAppend: 300 });
  const ids = Array.from({ length: 9 }, (_, i) => three.request(leader, batch([i])));
  for (const id of ids) expect(three.answered(id)).toMatchObject({ ok: true });
  expect(entriesAfter(three, leader, last).length).toBeGreaterThan(1);
});

test('the opening of a session keeps its turn between commands', () => {
  const { cluster: three, leader, last } = cluster();
  three.request(leader, batch([1]));
  const opened = three.request(leader, { type: 'open-session', nonce: 'n' });
  const id = three.request(leader, batch([2]));
  expect(three.answered(id)).toEqual(done([2], 1));
  expect(three.answer(opened)).toMatchObject({ ok: true });
  expect(three.log(leader, last + 1).map(({ label }) => label)).toEqual(['put', 'session', 'put']);
});

test('a follower passes a batch on in one piece', () => {
  const { cluster: three, follower, leader, last } = cluster();
  const id = three.request(follower, batch([1, 2, 3]));
  expect(three.answered(id)).toEqual(done([1, 2, 3]));
  expect(entriesAfter(three, leader, last)).toEqual([[1, 2, 3]]);
});

test('commands of a session that are submitted again in other batches run once', () => {
  const { cluster: three, follower, leader } = cluster({ requestTicks: 2_000 });
  const session = three.openSession(leader);
  const from = (sequence: number) => ({ session, sequence, acknowledged: 1 });
  expect(three.answered(three.request(follower, batch([1, 2, 3], from(1))))).toEqual(done([1, 2, 3]));
  // The answer was lost: 2 and 3 come again, and 4 for the first time.
  const again = three.request(leader, batch([2, 3, 4], from(2)));
  expect(three.answered(again)).toEqual(done([2, 3, 4], 1));
  // Twice in one entry.
  const ids = [5, 5].map((value) => three.request(leader, batch([value], from(5))));
  expect(ids.map((id) => three.answered(id))).toEqual([done([5], 4), done([5], 4)]);
  three.agree();
  for (const node of three.nodes) expect(three.get(node, 'x', 'stale')).toEqual(ok(5));
});

test('a refusal of one command is that of no other', () => {
  const { cluster: three, leader } = cluster({ maxKeptResults: 2 });
  const session = three.openSession(leader);
  const id = three.request(leader, batch([1, 2, 3], { session, sequence: 1, acknowledged: 1 }));
  expect(three.answered(id)).toEqual(
    ok([ok({ done: true, previous: null }), ok({ done: true, previous: 1 }), error('Rejected')]),
  );
});

test('a batch that is lost with its leader is asked for again, and happens once', () => {
  const { cluster: three, leader } = cluster({ requestTicks: 2_000 });
  const session = three.openSession(leader);
  three.agree();
  three.isolate(leader);
  const id = three.request(leader, batch([1, 2], { session, sequence: 1, acknowledged: 1 }));
  three.until('another leader', () => three.leader !== leader && three.leader);
  three.world.do({ type: 'heal' });
  expect(three.answered(id)).toEqual(done([1, 2]));
  three.world.advance(100 * MS);
  expect(three.get(leader, 'x')).toEqual(ok(2));
});

test.each([
  ['text that is no JSON', { commands: '[1', count: 1 }],
  ['an object', { commands: '{"0":1,"length":1}', count: 1 }],
  ['other commands than it says', { commands: '[1,2]', count: 1 }],
  ['no command', { commands: '[]', count: 0 }],
])('a batch of %s is refused at the door, from a client and from a peer', (_, wrong) => {
  const one = new OneReplica(createRaft, { terms: [1] });
  one.lead();
  one.ask({ type: 'submit-batch', batch: wrong });
  expect(one.answers.get('q1')).toEqual(error('Rejected'));
  const append = {
    ...{ type: 'AppendEntries', term: 1, prevIndex: 1, prevTerm: 1, commit: 1, round: 0 },
    entries: [{ index: 2, term: 1, data: { type: 'commands', batches: [wrong] } }],
  };
  const { protocol, machine } = one;
  expect(protocol.isMessage!(append as RaftMessage, machine.state.program)).toBe(false);
});
