import fc from 'fast-check';
import { type ChatCommand, type ChatResult, commandSchema } from '../../../chat/state/commands.ts';
import {
  ACCOUNTS_PAGE,
  CONVERSATIONS_PAGE,
  LOGINS_PER_ACCOUNT,
  MESSAGES_PAGE,
  TEXT_MAX,
} from '../../../chat/state/limits.ts';
import { chatStateMachine } from '../../../chat/state/machine.ts';
import type { ChatAnswer, ChatQuery } from '../../../chat/state/query-shapes.ts';
import { MemoryStore } from '../../../vm/store.ts';
import { BEGINNING, chatCommand, chatQuery, withoutWords } from '../arbitraries.ts';
import { ModelChat } from '../model.ts';

const login = (n: number) => n.toString(16).padStart(64, '0');

/** A chat with accounts and a login each: `login(1)` for the first name and so on. */
function chat(...names: string[]) {
  const store = new MemoryStore();
  const apply = (command: ChatCommand): ChatResult =>
    chatStateMachine.apply(command, store, { index: 1, place: 0, term: 1 });
  const query = <T extends Exclude<ChatAnswer['type'], 'refused'>>(asked: Extract<ChatQuery, { type: T }>) =>
    chatStateMachine.query(asked, store) as Extract<ChatAnswer, { type: T }>;
  const send = (by: number, to: string, text: string) =>
    apply({ type: 'message.send', login: login(by), to, text, key: 'k', sentAt: 7, version: 2 });
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
    expect(query({ type: 'mailbox.page', login: login(2), after: 0 }).entries).toHaveLength(1);
    expect(query({ type: 'mailbox.page', login: login(5), after: 0 }).entries).toHaveLength(0);
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
      expect(page.people.length).toBeLessThanOrEqual(ACCOUNTS_PAGE);
      seen.push(...page.people.map(({ name }) => name));
      if (page.next === null) break;
      after = page.next;
    }
    expect(seen).toEqual(names);
  });

  test('a mailbox and a history come in pages', () => {
    const { query, send } = chat('ada', 'bob');
    const count = MESSAGES_PAGE * 2 + 3;
    for (let n = 1; n <= count; n++) send(1, 'bob', `m${n}`);
    const first = query({ type: 'mailbox.page', login: login(2), after: 0 }).entries;
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
  test('every result and every answer is that of the model', () => {
    const step = fc.oneof({ arbitrary: chatCommand, weight: 3 }, { arbitrary: chatQuery, weight: 2 });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100, size: 'max' }), (steps) => {
        const store = new MemoryStore();
        const model = new ModelChat();
        for (const asked of [...BEGINNING, ...steps]) {
          const isCommand = commandSchema.safeParse(asked).success;
          if (isCommand) {
            const result = chatStateMachine.apply(asked as ChatCommand, store, {
              index: 1,
              place: 0,
              term: 1,
            });
            expect(withoutWords(result)).toEqual(withoutWords(model.apply(asked as ChatCommand) as never));
          } else {
            const answer = chatStateMachine.query(asked as ChatQuery, store);
            expect(withoutWords(answer)).toEqual(withoutWords(model.query(asked as ChatQuery) as never));
          }
        }
      }),
      { numRuns: 250 },
    );
  });

  test('the same commands leave the same state, byte for byte', () => {
    fc.assert(
      fc.property(fc.array(chatCommand, { maxLength: 40 }), (commands) => {
        const [one, two] = [new MemoryStore(), new MemoryStore()];
        for (const store of [one, two]) {
          for (const each of [...BEGINNING, ...commands])
            chatStateMachine.apply(structuredClone(each), store, { index: 1, place: 0, term: 1 });
        }
        const dump = (store: MemoryStore) => JSON.stringify([...store.range('', '\u{10ffff}')]);
        expect(dump(one)).toBe(dump(two));
      }),
      { numRuns: 50 },
    );
  });
});
