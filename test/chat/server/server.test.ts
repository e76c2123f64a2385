import { loginOf } from '../../../chat/server/passwords.ts';
import {
  IN_FLIGHT_MAX,
  LOGINS_PER_ACCOUNT,
  MESSAGES_PAGE,
  PASSWORD_TRIES,
  SESSIONS_PER_SOCKET,
  TEXT_MAX,
} from '../../../chat/state/limits.ts';
import { PASSWORD, type RawSocket, TestChat } from '../harness.ts';
import type { MemoryReplica } from '../memory-replication.ts';

let chat: TestChat;
beforeEach(async () => {
  chat = await TestChat.start('r1');
});
afterEach(() => chat.stop());

const TAG = { session: 's', sequence: 1, acknowledged: 1 };

describe('malformed requests', () => {
  test('are refused with a typed error, and the server continues', async () => {
    const raw = await chat.socket();
    const malformed: [string, ...unknown[]][] = [
      ['login.create'],
      ['login.create', null],
      ['login.create', 7],
      ['login.create', { name: 'ada' }],
      ['login.create', { name: 'ada', password: 'x'.repeat(300) }],
      ['login.create', { name: { $ne: '' }, password: PASSWORD }],
      ['login.create', { name: 'ada', password: PASSWORD, extra: 1 }],
      ['login.resume', { token: '../../etc' }],
      ['account.create', { name: 'Ada/', password: PASSWORD, key: 'k' }],
      ['account.create', { name: 'x'.repeat(33), password: PASSWORD, key: 'k' }],
      ['account.create', { name: 'ada', password: 'short', key: 'k' }],
      ['account.create', { name: 'ada', password: PASSWORD }],
      ['account.create', { name: 'ada', password: PASSWORD, key: 'a/b' }],
      ['message.send', { to: 'bob', text: 'hi', key: 'k', tag: { ...TAG, sequence: 0 } }],
      ['message.send', { to: 'bob', text: 'hi', key: 'k', tag: { ...TAG, session: 's/1' } }],
      ['account.list', { pattern: '(a+)+$' }],
      ['message.send', { to: 'bob', text: 'x'.repeat(TEXT_MAX + 1), key: 'k', tag: TAG }],
      ['message.send', { to: 'bob', text: '', key: 'k', tag: TAG }],
      ['message.send', { to: 'bob', text: '\ud800', key: 'k', tag: TAG }],
      ['conversation.history', { with: 'bob', before: -1 }],
      ['mailbox.follow', { after: 1.5 }],
      ['mailbox.follow', { after: '0' }, 'and more'],
    ];
    for (const [event, ...args] of malformed) {
      const reply = await raw.request(event, ...args);
      expect(reply).toMatchObject({ ok: false, code: 'BadRequest', replicas: chat.cluster.addresses });
      expect(reply.message).not.toMatch(/\n|at .*\.ts/);
    }
    await raw.value('account.create', { name: 'ada', password: PASSWORD, key: 'k' });
    const login = await raw.value('login.create', { name: 'ada', password: PASSWORD });
    expect(login.token).toHaveLength(43);
  });

  test('unknown requests are reported as unknown, also those named like properties of objects', async () => {
    const raw = await chat.socket();
    for (const event of ['nonsense', 'constructor', '__proto__', 'toString', 'error', '']) {
      expect(await raw.request(event, {})).toMatchObject({ ok: false, code: 'UnknownRequest' });
    }
  });

  test('requests without an acknowledgement, and an event named error, do no harm', async () => {
    const raw = await chat.socket();
    raw.socket.emit('error', 'boo');
    raw.socket.emit('login.create', { name: 'ada', password: PASSWORD });
    raw.socket.emit('nonsense');
    expect(await raw.request('cluster', {})).toMatchObject({ ok: true, leader: 'r1' });
  });
});

describe('authorisation', () => {
  test('without a login nothing can be read or changed', async () => {
    const raw = await chat.socket();
    const requests: [string, unknown][] = [
      ['session.open', {}],
      ['login.end', { tag: TAG }],
      ['account.list', { pattern: '*' }],
      ['message.send', { to: 'ada', text: 'hi', key: 'k', tag: TAG }],
      ['conversation.list', {}],
      ['conversation.history', { with: 'ada' }],
      ['mailbox.read', { with: 'ada', upTo: 1, tag: TAG }],
      ['mailbox.follow', { after: 0 }],
    ];
    for (const [event, request] of requests) {
      expect(await raw.request(event, request)).toMatchObject({ ok: false, code: 'NotLoggedIn' });
    }
    expect(chat.cluster.log).toHaveLength(0);
  });

  test('nobody can read messages between others', async () => {
    const [ada, bob, eve] = [await chat.user('ada'), await chat.user('bob'), await chat.user('eve')];
    await ada.send('bob', 'our secret');
    expect((await bob.history('ada')).messages).toHaveLength(1);
    expect((await eve.history('ada')).messages).toHaveLength(0);
    expect((await eve.history('bob')).messages).toHaveLength(0);
    expect((await eve.conversations()).conversations).toHaveLength(0);
  });

  test('nobody can write or mark messages as read in the name of another', async () => {
    await chat.user('ada');
    const { raw } = await chat.rawUser('eve');
    const forged = { to: 'eve', text: 'hi', key: 'k', from: 'ada', tag: await raw.tag() };
    expect(await raw.request('message.send', forged)).toMatchObject({ code: 'BadRequest' });
    const { from: _, ...honest } = forged;
    await raw.value('message.send', honest);
    expect(chat.cluster.log.at(-1)!.result).toMatchObject({ from: 'eve', to: 'eve' });
  });

  test('nobody reads, writes or changes what is said in a room that they are not in', async () => {
    const [ada, eve] = [await chat.user('ada'), await chat.user('eve')];
    await ada.rooms.create('hall');
    await ada.rooms.create('attic', { isPrivate: true });
    const said = await ada.rooms.send('attic', 'our secret');
    const refusals = async (room: string) => {
      const asked = [
        eve.rooms.history(room),
        eve.rooms.members(room),
        eve.rooms.search(room, 'secret'),
        eve.rooms.send(room, 'hi'),
        eve.rooms.edit(room, said.sequence, 'hi'),
        eve.rooms.delete(room, said.sequence),
        eve.rooms.markRead(room, 1),
        eve.rooms.invite(room, 'eve'),
        eve.rooms.remove(room, 'ada'),
        eve.rooms.setTopic(room, 'mine'),
        eve.rooms.setOwner(room, 'eve'),
        eve.rooms.leave(room),
      ];
      const outcomes = await Promise.all(
        asked.map((one) =>
          one.then(
            () => 'done',
            ({ code }) => code,
          ),
        ),
      );
      return new Set(outcomes);
    };
    expect(await refusals('hall')).toEqual(new Set(['NotAMember']));
    // Whether there is a private room is not said.
    expect(await refusals('attic')).toEqual(new Set(['UnknownRoom']));
    expect(await refusals('nowhere')).toEqual(new Set(['UnknownRoom']));
    await expect(eve.rooms.join('attic')).rejects.toMatchObject({ code: 'UnknownRoom' });
    expect((await eve.rooms.list('*')).rooms.map(({ room }) => room)).toEqual(['hall']);
    // A member who is not the owner may not do what is the owner's, nor change what others said.
    await eve.rooms.join('hall');
    const { sequence } = await ada.rooms.send('hall', 'mine');
    await expect(eve.rooms.setTopic('hall', 'mine')).rejects.toMatchObject({ code: 'NotAllowed' });
    await expect(eve.rooms.remove('hall', 'ada')).rejects.toMatchObject({ code: 'NotAllowed' });
    await expect(eve.rooms.edit('hall', sequence, 'hers')).rejects.toMatchObject({ code: 'UnknownMessage' });
    await expect(eve.rooms.delete('hall', sequence)).rejects.toMatchObject({ code: 'UnknownMessage' });
  });

  test('nobody changes or takes back a message of another', async () => {
    const [ada, bob] = [await chat.user('ada'), await chat.user('bob')];
    await ada.send('bob', 'from ada');
    await expect(bob.edit('ada', 1, 'hi')).rejects.toMatchObject({ code: 'UnknownMessage' });
    await expect(bob.delete('ada', 1)).rejects.toMatchObject({ code: 'UnknownMessage' });
  });

  test('who is removed from a room hears nothing of it from then on, and operators are not clients', async () => {
    const ada = await chat.user('ada');
    const { raw } = await chat.rawUser('bob');
    await ada.rooms.create('hall');
    await raw.value('room.join', { room: 'hall', tag: await raw.tag() });
    const heard: string[] = [];
    raw.socket.on('room', ({ text }: { text?: string }) => void (text && heard.push(text)));
    const follows = new Promise((resolve) => raw.socket.once('rooms', resolve));
    await raw.value('mailbox.follow', { after: 0 });
    await follows;
    await ada.rooms.send('hall', 'one');
    await ada.rooms.remove('hall', 'bob');
    await ada.rooms.send('hall', 'two');
    // What was pushed comes before this answer.
    await raw.request('conversation.list', {});
    expect(heard).toEqual(['one']);
    expect(await raw.request('operator.delete', { name: 'ada', at: 1 })).toMatchObject({
      code: 'UnknownRequest',
    });
  });

  test('a wrong password and an unknown name cannot be distinguished', async () => {
    const { raw } = await chat.rawUser('ada');
    const wrong = await raw.request('login.create', { name: 'ada', password: 'wrong password' });
    const unknown = await raw.request('login.create', { name: 'nobody', password: PASSWORD });
    expect(wrong).toMatchObject({ ok: false, code: 'WrongPassword' });
    expect(unknown).toEqual(wrong);
  });

  test('unknown and ended tokens log nobody in', async () => {
    const { raw, token } = await chat.rawUser('ada');
    const other = await chat.socket();
    expect(await other.value('login.resume', { token })).toEqual({ name: 'ada' });
    await raw.value('login.end', { tag: await raw.tag() });
    const ended = { ok: false, code: 'NotLoggedIn' };
    expect(await (await chat.socket()).request('login.resume', { token })).toMatchObject(ended);
    expect(await raw.request('login.resume', { token: 'x'.repeat(43) })).toMatchObject(ended);
    // The other socket had resumed it before: it has ended there too.
    expect(await other.request('account.list', { pattern: '*' })).toMatchObject(ended);
  });

  test('a logout elsewhere, or too many logins, end the delivery', async () => {
    const { raw: first, token } = await chat.rawUser('ada');
    const second = await chat.socket();
    await second.value('login.resume', { token });
    await second.value('mailbox.follow', { after: 0 });
    const told = new Promise<void>((resolve) => second.socket.once('loggedOut', resolve));
    for (let n = 0; n < LOGINS_PER_ACCOUNT; n++) {
      await first.value('login.create', { name: 'ada', password: PASSWORD });
    }
    await told;
    const reply = await second.request('conversation.list', {});
    expect(reply).toMatchObject({ ok: false, code: 'NotLoggedIn' });
  });

  test('neither passwords nor tokens reach the log, and the state holds no token', async () => {
    const raw = await chat.socket();
    await raw.value('account.create', { name: 'ada', password: PASSWORD, key: 'k' });
    const { token } = await raw.value<{ token: string }>('login.create', { name: 'ada', password: PASSWORD });
    const everything = JSON.stringify([chat.cluster.log, [...chat.cluster.store.range('', '\u{10ffff}')]]);
    expect(everything).not.toContain(PASSWORD);
    expect(everything).not.toContain(token);
    expect(everything).toContain(loginOf(token));
  });
});

describe('limits', () => {
  test('a socket has a limited number of requests in flight', async () => {
    const { raw } = await chat.rawUser('ada');
    const { faults } = chat.cluster.replicas[0]!;
    faults.push(...Array<'silence'>(IN_FLIGHT_MAX).fill('silence'));
    for (let n = 0; n < IN_FLIGHT_MAX; n++) raw.socket.emit('account.list', { pattern: '*' }, () => {});
    expect(await raw.request('account.list', { pattern: '*' })).toMatchObject({
      ok: false,
      code: 'Overloaded',
    });
    expect(await (await chat.socket()).request('cluster', {})).toMatchObject({ ok: true });
  });

  test('a socket opens a limited number of sessions', async () => {
    const { raw } = await chat.rawUser('ada');
    for (let n = 0; n < SESSIONS_PER_SOCKET; n++) await raw.value('session.open', {});
    expect(await raw.request('session.open', {})).toMatchObject({ ok: false, code: 'Overloaded' });
  });
});

describe('a sign-up', () => {
  const request = (password: string, key: string) => ({ name: 'ada', password, key });

  test('sent again with its key, to any replica, is the same one', async () => {
    await chat.stop();
    chat = await TestChat.start('r1', 'r2');
    const [first, second] = [await chat.socket(0), await chat.socket(1)];
    await first.value('account.create', request(PASSWORD, 'k1'));
    expect(await second.value('account.create', request(PASSWORD, 'k1'))).toEqual({ name: 'ada' });
    await second.value('login.create', { name: 'ada', password: PASSWORD });
  });

  test.each([
    ['another key', PASSWORD, 'k2'],
    ['another password', 'another password', 'k1'],
  ])('with %s finds the name taken, and changes no password', async (_, password, key) => {
    const raw = await chat.socket();
    await raw.value('account.create', request(PASSWORD, 'k1'));
    expect(await raw.request('account.create', request(password, key))).toMatchObject({ code: 'NameTaken' });
    await raw.value('login.create', { name: 'ada', password: PASSWORD });
  });
});

describe('password guesses', () => {
  const guess = (raw: RawSocket, name: string, password = 'wrong') =>
    raw.request('login.create', { name, password });

  test('make the next one wait, even a right one; other accounts are not delayed', async () => {
    chat.account('ada');
    chat.account('bob');
    const raw = await chat.socket();
    for (let n = 0; n < PASSWORD_TRIES.free; n++) {
      expect(await guess(raw, 'ada')).toMatchObject({ code: 'WrongPassword' });
    }
    expect(await guess(await chat.socket(), 'ada', PASSWORD)).toMatchObject({
      code: 'TooManyTries',
      message: 'too many wrong passwords: try again in 1 s',
    });
    expect(await guess(raw, 'bob', PASSWORD)).toMatchObject({ ok: true });
  });

  test('do not end an existing login', async () => {
    const { token } = await chat.rawUser('ada');
    const raw = await chat.socket();
    for (let n = 0; n <= PASSWORD_TRIES.free; n++) await guess(raw, 'ada');
    expect(await raw.request('login.resume', { token })).toMatchObject({ ok: true });
  });
});

describe('changes', () => {
  test('one sent twice with the same tag happens once, and both get the same answer', async () => {
    const { raw } = await chat.rawUser('ada');
    const request = { to: 'ada', text: 'once', key: 'k', tag: await raw.tag() };
    const first = await raw.value('message.send', request);
    const again = await raw.value('message.send', request);
    expect(again).toEqual(first);
    expect(
      (await raw.value<{ messages: unknown[] }>('conversation.history', { with: 'ada' })).messages,
    ).toHaveLength(1);
  });

  test('a tag that belongs to another request is refused', async () => {
    const { raw } = await chat.rawUser('ada');
    const tag = await raw.tag();
    await raw.value('message.send', { to: 'ada', text: 'hi', key: 'k', tag });
    expect(await raw.request('mailbox.read', { with: 'ada', upTo: 1, tag })).toMatchObject({
      code: 'BadRequest',
    });
  });

  test('errors of replication keep their codes; others reveal nothing internal', async () => {
    const { raw } = await chat.rawUser('ada');
    const { faults } = chat.cluster.replicas[0]!;
    const request = async () => ({ to: 'ada', text: 'hi', key: 'k', tag: await raw.tag() });
    for (const [fault, code] of [
      ['NoLeader', 'NoLeader'],
      ['lost before', 'Indeterminate'],
      ['Overloaded', 'Overloaded'],
    ] as const) {
      const asked = await request();
      faults.push(fault);
      expect(await raw.request('message.send', asked)).toMatchObject({ ok: false, code });
    }
    const asked = await request();
    faults.push('bug');
    expect(await raw.request('message.send', asked)).toMatchObject({
      code: 'Internal',
      message: 'internal error',
    });
    expect(chat.servers[0]!.errors).toHaveLength(1);
  });
});

describe('delivery', () => {
  test('a page waits for the acknowledgement of the previous one', async () => {
    const ada = await chat.user('ada');
    const { raw } = await chat.rawUser('bob');
    for (let n = 1; n <= MESSAGES_PAGE + 1; n++) await ada.send('bob', `m${n}`);
    const pages: { count: number; acknowledge: () => void }[] = [];
    const arrived = [deferred(), deferred()];
    raw.socket.on('mailbox', ({ entries }, acknowledge) => {
      pages.push({ count: entries.length, acknowledge });
      arrived[pages.length - 1]?.resolve();
    });
    await raw.value('mailbox.follow', { after: 0 });
    await arrived[0]!.promise;
    // The server has answered after all it had to send without the acknowledgement.
    await raw.request('conversation.list', {});
    expect(pages.map(({ count }) => count)).toEqual([MESSAGES_PAGE]);
    pages[0]!.acknowledge();
    await arrived[1]!.promise;
    expect(pages.map(({ count }) => count)).toEqual([MESSAGES_PAGE, 1]);
  });

  test.each([
    [
      'command by command',
      (lagging: MemoryReplica) => {
        lagging.lagging = false;
      },
    ],
    ['by a snapshot', (lagging: MemoryReplica) => lagging.install()],
  ])('a replica that lags sends what it knows, and the rest when it hears of it %s', async (_, catchUp) => {
    await chat.stop();
    chat = await TestChat.start('r1', 'r2');
    const ada = await chat.user('ada');
    const { raw } = await chat.rawUser('bob', 1);
    const seen: string[] = [];
    let wake = () => {};
    raw.socket.on('mailbox', ({ entries }, acknowledge) => {
      seen.push(...entries.map(({ text }: { text: string }) => text));
      acknowledge();
      wake();
    });
    await ada.send('bob', 'one');
    chat.cluster.replicas[1]!.lagging = true;
    await ada.send('bob', 'two');
    await raw.value('mailbox.follow', { after: 0 });
    while (seen.length < 1) await new Promise<void>((resolve) => (wake = resolve));
    await raw.request('conversation.list', {});
    expect(seen).toEqual(['one']);
    catchUp(chat.cluster.replicas[1]!);
    while (seen.length < 2) await new Promise<void>((resolve) => (wake = resolve));
    expect(seen).toEqual(['one', 'two']);
  });
});

function deferred() {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
