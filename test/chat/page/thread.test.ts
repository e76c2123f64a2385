import {
  emptyThread,
  firstNew,
  folded,
  withHistory,
  withMessage,
  withOutcome,
  withOutgoing,
  withSummary,
} from '../../../chat/page/thread.ts';
import type { Message } from '../../../chat/state/views.ts';

const message = (sequence: number, from = 'bob', key = `k${sequence}`): Message => ({
  sequence,
  from,
  to: from === 'bob' ? 'ada' : 'bob',
  text: `m${sequence}`,
  key,
  sentAt: sequence,
});
const page = (more: boolean, ...sequences: number[]) => ({
  messages: sequences.map((n) => message(n)),
  more,
});
const sequences = ({ messages }: { messages: readonly { sequence: number }[] }) =>
  messages.map(({ sequence }) => sequence);
const NOTHING = { delivered: 0, read: 0 };
const empty = emptyThread('bob');

test("an incoming message is unread, one's own is not", () => {
  expect(withMessage(withMessage(empty, message(1)), message(2, 'ada'))).toMatchObject({
    unread: 1,
    last: { sequence: 2 },
  });
});

test('what is new begins at one message, though one has written in between', () => {
  const messages = [message(1), message(2), message(3, 'ada'), message(4)];
  const thread = { ...empty, messages, newAfter: 1 };
  expect(firstNew(thread, 'ada')).toMatchObject({ sequence: 2 });
  expect(firstNew({ ...thread, newAfter: 4 }, 'ada')).toBeUndefined();
  expect(firstNew({ ...thread, newAfter: undefined }, 'ada')).toBeUndefined();
});

test('a message that the summary has counted is not counted again when it is delivered', () => {
  const thread = withSummary(empty, { with: 'bob', last: message(3), read: 0, unread: 2, receipt: NOTHING });
  expect(withMessage(thread, message(3)).unread).toBe(2);
  expect(withMessage(thread, message(4)).unread).toBe(3);
});

test('a summary older than what has been delivered changes nothing', () => {
  const thread = withMessage(empty, message(4));
  expect(
    withSummary(thread, { with: 'bob', last: message(3), read: 0, unread: 9, receipt: NOTHING }),
  ).toEqual(thread);
});

test('messages are in order and unique, whether history or delivery brings them first', () => {
  let thread = withMessage(empty, message(5));
  expect(thread.messages).toEqual([]);
  thread = withHistory(thread, page(true, 4, 5, 6));
  thread = withMessage(thread, message(6));
  thread = withMessage(thread, message(8));
  thread = withMessage(thread, message(7));
  thread = withHistory(thread, page(false, 2, 3, 4));
  expect(sequences(thread)).toEqual([2, 3, 4, 5, 6, 7, 8]);
  expect(thread.more).toBe(false);
});

test('a message from before the loaded part appears with its page', () => {
  const thread = withHistory(empty, page(true, 10, 11));
  expect(sequences(withMessage(thread, message(3)))).toEqual([10, 11]);
});

test('an outgoing message is replaced by its delivery, and its late result does not bring it back', () => {
  const pending = { key: 'mine', text: 'hi', state: 'pending' } as const;
  const sending = withOutgoing(withHistory(empty, page(false)), pending);
  expect(withOutcome(sending, { ...pending, state: 'sent' }).outgoing).toEqual([
    { ...pending, state: 'sent' },
  ]);
  const delivered = withMessage(sending, message(1, 'ada', 'mine'));
  expect(delivered).toMatchObject({ outgoing: [], messages: [{ key: 'mine' }] });
  expect(withOutcome(delivered, { ...pending, state: 'sent' })).toBe(delivered);
});

test('a message that is sent again keeps its place', () => {
  const failed = (key: string) => ({ key, text: key, state: 'failed' }) as const;
  const thread = withOutgoing(withOutgoing(empty, failed('a')), failed('b'));
  expect(withOutgoing(thread, { ...failed('a'), state: 'pending' }).outgoing.map(({ key }) => key)).toEqual([
    'a',
    'b',
  ]);
});

test('a shortened conversation keeps its end and knows that there is more', () => {
  const all = Array.from({ length: 120 }, (_, i) => i + 1);
  const thread = folded(withHistory(empty, page(false, ...all)));
  expect(sequences(thread)).toEqual(all.slice(-50));
  expect(thread.more).toBe(true);
});
