/** The limits that the state machine keeps, at their edges; and logs of the version before. */
import type { ChatCommand, ChatResult } from '../../../chat/state/commands.ts';
import {
  BLOCKS_PER_ACCOUNT,
  INVITATIONS_PER_ACCOUNT,
  MEMBERS_PER_ROOM,
  MESSAGE_RATE,
  MESSAGES_AT_ONCE,
  ROOMS_PER_ACCOUNT,
  SEARCH_SCAN,
  SETTINGS_PER_ACCOUNT,
  TEXT_MAX,
  TOPIC_MAX,
} from '../../../chat/state/limits.ts';
import { chatStateMachine } from '../../../chat/state/machine.ts';
import type { AnswerOf, ChatQuery } from '../../../chat/state/query-shapes.ts';
import { MemoryStore } from '../../../vm/store.ts';
import { login } from '../arbitraries.ts';

/** A chat in which the nth of `names` has the login n, from 1. */
function chat(...names: string[]) {
  const store = new MemoryStore();
  const apply = (command: ChatCommand): ChatResult =>
    chatStateMachine.apply(command, store, { index: 1, place: 0, term: 1 });
  const codeOf = (command: ChatCommand) => {
    const result = apply(command);
    return result.type === 'refused' ? result.code : 'done';
  };
  const query = (asked: ChatQuery) => chatStateMachine.query(asked, store);
  const join = (name: string, n: number) => {
    apply({ type: 'account.create', name, password: 'x', createdAt: 0, version: 2 });
    apply({ type: 'login.create', name, login: loginOf(n), createdAt: 0 });
  };
  for (const [i, name] of names.entries()) join(name, i + 1);
  return { store, apply, codeOf, query, join };
}

const loginOf = (n: number) => n.toString(16).padStart(64, '0');
const at = 1;

test('text, topics and settings', () => {
  const { codeOf } = chat('ada');
  const by = { login: loginOf(1) };
  const send = (text: string) =>
    codeOf({ type: 'message.send', ...by, to: 'ada', text, key: 'k', sentAt: at, version: 2 });
  expect([send('x'.repeat(TEXT_MAX)), send('x'.repeat(TEXT_MAX + 1)), send(' ')]).toEqual([
    'done',
    'BadRequest',
    'BadRequest',
  ]);
  const topic = (length: number) =>
    codeOf({
      type: 'room.create',
      ...by,
      room: `r${length}`,
      topic: 'x'.repeat(length),
      isPrivate: false,
      at,
    });
  expect([topic(TOPIC_MAX), topic(TOPIC_MAX + 1)]).toEqual(['done', 'BadRequest']);
  const settings = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`s${i}`, '']));
  const change = (count: number) => codeOf({ type: 'account.change', ...by, settings: settings(count) });
  expect([change(SETTINGS_PER_ACCOUNT), change(SETTINGS_PER_ACCOUNT + 1)]).toEqual(['done', 'BadRequest']);
  for (const display of ['a\nb', 'a\u202eb', 'x'.repeat(65)])
    expect(codeOf({ type: 'account.change', ...by, display })).toBe('BadRequest');
});

test('rooms of an account, members of a room, invitations, and blocked accounts', () => {
  const { codeOf, join, store } = chat('ada', 'bob');
  const [ada, bob] = [{ login: loginOf(1) }, { login: loginOf(2) }];
  const create = (by: typeof ada, room: string) =>
    codeOf({ type: 'room.create', ...by, room, topic: '', isPrivate: true, at });
  for (let n = 0; n < ROOMS_PER_ACCOUNT; n++) expect(create(ada, `r-${n}-`)).toBe('done');
  expect(create(ada, 'one-more')).toBe('LimitReached');
  for (let n = 0; n < INVITATIONS_PER_ACCOUNT; n++)
    expect(codeOf({ type: 'room.invite', ...ada, room: `r-${n}-`, name: 'bob', at })).toBe('done');
  expect(create(bob, 'bobs')).toBe('done');
  join('eve', 3);
  expect(codeOf({ type: 'room.invite', ...bob, room: 'bobs', name: 'bob', at })).toBe('done');
  expect(codeOf({ type: 'room.leave', ...ada, room: 'r-0-', at })).toBe('done');
  expect(create(ada, 'one-more')).toBe('done');
  expect(codeOf({ type: 'room.invite', ...ada, room: 'one-more', name: 'bob', at })).toBe('LimitReached');

  const room = { room: 'open', at };
  expect(
    codeOf({ type: 'room.create', ...{ login: loginOf(3) }, ...room, topic: '', isPrivate: false }),
  ).toBe('done');
  for (let n = 4; n <= MEMBERS_PER_ROOM + 3; n++) {
    join(`u-${n}-`, n);
    const joined = codeOf({ type: 'room.join', login: loginOf(n), ...room });
    expect(joined).toBe(n < MEMBERS_PER_ROOM + 3 ? 'done' : 'LimitReached');
  }
  for (let n = 4; n < BLOCKS_PER_ACCOUNT + 4; n++) store.put(`block/ada/u-${n}-`, true);
  expect(codeOf({ type: 'account.block', ...ada, name: 'bob', blocked: true })).toBe('LimitReached');
  expect(codeOf({ type: 'account.block', ...ada, name: 'u-4-', blocked: false })).toBe('done');
  expect(codeOf({ type: 'account.block', ...ada, name: 'bob', blocked: true })).toBe('done');
});

test('how fast an account may write, over all conversations, and what is done at once', () => {
  const { codeOf, apply } = chat('ada', 'bob');
  const by = { login: loginOf(1) };
  const send = (sentAt: number) =>
    codeOf({ type: 'message.send', ...by, to: 'bob', text: 'hi', key: 'k', sentAt, version: 2 });
  for (let n = 0; n < MESSAGE_RATE.burst; n++) expect(send(1_000_000)).toBe('done');
  expect(send(1_000_000)).toBe('TooFast');
  // Another second, another few; of a clock that is behind, nothing more.
  for (let n = 0; n < MESSAGE_RATE.perSecond; n++) expect(send(1_001_000)).toBe('done');
  expect([send(1_001_000), send(1_000_000)]).toEqual(['TooFast', 'TooFast']);
  const sequences = Array.from({ length: MESSAGES_AT_ONCE + 1 }, (_, i) => i + 1);
  const remove = (some: number[]) =>
    codeOf({ type: 'message.delete', ...by, with: 'bob', sequences: some, at: 2_000_000 });
  expect([remove(sequences), remove([1, 1]), remove([]), remove(sequences.slice(1))]).toEqual([
    'BadRequest',
    'BadRequest',
    'BadRequest',
    'done',
  ]);
  const take = (count: number) => apply({ type: 'mailbox.take', login: loginOf(2), count });
  expect(take(MESSAGES_AT_ONCE)).toMatchObject({
    waiting: MESSAGE_RATE.burst + MESSAGE_RATE.perSecond - MESSAGES_AT_ONCE,
  });
  expect(take(MESSAGES_AT_ONCE + 1)).toMatchObject({ code: 'BadRequest' });
});

test('a search looks at so many messages at a time, and goes on from there', () => {
  const { apply, query } = chat('ada');
  const by = { login: loginOf(1) };
  for (let n = 0; n <= SEARCH_SCAN; n++)
    apply({
      type: 'message.send',
      ...by,
      to: 'ada',
      text: n === 0 ? 'Needle' : 'hay',
      key: 'k',
      sentAt: n * 10,
      version: 2,
    });
  const first = query({ type: 'message.search', ...by, text: 'needle' }) as AnswerOf<'message.search'>;
  expect(first).toMatchObject({ messages: [], next: 2 });
  const second = query({ type: 'message.search', ...by, text: 'needle', before: first.next! });
  expect(second).toMatchObject({ messages: [{ text: 'Needle', sequence: 1 }], next: null });
});

test('commands of the version before do what they did, and what it left is taken over', () => {
  const { apply, codeOf, query, store } = chat();
  for (const name of ['com', 'bob']) apply({ type: 'account.create', name, password: 'x', createdAt: 0 });
  apply({ type: 'login.create', name: 'bob', login: login(3), createdAt: 0 });
  const sent = apply({ type: 'message.send', login: login(3), to: 'com', text: 'hi', key: 'k', sentAt: 1 });
  expect(sent).toEqual({ type: 'message.sent', from: 'bob', to: 'com', sequence: 1, sentAt: 1 });
  const keys = Array.from(store.range('', '\u{10ffff}'), ([key]) => key.split('/')[0]);
  expect([...new Set(keys)]).toEqual([
    'account',
    'conversation',
    'head',
    'login',
    'mailbox',
    'recent',
    'talk',
  ]);
  // From here on this version: it knows the names that were there.
  const create = (name: string) =>
    codeOf({ type: 'account.create', name, password: 'y', createdAt: 0, version: 2 });
  expect([create('corn'), create('b0b'), create('ada')]).toEqual(['NameTaken', 'NameTaken', 'done']);
  expect(codeOf({ type: 'message.edit', login: login(3), with: 'com', sequence: 1, text: 'ho', at })).toBe(
    'UnknownMessage',
  );
  apply({ type: 'message.send', login: login(3), to: 'com', text: 'ho', key: 'k', sentAt: 1, version: 2 });
  const asked = { type: 'conversation.history', login: login(3), with: 'com' } as const;
  expect(query(asked)).toMatchObject({ messages: [{ text: 'hi' }, { text: 'ho', nth: 2 }] });
});
