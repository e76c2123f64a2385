/**
 * `io-out-of-order` of the golden scenarios (openraft #1960): completions of writes that are late,
 * duplicated or out of order lose no progress, and claim none too early. Not a scenario, because a
 * simulated disk completes its writes in order.
 */
import { createRaft } from '../../../replication/raft/raft.ts';
import { OneReplica } from '../../support/one-replica.ts';

/**
 * A leader of five, all of whose followers have everything; three writes of its own are under way.
 */
function leader() {
  const replica = new OneReplica(createRaft, { size: 5 });
  replica.lead();
  replica.accept(...replica.peers);
  replica.quickDisk = false;
  const before = replica.machine.state.batch;
  const batches = [1, 2, 3].map((value) => {
    replica.put('x', value);
    return replica.machine.state.batch;
  });
  expect(new Set([before, ...batches]).size).toBe(4);
  // Two followers have all of it: with the leader's own disk that is a majority.
  replica.accept('n2', 'n3');
  expect(replica.view).toMatchObject({ lastIndex: 4, commit: 1 });
  return { replica, batches: batches as [number, number, number] };
}

test('when a write is complete it counts, but nothing that was written after it', () => {
  const { replica, batches } = leader();
  batches.forEach((batch, i) => {
    replica.machine.durable(batch, 0);
    expect(replica.view.commit).toBe(2 + i);
  });
});

test('the completion of a later write covers earlier ones, whose own completions then change nothing', () => {
  const { replica, batches } = leader();
  const [first, second, third] = batches;
  replica.machine.durable(second, 0);
  expect(replica.view).toMatchObject({ commit: 3, applied: 3 });
  expect(replica.machine.durable(first, 0)).toEqual([]);
  expect(replica.machine.durable(second, 0)).toEqual([]);
  expect(replica.view).toMatchObject({ commit: 3, applied: 3 });
  replica.machine.durable(third, 0);
  expect(replica.view).toMatchObject({ commit: 4, applied: 4 });
});

test('a completion from before a change of leaders does not count in the next term', () => {
  const { replica, batches } = leader();
  // Another leader takes the place of all three; then this one leads again, its disk still at work.
  const append = { type: 'AppendEntries', term: 2, prevIndex: 1, prevTerm: 1, commit: 1, round: 0 } as const;
  const entries = [2, 3, 4].map((index) => ({ index, term: 2, data: { type: 'noop' } as const }));
  replica.receive('n2', { ...append, entries });
  replica.machine.durable(batches[2], 0);
  expect(replica.view).toMatchObject({ role: 'follower', lastIndex: 4, lastTerm: 2, commit: 1 });
  // What it says of the new entries waits for their own write.
  expect(replica.machine.state.held).toHaveLength(1);
});
