import fc from 'fast-check';
import type { ChatAnswer, ChatCommand, ChatQuery, ChatResult } from '../../../chat/state/commands.ts';
import {
  ACCOUNTS_PAGE,
  CONVERSATIONS_PAGE,
  LOGINS_PER_ACCOUNT,
  MESSAGES_PAGE,
  TEXT_MAX,
} from '../../../chat/state/limits.ts';
import { chatStateMachine } from '../../../chat/state/machine.ts';
import { MemoryStore } from '../../../vm/store.ts';
import { ModelChat } from '../model.ts';

const login = (n: number) => n.toString(16).padStart(64, '0');

/** A chat with accounts and a login each: `login(1)` for the first name and so on. */
function chat(...names: string[]) {
  const store = new MemoryStore();
  const apply = (command: ChatCommand): ChatResult =>
    chatStateMachine.apply(command, store, { index: 1, place: 0, term: 1 });
  const query = <T extends ChatQuery['type']>(asked: Extract<ChatQuery, { type: T }>) =>
    chatStateMachine.query(asked, store) as Extract<ChatAnswer, { type: T }>;
  const send = (by: number, to: string, text: string) =>
    apply({ type: 'message.send', login: login(by), to, text, key: 'k', sentAt: 7 });
  names.forEach((name, i) => {
    apply({ type: 'account.create', name, password: 'hash', createdAt: 1 });
    apply({ type: 'login.create', name, login: login(i + 1), createdAt: 1 });
  });
  return { store, apply, query, send };
}

describe('accounts and logins', () => {
  test('a name can be taken once', () => {
    const { apply, query } = chat('ada');
    const again = apply({ type: 'account.create', name: 'ada', password: 'other', createdAt: 2 });
    expect(again).toMatchObject({ type: 'refused', code: 'NameTaken' });
    expect(query({ type: 'account.password', name: 'ada' }).password).toBe('hash');
  });

  test('a repeated sign-up gets the same answer, and changes nothing', () => {
    const { apply, store } = chat('ada');
    const before = [...store.range('', '\u{10ffff}')];
    const again = apply({ type: 'account.create', name: 'ada', password: 'hash', createdAt: 2 });
    expect(again).toEqual({ type: 'account.created', name: 'ada' });
    expect([...store.range('', '\u{10ffff}')]).toEqual(before);
  });

  test('one login too many ends the oldest', () => {
    const { apply, query } = chat('ada');
    for (let n = 2; n <= LOGINS_PER_ACCOUNT + 1; n++) {
      apply({ type: 'login.create', name: 'ada', login: login(n), createdAt: n });
    }
    expect(query({ type: 'login.owner', login: login(1) })).toMatchObject({ code: 'NotLoggedIn' });
    expect(query({ type: 'login.owner', login: login(2) })).toMatchObject({ name: 'ada', createdAt: 2 });
  });

  test('an ended login can do nothing', () => {
    const { apply, query, send } = chat('ada', 'bob');
    expect(apply({ type: 'login.end', login: login(1) })).toEqual({ type: 'login.ended', name: 'ada' });
    expect(apply({ type: 'login.end', login: login(1) })).toEqual({ type: 'login.ended', name: null });
    expect(send(1, 'bob', 'hi')).toMatchObject({ code: 'NotLoggedIn' });
    for (const asked of [
      { type: 'login.owner', login: login(1) },
      { type: 'account.list', login: login(1), pattern: '*' },
      { type: 'mailbox.page', login: login(1), after: 0 },
      { type: 'conversation.list', login: login(1) },
      { type: 'conversation.history', login: login(1), with: 'bob' },
    ] as const) {
      expect(query(asked)).toMatchObject({ type: 'refused', code: 'NotLoggedIn' });
    }
  });

  test('names that are prefixes of each other do not mix', () => {
    const { query, send } = chat('ab', 'a', 'a.b', 'a-b', 'abc');
    send(1, 'a', 'to a');
    send(1, 'a.b', 'to a.b');
    expect(query({ type: 'mailbox.page', login: login(2), after: 0 }).messages).toHaveLength(1);
    expect(query({ type: 'mailbox.page', login: login(5), after: 0 }).messages).toHaveLength(0);
    expect(query({ type: 'conversation.history', login: login(1), with: 'a' }).messages).toHaveLength(1);
  });
});

describe('malformed commands', () => {
  test.each([
    null,
    {},
    { type: 'nonsense' },
    { type: 'account.create', name: 'Bad/Name', password: '', createdAt: 1 },
    { type: 'message.send', login: login(1), to: 'bob', text: 'x'.repeat(TEXT_MAX + 1), key: 'k', sentAt: 1 },
    { type: 'message.send', login: login(1), to: 'bob', text: '\ud800', key: 'k', sentAt: 1 },
    { type: 'message.send', login: login(1), to: 'bob', text: ' \n', key: 'k', sentAt: 1 },
    { type: 'mailbox.read', login: login(1), with: 'bob', upTo: -1 },
  ])('is refused and changes nothing (%#)', (command) => {
    const { apply, store } = chat('ada', 'bob');
    const before = [...store.range('', '\u{10ffff}')];
    expect(apply(command as ChatCommand)).toMatchObject({ type: 'refused', code: 'BadRequest' });
    expect([...store.range('', '\u{10ffff}')]).toEqual(before);
  });
});

describe('pages', () => {
  test('pages of accounts have no gaps and no overlap', () => {
    const names = Array.from(
      { length: 2 * ACCOUNTS_PAGE + 7 },
      (_, i) => `user${String(i).padStart(4, '0')}`,
    );
    const { query } = chat('ada', ...names);
    const seen: string[] = [];
    let after: string | undefined;
    for (let pages = 0; pages < 10; pages++) {
      const page = query({ type: 'account.list', login: login(1), pattern: 'user*', after });
      expect(page.names.length).toBeLessThanOrEqual(ACCOUNTS_PAGE);
      seen.push(...page.names);
      if (page.next === null) break;
      after = page.next;
    }
    expect(seen).toEqual(names);
  });

  test('a mailbox and a history come in pages', () => {
    const { query, send } = chat('ada', 'bob');
    const count = MESSAGES_PAGE * 2 + 3;
    for (let n = 1; n <= count; n++) send(1, 'bob', `m${n}`);
    const first = query({ type: 'mailbox.page', login: login(2), after: 0 }).messages;
    expect(first.map(({ sequence }) => sequence)).toEqual(
      Array.from({ length: MESSAGES_PAGE }, (_, i) => i + 1),
    );
    const last = query({ type: 'conversation.history', login: login(2), with: 'ada' });
    expect(last).toMatchObject({ more: true });
    expect(last.messages.at(-1)!.text).toBe(`m${count}`);
    const before = query({
      type: 'conversation.history',
      login: login(2),
      with: 'ada',
      before: last.messages[0]!.sequence,
    });
    expect(before.messages.at(-1)!.sequence).toBe(last.messages[0]!.sequence - 1);
    const oldest = query({ type: 'conversation.history', login: login(2), with: 'ada', before: 4 });
    expect(oldest).toMatchObject({ more: false });
    expect(oldest.messages.map(({ text }) => text)).toEqual(['m1', 'm2', 'm3']);
  });

  test('conversations come latest first, in pages', () => {
    const others = Array.from({ length: CONVERSATIONS_PAGE + 5 }, (_, i) => `u${i}`);
    const { query, send } = chat('ada', ...others);
    for (const other of others) send(1, other, `to ${other}`);
    send(1, 'u0', 'again');
    const first = query({ type: 'conversation.list', login: login(1) });
    expect(first.head).toBe(others.length + 1);
    expect(first.conversations[0]).toMatchObject({ with: 'u0', last: { text: 'again' } });
    const second = query({ type: 'conversation.list', login: login(1), before: first.next! });
    const seen = [...first.conversations, ...second.conversations].map((conversation) => conversation.with);
    expect(seen).toEqual(['u0', ...others.slice(1).reverse()]);
    expect(second.next).toBeNull();
  });
});

describe('against a model', () => {
  const names = ['a', 'ab', 'a.b', 'b', 'c-c'];
  const name = fc.constantFrom(...names);
  const aLogin = fc.integer({ min: 1, max: 8 }).map(login);
  const place = fc.integer({ min: 0, max: 12 });
  const command: fc.Arbitrary<ChatCommand> = fc.oneof(
    {
      arbitrary: fc.record({
        type: fc.constant('account.create' as const),
        name,
        password: fc.constantFrom('x', 'y'),
        createdAt: place,
      }),
      weight: 2,
    },
    {
      arbitrary: fc.record({
        type: fc.constant('login.create' as const),
        name,
        login: aLogin,
        createdAt: place,
      }),
      weight: 3,
    },
    { arbitrary: fc.record({ type: fc.constant('login.end' as const), login: aLogin }), weight: 1 },
    {
      arbitrary: fc.record({
        type: fc.constant('message.send' as const),
        login: aLogin,
        to: name,
        text: fc.constantFrom('hi', 'ho'),
        key: fc.constant('k'),
        sentAt: place,
      }),
      weight: 10,
    },
    {
      arbitrary: fc.record({
        type: fc.constant('mailbox.read' as const),
        login: aLogin,
        with: name,
        upTo: place,
      }),
      weight: 3,
    },
  );
  const before = fc.option(place, { nil: undefined });
  const query: fc.Arbitrary<ChatQuery> = fc.oneof(
    fc.record({ type: fc.constant('account.password' as const), name }),
    fc.record({ type: fc.constant('login.owner' as const), login: aLogin }),
    fc.record({
      type: fc.constant('account.list' as const),
      login: aLogin,
      pattern: fc.constantFrom('*', '', 'a*', '*b', '?', 'a?b', '*.*', '??'),
      after: fc.option(name, { nil: undefined }),
    }),
    fc.record({ type: fc.constant('mailbox.page' as const), login: aLogin, after: place }),
    fc.record({ type: fc.constant('conversation.list' as const), login: aLogin, before }),
    fc.record({ type: fc.constant('conversation.history' as const), login: aLogin, with: name, before }),
  );

  /** Some users to begin with, so that most steps do something. */
  const beginning: ChatCommand[] = names.slice(0, 3).flatMap((each, i) => [
    { type: 'account.create', name: each, password: 'x', createdAt: 0 },
    { type: 'login.create', name: each, login: login(i + 1), createdAt: 0 },
  ]);

  test('every result and every answer is that of the model', () => {
    const step = fc.oneof({ arbitrary: command, weight: 3 }, { arbitrary: query, weight: 1 });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80, size: 'max' }), (steps) => {
        const store = new MemoryStore();
        const model = new ModelChat();
        for (const asked of [...beginning, ...steps]) {
          if (model.isCommand(asked)) {
            const result = chatStateMachine.apply(asked, store, { index: 1, place: 0, term: 1 });
            expect(stripMessage(result)).toEqual(model.apply(asked));
          } else expect(stripMessage(chatStateMachine.query(asked, store))).toEqual(model.query(asked));
        }
      }),
      { numRuns: 300 },
    );
  });

  test('the same commands leave the same state, byte for byte', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 40 }), (commands) => {
        const [one, two] = [new MemoryStore(), new MemoryStore()];
        for (const store of [one, two]) {
          for (const each of commands)
            chatStateMachine.apply(structuredClone(each), store, { index: 1, place: 0, term: 1 });
        }
        const dump = (store: MemoryStore) => JSON.stringify([...store.range('', '\u{10ffff}')]);
        expect(dump(one)).toBe(dump(two));
      }),
      { numRuns: 50 },
    );
  });
});

/** The model refuses with a code and does not word it. */
function stripMessage(value: ChatResult | ChatAnswer): unknown {
  return value.type === 'refused' ? { type: value.type, code: value.code } : value;
}
