/** Requests that a replica forwards to its leader, over links that lose requests and answers. */
import { batchOf } from '../../../replication/core/batch.ts';
import type { ProtocolRequest } from '../../../replication/protocol.ts';
import type { RaftMessage } from '../../../replication/raft/messages.ts';
import { createRaft } from '../../../replication/raft/raft.ts';
import { OneReplica, type Sent } from '../../support/one-replica.ts';
import { Cluster, MS } from '../../support/simulated.ts';

type Forward = Extract<RaftMessage, { type: 'Forward' }>;
type ForwardReply = Extract<RaftMessage, { type: 'ForwardReply' }>;
type Submit = Extract<ProtocolRequest, { type: 'submit' }>;

const ok = (value: unknown) => ({ ok: true, value });
const error = (code: string) => expect.objectContaining({ ok: false, code }) as unknown;

const put: Submit = { type: 'submit', command: { type: 'put', key: 'x', value: 1 } };
const tagged: Submit = { ...put, tag: { session: 's', sequence: 1, acknowledged: 1 } };
const open: ProtocolRequest = { type: 'open-session', nonce: 'n' };
const read: ProtocolRequest = {
  type: 'read',
  query: { type: 'get', key: 'x' },
  consistency: 'linearizable',
};

/** A request for one command, as it is passed on. */
const passedOn = ({ command, tag }: Submit): Forward['body'] => ({
  type: 'submit',
  batch: batchOf([command], tag),
  single: true,
});

const forwards = (sent: readonly Sent[]) =>
  sent.filter((each): each is Sent & { body: Forward } => each.body.type === 'Forward');
const replies = (sent: readonly Sent[]) =>
  sent.flatMap(({ to, body }) => (body.type === 'ForwardReply' ? [{ to, ...body }] : []));

describe('while the leader stays', () => {
  /**
   * A cluster whose leader nobody deposes, though a follower does not hear it, or is not heard, for
   * a while.
   */
  function longTimeouts() {
    const cluster = new Cluster(3, { electionTicks: [200, 400], requestTicks: 1_500 });
    const leader = cluster.elect();
    const session = cluster.openSession(leader);
    cluster.agree();
    const [follower] = cluster.followers as [string];
    return { cluster, leader, follower, term: cluster.view(leader).term, session };
  }

  /** What a client may ask, and the answer where x was 0 before. */
  const asked: [string, (session: string) => ProtocolRequest, unknown][] = [
    [
      'a command of a session',
      (session) => ({ ...tagged, tag: { session, sequence: 1, acknowledged: 1 } }),
      ok({ done: true, previous: 0 }),
    ],
    ['the opening of a session', () => open, expect.objectContaining({ ok: true })],
    ['a read', () => read, ok(0)],
  ];

  test.each(asked)('%s that was lost on its way is sent again', (_, request, answer) => {
    const { cluster, leader, follower, term, session } = longTimeouts();
    cluster.put(leader, 'x', 0);
    cluster.world.do({ type: 'block', from: follower, to: leader });
    const id = cluster.world.request(follower, request(session));
    cluster.world.advance(100 * MS);
    cluster.world.do({ type: 'heal' });
    expect(cluster.answered(id)).toEqual(answer);
    expect(cluster.view(leader)).toMatchObject({ role: 'leader', term });
  });

  test.each(asked)('%s whose answer was lost is asked for again, and is done once', (_, request, answer) => {
    const { cluster, leader, follower, term, session } = longTimeouts();
    cluster.put(leader, 'x', 0);
    cluster.world.do({ type: 'block', from: leader, to: follower });
    const id = cluster.world.request(follower, request(session));
    cluster.world.advance(200 * MS);
    cluster.world.do({ type: 'heal' });
    expect(cluster.answered(id)).toEqual(answer);
    expect(cluster.view(leader)).toMatchObject({ role: 'leader', term });
  });

  test('a request without a session is not sent twice, and ends at its deadline', () => {
    const { cluster, leader, follower } = longTimeouts();
    cluster.world.do({ type: 'block', from: follower, to: leader });
    const id = cluster.world.request(follower, put);
    cluster.world.advance(100 * MS);
    cluster.world.do({ type: 'heal' });
    cluster.until('the time to be up', () => cluster.answer(id) !== undefined);
    expect(cluster.answer(id)).toEqual(error('Indeterminate'));
    expect(cluster.get(leader, 'x')).toEqual(ok(null));
  }, 30_000);
});

describe('a follower', () => {
  /** n1 follows n2 in term 1. */
  function follower() {
    const replica = new OneReplica(createRaft, { terms: [1], requestTicks: 1_000, electionTicks: [20, 40] });
    const hear = (term = 1, from = 'n2') =>
      replica.receive(from, {
        type: 'AppendEntries',
        ...{ term, prevIndex: 1, prevTerm: 1, entries: [], commit: 0, round: 0 },
      });
    hear();
    const ticks = (count: number) => {
      const sent: Sent[] = [];
      for (let i = 0; i < count; i++) sent.push(...replica.tick(), ...hear());
      return forwards(sent);
    };
    return { replica, hear, ticks };
  }

  function reply(to: Forward, outcome: ForwardReply['outcome'], term = 1): ForwardReply {
    return { type: 'ForwardReply', term, id: to.id, attempt: to.attempt, outcome };
  }

  test.each([
    ['tagged', tagged],
    ['open', open],
    ['read', read],
  ])(
    'sends what can be repeated (%s) again as soon as a link to or from the leader is made',
    (_, request) => {
      const { replica } = follower();
      const [first] = forwards(replica.ask(request));
      expect(replica.link('n2', false)).toEqual([]);
      const [again, ...more] = forwards(replica.link('n2', true));
      expect(more).toEqual([]);
      expect(again).toEqual({ to: 'n2', body: { ...first!.body, attempt: 2 } });
      // A link of somebody else is no reason to.
      expect(forwards(replica.link('n3', true))).toEqual([]);
    },
  );

  test('retries ever more rarely if the leader does not answer', () => {
    const { replica, ticks } = follower();
    replica.ask(tagged);
    const at: number[] = [];
    for (let tick = 1; tick <= 600; tick++) if (ticks(1).length > 0) at.push(tick);
    expect(at).toEqual([20, 60, 140, 300, 460]);
  });

  test('sends anything that never left again at once', () => {
    const { replica, ticks } = follower();
    const [first] = forwards(replica.ask(put));
    expect(forwards(replica.drop(first!))).toEqual([]);
    expect(ticks(5)).toEqual([]);
    expect(replica.link('n2', false)).toEqual([]);
    expect(forwards(replica.link('n2', true))).toMatchObject([{ to: 'n2', body: { attempt: 2 } }]);
    // That one has left: it is not sent again, and its fate is not known once the link is gone.
    expect(forwards(replica.link('n2', true))).toEqual([]);
    expect(replica.answers.get('q1')).toBeUndefined();
    replica.link('n2', false);
    expect(replica.answers.get('q1')).toEqual(error('Indeterminate'));
  });

  test('does not take the drop of an earlier attempt for that of the latest', () => {
    const { replica } = follower();
    const [first] = forwards(replica.ask(put));
    replica.drop(first!);
    const [second] = forwards(replica.link('n2', true));
    replica.drop(first!);
    expect(forwards(replica.link('n2', true))).toEqual([]);
    replica.receive('n2', reply(second!.body, ok([ok(1)]) as never));
    expect(replica.answers.get('q1')).toEqual(ok(1));
  });

  test('reports requests that it cannot repeat as Indeterminate as soon as another replica leads', () => {
    const { replica, hear } = follower();
    replica.ask(put);
    expect(forwards(hear(2, 'n3'))).toEqual([]);
    expect(replica.answers.get('q1')).toEqual(error('Indeterminate'));
  });

  test('forwards to the next leader what the last one did not get', () => {
    const { replica, hear } = follower();
    const [first] = forwards(replica.ask(put));
    replica.drop(first!);
    expect(forwards(hear(2, 'n3'))).toMatchObject([{ to: 'n3' }]);
  });

  test('does not take the refusal of one attempt for a refusal of all', () => {
    const { replica, ticks } = follower();
    const [first] = forwards(replica.ask(tagged));
    const [second] = forwards(replica.link('n2', true));
    const overloaded = { ok: false, code: 'Overloaded', message: 'busy' } as const;
    replica.receive('n2', reply(first!.body, overloaded));
    // The first may be under way, so that too much is under way says nothing of the command.
    replica.receive('n2', reply(second!.body, overloaded));
    expect(replica.answers.get('q1')).toBeUndefined();
    const [third] = ticks(100);
    const expired = { ok: false, code: 'SessionExpired', message: 'gone' } as const;
    replica.receive('n2', reply(third!.body, expired));
    expect(replica.answers.get('q1')).toEqual(error('Indeterminate'));
  });

  test('believes a refusal of its only attempt', () => {
    const { replica } = follower();
    const [first] = forwards(replica.ask(tagged));
    replica.receive('n2', reply(first!.body, { ok: false, code: 'SessionExpired', message: 'gone' }));
    expect(replica.answers.get('q1')).toEqual(error('SessionExpired'));
  });
});

describe('a leader', () => {
  function leader(maxWaiting = 10) {
    const replica = new OneReplica(createRaft, { terms: [1], term: 1, maxWaiting });
    replica.lead();
    replica.accept('n2', 'n3');
    const { term, lastIndex } = replica.view;
    const forward = (attempt: number, id = 'q9', body: Forward['body'] = passedOn(tagged)) =>
      replica.receive('n2', { type: 'Forward', term, id, attempt, body });
    return { replica, term, lastIndex, forward };
  }

  test('proposes once what it is sent twice, and answers the last attempt', () => {
    const { replica, lastIndex, forward } = leader();
    forward(1);
    expect(replies(forward(2))).toEqual([]);
    forward(2);
    expect(replica.view.lastIndex).toBe(lastIndex + 1);
    expect(replies(replica.accept('n2'))).toMatchObject([{ to: 'n2', id: 'q9', attempt: 2 }]);
    // Once it is answered, one that asks again has not got the answer.
    forward(3);
    expect(replica.view.lastIndex).toBe(lastIndex + 2);
    expect(replies(replica.accept('n2'))).toMatchObject([{ attempt: 3 }]);
  });

  test('starts one round for a read that it is sent twice', () => {
    const { replica, forward } = leader();
    const body = { type: 'read-index', lease: false } as const;
    forward(1, 'q9', body);
    forward(2, 'q9', body);
    const { rounds } = replica.machine.state.program.reads;
    expect(rounds).toHaveLength(1);
    // Rounds that nobody confirms leave nothing behind.
    replica.tick(600);
    expect(replica.machine.state.program).toMatchObject({ reads: { rounds: [] }, requests: { serving: {} } });
  });

  test('that is busy with the first attempt does not refuse the second', () => {
    const { replica, forward } = leader(2);
    forward(1);
    forward(1, 'q10');
    expect(replies(forward(2))).toEqual([]);
    expect(replies(forward(1, 'q11'))).toMatchObject([{ id: 'q11', outcome: error('Overloaded') }]);
    expect(replies(replica.accept('n2')).map(({ id }) => id)).toEqual(['q9', 'q10']);
  });

  /** n3 leads the next term, and its log has another entry where this one's proposals are. */
  function deposed() {
    const { replica, term, lastIndex, forward } = leader();
    replica.ask(tagged);
    replica.ask(put);
    forward(1);
    const next = [1, 2].map(
      (i) => ({ index: lastIndex + i, term: term + 1, data: { type: 'noop' } }) as const,
    );
    const append = (commit: number) =>
      replica.receive('n3', {
        type: 'AppendEntries',
        ...{ term: term + 1, prevIndex: lastIndex, prevTerm: term, entries: next, commit, round: 0 },
      });
    return { replica, append, lastIndex };
  }

  test('asks the next leader at once for what was removed from its log and may be repeated', () => {
    const { replica, append, lastIndex } = deposed();
    const sent = append(lastIndex);
    expect(forwards(sent)).toMatchObject([{ to: 'n3', body: { id: 'q1', body: passedOn(tagged) } }]);
    expect(replies(sent)).toMatchObject([{ to: 'n2', id: 'q9', outcome: error('Superseded') }]);
    // An expired session would not be the whole truth: the first attempt may live on elsewhere.
    const { body } = forwards(sent)[0]!;
    replica.receive('n3', {
      type: 'ForwardReply',
      ...{ term: body.term, id: body.id, attempt: body.attempt },
      outcome: { ok: false, code: 'SessionExpired', message: 'gone' },
    });
    expect(replica.answers.get('q1')).toEqual(error('Indeterminate'));
  });

  test('forwards the rest when another entry is committed in its place, and otherwise reports it as Indeterminate soon', () => {
    const replaced = deposed();
    replaced.append(replaced.lastIndex);
    const sent = [...replaced.append(replaced.lastIndex + 2), ...replaced.replica.tick()];
    expect(forwards(sent)).toMatchObject([{ to: 'n3', body: { id: 'q2', body: passedOn(put) } }]);
    const { replica, append, lastIndex } = deposed();
    append(lastIndex);
    replica.tick(31);
    expect(replica.answers.get('q2')).toEqual(error('Indeterminate'));
  });
});

test('in a cluster, removed requests are sent again before anything is committed in their place', () => {
  const cluster = new Cluster(3, { requestTicks: 2_000 });
  const old = cluster.elect();
  const session = cluster.openSession(old);
  cluster.agree();
  const others = cluster.followers;
  cluster.isolate(old);
  const id = cluster.begin(
    old,
    { type: 'put', key: 'x', value: 1 },
    { session, sequence: 1, acknowledged: 1 },
  );
  cluster.until('another leader', () => cluster.leader !== old && cluster.leader);
  cluster.world.do({ type: 'heal' });
  expect(cluster.answered(id)).toEqual(ok({ done: true, previous: null }));
  expect(others).toContain(cluster.leader);
  cluster.agree();
  expect(cluster.get(old, 'x')).toEqual(ok(1));
});
