import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server } from 'socket.io';
import { ChatClient } from '../../../chat/client/client.ts';
import type { ChatError } from '../../../chat/errors.ts';
import { roll, seedRandom } from '../../../vm/random.ts';
import { inbox, next, PASSWORD, TestChat } from '../harness.ts';
import type { Fault } from '../memory-replication.ts';

let chat: TestChat;
beforeEach(async () => {
  chat = await TestChat.start('r1', 'r2', 'r3');
});
afterEach(() => chat.stop());

const texts = (messages: readonly { text: string }[]) => messages.map(({ text }) => text);
const numbers = (count: number) => Array.from({ length: count }, (_, i) => `m${i + 1}`);
const lost = (server: string) => (state: { status: string; lost?: { server: { id: string } } | undefined }) =>
  state.status === 'connected' && state.lost?.server.id === server;

describe('a conversation', () => {
  test('sign up, find each other, write, read, log out, come back', async () => {
    const ada = await chat.client(0);
    const bob = await chat.client(1);
    await ada.signUp('ada', PASSWORD);
    await bob.signUp('bob', PASSWORD);
    expect((await ada.accounts('b*')).people).toEqual([{ name: 'bob', display: '' }]);
    const received = await inbox(bob);
    const sent = await ada.send('bob', 'hello', 'key1');
    expect(sent).toMatchObject({ sequence: 1, from: 'ada', to: 'bob', text: 'hello', key: 'key1' });
    expect(await received.until(1)).toMatchObject([{ sequence: 1, from: 'ada', text: 'hello', key: 'key1' }]);
    expect((await bob.conversations()).conversations).toMatchObject([{ with: 'ada', unread: 1 }]);
    const told = next(bob, 'read');
    expect(await bob.markRead('ada', 1)).toEqual({ with: 'ada', read: 1, unread: 0 });
    expect(await told).toEqual({ with: 'ada', read: 1, unread: 0 });

    await bob.logOut();
    expect(bob.login).toBeUndefined();
    await ada.send('bob', 'are you there?');
    await bob.logIn('bob', PASSWORD);
    const missed = await inbox(bob);
    expect(texts(await missed.until(2))).toEqual(['hello', 'are you there?']);
  }, 30_000);

  test('all devices of a user receive messages of both sides at once', async () => {
    const [ada, bob] = [await chat.user('ada', 0), await chat.user('bob', 1)];
    const phone = await chat.client(2);
    await phone.resume(ada.login!.token);
    const seen = await inbox(phone);
    await ada.send('bob', 'from my desk');
    await bob.send('ada', 'hi');
    expect(texts(await seen.until(2))).toEqual(['from my desk', 'hi']);
  });

  test('refusals are typed', async () => {
    const ada = await chat.user('ada');
    const code = (promise: Promise<unknown>) =>
      promise.then(
        () => 'none',
        (error: ChatError) => error.code,
      );
    expect(await code(ada.send('nobody', 'hi'))).toBe('UnknownAccount');
    expect(await code(ada.logIn('ada', 'wrong password'))).toBe('WrongPassword');
    expect(await code(ada.signUp('ada', PASSWORD))).toBe('NameTaken');
    expect(await code(ada.signUp('Ada!', PASSWORD))).toBe('BadRequest');
    const stranger = await chat.client();
    expect(await code(stranger.send('ada', 'hi'))).toBe('NotLoggedIn');
    expect(await code(stranger.accounts('*'))).toBe('NotLoggedIn');
  });
});

describe('failover', () => {
  test('messages sent through dying servers arrive once, in order', async () => {
    const [ada, bob] = [await chat.user('ada', 0), await chat.user('bob', 1)];
    const received = await inbox(bob);
    const all = numbers(60).map((text) => ada.send('bob', text));
    await received.until(10);
    const moved = next(ada, 'connection', lost('r1'));
    await chat.servers[0]!.kill();
    expect(await moved).toMatchObject({ status: 'connected', server: { id: 'r2' } });
    await received.until(30);
    await chat.servers[1]!.kill();
    await Promise.all(all);
    expect(texts(await received.until(60))).toEqual(numbers(60));
    expect(received.messages.map(({ sequence }) => sequence)).toEqual(numbers(60).map((_, i) => i + 1));
    expect(bob.state).toMatchObject({ status: 'connected', server: { id: 'r3' } });
    expect(bob.login?.name).toBe('bob');
  });

  test('a change whose answer was lost is not made again on any server', async () => {
    const ada = await chat.user('ada');
    await chat.user('bob');
    const [r1, r2, r3] = chat.cluster.replicas;
    await ada.send('bob', 'before');
    r1!.faults.push('lost after');
    r2!.faults.push('NoLeader'); // to resuming the login
    r3!.faults.push('NoLeader');
    await ada.send('bob', 'once');
    await ada.send('bob', 'after');
    expect(texts((await ada.history('bob')).messages)).toEqual(['before', 'once', 'after']);
  });

  test('a sign-up whose answer was lost is the same one at the next replica', async () => {
    const ada = await chat.client();
    // One look at the name, then the sign-up itself.
    chat.cluster.replicas[0]!.faults.push('none', 'lost after');
    expect(await ada.signUp('ada', PASSWORD)).toMatchObject({ name: 'ada' });
    expect(ada.state).toMatchObject({ server: { id: 'r2' } });
  });

  test('order is kept when the first of several fails over', async () => {
    const ada = await chat.user('ada');
    await chat.user('bob');
    await ada.send('bob', 'm1');
    chat.cluster.replicas[0]!.faults.push('lost before');
    await Promise.all(['m2', 'm3', 'm4'].map((text) => ada.send('bob', text)));
    expect(texts((await ada.history('bob')).messages)).toEqual(['m1', 'm2', 'm3', 'm4']);
  });

  test('an overloaded server is asked again', async () => {
    const ada = await chat.user('ada');
    chat.cluster.replicas[0]!.faults.push('Overloaded');
    await ada.send('ada', 'note to self');
    expect(ada.state).toMatchObject({ server: { id: 'r1' } });
  });

  test('a follower moves to a replica that lags and still misses nothing', async () => {
    const [ada, bob] = [await chat.user('ada', 0), await chat.user('bob', 1)];
    const received = await inbox(bob);
    for (const text of numbers(3)) await ada.send('bob', text);
    await received.until(3);
    chat.cluster.replicas[2]!.lagging = true;
    await ada.send('bob', 'm4');
    await received.until(4);
    const moved = next(bob, 'connection', lost('r2'));
    await chat.servers[1]!.kill();
    expect(await moved).toMatchObject({ server: { id: 'r3' } });
    await ada.send('bob', 'm5');
    chat.cluster.replicas[2]!.lagging = false;
    expect(texts(await received.until(5))).toEqual(numbers(5));
  });

  test('a replica that does not know a login yet does not treat it as ended', async () => {
    const r2 = chat.cluster.replicas[1]!;
    r2.lagging = true;
    const bob = await chat.user('bob', 1);
    let ended = 0;
    bob.on('loggedOut', () => ended++);
    const received = await inbox(bob);
    await bob.send('bob', 'm1');
    r2.lagging = false;
    expect(texts(await received.until(1))).toEqual(['m1']);
    expect(ended).toBe(0);
  });

  test('whatever goes wrong, each message is applied once and in order', async () => {
    const [ada, bob] = [await chat.user('ada', 0), await chat.user('bob', 1)];
    const received = await inbox(bob);
    const kinds: Fault[] = ['NoLeader', 'lost before', 'lost after', 'lost after', 'Overloaded'];
    const random = seedRandom(7);
    const all = numbers(150).map((text) => ada.send('bob', text));
    bob.on('message', () => {
      if (roll(random, 4) > 1) return;
      for (const { faults } of chat.cluster.replicas) faults.push(kinds[roll(random, kinds.length) - 1]!);
    });
    await Promise.all(all);
    expect(texts(await received.until(150))).toEqual(numbers(150));
  });

  test('a login that ended while its server died is reported as ended', async () => {
    const [ada, phone] = [await chat.user('ada', 0), await chat.client(1)];
    await phone.resume(ada.login!.token);
    const told = next(ada, 'loggedOut');
    chat.cluster.replicas[0]!.lagging = true;
    await phone.logOut();
    await chat.servers[0]!.kill();
    await told;
    expect(ada.login).toBeUndefined();
  });
});

test('unsent messages of one user are not sent in the name of the next', async () => {
  const ada = await chat.user('ada');
  chat.account('eve');
  const [first, second] = [ada.send('eve', 'm1'), ada.send('eve', 'm2')];
  const switched = ada.logIn('eve', PASSWORD);
  const tooLate = ada.send('eve', 'said by ada, but after she left');
  await expect(tooLate).rejects.toMatchObject({ code: 'NotLoggedIn' });
  await Promise.all([first, second, switched]);
  const late = ada.send('ada', 'from eve');
  const out = ada.logOut();
  const after = ada.send('ada', 'by nobody');
  await Promise.all([late, out]);
  await expect(after).rejects.toMatchObject({ code: 'NotLoggedIn' });
  const senders = chat.cluster.log.flatMap(({ result }) =>
    result.type === 'message.sent' ? [result.from] : [],
  );
  expect(senders).toEqual(['ada', 'ada', 'eve']);
});

describe('a server that sends messages twice', () => {
  test('does not make the client deliver them twice', async () => {
    const http = createServer();
    const io = new Server(http);
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    const message = (sequence: number) => ({
      sequence,
      from: 'bob',
      to: 'ada',
      text: `m${sequence}`,
      key: 'k',
      sentAt: 1,
    });
    io.of('/chat').on('connection', (socket) => {
      const answer = { ok: true, value: {}, replicas: [] };
      socket.on('cluster', (_, acknowledge) => acknowledge(answer));
      socket.on('mailbox.follow', (_, acknowledge) => {
        acknowledge(answer);
        socket.emit('mailbox', { entries: [1, 2].map(message) }, () => {
          socket.emit('mailbox', { entries: [2, 3].map(message) }, () => {});
        });
      });
      socket.emit('welcome', { server: 'r1', replicas: [] });
    });
    const client = await ChatClient.connect({
      servers: [`http://127.0.0.1:${(http.address() as AddressInfo).port}`],
    });
    const received = await inbox(client);
    expect(texts(await received.until(3))).toEqual(numbers(3));
    client.close();
    await io.close();
  });
});

describe('a session that has ended', () => {
  test('is replaced, without notice, for changes that were not sent', async () => {
    const ada = await chat.user('ada');
    await ada.send('ada', 'one');
    chat.cluster.expireSessions();
    await ada.send('ada', 'two');
    expect(texts((await ada.history('ada')).messages)).toEqual(['one', 'two']);
  });

  test('makes changes that were sent Indeterminate', async () => {
    const ada = await chat.user('ada');
    await ada.send('ada', 'one');
    const [r1, r2] = chat.cluster.replicas;
    r1!.faults.push('lost after');
    const doubtful = ada.send('ada', 'two');
    const behind = ada.send('ada', 'three');
    // The login is resumed on r2 before the message is sent again: by then its session has gone.
    const moved = next(ada, 'connection', lost('r1'));
    r1!.onApplied(({ command }) => {
      if (command.type === 'message.send' && command.text === 'two') chat.cluster.expireSessions();
    });
    await expect(doubtful).rejects.toMatchObject({ code: 'Indeterminate' });
    await moved;
    await behind;
    expect(r2!.faults).toEqual([]);
    expect(texts((await ada.history('ada')).messages)).toEqual(['one', 'two', 'three']);
  });
});

describe('timeout', () => {
  test('that there is no server is reported in time', async () => {
    const { url } = chat.servers[0]!;
    await chat.stop();
    await expect(ChatClient.connect({ servers: [url], timeoutMs: 300 })).rejects.toMatchObject({
      code: 'Unreachable',
    });
  });

  test('closing rejects waiting requests', async () => {
    const ada = await chat.user('ada');
    for (const server of chat.servers) await server.kill();
    const [first, second] = [ada.send('ada', 'hi'), ada.send('ada', 'ho')];
    ada.close();
    await expect(first).rejects.toMatchObject({ code: 'Closed' });
    await expect(second).rejects.toMatchObject({ code: 'Closed' });
  });

  test('a limited number of messages waits', async () => {
    const ada = await chat.user('ada');
    for (const server of chat.servers) await server.kill();
    const all = Array.from({ length: 1_001 }, (_, i) => ada.send('ada', `m${i}`));
    await expect(all.at(-1)).rejects.toMatchObject({ code: 'Overloaded' });
    ada.close();
    const codes = await Promise.all(all.slice(0, -1).map((sent) => sent.catch(({ code }) => code)));
    expect(new Set(codes)).toEqual(new Set(['Closed']));
  });
});
