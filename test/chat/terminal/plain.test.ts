/** What scripts and operators do with `tickraft chat`, run in this process. */
import { chatCommand } from '../../../chat/terminal/terminal.ts';
import { run } from '../../support/in-process.ts';
import { PASSWORD } from '../harness.ts';
import { startLocalChat } from '../local-chat.ts';

let chat: Awaited<ReturnType<typeof startLocalChat>>;
beforeAll(async () => {
  process.env.TICKRAFT_CHAT_PASSWORD = PASSWORD;
  chat = await startLocalChat(1);
});
afterAll(async () => {
  delete process.env.TICKRAFT_CHAT_PASSWORD;
  await chat.stop();
});

const lines = (out: string) =>
  out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
/** As somebody, at the chat's server. */
const as = (name: string) => ['--server', chat.servers[0]!, '--user', name];

test('messages are sent, taken and exported, one document a line', async () => {
  const ada = await chat.user('ada');
  await chat.user('bob');
  await ada.rooms.create('hall');
  const plain = async (...words: string[]) => {
    const { out, err, code } = await run(chatCommand(), '--plain', ...words);
    expect({ err, code }).toEqual({ err: '', code: 0 });
    return lines(out);
  };
  expect(await plain(...as('ada'), '--send', 'Bob', 'one')).toMatchObject([
    { type: 'sent', to: 'bob', nth: 1 },
  ]);
  await plain(...as('ada'), '--send', 'bob', 'two');
  expect(await plain(...as('ada'), '--send', '#hall', 'hello')).toMatchObject([
    { type: 'sent', room: 'hall' },
  ]);
  expect(await plain(...as('bob'), '--take', '1')).toMatchObject([
    { type: 'message', from: 'ada', text: 'one' },
    { type: 'waiting', waiting: 1 },
  ]);
  await ada.delete('bob', 1);

  const exported = await run(chatCommand(), 'export', ...as('ada'));
  expect(exported).toMatchObject({ err: '', code: 0 });
  expect(
    lines(exported.out).map(({ type, text, deletedAt }) => [type, text, deletedAt !== undefined]),
  ).toEqual([
    ['message', '', true],
    ['message', 'two', false],
    ['room', 'hello', false],
  ]);
  expect(exported.out).not.toContain(PASSWORD);

  const refused = await run(chatCommand(), '--plain', ...as('ada'), '--send', 'nobody', 'hi');
  expect(refused).toMatchObject({ out: '', err: 'UnknownAccount: there is no account nobody\n', code: 1 });
});

test.each([
  [['--send', 'bob', 'hi'], '--send goes with --plain'],
  [['--plain', '--send', 'bob', 'hi', 'ho'], '--send takes a name and one text'],
  [['--plain', '--send', 'bob', 'hi', '--take', '1'], '--send and --take exclude each other'],
  [['--plain', '--take', 'some'], '--take must be a whole number'],
  [['--plain', '--take', '1'], '--user must say who logs in'],
])('%j is refused: %s', async (words, message) => {
  await expect(run(chatCommand(), ...words)).rejects.toThrow(message);
});

test('operators list accounts, and disable, enable and delete them', async () => {
  const eve = await chat.user('eve');
  const at = ['--server', chat.replicas[0]!];
  const moderate = async (...words: string[]) => run(chatCommand(), ...words, ...at);
  const ended = new Promise((resolve) => eve.on('loggedOut', resolve));
  await eve.follow(0);
  expect(await moderate('disable', 'eve')).toMatchObject({ out: 'eve is disabled\n', err: '', code: 0 });
  await ended;
  await expect(chat.again('eve')).rejects.toMatchObject({ code: 'DisabledAccount' });
  await moderate('enable', 'eve');
  await chat.again('eve');
  expect((await moderate('delete', 'eve')).code).toBe(0);
  await expect(chat.again('eve')).rejects.toMatchObject({ code: 'WrongPassword' });
  const { out } = await moderate('accounts', 'e*', '--json');
  expect(JSON.parse(out)).toMatchObject({ accounts: [{ name: 'eve', state: 'deleted' }] });
  expect(await moderate('delete', 'nobody')).toMatchObject({
    err: 'error: there is no account nobody\n',
    code: 1,
  });
});
