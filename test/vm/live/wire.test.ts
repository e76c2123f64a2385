/** Frames between machines: what is sent arrives as it was, and what is malformed is no message. */
import fc from 'fast-check';
import { batchOf } from '../../../replication/core/batch.ts';
import type { RaftMessage } from '../../../replication/raft/messages.ts';
import { packing } from '../../../replication/raft/packing.ts';
import { decodeFrame, FrameEncoder } from '../../../vm/live/wire.ts';
import type { Envelope } from '../../../vm/program.ts';
import { checked, frameOf } from '../../support/frames.ts';
import { MESSAGES } from '../../support/wrong-messages.ts';

const clock = { lamport: 7, vector: { n1: 3 } };
const all = Object.values(MESSAGES).map(
  (body, i): Envelope<RaftMessage> => ({ id: `n1-${i}`, from: 'n1', ...clock, body }),
);
const append = all.find(({ body }) => body.type === 'AppendEntries') as Envelope<RaftMessage>;

function encode(envelopes: readonly Envelope<unknown>[], by: typeof packing | undefined = packing): Buffer {
  return new FrameEncoder(by as ConstructorParameters<typeof FrameEncoder>[0]).encode(envelopes);
}

function decode(frame: unknown): unknown {
  return decodeFrame('n1', frame, packing);
}

test('messages of every kind arrive as they were sent', () => {
  expect(decode(encode(all))).toEqual(all);
});

test('any plain message arrives as it was sent, with a packing and without one', () => {
  const plain = fc.jsonValue().filter((value) => value !== null && !Object.is(value, -0));
  fc.assert(
    fc.property(fc.array(plain), (bodies) => {
      const sent = bodies.map((body, i) => ({ id: `n1-${i}`, from: 'n1', ...clock, body }));
      const same = JSON.parse(JSON.stringify(sent)) as unknown;
      expect(decodeFrame('n1', encode(sent, undefined), undefined)).toEqual(same);
    }),
  );
});

test('any commands arrive as they were sent', () => {
  fc.assert(
    fc.property(fc.array(fc.array(fc.jsonValue(), { minLength: 1 }), { minLength: 1 }), (batches) => {
      const data = { type: 'commands', batches: batches.map((commands) => batchOf(commands, undefined)) };
      const body = { ...append.body, entries: [{ index: 5, term: 1, data }] };
      const sent = [{ ...append, body }, ...all];
      expect(decode(encode(sent))).toEqual(sent);
    }),
  );
});

test('large texts stand in the frame as they are', () => {
  const batch = batchOf(['\u00e9'.repeat(1_000)], undefined);
  const body = {
    type: 'Forward',
    term: 1,
    id: 'q',
    attempt: 1,
    body: { type: 'submit', batch, single: true },
  };
  const frame = encode([{ ...append, body }]);
  expect(frame.subarray(-Buffer.byteLength(batch.commands)).toString()).toBe(batch.commands);
});

test('a frame with any byte changed, or any part cut off, is malformed', () => {
  const frame = encode(all);
  for (let at = 0; at < frame.length; at++) {
    const damaged = Buffer.from(frame);
    damaged[at]! ^= 1;
    expect(decode(damaged)).toEqual([undefined]);
    expect(decode(frame.subarray(0, at))).toEqual([undefined]);
  }
});

test.each<[string, unknown]>([
  ['no binary', 'text'],
  ['another version', checked(Buffer.from('\x02\0\0\0[]'), 2)],
  ['no JSON', checked(Buffer.from('\x02\0\0\0[['))],
  ['a head that is longer than the frame', checked(Buffer.from('\xff\xff\xff\x7f[]', 'latin1'))],
  ['no list', frameOf({})],
  ['no envelope', frameOf([null])],
  ['no lengths', frameOf([['n1-1', 1, null, 'body']])],
  ['a length below zero', frameOf([['n1-1', 1, null, append.body, [-1]]])],
  ['a length that is no number', frameOf([['n1-1', 1, null, append.body, ['1']]])],
  ['entries without data', frameOf([['n1-1', 1, null, { type: 'AppendEntries', entries: [{}] }, []]])],
])('%s is malformed, and nothing throws', (_, frame) => {
  expect(decode(frame)).toEqual([undefined]);
});

test('one malformed message in a frame is no reason to drop the others', () => {
  const good = ['n1-2', 1, null, MESSAGES.TimeoutNow, []];
  expect(decode(frameOf([['n1-1', -1, null, MESSAGES.TimeoutNow, []], good]))).toEqual([
    undefined,
    { id: 'n1-2', from: 'n1', lamport: 1, vector: undefined, body: MESSAGES.TimeoutNow },
  ]);
});

test('a text beyond the end is an empty one, which is no list of commands', () => {
  const entries = [{ index: 5, term: 1, data: { type: 'commands', batches: [{ count: 1 }] } }];
  const head = [['n1-1', 1, null, { ...append.body, entries }, [1_000]]];
  expect(decode(frameOf(head, 'abc'))).toMatchObject([
    { body: { entries: [{ data: { batches: [{ commands: 'abc', count: 1 }] } }] } },
  ]);
});
