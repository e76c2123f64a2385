/** Requests that no server would accept: the client refuses them, and everything else continues. */
import type { ChatClient } from '../../../chat/client/client.ts';
import { TEXT_MAX } from '../../../chat/state/limits.ts';
import { PASSWORD, TestChat } from '../harness.ts';

let chat: TestChat;
beforeEach(async () => {
  chat = await TestChat.start('r1', 'r2', 'r3');
});
afterEach(() => chat.stop());

/** How often the client has reconnected. */
function reconnects(client: ChatClient): () => number {
  let count = 0;
  client.on('connection', ({ status }) => void (status === 'connected' && count++));
  return () => count;
}

test.each([
  ['of 1 MiB', 'x'.repeat(2 ** 20), `text: at most ${TEXT_MAX} characters`],
  ['of one character too many', 'x'.repeat(TEXT_MAX + 1), `text: at most ${TEXT_MAX} characters`],
  ['with half a character', 'a\ud800b', 'text: well-formed Unicode only'],
  ['of nothing but space', ' \n\t', 'text: at least something'],
])('a text %s is refused at once, and the next message goes through', async (_, text, message) => {
  const ada = await chat.user('ada');
  const count = reconnects(ada);
  const [refused, next] = [ada.send('ada', text), ada.send('ada', 'after')];
  await expect(refused).rejects.toMatchObject({ code: 'BadRequest', message });
  expect((await next).sequence).toBe(1);
  expect(count()).toBe(0);
});

test('a text that is large only on the wire is accepted', async () => {
  const ada = await chat.user('ada');
  for (const character of ['\u0001', '\uffff', '\ud83d\ude00']) {
    const text = character.repeat(TEXT_MAX / character.length - 1).concat('!');
    await ada.send('ada', text);
    expect((await ada.history('ada')).messages.at(-1)!.text).toBe(text);
  }
});

test('the client refuses every kind of invalid request with the words of the server', async () => {
  const ada = await chat.user('ada');
  const { raw } = await chat.rawUser('bob');
  const long = 'x'.repeat(2 ** 20);
  const tag = await raw.tag();
  const cases: [Promise<unknown>, string, object][] = [
    [ada.signUp('Ada!', PASSWORD), 'account.create', { name: 'Ada!', password: PASSWORD, tag }],
    [ada.signUp('eve', long), 'account.create', { name: 'eve', password: long.slice(0, 300), tag }],
    [ada.signUp('eve', 'short'), 'account.create', { name: 'eve', password: 'short', tag }],
    [ada.logIn(long, PASSWORD), 'login.create', { name: 'Ada!', password: PASSWORD }],
    [ada.resume('no token'), 'login.resume', { token: 'no token' }],
    [ada.accounts('a b'), 'account.list', { pattern: 'a b' }],
    [ada.accounts('*', long), 'account.list', { pattern: '*', after: 'Ada!' }],
    [ada.conversations(-1), 'conversation.list', { before: -1 }],
    [ada.history('Ada!'), 'conversation.history', { with: 'Ada!' }],
    [ada.send('ada', 'x', 'no key'), 'message.send', { to: 'ada', text: 'x', key: 'no key', tag }],
    [ada.markRead('ada', 1.5), 'mailbox.read', { with: 'ada', upTo: 1.5, tag }],
    [ada.follow(Number.NaN), 'mailbox.follow', { after: null }],
  ];
  const told = await Promise.all(
    cases.map(([asked]) => asked.catch(({ code, message }) => ({ code, message }))),
  );
  for (const [i, [, name, request]] of cases.entries()) {
    const { code, message } = await raw.request(name, request);
    // What a number is not, JSON cannot say.
    if (name === 'mailbox.follow') expect(told[i]).toMatchObject({ code });
    else expect(told[i]).toEqual({ code, message });
  }
  // A place in the mailbox that is none would be asked for over every connection.
  expect((await ada.send('ada', 'after')).sequence).toBe(1);
});

test('a message on which every server breaks the connection is given up, and those behind it are sent', async () => {
  for (const server of chat.servers) server.breakOn('poison');
  const ada = await chat.user('ada');
  const [poison, next] = [ada.send('ada', 'poison'), ada.send('ada', 'after')];
  await expect(poison).rejects.toMatchObject({ code: 'Indeterminate' });
  await next;
  expect(ada.login?.name).toBe('ada');
  const broken = chat.servers.map((server) => server.broken);
  expect(broken.reduce((sum, count) => sum + count)).toBe(4);
  expect(broken.filter((count) => count > 0).length).toBeGreaterThan(1);
});
