/**
 * Which messages a replica accepts: everything that replicas send, and nothing that could break
 * one.
 */
import { runSeed } from '../../../analysis/campaign/run-seed.ts';
import type { RaftMessage } from '../../../replication/raft/messages.ts';
import { createRaft } from '../../../replication/raft/raft.ts';
import type { RaftState } from '../../../replication/raft/state.ts';
import { isForwardBody, isRaftMessage } from '../../../replication/raft/well-formed.ts';
import { simulatedRaft } from '../../../replication/sim/raft.ts';
import { OneReplica } from '../../support/one-replica.ts';
import { COMMAND, MESSAGES, nested, TAG, WRONG, withWrongPart } from '../../support/wrong-messages.ts';

/** As it arrives over a wire. */
const wired = (body: unknown): unknown => JSON.parse(JSON.stringify(body));

test('everything that replicas send under random faults is well formed', () => {
  const refused: unknown[] = [];
  const seen = new Set<string>();
  const checking: typeof createRaft = (machine, options) => {
    const protocol = createRaft(machine, options);
    const onMessage: typeof protocol.onMessage = (state, envelope, ctx) => {
      seen.add(envelope.body.type);
      if (!isRaftMessage(wired(envelope.body), state)) refused.push(envelope.body);
      protocol.onMessage(state, envelope, ctx);
    };
    return { ...protocol, onMessage };
  };
  const protocol = simulatedRaft(checking);
  for (let seed = 1; seed <= 25; seed++) runSeed(protocol, seed);
  expect(refused).toEqual([]);
  expect([...seen].sort()).toEqual(Object.keys(MESSAGES).sort());
});

describe.each([
  ['a follower', false],
  ['a leader', true],
])('%s', (_, leads) => {
  function replica(): OneReplica {
    const one = new OneReplica(createRaft, { terms: [1, 1, 1, 1] });
    if (leads) one.lead();
    return one;
  }

  test.each(Object.values(MESSAGES))(
    'takes a $type, and survives one with any part of it wrong',
    (message) => {
      const one = replica();
      const state = one.machine.state.program as RaftState;
      expect(isRaftMessage(wired(message), state)).toBe(true);
      let refused = 0;
      for (const wrong of [undefined, ...WRONG]) {
        for (const body of withWrongPart(message, wrong)) {
          if (!isRaftMessage(body, state)) refused++;
          else one.receive('n2', body as RaftMessage);
        }
      }
      expect(refused).toBeGreaterThan(WRONG.length);
      const { role, term } = replica().view;
      expect(one.view).toMatchObject({ role, term });
    },
  );

  test.each([null, 7, 'x', [], {}, { type: 'toString', term: 1 }, { type: 'Recovered' }])(
    '%j is no message',
    (body) => {
      expect(isRaftMessage(body, replica().machine.state.program as RaftState)).toBe(false);
    },
  );
});

test('a term far ahead is malformed: the terms after it could not be represented exactly', () => {
  const state = new OneReplica(createRaft, { terms: [1] }).machine.state.program as RaftState;
  const request = { ...MESSAGES.RequestVote, term: 1_000_000 };
  expect(isRaftMessage(request, state)).toBe(true);
  expect(isRaftMessage({ ...request, term: 2 ** 40 }, state)).toBe(false);
});

test('a replica refuses requests of its own clients that it could not forward', () => {
  const one = new OneReplica(createRaft, { terms: [1] });
  one.lead();
  one.ask({ type: 'submit', command: nested(5_000) });
  one.ask({ type: 'submit', command: COMMAND, tag: { ...TAG, session: '\ud800' } });
  expect([...one.answers.values()].map((answer) => !answer.ok && answer.code)).toEqual([
    'Rejected',
    'Rejected',
  ]);
  const forward = (commands: unknown) =>
    isForwardBody({ type: 'submit', single: false, batch: { commands: JSON.stringify(commands), count: 1 } });
  expect(forward([nested(60)])).toBe(true);
  expect(forward([nested(500)])).toBe(false);
  expect(forward([1, 2])).toBe(false);
  expect(forward({ 0: 1, length: 1 })).toBe(false);
});
