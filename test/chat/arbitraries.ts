/** Random commands and queries of a few people who know each other, so that most do something. */
import fc from 'fast-check';
import type { ChatCommand } from '../../chat/state/commands.ts';
import type { ChatQuery } from '../../chat/state/query-shapes.ts';

/** Some look alike: `rn` and `m`, `0` and `o`. */
const NAMES = ['a', 'ab', 'a.b', 'bo', 'c-c', 'b0'];
const ROOMS = ['dorm', 'dom', 'hall'];

/** The hash of a login. */
export const login = (n: number): string => n.toString(16).padStart(2, '0').repeat(32);

const ownerOf = (n: number): string => NAMES[(n - 1) % NAMES.length]!;

const name = fc.constantFrom(...NAMES);
const room = fc.constantFrom(...ROOMS);
const aLogin = fc.integer({ min: 1, max: 8 }).map(login);
const place = fc.integer({ min: 0, max: 16 });
const sequence = fc.integer({ min: 1, max: 12 });
const sequences = fc.uniqueArray(sequence, { minLength: 1, maxLength: 2 });
const text = fc.constantFrom('hi', 'ho', 'hi ho');
const at = fc.constantFrom(1, 2, 3);
const key = fc.constant('k');
const before = fc.option(place, { nil: undefined });
const afterName = fc.option(name, { nil: undefined });
const pattern = fc.constantFrom('*', '', 'a*', '*b', '?', 'a?b', '*.*', '??', 'd*m');

const of = <T extends string, S>(type: T, shape: { [K in keyof S]: fc.Arbitrary<S[K]> }) =>
  fc.record({ type: fc.constant(type), login: aLogin, ...shape });

const often = <T>(weight: number, arbitrary: fc.Arbitrary<T>) => ({ arbitrary, weight });

/** What people do. */
export const personCommand = fc.oneof(
  often(12, of('message.send', { to: name, text, key, sentAt: at, version: fc.constant(2 as const) })),
  often(3, of('message.edit', { with: name, sequence, text, at })),
  often(3, of('message.delete', { with: name, sequences, at })),
  often(4, of('mailbox.read', { with: name, upTo: place })),
  often(3, of('mailbox.delivered', { upTo: place })),
  often(3, of('mailbox.take', { count: fc.integer({ min: 1, max: 3 }) })),
  often(2, of('room.create', { room, topic: fc.constant(''), isPrivate: fc.boolean(), at })),
  often(5, of('room.join', { room, at })),
  often(1, of('room.leave', { room, at })),
  often(3, of('room.invite', { room, name, at })),
  often(1, of('room.decline', { room, at })),
  often(1, of('room.remove', { room, name, at })),
  often(1, of('room.topic', { room, topic: text, at })),
  often(1, of('room.owner', { room, name, at })),
  often(10, of('room.send', { room, text, key, at })),
  often(3, of('room.edit', { room, sequence, text, at })),
  often(3, of('room.delete', { room, sequences, at })),
  often(3, of('room.read', { room, upTo: place })),
) as fc.Arbitrary<ChatCommand>;

/** What changes accounts. */
const accountCommand = fc.oneof(
  often(
    3,
    fc.record({
      type: fc.constant('account.create'),
      name,
      password: fc.constantFrom('x', 'y'),
      createdAt: fc.constant(0),
      version: fc.constant(2),
    }),
  ),
  // A login's hash is never that of another account's.
  often(
    6,
    fc
      .tuple(fc.integer({ min: 1, max: 8 }), at)
      .map(([n, createdAt]) => ({ type: 'login.create', login: login(n), name: ownerOf(n), createdAt })),
  ),
  often(1, of('login.end', {})),
  often(1, of('login.revoke', { id: aLogin.map((hash) => hash.slice(0, 16)) })),
  often(1, of('account.password', { password: fc.constantFrom('x', 'z') })),
  often(1, of('account.change', { display: fc.constantFrom('', 'A. B.') })),
  often(2, of('account.block', { name, blocked: fc.boolean() })),
  often(1, of('account.delete', { at })),
  often(1, fc.record({ type: fc.constant('operator.disable'), name, disabled: fc.boolean() })),
) as fc.Arbitrary<ChatCommand>;

export const chatCommand: fc.Arbitrary<ChatCommand> = fc.oneof(
  often(5, personCommand),
  often(1, accountCommand),
);

export const chatQuery = fc.oneof(
  fc.record({ type: fc.constant('account.password'), name }),
  of('login.owner', {}),
  of('login.list', {}),
  of('account.self', {}),
  of('account.profile', { name }),
  of('account.list', { pattern, after: afterName }),
  of('account.blocks', { after: afterName }),
  of('mailbox.page', { after: place }),
  of('mailbox.waiting', {}),
  of('mailbox.messages', {
    places: fc.uniqueArray(sequence, { maxLength: 3 }).map((some) => some.sort((a, b) => a - b)),
  }),
  of('conversation.list', { before }),
  of('conversation.history', { with: name, before }),
  of('message.search', { text: fc.constantFrom('hi', 'o'), before }),
  of('room.list', { pattern, after: afterName }),
  of('room.mine', {}),
  of('room.members', { room, after: afterName }),
  of('room.page', { room, after: place }),
  of('room.history', { room, before }),
  of('room.search', { room, text: fc.constantFrom('hi', 'o'), before }),
) as fc.Arbitrary<ChatQuery>;

/** Some users and a room that they are in to begin with, so that most steps do something. */
export const BEGINNING: readonly ChatCommand[] = [
  ...NAMES.slice(0, 4).flatMap((each, i): ChatCommand[] => [
    { type: 'account.create', name: each, password: 'x', createdAt: 0, version: 2 },
    { type: 'login.create', name: each, login: login(i + 1), createdAt: 0 },
  ]),
  { type: 'room.create', login: login(1), room: 'dorm', topic: '', isPrivate: false, at: 0 },
  ...[2, 3, 4].map((n): ChatCommand => ({ type: 'room.join', login: login(n), room: 'dorm', at: 0 })),
];

/** A refusal's code alone, as the model does not word it; anything else as JSON has it. */
export function withoutWords(value: { readonly type: string; readonly code?: string }): unknown {
  const plain = JSON.parse(JSON.stringify(value)) as typeof value;
  return plain.type === 'refused' ? { type: plain.type, code: plain.code } : plain;
}
