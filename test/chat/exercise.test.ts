/**
 * The functions of the exercise, each with its exact semantics, through the client library, on one
 * replica and on three.
 */
import { inbox, next, PASSWORD } from './harness.ts';
import { startLocalChat } from './local-chat.ts';

const texts = (messages: readonly { text: string }[]) => messages.map(({ text }) => text);

describe.each([1, 3])('on %i replicas', (replicas) => {
  let chat: Awaited<ReturnType<typeof startLocalChat>>;
  beforeAll(async () => {
    chat = await startLocalChat(replicas);
  });
  afterAll(() => chat.stop());

  test('create: an account has a name that nobody else has, nor one that looks like it', async () => {
    const [one, two] = [await chat.client(), await chat.client()];
    expect(await one.signUp('Corn', PASSWORD)).toMatchObject({ name: 'corn' });
    for (const name of ['corn', 'CORN', 'com', 'c0rn', 'ｃｏｒｎ'])
      await expect(two.signUp(name, PASSWORD)).rejects.toMatchObject({ code: 'NameTaken' });
    await expect(two.signUp('c orn', PASSWORD)).rejects.toMatchObject({ code: 'BadRequest' });
    await two.logIn('ＣＯＲＮ', PASSWORD);
    expect(two.login?.name).toBe('corn');
  });

  test('list: the accounts that a pattern with wildcards matches, in order', async () => {
    const user = await chat.user('list.me');
    for (const name of ['list.b', 'list.a', 'lust.a']) await chat.user(name);
    const listed = async (pattern: string) => (await user.accounts(pattern)).people.map(({ name }) => name);
    expect(await listed('list.?')).toEqual(['list.a', 'list.b']);
    expect(await listed('l?st.*')).toEqual(['list.a', 'list.b', 'list.me', 'lust.a']);
    expect(await listed('list')).toEqual([]);
  });

  test('send: at once to who is there, and queued for who is not; to nobody it is refused', async () => {
    const [ann, ben] = [await chat.user('ann'), await chat.user('ben')];
    const there = await inbox(ben);
    await ann.follow(0);
    const told = next(ann, 'receipt', ({ delivered }) => delivered === 1);
    const sent = await ann.send('Ben', 'hello');
    expect(texts(await there.until(1))).toEqual(['hello']);
    expect(await told).toEqual({ with: 'ben', delivered: 1 });
    expect(sent.nth).toBe(1);
    expect(await ben.waiting()).toBe(0);

    await chat.user('cat');
    await ann.send('cat', 'are you there?');
    const cat = await chat.again('cat');
    expect(await cat.waiting()).toBe(1);
    expect((await ann.history('cat')).receipt).toEqual({ delivered: 0, read: 0 });
    await expect(ann.send('nobody', 'hello')).rejects.toMatchObject({ code: 'UnknownAccount' });
    await ben.account.block('ann');
    await expect(ann.send('ben', 'hello?')).rejects.toMatchObject({ code: 'Blocked' });
  });

  test('deliver: the oldest n that wait, each once, and all on return', async () => {
    const [dan, eva] = [await chat.user('dan'), await chat.user('eva')];
    for (const text of ['m1', 'm2', 'm3', 'm4']) await dan.send('eva', text);
    await eva.send('dan', 'not one of them');
    const first = await eva.take(2);
    expect(texts(first.messages)).toEqual(['m1', 'm2']);
    expect(first.waiting).toBe(2);
    expect((await dan.history('eva')).receipt).toEqual({ delivered: 2, read: 0 });
    expect(texts((await eva.take(1)).messages)).toEqual(['m3']);

    const phone = await chat.again('eva');
    const all = next(dan, 'receipt', ({ delivered }) => delivered === 4);
    await dan.follow(0);
    const back = await inbox(phone);
    expect(texts(await back.until(5))).toEqual(['m1', 'm2', 'm3', 'm4', 'not one of them']);
    await all;
    expect(await eva.take(9)).toEqual({ messages: [], waiting: 0 });
    await phone.markRead('dan', 4);
    expect((await dan.history('eva')).receipt).toEqual({ delivered: 4, read: 4 });
  });

  test('delete: an account is gone, what it wrote stays, and what waited for it is refused', async () => {
    const [fay, gus, hal] = [await chat.user('fay'), await chat.user('gus'), await chat.user('hal')];
    await gus.rooms.create('garden');
    await fay.rooms.join('garden');
    await gus.rooms.send('garden', 'I was here');
    await gus.send('fay', 'farewell');
    await fay.send('gus', 'wait!');
    await fay.follow(0);
    await hal.follow(0);
    const told = next(fay, 'accountDeleted');
    await expect(gus.account.delete('wrong password')).rejects.toMatchObject({ code: 'WrongPassword' });
    await gus.account.delete(PASSWORD);
    expect(await told).toEqual({ name: 'gus' });

    await expect(chat.again('gus')).rejects.toMatchObject({ code: 'WrongPassword' });
    await expect((await chat.client()).signUp('gus', PASSWORD)).rejects.toMatchObject({ code: 'NameTaken' });
    expect((await fay.accounts('gus')).people).toEqual([]);
    const { messages, receipt, deletedAccount } = await fay.history('gus');
    expect(texts(messages)).toEqual(['farewell', 'wait!']);
    // It had never been delivered, and never will be.
    expect({ receipt, deletedAccount }).toEqual({ receipt: { delivered: 0, read: 0 }, deletedAccount: true });
    await expect(fay.send('gus', 'hello?')).rejects.toMatchObject({ code: 'DeletedAccount' });
    const garden = await fay.rooms.history('garden');
    expect(garden).toMatchObject({ messages: [{ text: 'I was here' }], deletedAccounts: ['gus'] });
    expect((await fay.rooms.mine()).rooms).toMatchObject([{ room: 'garden', owner: 'fay', members: 1 }]);
  });

  test('delete: a message is gone on both sides, and that it stood there can be seen', async () => {
    const [ida, jon] = [await chat.user('ida'), await chat.user('jon')];
    const there = await inbox(jon);
    const changed = next(jon, 'change', ({ change }) => change === 'delete');
    await ida.send('jon', 'one');
    await ida.send('jon', 'two');
    await ida.send('jon', 'three');
    await there.until(3);
    await ida.edit('jon', 3, 'drei');
    await ida.delete('jon', 1, 2);
    expect(await changed).toMatchObject({ with: 'ida', of: 1 });
    for (const { messages } of [await ida.history('jon'), await jon.history('ida')]) {
      expect(texts(messages)).toEqual(['', '', 'drei']);
      expect(messages.map(({ deletedAt, editedAt }) => [deletedAt, editedAt].map(Boolean))).toEqual([
        [true, false],
        [true, false],
        [false, true],
      ]);
    }
    await expect(ida.delete('jon', 1)).rejects.toMatchObject({ code: 'UnknownMessage' });
  });
});
